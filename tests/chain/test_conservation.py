"""Random days: no money and no energy is made or lost, whatever happens (MARKET-9, MARKET-10, KEY-4, POOL-4)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from openmg.chains import Block, RelayChain
from openmg.chains.day import BOUGHT, EXPORT, IMPORT, DayPhase, DayState
from openmg.chains.slot import Phase
from openmg.chains.transactions import Battery, OpeningClaim, Subject
from openmg.home import Household, Policy
from openmg.units import Price, Slot, WattHours
from tests.chain.town import DEPOSIT, FEE, FIRST, POOL, Home, Town, home_of, seed

SLOTS = 6
MIDNIGHT = -11_400
"""The offset from UTC with which the local day ends after six slots."""
UNIT = 65_536


def town_with_a_day(folder: Path, homes: list[Home], *, pool: bool) -> Town:
    town = Town.founded(folder, 4, homes, pool=pool).changed(utc_offset=MIDNIGHT).make_key().enrol()
    assert town.genesis.ends_day(Slot(FIRST + SLOTS - 1))
    return town


def random_homes(dice: random.Random) -> list[Home]:
    """Five homes; who exports in a slot is drawn anew for each."""
    homes = []
    for name in ("a", "b", "c", "d", "e"):
        home = home_of(name)
        policy = Policy(Price(dice.choice([130_000, 160_000, 203_000])), Price(dice.choice([110_000, 150_000])))
        homes.append(Home(Household(name, home.meter, home.wallet, policy), home.readings))
        for slot in range(SLOTS):
            wh = dice.choice([0, 1, 65_535, dice.randrange(4_000), dice.randrange(4_000)])
            homes[-1].metered(FIRST + slot, *((wh, 0) if dice.random() < 0.5 else (0, wh)))
    return homes


def battery_reading(town: Town, dice: random.Random, slot: int) -> bytes:
    stored = town.chain.state.clock.pool_stored
    moved = dice.randrange(0, 3_000)
    if dice.random() < 0.5:
        moved = min(moved, stored * 95 // 100)
        wh = (moved, 0, stored, stored - min(stored, -(-moved * 1000 // 950)))
    else:
        moved = min(moved, POOL.capacity - stored)
        wh = (0, moved, stored, stored + moved * 950 // 1000)
    message = Battery(Slot(slot), *(WattHours(each) for each in wh))
    return town.signed(message, seed("battery"))


def live_randomly(town: Town, dice: random.Random, slot: int) -> None:
    """Some homes are silent, some slots are never opened, some readings of the battery never come."""
    town.open_gate(slot)
    reporting = [home for home in town.homes if dice.random() < 0.85]
    assert set(town.verdicts(*(town.report(home, slot) for home in reporting))) <= {None}
    town.close_gate(slot)
    if town.genesis.pool is not None and town.phase(slot) == Phase.CLOSED and dice.random() < 0.8:
        assert town.verdict(battery_reading(town, dice, slot)) is None
    town.silent = {1, 2} if dice.random() < 0.2 else {dice.randrange(1, 6)}
    town.finish(slot)
    town.silent = set()


def end_day(town: Town) -> DayState:
    [day] = town.chain.state.days()
    for _ in range(20):
        if day.phase == DayPhase.OPENED:
            return day
        town.tick()
        [day] = town.chain.state.days()
    raise AssertionError("the day was not opened")


def money(town: Town) -> int:
    """All of it, µKRW/65536: what the wallets open to, and the public accounts."""
    clock, pool = town.chain.state.clock, town.genesis.pool
    start = 0 if pool is None else UNIT * pool.money
    wallets = sum(home.wallet.balance(town.genesis) for home in town.homes)
    return wallets + clock.pool_money - start + clock.rounding + clock.utility


@pytest.mark.parametrize("pool", [False, True], ids=["alone", "with a battery"])
@pytest.mark.parametrize("dice", [pytest.param(1), *(pytest.param(n, marks=pytest.mark.long) for n in range(2, 12))])
def test_a_random_day_conserves_money_and_energy(dice: int, pool: bool, tmp_path: Path) -> None:
    rolled = random.Random(f"{dice} {pool}")
    town = town_with_a_day(tmp_path, random_homes(rolled), pool=pool)
    for slot in range(FIRST, FIRST + SLOTS):
        live_randomly(town, rolled, slot)
        for home in town.homes:
            home.household.check_against(town.chain)
            assert home.wallet.available.value >= 0
            assert home.wallet.balance(town.genesis) >= 0
        assert town.chain.state.clock.pool_money >= 0
        assert town.chain.state.clock.rounding >= 0
    day = end_day(town)
    opened = dict(day.board.opened)
    month = town.genesis.month_of(FIRST)
    books = [home.wallet.months[month] for home in town.homes if month in home.wallet.months]
    assert opened[BOUGHT] == sum(book.bought.value for book in books)
    assert opened[BOUGHT] - day.net == sum(book.sold.value for book in books)
    settled = [slot.slot for slot in town.chain.state.slots if slot.phase == Phase.SETTLED]
    traded = [trade for home in town.homes for trade in home.wallet.trades if trade.slot in settled]
    assert opened[IMPORT] == sum(trade.imported for trade in traded)
    assert opened[EXPORT] == sum(trade.exported for trade in traded)
    assert len(traded) == day.reports
    assert town.chain.state.clock.utility == FEE * opened[BOUGHT]
    assert money(town) == UNIT * DEPOSIT * len(town.homes) == town.chain.state.clock.deposits
    again = RelayChain(town.genesis)
    assert [again.execute(Block.decode(block.encode())).root for block in town.blocks] == town.roots


def test_nobody_pays_more_than_its_own_tariff(tmp_path: Path) -> None:
    """Honest ladders: what is bought is worth its price with the fee, what is sold earns at least the cost."""
    rolled = random.Random("rational")
    town = town_with_a_day(tmp_path, random_homes(rolled), pool=True)
    for slot in range(FIRST, FIRST + 3):
        live_randomly(town, rolled, slot)
    for home in town.homes:
        policy = home.household.policy
        for trade in home.wallet.trades:
            assert trade.bought <= UNIT * trade.imported
            assert trade.sold <= UNIT * trade.exported
            assert trade.bought == 0 or trade.price + FEE <= policy.value
            assert trade.sold == 0 or trade.price >= policy.cost


@pytest.fixture
def evening(tmp_path: Path) -> Town:
    """One settled slot in a day that then ends without another report."""
    homes = [home_of("east").metered(FIRST, 900, 0), home_of("roof", cost=110_000).metered(FIRST, 0, 800)]
    town = town_with_a_day(tmp_path, homes, pool=False)
    assert town.live(FIRST, *homes).phase == Phase.SETTLED
    town.block(time=town.genesis.starts(Slot(FIRST + SLOTS)))
    for _ in range(3):
        town.block(time=town.now + 60)
    [day] = town.chain.state.days()
    assert day.phase == DayPhase.OPENING
    return town


def test_a_days_totals_are_opened_once_the_day_is_over(evening: Town) -> None:
    day = end_day(evening)
    assert dict(day.board.opened)[IMPORT] == 900
    assert dict(day.board.opened)[EXPORT] == 800
    assert evening.chain.state.clock.utility == FEE * dict(day.board.opened)[BOUGHT] > 0
    subject = Subject(Subject.DAY, day.day, 0)
    assert evening.verdict(OpeningClaim(subject, IMPORT, 900).encode()) == "KEY-4"


def test_a_day_that_nobody_opens_is_given_up(evening: Town) -> None:
    [day] = evening.chain.state.days()
    evening.silent = {1, 2}
    while evening.chain.state.clock.height <= day.since + evening.genesis.open_ttl:
        evening.tick()
    [given_up] = evening.chain.state.days()
    assert (given_up.phase, given_up.board.opened, given_up.board.shares) == (DayPhase.GIVEN_UP, (), ())
    evening.silent = set()
    assert evening.said() == []
    assert evening.chain.state.clock.utility == 0


def test_nothing_of_a_day_is_opened_before_it_is_over(tmp_path: Path) -> None:
    homes = [home_of("east").metered(FIRST, 900, 0), home_of("roof").metered(FIRST, 0, 800)]
    town = town_with_a_day(tmp_path, homes, pool=False)
    town.live(FIRST, *homes)
    [day] = town.chain.state.days()
    assert day.phase == DayPhase.ADDING
    assert town.said() == []
    subject = Subject(Subject.DAY, day.day, 0)
    for name, value in ((IMPORT, 900), (EXPORT, 800), (BOUGHT, 0)):
        assert town.verdict(OpeningClaim(subject, name, value).encode()) == "KEY-4"


@pytest.mark.parametrize("value", [901, 899, -900, 2 * 65_535 + 1, 2**127 - 1])
def test_a_days_total_with_a_wrong_value_is_refused(evening: Town, value: int) -> None:
    evening.block(*evening.said())
    [day] = evening.chain.state.days()
    assert len(day.board.shares_of(IMPORT)) == 4
    subject = Subject(Subject.DAY, day.day, 0)
    assert evening.verdict(OpeningClaim(subject, IMPORT, value).encode()) == "KEY-6"
    assert evening.verdict(OpeningClaim(subject, IMPORT, 900).encode()) is None
    assert evening.verdict(OpeningClaim(subject, IMPORT, 900).encode()) == "KEY-4"


def test_a_month_and_a_day_end_between_two_slots(tmp_path: Path) -> None:
    """31 January ends between the first two slots: two days, two months for each account."""
    homes = [home_of("east"), home_of("roof", cost=110_000)]
    for slot in range(2):
        homes[0].metered(FIRST + slot, 900 + slot, 0)
        homes[1].metered(FIRST + slot, 0, 800 + slot)
    town = Town.founded(tmp_path, 4, homes).changed(utc_offset=-96_300).make_key().enrol()
    months = [town.genesis.month_of(Slot(FIRST + slot)) for slot in range(2)]
    assert months == [12 * 2026, 12 * 2026 + 1]
    for slot in range(2):
        town.live(FIRST + slot, *homes)
    for home in homes:
        home.household.check_against(town.chain)
        assert sorted(home.wallet.months) == months
    assert [homes[0].wallet.months[month].imported.value for month in months] == [UNIT * 900, UNIT * 901]
    for _ in range(8):
        town.tick()
    assert [day.phase for day in town.chain.state.days()] == [DayPhase.OPENED, DayPhase.ADDING]
