"""The community battery's reading (SLOT-4, POOL-2) and what a slot is without it."""

from __future__ import annotations

import pytest

from openmg.chains.openings import steps
from openmg.chains.slot import Phase
from openmg.chains.transactions import Battery
from openmg.units import WattHours
from tests.chain.town import FIRST, Town, seed

Wh = tuple[int, int, int, int]


def reading(town: Town, wh: Wh, slot: int = FIRST, secret: bytes = b"") -> bytes:
    """Discharged, charged, stored at start and end."""
    message = Battery(town.slot(FIRST).slot + slot - FIRST, *(WattHours(each) for each in wh))  # type: ignore[arg-type]
    return town.signed(message, secret or seed("battery"))


SOLD: Wh = (950, 0, 20_000, 19_000)


def test_a_reading_is_accepted_and_the_pool_trades(pool_town: Town) -> None:
    assert steps(pool_town.chain.state) == []
    assert pool_town.verdict(reading(pool_town, SOLD)) is None
    slot = pool_town.finish()
    assert slot.phase == Phase.SETTLED
    assert slot.clearing is not None
    clock = pool_town.chain.state.clock
    assert clock.pool_stored == 19_000
    assert clock.pool_money == 65536 * 50_000_000_000 + slot.clearing.price * slot.clearing.pool_flow
    for home in pool_town.homes:
        home.household.check_against(pool_town.chain)


def test_a_reading_before_the_gate_has_closed_is_refused(pool_town: Town) -> None:
    pool_town.block(time=pool_town.genesis.starts(FIRST) + 2 * 300 - 1)
    assert pool_town.phase(FIRST + 1) == Phase.RUNNING
    assert pool_town.verdict(reading(pool_town, SOLD, FIRST + 1)) == "SLOT-4"
    pool_town.open_gate(FIRST + 1)
    assert pool_town.verdict(reading(pool_town, SOLD, FIRST + 1)) == "SLOT-4"


@pytest.mark.parametrize("ahead", [-1, 5, 2**63])
def test_a_reading_of_no_slot_is_refused(pool_town: Town, ahead: int) -> None:
    assert pool_town.verdict(reading(pool_town, SOLD, FIRST + ahead)) == "SLOT-4"


def test_a_second_reading_is_refused(pool_town: Town) -> None:
    assert pool_town.verdict(reading(pool_town, SOLD)) is None
    assert pool_town.verdict(reading(pool_town, SOLD)) == "SLOT-4"
    assert pool_town.verdict(reading(pool_town, (0, 0, 20_000, 20_000))) == "SLOT-4"


def test_a_reading_after_the_first_share_is_refused(pool_town: Town) -> None:
    """Without a reading the wait runs out, shares are posted, and then a reading comes."""
    for _ in range(pool_town.genesis.battery_wait):
        pool_town.block()
    slot = pool_town.slot(FIRST)
    assert (slot.missing_battery, slot.board.touched) == (True, False)
    assert pool_town.verdict(reading(pool_town, SOLD)) == "SLOT-4", "too late"
    pool_town.tick()
    assert pool_town.slot(FIRST).board.touched
    assert pool_town.verdict(reading(pool_town, SOLD)) == "SLOT-4"


def test_a_share_before_the_reading_is_refused(pool_town: Town) -> None:
    pool_town.tick()
    assert not pool_town.slot(FIRST).board.touched
    assert pool_town.said() == []


def test_a_reading_in_the_last_block_of_the_wait_is_accepted(pool_town: Town) -> None:
    """The closing block is the first of those that wait."""
    for _ in range(pool_town.genesis.battery_wait - 2):
        pool_town.block()
    assert pool_town.verdict(reading(pool_town, SOLD)) is None


def test_a_reading_by_another_key_is_refused(pool_town: Town) -> None:
    for name in ("utility", "meter of east", "nobody"):
        assert pool_town.verdict(reading(pool_town, SOLD, secret=seed(name))) == "POOL-2"


def test_a_reading_is_refused_where_there_is_no_battery(closed_town: Town) -> None:
    assert closed_town.verdict(reading(closed_town, SOLD)) == "POOL-2"


@pytest.mark.parametrize(
    "wh",
    [
        (5_001, 0, 20_000, 14_000),
        (0, 5_001, 20_000, 25_000),
        (0, 0, 40_001, 20_000),
        (0, 0, 20_000, 40_001),
        (1, 1, 20_000, 20_000),
        (2**32 - 1, 0, 20_000, 20_000),
        (2**32 - 1,) * 4,
    ],
    ids=str,
)
def test_an_impossible_reading_is_refused(pool_town: Town, wh: Wh) -> None:
    assert pool_town.verdict(reading(pool_town, wh)) == "POOL-2"
    assert pool_town.slot(FIRST).battery is None


@pytest.mark.parametrize(
    "wh",
    [
        (5_000, 0, 40_000, 0),
        (0, 5_000, 0, 40_000),
        (5_000, 0, 0, 40_000),
        (0, 5_000, 40_000, 0),
        (1, 0, 0, 0),
        (0, 1, 40_000, 40_000),
        (0, 0, 0, 0),
        (0, 0, 40_000, 40_000),
    ],
    ids=str,
)
def test_a_strange_reading_within_bounds_stops_nothing(pool_town: Town, wh: Wh) -> None:
    """A battery meter may lie within its bounds; the market must clear and the curve never lose by a trade."""
    assert pool_town.verdict(reading(pool_town, wh)) is None
    assert pool_town.finish().phase == Phase.SETTLED
    for home in pool_town.homes:
        home.household.check_against(pool_town.chain)


def test_without_a_reading_the_slot_clears_without_the_pool(pool_town: Town) -> None:
    before = pool_town.chain.state.clock
    slot = pool_town.finish()
    after = pool_town.chain.state.clock
    assert (slot.phase, slot.missing_battery) == (Phase.SETTLED, True)
    assert slot.clearing is not None
    assert (slot.clearing.supply, slot.clearing.pool_flow) == (0, 0)
    assert slot.reference == before.reference, "the last reference price (SLOT-4)"
    assert (after.pool_stored, after.pool_money, after.pool_apart) == (
        before.pool_stored,
        before.pool_money,
        before.pool_apart,
    )


def test_a_void_slot_keeps_the_batterys_energy_apart(pool_town: Town) -> None:
    assert pool_town.verdict(reading(pool_town, SOLD)) is None
    before = pool_town.chain.state.clock
    pool_town.silent = {1, 2}
    assert pool_town.finish().phase == Phase.VOID
    after = pool_town.chain.state.clock
    assert (after.pool_stored, after.pool_money) == (19_000, before.pool_money)
    assert after.pool_apart == 65536 * 950 * 120_000
