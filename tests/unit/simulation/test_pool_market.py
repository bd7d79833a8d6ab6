"""Our market over time: money and energy are conserved, and the battery keeps its own rules."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openmg.market import Ladder, PoolParameters
from openmg.simulation.battery import Providers
from openmg.simulation.pool_market import PoolMarket, Rules
from openmg.simulation.trade import SetBy, Trade
from openmg.simulation.wishes import Wishes
from openmg.units import ONE, MicroWon, Price, WattHours

LADDER = Ladder(tuple(Price(level) for level in (120_000, 150_000, 200_000, 260_000)))
BATTERY = PoolParameters(WattHours(20_000), Price(133_000), Price(245_000), 950, WattHours(5_000))
PROVIDERS = Providers(BATTERY, WattHours(6_000), MicroWon(10**11))


def rules(*, providers: Providers | None = PROVIDERS, fee: int = 3_000, collar_bp: int = 1_000) -> Rules:
    return Rules(LADDER, Price(fee), Price(120_000), Price(257_632), collar_bp, providers)


def said(net: list[int], values: list[int], costs: list[int]) -> Wishes:
    flows = np.array(net, dtype=np.int64)
    return Wishes(
        np.maximum(flows, 0),
        np.array(values, dtype=np.int64),
        np.maximum(-flows, 0),
        np.array(costs, dtype=np.int64),
    )


def street(homes: int) -> st.SearchStrategy[Wishes]:
    def three(strategy: st.SearchStrategy[int]) -> st.SearchStrategy[list[int]]:
        return st.lists(strategy, min_size=homes, max_size=homes)

    net = three(st.integers(-6_000, 6_000))
    return st.builds(said, net, three(st.integers(100_000, 300_000)), three(st.integers(100_000, 220_000)))


@settings(max_examples=50)
@given(st.lists(street(5), min_size=1, max_size=8), st.booleans(), st.sampled_from((0, 1_000, 10**6)))
def test_money_and_energy_are_conserved(slots: list[Wishes], pool: bool, collar_bp: int) -> None:
    market = PoolMarket(rules(providers=PROVIDERS if pool else None, collar_bp=collar_bp))
    trades = [market.trade(wishes, WattHours(wishes.surplus - wishes.demand)) for wishes in slots]
    paid = sum(int(trade.paid.sum()) for trade in trades)
    kept = sum(trade.fee + trade.rounding for trade in trades)
    equity = market.equity
    assert paid == kept + (0 if equity is None else equity.traded)
    for trade, wishes in zip(trades, slots, strict=True):
        assert (trade.bought <= ONE * wishes.buy).all()
        assert (trade.sold <= ONE * wishes.sell).all()
        flow = 0 if trade.battery is None else trade.battery.flow
        assert int((trade.bought - trade.sold).sum()) >= flow


def test_the_battery_charges_the_surplus_and_serves_the_demand_of_the_slot_before_the_last() -> None:
    market = PoolMarket(rules(fee=0))
    sunny, evening = said([-4_000, 1_000], [260_000] * 2, [120_000] * 2), said([2_000, 1_000], [260_000] * 2, [0] * 2)

    def moved(wishes: Wishes, surplus: int) -> tuple[int, int]:
        battery = market.trade(wishes, WattHours(surplus)).battery
        assert battery is not None
        return battery.discharged, battery.charged

    assert moved(sunny, 3_000) == (0, 3_000)
    assert moved(evening, 0) == (0, 0), "the first slot's demand was negative"
    assert moved(evening, 0) == (0, 0)
    assert moved(evening, 0) == (3_000, 0), "what wanted to buy two slots ago"


@pytest.mark.parametrize(
    ("net", "reference", "expected"),
    [
        ([1_000, 0], 260_000, SetBy.NOTHING),
        ([1_000, -1_000], 150_500, SetBy.CURVE),
        ([2_000, -1_000], 190_000, SetBy.COLLAR),
        ([2_000, -1_000], 240_000, SetBy.CAP),
        ([1_000, -2_000], 130_000, SetBy.FLOOR),
    ],
)
def test_what_sets_the_price_is_told(net: list[int], reference: int, expected: SetBy) -> None:
    market = PoolMarket(rules(providers=None, fee=0))
    market.price = Price(reference)
    assert market.trade(said(net, [260_000] * 2, [120_000] * 2), WattHours(0)).set_by == expected


def test_a_step_sets_the_price_where_a_home_changes_its_mind() -> None:
    market = PoolMarket(rules(providers=None, fee=0))
    trade: Trade = market.trade(said([900, 600, -1_000, -300], [260_000, 200_000, 0, 0], [0, 0, 120_000, 180_000]),
                                WattHours(0))  # fmt: skip
    assert (trade.price, trade.set_by) == (200_000, SetBy.STEP)
