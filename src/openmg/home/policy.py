"""What a household says: buy below its own marginal tariff step, sell from the feed-in price up (MARKET-7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from openmg.market import Ladder, Order, honest_ladder
from openmg.tariff import Month, kepco
from openmg.units import Price, WattHours

_PRICED_AS_OF: Final = Month(2025, 10)
_TARIFF: Final = kepco("low", _PRICED_AS_OF)
_SPRING: Final = Month(_PRICED_AS_OF.year, 4)

STEP_PRICES: Final = tuple(step.price for step in _TARIFF.steps(_SPRING, 0))
"""µKRW/Wh that one more Wh costs on each step, taxes included: KEPCO residential low voltage (TARIFF-6)."""

FEED_IN: Final = Price(120_000)
"""µKRW/Wh that the utility pays for export."""


def marginal_price(month_wh: int, month: int) -> Price:
    """µKRW/Wh of the next Wh after a month's import of `month_wh`; `month` 1..12, with its own season's steps."""
    steps = _TARIFF.steps(Month(_PRICED_AS_OF.year, month), 0)
    return [step.price for step in steps if step.above == 0 or month_wh > step.above][-1]


@dataclass(frozen=True)
class Policy:
    """A household's two numbers: what a Wh is worth to it, and from which price it sells (µKRW/Wh)."""

    value: Price
    cost: Price = FEED_IN

    @classmethod
    def projected(cls, imported_wh: int, daily_wh: int, days_left: int, month: int) -> Policy:
        """Value = the step at the projected month end.

        `imported_wh`: month to date; `daily_wh`: exponential mean of daily import; `days_left`: days of the month
        still to come.
        """
        return cls(marginal_price(imported_wh + daily_wh * days_left, month))

    def order(self, ladder: Ladder, fee: Price, imported: WattHours, exported: WattHours) -> Order:
        """The honest ladder for one slot's reading; the fee is the buyer's."""
        return honest_ladder(ladder, imported, exported, Price(self.value - fee), self.cost)
