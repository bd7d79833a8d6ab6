"""The market's clock: pinning, gates, halts, voids, order (SLOT-1, SLOT-3, SLOT-5, KEY-5)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from openmg.chains.slot import NO_EPOCH, Phase
from openmg.chains.transactions import REPORT
from openmg.crypto import IDENTITY, Opening
from openmg.home.household import statement_of
from openmg.units import Slot
from tests.chain.town import DEPOSIT, FIRST, SLOT_SECONDS, Town

Reports = tuple[bytes, ...]


def end_of(town: Town, slot: int) -> int:
    return town.genesis.starts(Slot(slot + 1))


def test_a_slot_is_pinned_at_the_first_block_of_its_time(town: Town) -> None:
    start = town.genesis.starts(FIRST)
    town.block(time=start - 1)
    assert town.chain.state.slot(FIRST) is None
    town.block(time=start)
    assert (town.phase(FIRST), town.slot(FIRST).epoch) == (Phase.RUNNING, 0)
    assert town.chain.state.slot(FIRST + 1) is None


def test_the_key_of_a_slot_is_the_one_it_began_with(new_town: Town) -> None:
    """A key that comes during a slot serves from the next one on."""
    new_town.block(time=new_town.genesis.starts(FIRST))
    new_town.make_key()
    assert new_town.slot(FIRST).epoch == NO_EPOCH
    new_town.block(time=new_town.genesis.starts(Slot(FIRST + 1)))
    assert new_town.slot(FIRST + 1).epoch == 0


def test_a_slot_without_a_key_is_void(new_town: Town) -> None:
    new_town.silent = {1, 2, 3, 4}
    new_town.enrol().open_gate().close_gate()
    assert new_town.phase(FIRST) == Phase.VOID
    new_town.silent = set()
    new_town.make_key()
    for home in new_town.homes:
        home.metered(FIRST + 2, 400, 0)
    assert new_town.live(FIRST + 2, *new_town.homes).phase == Phase.SETTLED


def test_the_gate_opens_with_the_slots_end(town: Town) -> None:
    town.block(time=end_of(town, FIRST) - 1)
    assert town.phase(FIRST) == Phase.RUNNING
    town.block(time=end_of(town, FIRST))
    assert town.phase(FIRST) == Phase.OPEN
    assert town.slot(FIRST).gate.opened_time == end_of(town, FIRST)


def test_the_gate_lasts_its_time(open_town: Town) -> None:
    for later in (1, 30, 59):
        open_town.block(time=end_of(open_town, FIRST) + later)
        assert open_town.phase(FIRST) == Phase.OPEN
    open_town.block(time=end_of(open_town, FIRST) + 60)
    assert open_town.phase(FIRST) != Phase.OPEN


def test_the_gate_lasts_its_time_after_a_halt(town: Town) -> None:
    late = end_of(town, FIRST) + 20 * SLOT_SECONDS + 17
    town.block(time=late)
    assert {town.phase(FIRST + past) for past in range(20)} == {Phase.OPEN}
    town.block(time=late + 59)
    assert {town.phase(FIRST + past) for past in range(20)} == {Phase.OPEN}
    town.block(time=late + 60)
    assert Phase.OPEN not in {town.phase(FIRST + past) for past in range(20)}


def test_the_gate_waits_for_distinct_proposers(open_town: Town) -> None:
    """One proposer alone, who may have kept reports out, never closes a gate (f = 1)."""
    alone = open_town.blocks[-1].proposer
    for later in range(1, 6):
        open_town.block(time=end_of(open_town, FIRST) + 60 * later, proposer=alone)
        assert open_town.phase(FIRST) == Phase.OPEN
    open_town.block(time=open_town.now, proposer=alone % 4 + 1)
    assert open_town.phase(FIRST) == Phase.OPEN, "its block counts once it is over"
    open_town.block(time=open_town.now, proposer=alone)
    assert open_town.phase(FIRST) != Phase.OPEN


def test_a_full_block_leaves_no_room(open_town: Town) -> None:
    """Who fills its blocks with reports, even refused ones, does not help to close the gate."""
    alone = open_town.blocks[-1].proposer
    flood = bytes([REPORT]) + bytes(open_town.genesis.room)
    for later in range(1, 5):
        open_town.block(flood, time=end_of(open_town, FIRST) + 60 * later, proposer=later)
        assert open_town.phase(FIRST) == Phase.OPEN
    exactly = flood[:-1]
    open_town.block(exactly, time=open_town.now, proposer=alone % 4 + 1)
    open_town.block(time=open_town.now)
    assert open_town.phase(FIRST) != Phase.OPEN


def test_a_cohort_below_the_least_is_void_and_nothing_is_opened(open_town: Town, proved: Reports) -> None:
    open_town.block(proved[0])
    open_town.close_gate()
    slot = open_town.slot(FIRST)
    assert (slot.phase, slot.quorum, slot.counted) == (Phase.VOID, 2, 1)
    assert not slot.board.touched
    assert slot.board.opened == ()
    assert open_town.chain.state.clock.rounding == 0


def test_a_cohort_below_two_thirds_of_the_active_is_void(new_town: Town) -> None:
    town = new_town.changed(min_reports=1).make_key().enrol()
    for home in town.homes:
        for slot in range(3):
            home.metered(FIRST + slot, 300, 0)
    assert town.live(FIRST, *town.homes).phase == Phase.SETTLED
    void = town.live(FIRST + 1, town.homes[0])
    assert (void.phase, void.quorum, void.counted) == (Phase.VOID, 2, 1)
    assert town.live(FIRST + 2, *town.homes[:2]).phase == Phase.SETTLED


def test_a_void_slot_returns_the_collateral_and_counts_the_meter(open_town: Town, proved: Reports) -> None:
    home = open_town.homes[0]
    open_town.block(proved[0])
    assert home.wallet.available.value < 65536 * DEPOSIT
    open_town.close_gate()
    home.household.check_against(open_town.chain)
    assert home.wallet.balance(open_town.genesis) == 65536 * DEPOSIT
    state, month = open_town.chain.state, open_town.genesis.month_of(FIRST)
    assert state.registry[0].locked == ()
    sums, opened = state.accumulators(month, 0), home.wallet.months[month]
    assert opened.imported.value == 65536 * 900
    assert opened.imported.commitment(open_town.epoch.key) == sums.imported
    assert (opened.bought, sums.bought) == (Opening(0, 0), IDENTITY)
    assert opened.cost.value == 65536 * 900 * open_town.genesis.tariff_of(FIRST)


def test_a_slot_that_is_not_opened_in_time_is_void(closed_town: Town) -> None:
    closed_town.silent = {1, 2}
    closed = closed_town.slot(FIRST).gate.closed_height
    while closed_town.chain.state.clock.height < closed + closed_town.genesis.open_ttl:
        closed_town.tick()
        assert closed_town.phase(FIRST) == Phase.CLOSED
    closed_town.tick()
    slot = closed_town.slot(FIRST)
    assert (slot.phase, slot.final_height) == (Phase.VOID, closed + closed_town.genesis.open_ttl + 1)
    assert (slot.board.shares, slot.board.opened) == ((), ())
    for home in closed_town.homes:
        assert home.wallet.balance(closed_town.genesis) == 65536 * DEPOSIT
        home.household.check_against(closed_town.chain)


def test_void_is_final(closed_town: Town) -> None:
    closed_town.silent = {1, 2}
    closed_town.finish()
    closed_town.silent = set()
    before = closed_town.slot(FIRST)
    for _ in range(4):
        closed_town.tick()
    assert closed_town.slot(FIRST) == before


def test_slots_clear_in_order_and_each_has_its_own_time(town: Town) -> None:
    """Two gates close at once; the second slot's blocks are counted from the first one's end."""
    for home in town.homes:
        home.metered(FIRST + 1, 500, 0)
    town.block(time=end_of(town, FIRST + 1))
    for number in (FIRST, FIRST + 1):
        assert set(town.verdicts(*(town.report(home, number) for home in town.homes))) == {None}
    town.silent = {1, 2}
    town.close_gate(FIRST + 1)
    assert town.phase(FIRST) == town.phase(FIRST + 1) == Phase.CLOSED
    first = town.finish(FIRST)
    assert town.phase(FIRST + 1) == Phase.CLOSED
    town.silent = set()
    second = town.finish(FIRST + 1)
    assert (first.phase, second.phase) == (Phase.VOID, Phase.SETTLED)
    assert second.final_height > first.final_height
    for home in town.homes:
        home.household.check_against(town.chain)


@pytest.mark.parametrize("settled", [True, False], ids=["settled", "void"])
def test_an_account_may_be_silent_for_long(town: Town, settled: bool) -> None:
    """Its balance waits; its next report folds all that was credited meanwhile."""
    quiet, *others = town.homes
    for home in town.homes:
        for slot in range(8):
            home.metered(FIRST + slot, 100 * (slot + 1), 0)
    if settled:
        town.live(FIRST, *town.homes)
    else:
        town.live(FIRST, quiet)
    assert town.phase(FIRST) == (Phase.SETTLED if settled else Phase.VOID)
    for slot in range(1, 7):
        town.live(FIRST + slot, *others)
    town.live(FIRST + 7, *town.homes)
    index = town.chain.state.registry.index_of(quiet.account)
    assert town.chain.state.registry[index].checkpoint == FIRST + 6
    quiet.household.check_against(town.chain)


def test_a_credit_that_lands_between_proof_and_inclusion_harms_nobody(town: Town) -> None:
    """Slot 1's report is proved while slot 0 still waits for its openings, and included after slot 0 settled."""
    for home in town.homes:
        home.metered(FIRST + 1, 500, 0)
    town.open_gate(FIRST)
    assert set(town.verdicts(*(town.report(home, FIRST) for home in town.homes))) == {None}
    town.block(time=end_of(town, FIRST + 1))
    town.block(time=town.now)
    assert town.phase(FIRST) == Phase.CLOSED
    early = town.report(town.homes[0], FIRST + 1)
    town.finish(FIRST)
    account = town.chain.state.registry[0]
    assert account.credits[-1].slot == FIRST
    assert account.latest_credit != IDENTITY
    assert town.verdict(early) is None
    town.homes[0].household.check_against(town.chain)


