"""Reports: proof, verification, and the meter's reading (WIRE-6, WIRE-7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from openmg import _core
from openmg._core import Pairs
from openmg.crypto.group import Opening, Point, scalar_bytes
from openmg.crypto.refusal import rejections
from openmg.errors import Rejected


@dataclass(frozen=True)
class MeterReading:
    """What a meter hands to its own gateway: Wh imported and exported, their opening, its signature."""

    imported: int
    exported: int
    opening: bytes = field(repr=False)
    signature: bytes


@dataclass(frozen=True)
class Witness:
    """What a household knows when it makes a report."""

    seed: bytes = field(repr=False)
    account: bytes
    slot: int
    version: int
    checkpoint: int
    epoch: int
    base: Opening
    reading: MeterReading
    buy: Sequence[int]
    sell: Sequence[int]


@dataclass(frozen=True)
class Accepted:
    """What an accepted report changes: the spendable balance, the collateral, and its slot's sums (MARKET-6)."""

    headroom: Point
    locked: Point
    pairs: Pairs = field(repr=False)


def read_meter(
    secret: bytes, chain: bytes, account: bytes, slot: int, epoch_key: Point, imported: int, exported: int
) -> MeterReading:
    """Sign one reading as the meter does (MARKET-1), Wh below 2^16.

    Raises:
        Rejected: `MARKET-1`, when a value is out of range or both are positive.
    """
    with rejections():
        opening, signature = _core.meter_sign(secret, chain, account, slot, epoch_key, imported, exported)
    return MeterReading(imported, exported, opening, signature)


class Statement:
    """What all reports of one slot share: chain, epoch key, ladder and fee."""

    def __init__(self, chain: bytes, epoch_key: Point, levels: Sequence[int], fee: int) -> None:
        self._core = _core.Statement(chain, epoch_key, list(levels), fee)

    def report_bytes(self) -> int:
        """Length of a report transaction."""
        return self._core.report_bytes()

    def prove(self, witness: Witness) -> bytes:
        """A whole signed report transaction.

        Raises:
            Rejected: `MARKET-5`, when the witness does not satisfy what is to be proved.
        """
        reading = witness.reading
        with rejections():
            return self._core.prove(
                seed=witness.seed,
                account=witness.account,
                slot=witness.slot,
                version=witness.version,
                checkpoint=witness.checkpoint,
                epoch=witness.epoch,
                base_value=witness.base.value,
                base_blindings=scalar_bytes(witness.base.blinding),
                opening=reading.opening,
                reading=(reading.imported, reading.exported),
                meter_signature=reading.signature,
                buy=list(witness.buy),
                sell=list(witness.sell),
            )

    def verify(self, items: Sequence[tuple[bytes, Point, bytes]]) -> list[Accepted | Rejected]:
        """Verify (transaction, base, meter key) together; one verdict for each, in order."""
        verdicts: list[Accepted | Rejected] = []
        for verdict in self._core.verify(list(items)):
            match verdict:
                case headroom, locked, pairs:
                    verdicts.append(Accepted(Point(headroom), Point(locked), pairs))
                case clause, reason:
                    verdicts.append(Rejected(clause, reason))
        return verdicts
