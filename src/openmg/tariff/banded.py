"""Tariffs without steps: one price all day, or a price for each time of the day (TARIFF-7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from openmg.errors import BadInput
from openmg.tariff.bill import Bill, Line, Step
from openmg.tariff.period import Month
from openmg.tariff.rates import CHARGES, JEJU_HOURS, JEJU_PRICES, TAXES
from openmg.units import Price, WattHours

_WON: Final = 1_000_000


@dataclass(frozen=True)
class Banded:
    """Prices in µKRW/Wh, all taxes included; `hours` names the band of each hour of the day."""

    bands: tuple[str, ...]
    prices: tuple[Price, ...]
    hours: tuple[int, ...]

    def band(self, month: int, hour: int) -> int:
        """The hour's; it is the same in every month."""
        del month
        return self.hours[hour]

    def steps(self, month: Month, band: int) -> tuple[Step, ...]:
        """One step: the price of the band."""
        del month
        return (Step(WattHours(0), self.prices[band]),)

    def bill(self, month: Month, used: tuple[WattHours, ...]) -> Bill:
        """Energy times price, band by band, each rounded down to the won."""
        del month
        if len(used) != len(self.bands):
            raise BadInput(f"{len(used)} quantities: {len(self.bands)} were expected, one for each band")
        if min(used) < 0:
            raise BadInput(f"{min(used)} Wh: 0 or more were expected")
        lines = tuple(
            Line(name, energy * price // _WON, energy, price)
            for name, energy, price in zip(self.bands, used, self.prices, strict=True)
        )
        total = sum(line.won for line in lines)
        return Bill((*lines, Line("total", total)), total)


def flat(price: Price) -> Banded:
    """One price, µKRW/Wh, for every Wh.

    Raises:
        BadInput: a price below 1.
    """
    if price < 1:
        raise BadInput(f"{price} µKRW/Wh: a price of 1 or more was expected")
    return Banded(("all",), (price,), (0,) * 24)


def jeju() -> Banded:
    """The time-of-use option of Jeju, light, middle and peak load: (price + charges) · (1 + VAT + fund), rounded down.

    Charges and taxes are the newest of the table. The option's base charge, by contracted power, is not in it.
    """
    charges, taxes = CHARGES[-1], TAXES[-1]
    added, factor = charges.climate + charges.fuel, 1_000 + taxes.vat + taxes.fund
    hours = [0] * 24
    for band, (_, first, end) in enumerate(JEJU_HOURS):
        for hour in range(24):
            if (hour - first) % 24 < (end - first) % 24:
                hours[hour] = band
    prices = tuple(Price((price + added) * factor // 1_000) for price in JEJU_PRICES)
    return Banded(tuple(name for name, _, _ in JEJU_HOURS), prices, tuple(hours))
