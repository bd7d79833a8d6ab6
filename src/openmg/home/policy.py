"""What a household says: buy below its own marginal tariff step, sell from the feed-in price up (MARKET-7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from openmg.market import Ladder, Order, honest_ladder
from openmg.units import Price, WattHours

STEP_PRICES: Final = (Price(151_018), Price(257_632), Price(362_105))
"""µKRW/Wh that one more Wh costs on each step, taxes included: (energy + climate 9.0 + fuel 5.0) · 1.127, KEPCO
residential low voltage since 2023-05-16 (VAT 10 %, power fund 2.7 %)."""

STEP_EDGES_WH: Final = (200_000, 400_000)
SUMMER_EDGES_WH: Final = (300_000, 450_000)
_SUMMER: Final = (7, 8)

FEED_IN: Final = Price(120_000)
"""µKRW/Wh that the utility pays for export."""


def marginal_price(month_wh: int, month: int) -> Price:
    """µKRW/Wh of the next Wh after a month's import of `month_wh`; `month` 1..12 (summer: July and August)."""
    edges = SUMMER_EDGES_WH if month in _SUMMER else STEP_EDGES_WH
    return STEP_PRICES[sum(month_wh > edge for edge in edges)]


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
