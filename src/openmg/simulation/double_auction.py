"""A continuous double auction between traders without intelligence, as an opponent.

Gode and Sunder, "Allocative Efficiency of Markets with Zero-Intelligence Traders", Journal of Political Economy 101
(1993): a buyer quotes anything up to its value, a seller anything from its cost up; nobody loses by a trade, and
nobody is clever.
"""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np

from openmg.simulation.trade import Equity, SetBy, Trade
from openmg.simulation.wishes import Wishes
from openmg.units import ONE, LedgerMicroWon, Price, WattHours


class DoubleAuction:
    """Homes arrive in random order, one quote each a slot for all they have; crossing quotes trade at the older one's.

    Quotes are drawn evenly between the `bottom` and a home's value, or its cost and the `top` (µKRW/Wh). Deterministic
    in `seed`. The battery stands aside: an auction has no rule by which it would quote.
    """

    def __init__(self, bottom: Price, top: Price, fee: Price, seed: int) -> None:
        self._bottom, self._top, self._fee = bottom, top, fee
        self._dice = np.random.default_rng(seed)
        self._price = Price((bottom + top) // 2)

    @property
    def equity(self) -> Equity | None:
        """No battery, no providers."""
        return None

    def trade(self, wishes: Wishes, surplus: WattHours) -> Trade:
        """Run one slot's auction; its price is what was paid on average, rounded down, or the last one."""
        del surplus
        homes = len(wishes.buy)
        bought, sold, paid = (np.zeros(homes, dtype=np.int64) for _ in range(3))
        reference, volume, money = self._price, 0, 0
        for buyer, seller, energy, price in self._deals(wishes):
            bought[buyer] += ONE * energy
            sold[seller] += ONE * energy
            paid[buyer] += ONE * energy * (price + self._fee)
            paid[seller] -= ONE * energy * price
            volume += energy
            money += energy * price
        if volume:
            self._price = Price(money // volume)
        return Trade(
            price=self._price,
            reference=reference,
            set_by=SetBy.RULE if volume else SetBy.NOTHING,
            bought=bought,
            sold=sold,
            paid=paid,
            fee=LedgerMicroWon(ONE * self._fee * volume),
            rounding=LedgerMicroWon(0),
            battery=None,
        )

    def _deals(self, wishes: Wishes) -> list[tuple[int, int, int, int]]:
        """(buyer, seller, Wh, price) in the order in which they were struck."""
        if not (wishes.demand and wishes.surplus):
            return []
        arriving = self._dice.permutation(np.flatnonzero(wishes.buy + wishes.sell))
        buys = wishes.buy[arriving]
        low = np.where(buys > 0, self._bottom, wishes.cost[arriving])
        high = np.where(buys > 0, wishes.value[arriving], self._top)
        quotes = self._dice.integers(low, np.maximum(high, low), endpoint=True)
        # Who would have to quote outside its own limit does not quote.
        willing = high >= low
        left = (buys + wishes.sell[arriving]).tolist()
        bids: list[tuple[int, int]] = []
        asks: list[tuple[int, int]] = []
        deals: list[tuple[int, int, int, int]] = []
        for place, (home, quote) in enumerate(zip(arriving.tolist(), quotes.tolist(), strict=True)):
            if not willing[place]:
                continue
            buying = bool(buys[place])
            others, own = (asks, bids) if buying else (bids, asks)
            while left[place] and others and (others[0][0] <= quote if buying else -others[0][0] >= quote):
                price, other = abs(others[0][0]), others[0][1]
                energy = min(left[place], left[other])
                partner = int(arriving[other])
                deals.append((home, partner, energy, price) if buying else (partner, home, energy, price))
                left[place] -= energy
                left[other] -= energy
                if not left[other]:
                    heappop(others)
            if left[place]:
                heappush(own, (-quote if buying else quote, place))
        return deals
