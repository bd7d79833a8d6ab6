"""Our market as the chain runs it, slot after slot: the same clearing, settlement and pool, on open numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from openmg.market import (
    BatteryReading,
    Clearing,
    Kind,
    Ladder,
    Pool,
    Settlement,
    Supply,
    clear_book,
    conservation,
    no_supply,
    proceeds,
)
from openmg.simulation.battery import Foresight, Providers, battery_after
from openmg.simulation.orders import Orders, orders_of
from openmg.simulation.trade import Equity, SetBy, Trade
from openmg.simulation.wishes import Wishes
from openmg.units import ONE, LedgerMicroWon, Price, WattHours


@dataclass(frozen=True)
class Rules:
    """What a chain's genesis says of its market; prices in µKRW/Wh, the collar in 1/10000.

    `grid` prices what the battery charged without buying it; without `providers` there is no pool.
    """

    ladder: Ladder
    fee: Price
    feed_in: Price
    grid: Price
    collar_bp: int
    providers: Providers | None


class PoolMarket:
    """The market of MARKET-8 to 10 and POOL-1 to 5, in which every home reports in every slot."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.price = rules.ladder.middle
        self.pool: Pool | None = None
        self._foresight = Foresight()
        if rules.providers is not None:
            first = rules.providers
            self.pool = Pool(first.parameters, first.stored, LedgerMicroWon(ONE * first.money), LedgerMicroWon(0))

    def trade(self, wishes: Wishes, surplus: WattHours) -> Trade:
        """Clear and settle the next slot; money is conserved or `InvariantBroken` is raised."""
        pool = self.pool
        reading = None if pool is None else self._foresight.reading(pool.parameters, pool.stored, surplus)
        return self._settle(orders_of(self.rules.ladder, wishes), reading)

    def _settle(self, orders: Orders, reading: BatteryReading | None) -> Trade:
        rules, rungs = self.rules, self.rules.ladder.rungs
        reference = self.price if self.pool is None else self.pool.reference_price(reading, self.price)
        buy, sell = orders.book(rungs)
        clearing, _, bought, sold = clear_book(
            rules.ladder, self._supply(reading), reference, rules.collar_bp, buy, sell
        )
        settlement = Settlement.of(clearing, rules.fee, Price(0), rules.feed_in)
        filled, given = orders.bought(settlement.buy_weights, rungs), orders.sold(settlement.sell_weights, rungs)
        paid = (clearing.price + rules.fee) * filled - clearing.price * given
        received = proceeds(clearing, rules.fee, bought)
        assert (int(filled.sum()), int(given.sum())) == (bought, sold), "homes get what the sums say"
        conservation(clearing, rules.fee, bought, sold, int(paid.sum()), received)
        self._keep(reading, clearing)
        return Trade(
            price=clearing.price,
            reference=reference,
            set_by=self._set_by(clearing, moved=bool(bought or sold)),
            bought=filled,
            sold=given,
            paid=paid,
            fee=received.utility,
            rounding=received.rounding,
            battery=None if reading is None else battery_after(reading, clearing.pool_flow),
        )

    @property
    def equity(self) -> Equity | None:
        """What the providers have gained."""
        pool, first = self.pool, self.rules.providers
        if pool is None or first is None:
            return None
        stock = ONE * first.parameters.band_low * (pool.stored - first.stored)
        return Equity(LedgerMicroWon(pool.money - ONE * first.money), pool.apart, LedgerMicroWon(stock))

    def _supply(self, reading: BatteryReading | None) -> Supply:
        pool = self.pool
        if pool is None:
            return no_supply
        # The clearing asks for the same few prices again and again.
        return cache(lambda price: pool.supply(price, reading))

    def _keep(self, reading: BatteryReading | None, clearing: Clearing) -> None:
        rules = self.rules
        if self.pool is not None:
            floor = rules.ladder.bottom
            self.pool = self.pool.settle(reading, clearing.price, clearing.pool_flow, floor, rules.grid)
        self.price = clearing.price
        self._foresight.keep(clearing.net_demand)

    def _set_by(self, clearing: Clearing, *, moved: bool) -> SetBy:
        if not moved:
            return SetBy.NOTHING
        if clearing.price == self.rules.ladder.bottom:
            return SetBy.FLOOR
        if clearing.price == self.rules.ladder.top:
            return SetBy.CAP
        # Inside the ladder one side is short only where the collar keeps the price from where they meet.
        return {Kind.STEP: SetBy.STEP, Kind.RUNG: SetBy.CURVE, Kind.JUMP: SetBy.CURVE}.get(clearing.kind, SetBy.COLLAR)
