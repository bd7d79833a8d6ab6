"""When a block is needed: ticks, and blocks that change nothing (SLOT-7)."""

from __future__ import annotations

from openmg.chains.slot import Phase
from openmg.machine import Tick
from openmg.units import Slot
from tests.chain.town import FIRST, Town


def test_a_block_that_changes_nothing_leaves_the_root(town: Town) -> None:
    town.tick()
    root, clock, height = town.chain.root, town.chain.state.clock, town.chain.height
    for _ in range(3):
        outcome = town.block(time=town.now + 1)
        assert (outcome.root, outcome.leaves) == (root, [])
    assert (town.chain.root, town.chain.state.clock, town.chain.height) == (root, clock, height + 3)


def test_blocks_count_while_something_waits_for_them(closed_town: Town) -> None:
    """Nobody answers: after `open_ttl` blocks the slot is void, though none of them held a transaction."""
    for _ in range(closed_town.genesis.open_ttl + 1):
        root = closed_town.chain.root
        assert closed_town.block(time=closed_town.now).root != root
    assert closed_town.phase(FIRST) == Phase.VOID


def test_the_making_of_a_key_counts_blocks(new_town: Town) -> None:
    roots = {new_town.block(time=1).root for _ in range(5)}
    assert len(roots) == 5


def test_an_open_gate_notes_each_proposer_once(town: Town) -> None:
    town.open_gate()
    roots = [town.block(time=town.now).root for _ in range(8)]
    assert town.slot(FIRST).gate.proposers == 0b1111
    assert len(set(roots)) == 3


def test_time_alone_moves_a_slot(town: Town) -> None:
    town.tick()
    root = town.chain.root
    assert town.block(time=town.genesis.starts(FIRST)).root != root
    assert town.phase(FIRST) == Phase.RUNNING
    assert town.block(time=town.genesis.starts(Slot(FIRST + 1)) - 1).leaves == []


def test_a_tick_asks_for_one_block(town: Town) -> None:
    tick = town.by(2, Tick(2, town.chain.state.clock.height))
    assert town.chain.check([tick]) == [None]
    assert town.verdict(tick) is None
    assert town.verdict(tick) == "SLOT-7"
    [verdict] = town.chain.check([tick])
    assert verdict is not None
    assert verdict.clause == "SLOT-7"


def test_a_tick_of_the_future_is_refused(town: Town) -> None:
    assert town.verdict(town.by(2, Tick(2, town.chain.state.clock.height + 1))) == "SLOT-7"


def test_a_tick_is_signed_by_its_authority(town: Town) -> None:
    height = town.chain.state.clock.height
    assert town.verdict(town.by(3, Tick(2, height))) == "SLOT-7"
    assert town.verdict(town.by(1, Tick(9, town.chain.state.clock.height))) == "SLOT-7"


def test_a_chain_loaded_after_quiet_blocks_goes_on(town: Town) -> None:
    town.tick()
    town.block(time=town.now)
    loaded = type(town.chain).load(town.genesis, town.stored, town.reports, town.chain.height)
    assert (loaded.root, loaded.height) == (town.chain.root, town.chain.height)
    town.chain = loaded
    assert town.block(time=town.genesis.starts(FIRST)).root != town.roots[-2]
