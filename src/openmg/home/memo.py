"""The memo that a report carries for its own sender: with it, seed plus chain restores everything (WIRE-7)."""

from __future__ import annotations

from dataclasses import dataclass

from openmg.crypto import ORDER, Opening, Point, derive_scalar, open_box, scalar_bytes
from openmg.encoding import Reader, Writer
from openmg.units import Slot


@dataclass(frozen=True)
class ReportContext:
    """What a report's randomness and memo are bound to (WIRE-3)."""

    chain: bytes
    account: bytes
    slot: Slot
    version: int
    epoch_key: Point

    def encode(self) -> bytes:
        """112 bytes."""
        writer = Writer().fixed(self.chain, 32).fixed(self.account, 32).integer(self.slot, 8)
        return writer.integer(self.version, 8).fixed(self.epoch_key, 32).done()


@dataclass(frozen=True)
class OwnReport:
    """A household's own report, opened: reading and ladder in Wh, each quantity's blinding, the headroom."""

    imported: Opening
    exported: Opening
    buy: tuple[Opening, ...]
    sell: tuple[Opening, ...]
    headroom: Opening


def open_memo(seed: bytes, context: ReportContext, memo: bytes, rungs: int) -> OwnReport:
    """Open the memo of one's own report and derive all its randomness again.

    Raises:
        Rejected: `BOX`, when it is not one's own.
    """
    secret = scalar_bytes(derive_scalar(seed, "openmg/1/wallet/memo"))
    reader = Reader(open_box(secret, context.encode(), memo), "memo")
    opening, salt = reader.fixed(32), reader.fixed(32)
    imported, exported = reader.integer(2), reader.integer(2)
    buy, sell = ([reader.integer(2) for _ in range(rungs)] for _ in range(2))
    headroom = reader.integer(8)
    reader.end()
    blindings = _blindings(seed, salt, context, 2 * rungs + 4)
    return OwnReport(
        imported=Opening(imported, derive_scalar(opening, "openmg/1/meter/import")),
        exported=Opening(exported, derive_scalar(opening, "openmg/1/meter/export")),
        buy=tuple(Opening(value, sum(blindings[k:rungs]) % ORDER) for k, value in enumerate(buy)),
        sell=tuple(Opening(value, sum(blindings[rungs : rungs + k + 1]) % ORDER) for k, value in enumerate(sell)),
        headroom=Opening(headroom, sum(each << (16 * j) for j, each in enumerate(blindings[2 * rungs :])) % ORDER),
    )


def _blindings(seed: bytes, salt: bytes, context: ReportContext, count: int) -> list[int]:
    prefix = salt + context.encode()
    return [
        derive_scalar(seed, "openmg/1/report/randomness", prefix + index.to_bytes(2, "little"))
        for index in range(count)
    ]
