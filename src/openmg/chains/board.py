"""What a slot or a day has opened so far, and the shares of what is being opened (KEY-4, KEY-6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from openmg.crypto import Point
from openmg.encoding import Reader, Writer
from openmg.errors import Malformed


@dataclass(frozen=True)
class Board:
    """`opened`: (functional, value) in order of opening; `shares`: (functional, authority, D) still needed."""

    opened: tuple[tuple[bytes, int], ...] = ()
    shares: tuple[tuple[bytes, int, Point], ...] = ()
    touched: bool = False
    """Whether any share was ever accepted (SLOT-4)."""

    def value(self, functional: bytes) -> int | None:
        """The opened value, None while it is closed."""
        return dict(self.opened).get(functional)

    def shares_of(self, functional: bytes) -> dict[int, Point]:
        """D by authority index."""
        return {authority: point for name, authority, point in self.shares if name == functional}

    def with_shares(self, authority: int, points: Mapping[bytes, Point]) -> Board:
        """With one authority's shares."""
        added = tuple((functional, authority, point) for functional, point in points.items())
        return replace(self, shares=(*self.shares, *added), touched=True)

    def with_opening(self, functional: bytes, value: int) -> Board:
        """With one sum opened; its shares are no longer needed."""
        left = tuple(share for share in self.shares if share[0] != functional)
        return replace(self, opened=(*self.opened, (functional, value)), shares=left)

    def without_shares(self) -> Board:
        """Once nothing more will be opened."""
        return replace(self, shares=())

    def write(self, writer: Writer) -> None:
        """Append the canonical encoding."""
        writer.integer(len(self.opened), 1)
        for functional, value in self.opened:
            writer.fixed(functional, 2).signed(value, 16)
        writer.integer(len(self.shares), 2)
        for functional, authority, point in self.shares:
            writer.fixed(functional, 2).integer(authority, 1).fixed(point, 32)
        writer.integer(int(self.touched), 1)

    @classmethod
    def read(cls, reader: Reader) -> Board:
        """Inverse of `write`.

        Raises:
            Malformed: not one canonical encoding.
        """
        opened = tuple((reader.fixed(2), reader.signed(16)) for _ in range(reader.integer(1)))
        shares = tuple((reader.fixed(2), reader.integer(1), Point(reader.fixed(32))) for _ in range(reader.integer(2)))
        return cls(opened, shares, read_flag(reader))


def read_flag(reader: Reader) -> bool:
    """One byte, 0 or 1.

    Raises:
        Malformed: another value.
    """
    value = reader.integer(1)
    if value > 1:
        raise Malformed(f"flag {value} where 0 or 1 was expected")
    return bool(value)
