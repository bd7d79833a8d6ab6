"""POOL-1 to POOL-6: the curve against rational arithmetic, and what a trade may never do."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from openmg.errors import BadInput
from openmg.market import BatteryReading, InvariantBroken, Pool, PoolParameters, battery_plan, inverse_root
from openmg.units import ONE, LedgerMicroWon, LedgerWattHours, Price, WattHours
from tests.reference import pool as reference
from tests.unit.market.books import HIGHEST, PoolSupply, parameters, pools

REAL = PoolParameters(WattHours(50_000), Price(133_000), Price(245_000), 950, WattHours(12_500))


def curve_of(fixed: PoolParameters) -> reference.Curve:
    return fixed.capacity, fixed.band_low, fixed.band_high


def settled(market: PoolSupply, price: int, flow: int) -> Pool:
    return market.pool.settle(market.reading, Price(price), LedgerWattHours(flow), Price(120), Price(300))


@settings(max_examples=100)
@given(pools(), st.integers(1, HIGHEST + 60))
def test_agrees_with_rational_arithmetic(market: PoolSupply, price: int) -> None:
    pool, reading, fixed = market.pool, market.reading, market.pool.parameters
    curve, moved = curve_of(fixed), (reading.discharged, reading.charged)
    assert inverse_root(Price(price)) == reference.inverse(price)
    assert fixed.stored_at(Price(price)) == reference.stored_at(curve, price)
    assert fixed.marginal(pool.stored) == reference.marginal(curve, pool.stored)
    assert pool.supply(Price(price), reading) == reference.supply(
        curve, reading.stored_start, fixed.efficiency_permille, moved, pool.money // ONE, price
    )
    assert pool.reference_price(reading, Price(7)) == reference.reference_price(
        curve, reading.stored_end, fixed.efficiency_permille, moved
    )


@given(pools(), st.integers(1, HIGHEST + 60), st.integers(0, 100))
def test_supply_never_falls_with_the_price(market: PoolSupply, price: int, more: int) -> None:
    assert market(price) <= market(price + more)


@given(parameters(), st.integers(0, 10**7))
def test_the_curves_money_is_rounded_up(fixed: PoolParameters, stored: int) -> None:
    assume(fixed.capacity > 0)
    exact = max(reference.curve_money(curve_of(fixed), Fraction(stored)), Fraction(0)) * ONE
    found = fixed.curve_money(WattHours(stored))
    assert exact - Fraction(1, 2**40) <= found <= exact + 1 + Fraction(1, 2**40)


def test_the_curves_money_at_its_ends() -> None:
    assert REAL.curve_money(REAL.capacity) == 0
    assert REAL.curve_money(WattHours(REAL.capacity + 1)) == 0
    # An empty battery needs capacity·√(p_f·p_c), the money that filling it from full to empty has earned.
    assert abs(REAL.curve_money(WattHours(0)) - 50_000 * ONE * 180_513) < 50_000 * ONE
    assert replace(REAL, capacity=WattHours(0)).curve_money(WattHours(0)) == 0


@settings(max_examples=300)
@given(pools(), st.integers(1, HIGHEST + 60), st.integers(0, ONE))
def test_no_trade_lowers_the_margin_over_the_curve(market: PoolSupply, price: int, share: int) -> None:
    """POOL-4 for any part of what the pool offers, against exact rationals."""
    supply = market(price)
    flow = supply * share
    after = settled(market, price, flow)
    fixed, x = market.pool.parameters, Fraction(market.reading.stored_start)
    assert after.money == market.pool.money + price * flow >= 0
    if not flow:  # Of many drawn prices few meet a pool that can trade: nothing moved, nothing to compare.
        return
    efficiency = Fraction(fixed.efficiency_permille, 1000)
    moved = Fraction(flow, ONE) * (efficiency if flow < 0 else 1 / efficiency)
    curve = curve_of(fixed)
    asked = reference.curve_money(curve, x - moved) - reference.curve_money(curve, x)
    assert Fraction(price * flow, ONE) >= asked - Fraction(1, 2**60)


def test_a_real_battery_trades_at_the_margin() -> None:
    """The least trade at the tightest price: where a coarser check would see rounding, not the curve."""
    rich = LedgerMicroWon(ONE * 10**13)
    for stored in range(50, 50_000, 4_999):
        pool = Pool(REAL, WattHours(stored), rich, LedgerMicroWon(0))
        selling = BatteryReading(WattHours(5), WattHours(0), WattHours(stored), WattHours(max(stored - 6, 0)))
        buying = BatteryReading(WattHours(0), WattHours(5), WattHours(stored), WattHours(stored + 4))
        price = next(
            p for p in range(pool.reference_price(selling, Price(1)) - 60, 10**6) if pool.supply(Price(p), selling)
        )
        assert pool.settle(selling, Price(price), LedgerWattHours(1), Price(1), Price(1)).money == rich + price
        price = next(
            p for p in range(pool.reference_price(buying, Price(1)) + 60, 0, -1) if pool.supply(Price(p), buying)
        )
        assert pool.settle(buying, Price(price), LedgerWattHours(-1), Price(1), Price(1)).money == rich - price


def test_what_moved_without_a_trade_is_booked_apart() -> None:
    pool = Pool(REAL, WattHours(20_000), LedgerMicroWon(ONE * 10**12), LedgerMicroWon(-5))
    reading = BatteryReading(WattHours(1000), WattHours(0), WattHours(19_990), WattHours(18_900))
    price = Price(300_000)
    after = pool.settle(reading, price, LedgerWattHours(ONE * 400 + 1), Price(120), Price(300))
    assert after.stored == 18_900
    assert after.money == pool.money + price * (ONE * 400 + 1)
    # 600 Wh less one part sold to nobody and 10 Wh gone between the readings, both at the floor price.
    assert after.apart == -5 + 120 * (ONE * 600 - 1) + 120 * ONE * 10
    reading = BatteryReading(WattHours(0), WattHours(1000), WattHours(20_010), WattHours(20_900))
    after = pool.settle(reading, Price(120_000), LedgerWattHours(-ONE * 400), Price(120), Price(300))
    assert after.apart == -5 - 300 * ONE * 600 - 300 * ONE * 10
    assert after.money == pool.money - 120_000 * ONE * 400


def test_without_a_reading_nothing_changes() -> None:
    pool = Pool(REAL, WattHours(20_000), LedgerMicroWon(0), LedgerMicroWon(0))
    assert pool.supply(Price(300_000), None) == 0
    assert pool.reference_price(None, Price(140_000)) == 140_000
    assert pool.settle(None, Price(140_000), LedgerWattHours(0), Price(120), Price(300)) is pool
    with pytest.raises(InvariantBroken, match="POOL-3"):
        pool.settle(None, Price(140_000), LedgerWattHours(1), Price(120), Price(300))


@settings(max_examples=50)
@given(pools(), st.integers(1, HIGHEST + 60), st.integers(1, 10**6))
def test_a_flow_beyond_the_supply_is_refused(market: PoolSupply, price: int, extra: int) -> None:
    supply = ONE * market(price)
    for flow in (max(supply, 0) + extra, min(supply, 0) - extra):
        with pytest.raises(InvariantBroken, match="POOL-3 broken"):
            settled(market, price, flow)


@pytest.mark.parametrize(("price", "flow"), [(140_000, ONE), (180_000, -ONE)])
def test_a_trade_below_the_curve_is_refused(monkeypatch: pytest.MonkeyPatch, price: int, flow: int) -> None:
    """Should POOL-3 ever offer too much, POOL-4 stops it."""
    monkeypatch.setattr(Pool, "supply", lambda *_: flow)
    pool = Pool(REAL, WattHours(20_000), LedgerMicroWon(10**18), LedgerMicroWon(0))
    reading = BatteryReading(WattHours(0), WattHours(0), WattHours(20_000), WattHours(20_000))
    with pytest.raises(InvariantBroken, match="POOL-4 broken: a trade of"):
        pool.settle(reading, Price(price), LedgerWattHours(flow), Price(120), Price(300))


def test_equity() -> None:
    pool = Pool(REAL, WattHours(20_000), LedgerMicroWon(77), LedgerMicroWon(-9))
    assert pool.equity() == 77 + ONE * 20_000 * 133_000


@given(parameters(), st.integers(0, 10**7), st.integers(-(10**7), 10**7), st.integers(-(10**7), 10**7))
def test_the_battery_plan_is_feasible(fixed: PoolParameters, stored: int, surplus: int, net_demand: int) -> None:
    discharged, charged = battery_plan(fixed, WattHours(stored), WattHours(surplus), WattHours(net_demand))
    assert 0 in (discharged, charged)
    assert 0 <= discharged <= min(max(net_demand, 0), fixed.power_wh)
    assert 0 <= charged <= min(max(surplus, 0), fixed.power_wh)
    assert 1000 * discharged <= stored * fixed.efficiency_permille
    assert charged * fixed.efficiency_permille <= 1000 * max(fixed.capacity - stored, 0)


def test_the_battery_plan_by_hand() -> None:
    plan = (REAL, WattHours(30_000))
    assert battery_plan(*plan, WattHours(4000), WattHours(7000)) == (0, 4000)
    assert battery_plan(*plan, WattHours(0), WattHours(7000)) == (7000, 0)
    assert battery_plan(*plan, WattHours(-1), WattHours(70_000)) == (12_500, 0)
    assert battery_plan(*plan, WattHours(0), WattHours(-3)) == (0, 0)
    assert battery_plan(REAL, WattHours(49_000), WattHours(9000), WattHours(0)) == (0, 1052)
    assert battery_plan(REAL, WattHours(100), WattHours(0), WattHours(9000)) == (95, 0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"capacity": -1}, "capacity"),
        ({"band_low": 0}, "band_low"),
        ({"band_high": 133_000}, "band_high is 133000, not above band_low"),
        ({"band_high": 1.5}, "band_high"),
        ({"efficiency_permille": 0}, "efficiency_permille"),
        ({"efficiency_permille": 1001}, "efficiency_permille"),
        ({"power_wh": -1}, "power_wh"),
    ],
)
def test_bad_parameters(change: dict[str, int], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        replace(REAL, **change)  # type: ignore[arg-type] # wrong on purpose


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ((1, 1, 0, 0), "one of them must be 0"),
        ((-1, 0, 0, 0), "discharged"),
        ((0, -1, 0, 0), "charged"),
        ((0, 0, -1, 0), "stored_start"),
        ((0, 0, 0, True), "stored_end"),
    ],
)
def test_bad_readings(numbers: tuple[WattHours, WattHours, WattHours, WattHours], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        BatteryReading(*numbers)


@pytest.mark.parametrize(("numbers", "reason"), [((-1, 0, 0), "stored"), ((0, -1, 0), "money"), ((0, 0, 0.5), "apart")])
def test_bad_pools(numbers: tuple[int, int, int], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        Pool(REAL, *numbers)  # type: ignore[arg-type] # wrong on purpose


def test_the_widest_band_has_a_margin_too() -> None:
    widest = PoolParameters(WattHours(10), Price(1), Price(2**62), 1000, WattHours(1))
    assert widest.stored_at(widest.marginal(WattHours(5))) <= 5
    with pytest.raises(BadInput, match="band_high"):
        replace(widest, band_high=Price(2**62 + 1))
