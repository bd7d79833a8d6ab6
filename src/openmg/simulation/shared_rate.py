"""One price by a formula for all that can be shared, asked of nobody: mid-market rate and supply-demand ratio.

Long et al., "Peer-to-peer energy trading in a community microgrid", IEEE PES General Meeting (2017), and Liu et al.,
"Energy-sharing model with price-based demand response for microgrids of peer-to-peer prosumers", IEEE Transactions on
Power Systems 32 (2017). Both assume one retail price; here homes stand on different steps of a tariff, so the retail
price is the mean of what a Wh is worth to those who import, weighted by their import.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from openmg.simulation.battery import Providers, Store
from openmg.simulation.trade import Equity, SetBy, Trade
from openmg.simulation.wishes import Wishes
from openmg.units import ONE, LedgerMicroWon, LedgerWattHours, Price, WattHours

Formula = Callable[[Price, Price, int, int], Price]
"""The price (µKRW/Wh) by retail price, feed-in price, supply and demand in Wh, both of these above 0."""


def mid_market(retail: Price, feed_in: Price, supply: int, demand: int) -> Price:
    """Halfway between retail and feed-in, rounded down; what cannot be shared stays with the utility (Long et al.)."""
    del supply, demand
    return Price((retail + feed_in) // 2)


def supply_demand_ratio(retail: Price, feed_in: Price, supply: int, demand: int) -> Price:
    """From retail (no supply) down to feed-in (enough of it), rounded down (Liu et al., equation 9).

    With r = supply/demand: feed_in · retail / ((retail − feed_in)·r + feed_in), and feed_in from r = 1 on.
    """
    if supply >= demand:
        return feed_in
    return Price(feed_in * retail * demand // ((retail - feed_in) * supply + feed_in * demand))


class SharedRate:
    """Every home takes part with all it imports or exports, pro rata on the longer side; so does the battery.

    Prices in µKRW/Wh: `feed_in` is what the utility pays, `grid` what the battery pays for what it could not buy here.
    """

    def __init__(self, formula: Formula, feed_in: Price, fee: Price, grid: Price, providers: Providers | None) -> None:
        self._formula, self._feed_in, self._fee = formula, feed_in, fee
        self._store = None if providers is None else Store(providers, feed_in, grid)
        self._price = feed_in

    @property
    def equity(self) -> Equity | None:
        """What the battery's providers have gained."""
        return None if self._store is None else self._store.equity

    def trade(self, wishes: Wishes, surplus: WattHours) -> Trade:
        """Share the next slot's energy at the formula's price."""
        reading = None if self._store is None else self._store.reading(surplus)
        discharged, charged = (0, 0) if reading is None else (reading.discharged, reading.charged)
        supply, demand = wishes.surplus + discharged, wishes.demand + charged
        shared = min(supply, demand)
        # Buyers' shares are rounded up, sellers' down, so that rounding never costs anybody but who buys.
        takes = -(-ONE * shared // demand) if shared else 0
        gives = ONE * shared // supply if shared else 0
        reference = self._price
        if shared:
            retail = max(self._retail(wishes), self._feed_in)
            self._price = self._formula(Price(retail), self._feed_in, supply, demand)
        bought, sold = takes * wishes.buy, gives * wishes.sell
        flow = LedgerWattHours(gives * discharged - takes * charged)
        residue = int(bought.sum()) - int(sold.sum()) - flow
        assert residue >= 0, "shares are rounded so that no energy is sold that nobody gave"
        net_demand = wishes.demand - wishes.surplus
        return Trade(
            price=self._price,
            reference=reference,
            set_by=SetBy.RULE if shared else SetBy.NOTHING,
            bought=bought,
            sold=sold,
            paid=(self._price + self._fee) * bought - self._price * sold,
            fee=LedgerMicroWon(self._fee * int(bought.sum())),
            rounding=LedgerMicroWon(self._price * residue),
            battery=None
            if self._store is None or reading is None
            else self._store.settle(reading, self._price, flow, net_demand),
        )

    def _retail(self, wishes: Wishes) -> int:
        """The mean value of an imported Wh, fee subtracted; the feed-in price when only the battery takes."""
        demand = wishes.demand
        if not demand:
            return self._feed_in
        return int(np.dot(wishes.buy, wishes.value)) // demand
