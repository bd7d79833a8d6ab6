"""What a tariff is to others: steps of a marginal price, and a bill with its lines (TARIFF)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from openmg.tariff.period import Month
from openmg.units import Price, WattHours


class Line(NamedTuple):
    """One line of a bill: what it is, won, and, where it is a quantity times a rate, Wh and µKRW/Wh."""

    key: str
    won: int
    used: WattHours | None = None
    rate: Price | None = None


@dataclass(frozen=True)
class Bill:
    """A bill: its lines in order, and what is to be paid, in won."""

    lines: tuple[Line, ...]
    total: int


class Step(NamedTuple):
    """Every Wh beyond `above` Wh of a month costs `price` (µKRW/Wh, taxes and charges included, rounded down)."""

    above: WattHours
    price: Price


class Tariff(Protocol):
    """What a household has with its utility."""

    @property
    def bands(self) -> tuple[str, ...]:
        """The names of its times of the day, at least one."""

    def band(self, month: int, hour: int) -> int:
        """Which of the bands a local hour (0 to 23) of a month (1 to 12) belongs to."""

    def steps(self, month: Month, band: int) -> tuple[Step, ...]:
        """The marginal prices of a month in a band, the first one above 0 Wh, ascending."""

    def bill(self, month: Month, used: tuple[WattHours, ...]) -> Bill:
        """The bill of a calendar month; `used` in Wh, one number for each band.

        Raises:
            BadInput: no rates are known for the month, or other quantities than one for each band, 0 or more.
        """
