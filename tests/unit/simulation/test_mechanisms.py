"""Every mechanism: nothing is made or lost, nobody trades what no meter counted, and each keeps its own rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openmg.errors import BadInput
from openmg.simulation.mechanisms import MECHANISMS, market_of
from openmg.simulation.shared_rate import mid_market, supply_demand_ratio
from openmg.simulation.trade import SetBy
from openmg.simulation.wishes import Wishes
from openmg.units import ONE, Price, WattHours
from tests.unit.simulation.streets import FEED_IN, setting, wishes

HOMES = 5


def several(strategy: st.SearchStrategy[int]) -> st.SearchStrategy[list[int]]:
    return st.lists(strategy, min_size=HOMES, max_size=HOMES)


said = st.builds(
    wishes,
    several(st.integers(-6_000, 6_000)),
    several(st.integers(100_000, 400_000)),
    several(st.integers(100_000, 220_000)),
)


@settings(max_examples=40)
@given(st.sampled_from(sorted(MECHANISMS)), st.lists(said, min_size=1, max_size=6), st.sampled_from((0, 5_000)))
def test_money_and_energy_are_conserved(name: str, slots: list[Wishes], fee: int) -> None:
    market = market_of(name, setting(fee=fee))
    paid = kept = 0
    for each in slots:
        trade = market.trade(each, WattHours(max(each.surplus - each.demand, 0)))
        assert (trade.bought <= ONE * each.buy).all()
        assert (trade.sold <= ONE * each.sell).all()
        assert (trade.bought >= 0).all()
        assert (trade.sold >= 0).all()
        flow = 0 if trade.battery is None else trade.battery.flow
        assert int(trade.bought.sum()) - int(trade.sold.sum()) >= flow, "no energy is bought that nobody sold"
        assert trade.fee == fee * int(trade.bought.sum())
        assert (trade.set_by == SetBy.NOTHING) == (not trade.bought.any() and not trade.sold.any() and not flow)
        paid += int(trade.paid.sum())
        kept += trade.fee + trade.rounding
    equity = market.equity
    assert paid == kept + (0 if equity is None else equity.traded)


@given(said)
def test_nobody_in_the_auction_pays_above_value_or_sells_below_cost(each: Wishes) -> None:
    trade = market_of("auction", setting()).trade(each, WattHours(0))
    buys, sells = trade.bought > 0, trade.sold > 0
    assert (trade.paid[buys] <= each.value[buys] * trade.bought[buys]).all()
    assert (-trade.paid[sells] >= each.cost[sells] * trade.sold[sells]).all()


def test_an_auction_is_the_same_again_with_the_same_seed() -> None:
    each = wishes([900, 700, -800, -500], [300_000] * 4, [120_000] * 4)
    first, second = (market_of("auction", setting()) for _ in range(2))
    for _ in range(20):
        one, other = first.trade(each, WattHours(0)), second.trade(each, WattHours(0))
        assert one.price == other.price
        assert np.array_equal(one.paid, other.paid)


def test_the_mid_market_rate_is_halfway_and_shares_pro_rata() -> None:
    market = market_of("mid-market", setting(providers=None))
    trade = market.trade(wishes([3_000, 1_000, -2_000], [200_000, 300_000, 0], [0, 0, 120_000]), WattHours(0))
    assert trade.price == (225_000 + FEED_IN) // 2
    assert trade.bought.tolist() == [ONE * 1_500, ONE * 500, 0]
    assert trade.sold.tolist() == [0, 0, ONE * 2_000]


@given(st.integers(121_000, 400_000), st.integers(1, 10**6), st.integers(1, 10**6))
def test_the_ratio_prices_between_feed_in_and_retail_and_falls_with_supply(retail: int, supply: int, more: int) -> None:
    demand = 10**6
    price = supply_demand_ratio(Price(retail), FEED_IN, supply, demand)
    assert FEED_IN <= price <= retail
    assert supply_demand_ratio(Price(retail), FEED_IN, supply + more, demand) <= price
    assert supply_demand_ratio(Price(retail), FEED_IN, demand, demand) == FEED_IN
    assert mid_market(Price(retail), FEED_IN, supply, demand) == (retail + FEED_IN) // 2


def test_a_battery_trades_at_the_formulas_price_too() -> None:
    market = market_of("supply-demand", setting())
    trade = market.trade(wishes([500, -4_000], [200_000, 0], [0, 120_000]), WattHours(3_500))
    assert trade.battery is not None
    assert trade.battery.charged == 3_500
    assert trade.battery.flow == -ONE * 3_500
    assert trade.price == FEED_IN


def test_a_mechanism_that_is_none_is_named() -> None:
    with pytest.raises(BadInput, match="--mechanism lottery: one of pool, no-collar"):
        market_of("lottery", setting())