def test_a_stale_checkpoint_is_refused(town: Town) -> None:
    """Every report for s folds all that was final before T_{s−1} (ACCOUNT-3)."""
    for home in town.homes:
        for slot in range(4):
            home.metered(FIRST + slot, 500, 0)
    town.live(FIRST, *town.homes)
    town.live(FIRST + 1, *town.homes[1:])
    town.open_gate(FIRST + 3)
    home = town.homes[0]
    checkpoint = home.wallet.checkpoint
    assert town.slot(FIRST).final_time < town.genesis.starts(Slot(FIRST + 2))
    stale = prove_from(town, FIRST - 1)
    assert checkpoint == FIRST - 1
    assert town.verdict(stale) == "ACCOUNT-3"
    assert town.verdict(prove_from(town, town.chain.state.head - 1)) is None


def prove_from(town: Town, checkpoint: int) -> bytes:
    """The first home's report for the fourth slot that folds up to a checkpoint only."""
    home = town.homes[0]
    witness = home.household.prepare(town.chain, Slot(FIRST + 3))
    given = replace(witness, checkpoint=checkpoint, base=home.wallet.base(Slot(checkpoint)))
    return statement_of(town.chain, town.slot(FIRST + 3)).prove(given)


def test_a_checkpoint_between_folded_and_newest_is_accepted(town: Town) -> None:
    """What was final only after T_{s−1} may be folded or not."""
    for home in town.homes:
        for slot in range(4):
            home.metered(FIRST + slot, 500, 0)
    for slot in range(3):
        town.live(FIRST + slot, *town.homes)
    town.open_gate(FIRST + 3)
    account = town.chain.state.registry[0]
    assert [credit.slot for credit in account.credits] == [FIRST + 1, FIRST + 2]
    assert town.verdict(prove_from(town, FIRST + 1)) is None
    town.homes[0].household.check_against(town.chain)
    assert town.chain.state.registry[0].checkpoint == FIRST + 1


def test_a_town_of_seven_waits_for_three_proposers(tmp_path: Path) -> None:
    town = Town.founded(tmp_path, 7, [])
    town.block(time=end_of(town, FIRST), proposer=1)
    town.block(time=end_of(town, FIRST) + 60, proposer=2)
    assert town.phase(FIRST) == Phase.OPEN
    town.block(time=town.now, proposer=3)
    assert town.phase(FIRST) == Phase.OPEN
    town.block(time=town.now, proposer=3)
    assert town.phase(FIRST) == Phase.VOID
