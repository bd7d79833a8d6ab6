"""A simulated slot and a confidential one of the same homes are the same, to the last unit, battery and all."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openmg.demo.battery import battery_move
from openmg.home import Policy
from openmg.simulation.battery import Providers
from openmg.simulation.pool_market import PoolMarket, Rules
from openmg.simulation.trade import Trade
from openmg.simulation.wishes import Wishes
from openmg.units import ONE, Price, Slot, WattHours
from tests.chain.town import DEPOSIT, FEE, FIRST, Town, home_of, seed

HOMES, SLOTS = 5, 4
POOL_STORED = 20_000
GRID = Price(160_000)

Flows = list[list[int]]
"""Net Wh of each home in each slot: import, or export where negative."""


@pytest.fixture(scope="session", params=[False, True], ids=["alone", "with a battery"])
def street(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Five enrolled homes before their first slot."""
    homes = [home_of(f"home {number}") for number in range(HOMES)]
    town = Town.founded(tmp_path_factory.mktemp("street"), 4, homes, pool=request.param)
    return town.changed(tariff=(GRID,) * 24, utc_offset=0).make_key().enrol()


def rules_of(town: Town) -> Rules:
    """What the chain's genesis says."""
    genesis, pool = town.genesis, town.genesis.pool
    providers = None if pool is None else Providers(pool.parameters, pool.stored, pool.money)
    return Rules(genesis.ladder, genesis.fee, genesis.feed_in, GRID, genesis.collar_bp, providers)


def wishes_of(town: Town, flows: list[int]) -> Wishes:
    """What the homes of the town want when their meters count these flows."""
    net = np.array(flows, dtype=np.int64)
    policies = [home.household.policy for home in town.homes]
    values = np.array([policy.value - FEE for policy in policies], dtype=np.int64)
    costs = np.array([policy.cost for policy in policies], dtype=np.int64)
    return Wishes(np.maximum(net, 0), values, np.maximum(-net, 0), costs)


def live_in_secret(town: Town, number: int, flows: list[int]) -> None:
    """A whole slot on the chain: reports with their proofs, the battery's reading, openings, settlement."""
    for home, net in zip(town.homes, flows, strict=True):
        home.metered(number, max(net, 0), max(-net, 0))
    town.open_gate(number)
    assert town.verdicts(*(town.report(home, number) for home in town.homes)) == [None] * HOMES
    town.close_gate(number)
    pool = town.genesis.pool
    if pool is not None:
        move = battery_move(pool.parameters, town.chain, Slot(number), max(-sum(flows), 0))
        assert town.verdict(town.signed(move, seed("battery"))) is None
    town.finish(number)


def assert_same(town: Town, number: int, trade: Trade) -> None:
    """Price, fills, money and battery of one slot."""
    clearing = town.slot(number).clearing
    assert clearing is not None
    assert (trade.price, trade.rounding) == (clearing.price, clearing.price * clearing.residue)
    for index, home in enumerate(town.homes):
        mine = home.wallet.trades[-1]
        assert (mine.slot, mine.price) == (number, trade.price)
        assert (mine.bought, mine.sold) == (trade.bought[index], trade.sold[index])
        assert mine.paid == trade.paid[index]
    if trade.battery is not None:
        assert trade.battery.flow == clearing.pool_flow


def assert_same_days(street: Town, policies: list[Policy], slots: Flows) -> PoolMarket:
    """The same homes and flows in secret and simulated; returns the simulated market."""
    folder = Path(tempfile.mkdtemp())
    try:
        town = street.copied(folder)
        for home, policy in zip(town.homes, policies, strict=True):
            home.household.policy = policy
        market = PoolMarket(rules_of(town))
        for number, flows in enumerate(slots, start=FIRST):
            live_in_secret(town, number, flows)
            assert_same(town, number, market.trade(wishes_of(town, flows), WattHours(max(-sum(flows), 0))))
        clock = town.chain.state.clock
        assert market.price == clock.price
        if market.pool is not None:
            kept = (market.pool.stored, market.pool.money, market.pool.apart)
            assert kept == (clock.pool_stored, clock.pool_money, clock.pool_apart)
        balances = sum(home.wallet.balance(town.genesis) for home in town.homes)
        paid = sum(trade.paid for home in town.homes for trade in home.wallet.trades)
        assert balances == ONE * DEPOSIT * HOMES - paid
        return market
    finally:
        shutil.rmtree(folder)


@settings(max_examples=6)
@given(st.data())
def test_a_simulated_day_is_the_confidential_one(street: Town, data: st.DataObject) -> None:
    values = st.sampled_from((130_000, 153_000, 160_000, 203_000, 240_000)).map(Price)
    costs = st.sampled_from((110_000, 150_000)).map(Price)
    flow = st.integers(-4_000, 4_000) | st.sampled_from((0, 1, -1, 20_000, -20_000))
    policies = data.draw(st.lists(st.builds(Policy, values, costs), min_size=HOMES, max_size=HOMES))
    slots = data.draw(st.lists(st.lists(flow, min_size=HOMES, max_size=HOMES), min_size=SLOTS, max_size=SLOTS))
    assert_same_days(street, policies, slots)


def test_the_battery_does_the_same_by_the_same_lag(street: Town) -> None:
    """Every slot another demand, so that one slot earlier or later would be seen."""
    policies = [Policy(Price(240_000), Price(110_000))] * HOMES
    flows = [[1_000, 0, 0, 0, 0], [3_000, -200, 0, 0, 0], [2_000, 500, 0, 0, 0], [700, 0, 4_000, 0, 0]]
    market = assert_same_days(street, policies, [*flows, [-3_000, 500, 0, 0, 0]])
    if market.pool is not None:
        assert market.pool.stored < POOL_STORED, "it sold"
