"""Attacks: who takes part, what they do, and that no attacker gets more energy than its meter counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.errors import BadInput
from openmg.simulation.attack import WAYS, Attack, Overask, Shade, Wash, Withhold, members_of, plot_of
from openmg.simulation.mechanisms import market_of
from openmg.simulation.resale import Hoard, OwnUse, Resale
from openmg.simulation.run import live
from openmg.simulation.trade import SetBy, Trade
from openmg.units import LedgerMicroWon, Price, WattHours
from tests.unit.simulation.streets import LADDER, drawn, setting, street_of, wishes

FIRST_ONLY = np.array([True, False])


def priced(price: int) -> Trade:
    nothing, money = np.zeros(1, dtype=np.int64), LedgerMicroWon(0)
    return Trade(Price(price), Price(price), SetBy.STEP, nothing, nothing, nothing, money, money, None)


@pytest.mark.parametrize("how", sorted(WAYS))
@pytest.mark.parametrize("who", ["sellers", "buyers"])
def test_every_attack_runs_and_nobody_trades_more_than_was_metered(who: str, how: str) -> None:
    if who not in WAYS[how].sides:
        with pytest.raises(BadInput, match=f"--how {how}: {who} cannot"):
            Attack(who, 0.5, how)
        return
    street = street_of(drawn(6, 6, 5))
    plot = plot_of(Attack(who, 0.4, how), street, LADDER, seed=3)
    run = live(street, market_of("pool", setting()), plot.conduct())
    assert (run.accounts.imported >= 0).all()
    assert (run.accounts.exported >= 0).all()
    plain = live(street, market_of("pool", setting()), plot.otherwise())
    assert not np.array_equal(run.cost, plain.cost), "an attack that changes nothing is none"


def test_attackers_are_drawn_from_their_side_by_seed() -> None:
    street = street_of(drawn(10, 4, 1))
    chosen = members_of(Attack("sellers", 0.4, "withhold"), street, 1)
    assert int(chosen.sum()) == 2
    assert (street.sellers | ~chosen).all(), "whoever exports nothing is no seller"
    assert np.array_equal(chosen, members_of(Attack("sellers", 0.4, "withhold"), street, 1))
    everybody = members_of(Attack("sellers", 1.0, "overask"), street, 9)
    assert np.array_equal(everybody, street.sellers)


def test_who_withholds_says_half() -> None:
    said = Withhold(FIRST_ONLY).say(wishes([1_001, 1_001], [200_000] * 2, [120_000] * 2))
    assert said.buy.tolist() == [500, 1_001]


def test_who_overasks_holds_out_and_never_sells_below_cost() -> None:
    said = Overask(FIRST_ONLY, Price(200_000)).say(wishes([-500, -500], [0, 0], [120_000, 120_000]))
    assert said.cost.tolist() == [200_000, 120_000]
    said = Overask(FIRST_ONLY, Price(100_000)).say(wishes([-500, -500], [0, 0], [120_000, 120_000]))
    assert said.cost.tolist() == [120_000, 120_000]


def test_who_shades_bids_a_fifth_below_value() -> None:
    said = Shade(FIRST_ONLY).say(wishes([500, 500], [257_001, 257_001], [0, 0]))
    assert said.value.tolist() == [205_601, 257_001]


def test_friends_of_a_wash_trade_buy_at_any_price() -> None:
    said = Wash(FIRST_ONLY, Price(362_105)).say(wishes([500, 500], [151_000, 151_000], [0, 0]))
    assert said.value.tolist() == [362_105, 151_000]


def hoard() -> Hoard:
    return Hoard(np.array([True, False]), 5_000, 4)


@given(st.lists(st.integers(-9_000, 9_000), min_size=1, max_size=30))
def test_a_battery_never_gives_more_than_it_took(flows: list[int]) -> None:
    battery, changed = OwnUse(hoard()), 0
    for flow in flows:
        net = np.array([flow, flow], dtype=np.int64)
        after = battery.meter(net)
        assert after[1] == flow, "who has no battery is left alone"
        assert abs(int(after[0])) <= abs(flow), "one's own battery only takes surplus and serves need"
        changed += int(after[0]) - flow
        assert 0 <= int(battery._batteries.stored[0]) <= 6_400
    assert changed >= 0, "losses are never negative"


def test_a_reseller_buys_when_the_price_was_low_and_sells_when_it_was_high() -> None:
    trader = Resale(hoard())
    net = np.array([300, 300], dtype=np.int64)
    for price in (200_000, 250_000, 300_000):
        assert trader.meter(net).tolist() == [300, 300], "a day of prices is needed first"
        trader.see(priced(price))
    trader.see(priced(150_000))
    assert trader.meter(net).tolist() == [5_300, 300]
    trader.see(priced(350_000))
    given_back = 300 - int(trader.meter(net)[0])
    assert 0 < given_back <= 4_750


@pytest.mark.parametrize(
    ("who", "share", "how", "says"),
    [
        ("robots", 0.2, "withhold", "--who robots: sellers or buyers was expected"),
        ("sellers", 0.0, "withhold", "--share 0: a share above 0 and up to 1"),
        ("sellers", float("nan"), "withhold", "--share nan: a share above 0 and up to 1"),
        ("sellers", 0.2, "steal", "--how steal: one of withhold, overask"),
        ("buyers", 0.2, "overask", "--how overask: buyers cannot; sellers can"),
    ],
)
def test_an_attack_that_is_none_is_refused_in_one_line(who: str, share: float, how: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        Attack(who, share, how)


def test_a_wash_needs_somebody_else_to_buy() -> None:
    net = np.full((24, 2), -100, dtype=np.int32)
    with pytest.raises(BadInput, match="nobody is left to buy"):
        plot_of(Attack("sellers", 1.0, "wash"), street_of(net), LADDER, seed=1)


def test_where_nobody_exports_no_seller_attacks() -> None:
    street = street_of(np.full((24, 2), 100, dtype=np.int32))
    with pytest.raises(BadInput, match="no home of the community exports"):
        members_of(Attack("sellers", 0.5, "withhold"), street, 1)
    assert WattHours(0) == street.surplus(street.net[0].astype(np.int64))
