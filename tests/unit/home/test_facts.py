"""What became of a report, and where the wallet stands, from proved leaves alone (HOME-2, HOME-3)."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from openmg.chains.epoch import EpochState
from openmg.chains.slot import NO_EPOCH, Phase, SlotState
from openmg.chains.transactions import Report
from openmg.crypto import Opening
from openmg.errors import BadInput, Corrupt
from openmg.home import Household
from openmg.home.facts import Facts, learn_facts, slots_of_interest
from openmg.home.fate import Fate, fate_of
from openmg.home.household import statement
from openmg.ledger import Account
from openmg.lightclient import verify_state
from openmg.units import Slot
from tests.chain.town import DEPOSIT, FIRST, Home, Town
from tests.unit.engine.kept import NEXT


def proved(town: Town, tree: str, index: int) -> bytes:
    """A leaf that its proof and the newest root alone vouch for."""
    data, proof, leaf, top = town.chain.state.prove(tree, index)
    tree_root = leaf[-32:]
    assert proof.index == index
    verify_state(tree, data, proof, tree_root, top, town.chain.root)
    return data


def slot_of(town: Town, number: int) -> SlotState:
    return SlotState.decode(proved(town, "slots", number - FIRST))


def facts_of(town: Town, household: Household) -> Facts:
    """All that the household would ask for now."""
    account = Account.decode(proved(town, "accounts", town.chain.state.registry.index_of(household.wallet.account)))
    count = len(town.chain.state.slots)
    wanted = [number for number in slots_of_interest(household.wallet) if number < FIRST + count]
    slots = {number: slot_of(town, number) for number in wanted}
    epochs = {slot.epoch for slot in slots.values()} - {NO_EPOCH}
    keys = {epoch: EpochState.decode(proved(town, "keys", epoch)).key for epoch in epochs}
    return Facts(account, town.chain.state.clock.height, slots, keys)


def apart(home: Home) -> Household:
    """The household with a copy of its wallet, which follows no block."""
    return replace(home.household, wallet=copy.deepcopy(home.wallet))


def learn(town: Town, household: Household) -> bool:
    wallet = learn_facts(household, town.genesis, facts_of(town, household))
    if wallet is not None:
        household.wallet = wallet
    return wallet is not None


def written(town: Town, household: Household, number: int, checkpoint: int | None = None) -> bytes:
    """A report from proved values, kept in the outbox as if it had been sent."""
    slot = slot_of(town, number)
    key = EpochState.decode(proved(town, "keys", slot.epoch)).key
    until = Slot(town.chain.state.head - 1 if checkpoint is None else checkpoint)
    raw = statement(town.genesis, key).prove(household.witness(town.genesis, slot, key, until))
    household.wallet.outbox[Slot(number)] = raw
    return raw


def fate(town: Town, household: Household, raw: bytes) -> Fate:
    facts, report = facts_of(town, household), Report.parse(raw)
    after = facts.slots.get(Slot(report.checkpoint + 1))
    return fate_of(report, facts.account, facts.height, facts.slots[report.slot], after, town.genesis)


def same(household: Household, home: Home) -> None:
    """The wallet knows what one that followed every block knows."""
    assert household.wallet == replace(home.wallet, height=household.wallet.height)


# --- enrolment
def test_the_enrolment_is_learnt_from_the_accounts_leaf(early_town: Town) -> None:
    [east, _] = early_town.homes
    household = replace(east.household, wallet=replace(east.wallet, available=Opening(0, 0), checkpoint=Slot(0)))
    with pytest.raises(Corrupt, match="this wallet does not have its enrolment"):
        learn(early_town, household)
    household.wallet.enrolment = early_town.enrolment(east)
    household.wallet.height = 0
    assert learn(early_town, household)
    same(household, east)
    household.wallet = replace(east.wallet, available=Opening(0, 0), checkpoint=Slot(0))
    household.wallet.enrolment = early_town.enrolment(east, DEPOSIT + 1)
    with pytest.raises(Corrupt, match="spendable balance does not open"):
        learn(early_town, household)


# --- one report, each of its ways
def test_an_accepted_report_is_found_while_it_waits_for_settlement(early_town: Town) -> None:
    early_town.open_gate()
    household = apart(early_town.homes[0])
    raw = written(early_town, household, FIRST)
    assert fate(early_town, household, raw) == Fate.WAITING
    assert early_town.block(raw).verdicts == (None,)
    assert fate(early_town, household, raw) == Fate.ACCEPTED
    assert learn(early_town, household)
    same(household, early_town.homes[0])
    assert household.wallet.reported(FIRST)
    assert not household.wallet.outbox


def test_an_accepted_report_is_found_after_its_slot_settled(early_town: Town) -> None:
    east, roof = early_town.homes
    early_town.open_gate()
    household = apart(east)
    raw = written(early_town, household, FIRST)
    assert early_town.block(raw, early_town.report(roof, FIRST)).verdicts == (None, None)
    early_town.close_gate().finish()
    assert not facts_of(early_town, household).account.locked
    assert learn(early_town, household)
    same(household, east)
    assert [trade.slot for trade in household.wallet.trades] == [FIRST]


def test_an_accepted_report_of_a_void_slot_is_found(early_town: Town) -> None:
    early_town.open_gate()
    household = apart(early_town.homes[0])
    assert early_town.block(written(early_town, household, FIRST)).verdicts == (None,)
    early_town.close_gate()
    assert early_town.phase(FIRST) == Phase.VOID
    assert learn(early_town, household)
    same(household, early_town.homes[0])
    assert household.wallet.balance(early_town.genesis) == 65536 * DEPOSIT


def test_a_report_that_no_block_took_is_dead_once_its_gate_is_closed(early_town: Town) -> None:
    early_town.open_gate()
    household = apart(early_town.homes[0])
    raw = written(early_town, household, FIRST)
    early = facts_of(early_town, household)
    early_town.close_gate()
    assert fate(early_town, household, raw) == Fate.DEAD
    # The leaf of the account is older than the closing block, which might have taken the report.
    slot = slot_of(early_town, FIRST)
    assert slot.gate.closed_height > early.height
    assert fate_of(Report.parse(raw), early.account, early.height, slot, None, early_town.genesis) == Fate.WAITING
    assert learn(early_town, household)
    assert not household.wallet.outbox
    assert not household.wallet.reported(FIRST)


def test_a_report_whose_version_was_spent_is_dead_while_its_gate_is_open(early_town: Town) -> None:
    """Two gates are open at once; of two reports from one balance the second is rejected in the block."""
    end = early_town.genesis.starts(Slot(NEXT + 1))
    early_town.block(time=end)
    assert early_town.phase(FIRST) == early_town.phase(NEXT) == Phase.OPEN
    household = apart(early_town.homes[0])
    first, second = written(early_town, household, FIRST), written(early_town, household, NEXT)
    [accepted, refused] = early_town.block(first, second).verdicts
    assert accepted is None
    assert refused is not None
    assert refused.clause == "ACCOUNT-3"
    assert (fate(early_town, household, first), fate(early_town, household, second)) == (Fate.ACCEPTED, Fate.DEAD)
    assert learn(early_town, household)
    assert not household.wallet.outbox
    again = written(early_town, household, NEXT)
    assert early_town.block(again).verdicts == (None,)
    assert learn(early_town, household)
    same(household, early_town.homes[0])


def test_a_report_with_too_old_a_checkpoint_is_dead_at_once(early_town: Town) -> None:
    for home in early_town.homes:
        for number in range(4):
            home.metered(FIRST + number, 500, 0)
    early_town.live(FIRST, early_town.homes[1])
    early_town.open_gate(FIRST + 3)
    household = apart(early_town.homes[0])
    stale = written(early_town, household, FIRST + 3, FIRST - 1)
    assert early_town.verdict(stale) == "ACCOUNT-3"
    assert fate(early_town, household, stale) == Fate.DEAD
    assert learn(early_town, household)
    fresh = written(early_town, household, FIRST + 3)
    assert fate(early_town, household, fresh) == Fate.WAITING
    assert early_town.verdict(fresh) is None


# --- another copy of the wallet
def test_another_copys_report_is_noticed(early_town: Town) -> None:
    early_town.open_gate()
    household = apart(early_town.homes[0])
    written(early_town, household, FIRST)
    before = copy.deepcopy(household.wallet)
    assert early_town.verdict(early_town.report(early_town.homes[0], FIRST)) is None
    with pytest.raises(Corrupt, match="another copy of the wallet"):
        learn(early_town, household)
    early_town.close_gate()
    with pytest.raises(Corrupt, match="does not open"):
        learn(early_town, household)
    assert household.wallet == before


def test_an_old_copy_is_noticed(town: Town) -> None:
    household = apart(town.homes[0])
    household.wallet.version -= 1
    with pytest.raises(Corrupt, match="at version 2, this wallet's reports lead to version 1"):
        learn(town, household)


# --- facts of different ages
def test_older_facts_change_nothing(town: Town) -> None:
    household = apart(town.homes[0])
    old = facts_of(town, household)
    town.close_gate(NEXT).finish(NEXT)
    new = facts_of(town, household)
    assert learn_facts(household, town.genesis, replace(new, slots=old.slots)) is None
    assert learn_facts(household, town.genesis, replace(new, slots={})) is None
    assert learn(town, household)
    same(household, town.homes[0])
    assert learn_facts(household, town.genesis, old) is None


def test_slots_settle_in_order_only(town: Town) -> None:
    wallet = apart(town.homes[0]).wallet
    with pytest.raises(BadInput, match="not final"):
        wallet.settle(town.slot(NEXT), town.genesis)
    wallet.pending[Slot(NEXT - 1)] = wallet.pending[NEXT]
    town.close_gate(NEXT).finish(NEXT)
    with pytest.raises(BadInput, match="not the first that is pending"):
        wallet.settle(town.slot(NEXT), town.genesis)


def test_another_accounts_report_is_not_learnt(town: Town) -> None:
    east, roof = (home.wallet for home in town.homes)
    [raw, *_] = [raw for block in town.blocks for raw in block.transactions if raw[0] == 2 and east.account in raw]
    with pytest.raises(BadInput, match="not of this wallet's"):
        roof.learn(raw, town.epoch.key, 3, town.chain.chain)


def test_credits_before_the_folded_one_are_forgotten(town: Town) -> None:
    """As on the chain: the list stays short however long the wallet lives."""
    for home in town.homes:
        for number in range(2, 5):
            home.metered(FIRST + number, 300, 0)
    town.close_gate(NEXT).finish(NEXT)
    for number in range(2, 5):
        town.live(FIRST + number, *town.homes)
    for index, home in enumerate(town.homes):
        account = town.chain.state.registry[index]
        assert [slot for slot, _ in home.wallet.credits] == [credit.slot for credit in account.credits]
        assert len(home.wallet.credits) <= 3
        home.household.check_against(town.chain)
