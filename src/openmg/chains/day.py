"""One local day's totals of one epoch: import, export and energy bought in the market (KEY-4c)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from openmg.chains.board import Board
from openmg.crypto import Pair
from openmg.encoding import Reader, Writer
from openmg.errors import Malformed
from openmg.units import LedgerWattHours

IMPORT: Final = b"I\x00"
EXPORT: Final = b"E\x00"
BOUGHT: Final = b"T\x00"
TOTALS: Final = (IMPORT, EXPORT, BOUGHT)
_ZERO: Final = Pair(bytes(64))


class DayPhase(IntEnum):
    """Where a day stands."""

    ADDING = 0
    OPENING = 1
    OPENED = 2
    GIVEN_UP = 3


@dataclass(frozen=True)
class DayState:
    """Running sums over the day's settled slots.

    `imported`, `exported` sum Wh, `bought` sums Wh/65536; `known_bought` is the part of it that
    short slots made public, `net` is ΣN; `reports` counts the reports in the sums; `since` is the height from
    which `open_ttl` counts.
    """

    day: int
    epoch: int
    phase: DayPhase = DayPhase.ADDING
    reports: int = 0
    imported: Pair = _ZERO
    exported: Pair = _ZERO
    bought: Pair = _ZERO
    known_bought: LedgerWattHours = LedgerWattHours(0)
    net: LedgerWattHours = LedgerWattHours(0)
    since: int = 0
    board: Board = Board()

    def total(self, functional: bytes) -> Pair:
        """The pair of one of `TOTALS`."""
        return {IMPORT: self.imported, EXPORT: self.exported, BOUGHT: self.bought}[functional]

    def encode(self) -> bytes:
        """The day's leaf (WIRE-12)."""
        writer = Writer().integer(self.day, 8).integer(self.epoch, 4).integer(self.phase, 1).integer(self.reports, 8)
        writer.fixed(self.imported, 64).fixed(self.exported, 64).fixed(self.bought, 64)
        writer.signed(self.known_bought, 16).signed(self.net, 16).integer(self.since, 8)
        self.board.write(writer)
        return writer.done()

    @classmethod
    def decode(cls, data: bytes) -> DayState:
        """Inverse of `encode`.

        Raises:
            Malformed: not one canonical encoding.
        """
        reader = Reader(data, "day")
        day, epoch, phase, reports = reader.integer(8), reader.integer(4), reader.integer(1), reader.integer(8)
        if phase >= len(DayPhase):
            raise Malformed(f"day: phase {phase}")
        imported, exported, bought = (Pair(reader.fixed(64)) for _ in range(3))
        known, net = (LedgerWattHours(reader.signed(16)) for _ in range(2))
        since, board = reader.integer(8), Board.read(reader)
        reader.end()
        return cls(day, epoch, DayPhase(phase), reports, imported, exported, bought, known, net, since, board)
