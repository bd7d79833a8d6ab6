"""What every home does by default: it values a kWh at its marginal step, and sells from the feed-in price up.

The step is the one at the projected month end: what was imported so far in the month, plus for every slot still to
come the exponential mean of the last 20 days. Both count what is left after the market, for that is what the utility
bills.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from openmg.simulation.street import Street
from openmg.simulation.wishes import Integers, Wishes
from openmg.tariff import Month
from openmg.units import ONE

MEAN_DAYS: Final = 20


class Households:
    """All homes' memory of their own meters; amounts in Wh, one place for each home."""

    def __init__(self, street: Street) -> None:
        self._street = street
        self._terms = street.terms
        self._horizon = MEAN_DAYS * street.calendar.slots_per_day
        self._mean: NDArray[np.float64] = np.zeros(street.homes)
        self._month = np.zeros(street.homes)
        self._seen = 0
        self._edges: list[NDArray[np.float64]] = []
        self._prices: list[Integers] = []
        self._remember(range(max(street.window.start - self._horizon, 0), street.window.start))

    def enter(self, month: Month, carried: NDArray[np.float64]) -> None:
        """A new month begins: its steps, and nothing imported yet but a credit (Wh, negative) from net metering."""
        before, sold = self._street.outside(month, after=False)
        self._month = before.sum(axis=0) / ONE + carried
        if self._terms.net_metering:
            self._month -= sold / ONE
        steps = [self._terms.tariff.steps(month, band) for band in range(len(self._terms.tariff.bands))]
        self._edges = [np.array([step.above for step in each], dtype=np.float64) for each in steps]
        self._prices = [np.array([step.price for step in each], dtype=np.int64) for each in steps]

    def marginal(self, band: int, slots_left: int) -> Integers:
        """µKRW/Wh that a home's next Wh costs on the step of its projected month end."""
        projected = self._month + slots_left * self._mean
        step = np.searchsorted(self._edges[band], projected, side="left") - 1
        return self._prices[band][np.maximum(step, 0)]

    def wish(self, net: Integers, band: int, slots_left: int) -> Wishes:
        """What homes with these meters want of a slot, Wh."""
        worth = self.marginal(band, slots_left)
        cost = worth if self._terms.net_metering else np.full_like(worth, self._terms.feed_in)
        return Wishes(np.maximum(net, 0), worth - self._terms.fee, np.maximum(-net, 0), cost)

    def settle(self, imported: Integers, exported: Integers) -> None:
        """Remember what the utility metered of a slot after the market, Wh/65536."""
        billed = (imported - exported if self._terms.net_metering else imported) / ONE
        self._month += billed
        self._learn(billed)

    def _learn(self, billed: NDArray[np.float64]) -> None:
        # A young memory is a plain mean.
        self._seen = min(self._seen + 1, self._horizon)
        self._mean += (billed - self._mean) / self._seen

    def _remember(self, slots: range) -> None:
        for slot in slots:
            flow = self._street.net[slot].astype(np.float64)
            self._learn(flow if self._terms.net_metering else np.maximum(flow, 0))
