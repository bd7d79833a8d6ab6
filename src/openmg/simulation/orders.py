"""The ladders of all homes in one slot as arrays, equal to the market's own home by home (MARKET-5, 7, 9).

A home's ladder has one quantity on each side: it buys the same on every rung up to one, sells the same from one on.
So two numbers for each side say all of it, and a slot of a thousand homes is a few sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from openmg.market import Ladder, Order, Weights
from openmg.simulation.wishes import Integers, Wishes
from openmg.units import WattHours


def rungs_bought(ladder: Ladder, values: Integers) -> Integers:
    """The highest rung on which a home buys whose value (fee subtracted, µKRW/Wh) is this; 0: on none (MARKET-7)."""
    ceilings = np.array((*ladder.levels[1:], ladder.top), dtype=np.int64)
    return np.searchsorted(ceilings, values, side="right").astype(np.int64)


def rungs_sold(ladder: Ladder, costs: Integers) -> Integers:
    """The lowest rung on which a home sells that asks this much (µKRW/Wh); K + 1: on none (MARKET-7)."""
    return np.searchsorted(np.array(ladder.levels, dtype=np.int64), costs, side="left").astype(np.int64) + 1


@dataclass(frozen=True)
class Orders:
    """What all homes say in one slot: `buy` Wh on rungs 1 to `highest`, `sell` Wh on rungs from `lowest` on.

    `highest` 0 and `lowest` K + 1 stand for no rung at all. All arrays have a place for each home.
    """

    buy: Integers
    highest: Integers
    sell: Integers
    lowest: Integers

    def book(self, rungs: int) -> tuple[list[int], list[int]]:
        """B_k and S_k in Wh, lowest rung first."""
        # A float holds whole numbers up to 2^53 exactly: no sum of homes comes near.
        bought = np.bincount(self.highest, weights=self.buy, minlength=rungs + 2)
        sold = np.bincount(self.lowest, weights=self.sell, minlength=rungs + 2)
        buy = np.cumsum(bought[::-1])[::-1][1 : rungs + 1].astype(np.int64)
        sell = np.cumsum(sold)[1 : rungs + 1].astype(np.int64)
        return buy.tolist(), sell.tolist()

    def bought(self, weights: Weights, rungs: int) -> Integers:
        """F_b of every home, Wh/65536, for a slot's buying weights (MARKET-9)."""
        return self.buy * _shares(weights, rungs, up_to=True)[self.highest]

    def sold(self, weights: Weights, rungs: int) -> Integers:
        """F_s of every home, Wh/65536, for a slot's selling weights (MARKET-9)."""
        return self.sell * _shares(weights, rungs, up_to=False)[self.lowest]

    def order(self, home: int, rungs: int) -> Order:
        """One home's order, as its report to a chain would say it."""
        buy, sell = WattHours(int(self.buy[home])), WattHours(int(self.sell[home]))
        highest, lowest = int(self.highest[home]), int(self.lowest[home])
        nothing = WattHours(0)
        return Order(
            buy=tuple(buy if rung <= highest else nothing for rung in range(1, rungs + 1)),
            sell=tuple(sell if rung >= lowest else nothing for rung in range(1, rungs + 1)),
        )


def orders_of(ladder: Ladder, wishes: Wishes) -> Orders:
    """The honest ladders of homes that want this (MARKET-7)."""
    highest, lowest = rungs_bought(ladder, wishes.value), rungs_sold(ladder, wishes.cost)
    return Orders(wishes.buy, highest, wishes.sell, lowest)


def _shares(weights: Sequence[tuple[int, int]], rungs: int, *, up_to: bool) -> Integers:
    """What fills of a home's quantity, 1/65536, by the rung where its side ends or begins (0 to K + 1)."""
    shares = np.zeros(rungs + 2, dtype=np.int64)
    for rung, weight in weights:
        if up_to:
            shares[rung:] += weight
        else:
            shares[: rung + 1] += weight
    return shares
