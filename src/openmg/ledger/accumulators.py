"""An account's monthly accumulators: five commitments that the owner opens once the month is over (ACCOUNT-2)."""

from __future__ import annotations

from dataclasses import dataclass

from openmg.crypto import IDENTITY, Point
from openmg.encoding import Reader, Writer


@dataclass(frozen=True)
class Accumulators:
    """Import, export, bought, sold in Wh/65536 and cost in µKRW/65536, each as a commitment."""

    month: int
    """Months since January of year 0: 12·year + month − 1."""
    index: int
    """The account's index."""
    imported: Point = IDENTITY
    exported: Point = IDENTITY
    bought: Point = IDENTITY
    sold: Point = IDENTITY
    cost: Point = IDENTITY

    def encode(self) -> bytes:
        """The leaf (WIRE-12)."""
        return (
            Writer()
            .integer(self.month, 4)
            .integer(self.index, 4)
            .fixed(self.imported, 32)
            .fixed(self.exported, 32)
            .fixed(self.bought, 32)
            .fixed(self.sold, 32)
            .fixed(self.cost, 32)
            .done()
        )

    @classmethod
    def decode(cls, data: bytes) -> Accumulators:
        """Inverse of `encode`.

        Raises:
            Malformed: not one canonical encoding.
        """
        reader = Reader(data, "accumulators")
        month, index = reader.integer(4), reader.integer(4)
        imported, exported, bought, sold, cost = (Point(reader.fixed(32)) for _ in range(5))
        reader.end()
        return cls(month, index, imported, exported, bought, sold, cost)
