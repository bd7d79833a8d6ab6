"""Blocks that do not follow, and the one state that follows from those that do (WIRE-11, SLOT-6)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from openmg.chains import Block, RelayChain
from openmg.chains.gates import MOST_PINNED
from openmg.chains.transactions import Approval, Battery
from openmg.errors import Corrupt, Malformed, Rejected
from openmg.lightclient import verify_state
from openmg.machine import in_order, rank
from openmg.units import Slot, WattHours
from tests.chain.town import FIRST, Town, home_of, seed


def next_block(town: Town) -> Block:
    height = town.chain.height + 1
    return Block(height, town.now, height % 4 + 1, town.chain.root, ())


@pytest.mark.parametrize(
    "changes",
    [
        {"height": 1},
        {"height": 2**64 - 1},
        {"previous": bytes(32)},
        {"time": 0},
        {"proposer": 0},
        {"proposer": 5},
        {"proposer": 255},
    ],
    ids=str,
)
def test_a_block_that_does_not_follow_is_refused_and_changes_nothing(
    open_town: Town, changes: dict[str, int | bytes]
) -> None:
    block = next_block(open_town)
    root, leaves = open_town.chain.root, open_town.chain.state.clock
    with pytest.raises(Rejected, match="WIRE-11"):
        open_town.chain.execute(replace(block, **changes))  # type: ignore[arg-type]
    assert (open_town.chain.root, open_town.chain.state.clock) == (root, leaves)
    open_town.chain.execute(block)


def test_the_same_block_twice_is_refused(open_town: Town) -> None:
    block = next_block(open_town)
    open_town.chain.execute(block)
    with pytest.raises(Rejected, match="WIRE-11"):
        open_town.chain.execute(block)


def test_a_block_of_the_same_second_is_accepted_an_older_one_is_not(open_town: Town) -> None:
    block = next_block(open_town)
    with pytest.raises(Rejected, match="older"):
        open_town.chain.execute(replace(block, time=block.time - 1))
    open_town.chain.execute(block)


def test_transactions_out_of_order_are_no_block(open_town: Town, proved: tuple[bytes, ...]) -> None:
    share, battery = (
        open_town.by(1, Approval(1, bytes(32))),
        open_town.signed(Battery(FIRST, *(WattHours(0),) * 4), seed("battery")),
    )
    right = in_order([share, proved[0], battery, b"\x15" + bytes(31), b""])
    assert [rank(each) for each in right] == [0, 1, 2, 3, 3]
    block = replace(next_block(open_town), transactions=right)
    assert Block.decode(block.encode()) == block
    for at in (0, 1, 2):
        swapped = list(right)
        swapped[at], swapped[at + 1] = swapped[at + 1], swapped[at]
        wrong = replace(block, transactions=tuple(swapped))
        with pytest.raises(Malformed, match="SLOT-6"):
            Block.decode(wrong.encode())
        with pytest.raises(Rejected, match="SLOT-6"):
            open_town.chain.execute(wrong)


def test_a_report_is_executed_before_an_enrolment_of_its_block(open_town: Town, proved: tuple[bytes, ...]) -> None:
    newcomer = open_town.enrolment(home_of("newcomer"))
    assert open_town.verdicts(newcomer, proved[0]) == [None, None]
    assert open_town.blocks[-1].transactions == (proved[0], newcomer)


def lived(town: Town) -> Town:
    """Three slots: one settled, one void, one whose gate is open over a report."""
    for home in town.homes:
        for slot in range(1, 4):
            home.metered(FIRST + slot, 300 * slot, 0)
    town.live(FIRST, *town.homes)
    town.live(FIRST + 1, town.homes[0])
    town.open_gate(FIRST + 2)
    town.tick(town.report(town.homes[1], FIRST + 2), b"nonsense")
    return town


def test_the_same_blocks_lead_to_the_same_roots(town: Town) -> None:
    lived(town)
    again = RelayChain(town.genesis)
    for block, root in zip(town.blocks, town.roots, strict=True):
        assert again.execute(Block.decode(block.encode())).root == root


def test_a_chain_from_its_leaves_at_every_height_goes_on_alike(town: Town) -> None:
    """At every height a chain is loaded from what was stored so far; the next block leads both to one state."""
    lived(town)
    chain, leaves = RelayChain(town.genesis), dict[tuple[str, int], bytes]()
    reports: dict[tuple[int, int], bytes] = {}
    for block, root in zip(town.blocks, town.roots, strict=True):
        before = [(tree, index, data) for (tree, index), data in leaves.items()]
        outcome = chain.execute(block)
        if block.height > 1:
            loaded = RelayChain.load(town.genesis, before, reports)
            assert loaded.root == block.previous
            found = loaded.execute(block)
            assert (found.root, sorted(found.leaves)) == (root, sorted(outcome.leaves))
            assert (found.kept, found.final) == (outcome.kept, outcome.final)
            assert [str(each) for each in found.verdicts] == [str(each) for each in outcome.verdicts]
            assert loaded.state.head == chain.state.head
            assert loaded.state.reports == chain.state.reports
        leaves.update({(tree, index): data for tree, index, data in outcome.leaves})
        reports.update({(slot, index): raw for slot, index, raw in outcome.kept})
        reports = {key: raw for key, raw in reports.items() if key[0] >= chain.state.head}


def test_a_copied_town_settles_like_the_one_it_came_from(closed_town: Town, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    other = closed_town.copied(tmp_path / "copy")
    slots = [each.finish() for each in (closed_town, other)]
    assert slots[0].clearing == slots[1].clearing
    for home in other.homes:
        home.household.check_against(other.chain)


@pytest.mark.parametrize("tree", ["keys", "accounts", "slots", "months", "parameters"])
def test_a_chain_does_not_load_with_a_damaged_or_missing_leaf(town: Town, tree: str) -> None:
    town.live(FIRST, *town.homes)
    leaves = town.stored
    [first] = [leaf for leaf in leaves if leaf[0] == tree and leaf[1] == (1 if tree == "parameters" else 0)]
    for data in (first[2][:-1], first[2] + b"\0", b""):
        broken = [(tree, first[1], data) if leaf is first else leaf for leaf in leaves]
        with pytest.raises(Corrupt):
            RelayChain.load(town.genesis, broken, town.reports)
    with pytest.raises(Corrupt):
        RelayChain.load(town.genesis, [("attic", 0, b""), *leaves], town.reports)


def test_a_hole_among_the_leaves_does_not_load(town: Town) -> None:
    for tree in ("accounts", "parameters"):
        leaves = [leaf for leaf in town.stored if leaf[0] != tree or leaf[1] not in {0, 1}]
        with pytest.raises(Corrupt):
            RelayChain.load(town.genesis, leaves, town.reports)


def test_every_leaf_is_proved_under_the_root(town: Town) -> None:
    town.live(FIRST, *town.homes)
    for (tree, index), data in town.leaves.items():
        leaf, inner, above, outer = town.chain.state.prove(tree, index)
        assert leaf == data
        tree_root = above[-32:]
        verify_state(tree, leaf, inner, tree_root, outer, town.chain.root)
        for lie in (replace(inner, size=inner.size + 1), replace(inner, index=index + 1)):
            with pytest.raises(Rejected, match="WIRE-11"):
                verify_state(tree, leaf, lie, tree_root, outer, town.chain.root)
        for other in ("accounts" if tree == "slots" else "slots", "attic"):
            with pytest.raises(Rejected, match="WIRE-11"):
                verify_state(other, leaf, inner, tree_root, outer, town.chain.root)
        with pytest.raises(Rejected, match="WIRE-11"):
            verify_state(tree, leaf + b"\0", inner, tree_root, outer, town.chain.root)


def test_the_root_commits_to_the_blocks(open_town: Town, at_gate: Town, tmp_path: Path) -> None:
    """Two histories with the same state but for a refused transaction have different roots."""
    (tmp_path / "copy").mkdir()
    other = at_gate.copied(tmp_path / "copy")
    first, second = open_town.block(time=open_town.now), other.block(b"nonsense", time=other.now)
    assert first.root != second.root


def test_a_long_halt_pins_every_slot_that_began(town: Town) -> None:
    town.block(time=town.genesis.starts(Slot(FIRST + 40)))
    assert [slot.slot for slot in town.chain.state.slots] == [FIRST + past for past in range(41)]


@pytest.mark.parametrize("time", [2**37, 2**63, 2**64 - 1])
def test_a_block_beyond_the_calendar_is_refused(open_town: Town, time: int) -> None:
    with pytest.raises(Rejected, match="WIRE-11"):
        open_town.chain.execute(replace(next_block(open_town), time=time))
    open_town.chain.execute(next_block(open_town))


def test_so_many_slots_wait_at_most(town: Town) -> None:
    """Without a bound one absurd time would stop every node; the rest are pinned as these end."""
    later = town.genesis.starts(Slot(FIRST + MOST_PINNED + 20))
    town.block(time=later)
    town.block(time=later)
    assert len(town.chain.state.slots) == MOST_PINNED
    town.block(time=later + town.genesis.gate)
    assert town.chain.state.head == FIRST + MOST_PINNED
    town.block(time=later + town.genesis.gate)
    assert len(town.chain.state.slots) == MOST_PINNED + 21


def test_leaves_of_another_genesis_do_not_load(town: Town) -> None:
    leaves = [leaf for leaf in town.stored if leaf[:2] != ("parameters", 0)]
    with pytest.raises(Corrupt, match="another genesis"):
        RelayChain.load(town.genesis, [*leaves, ("parameters", 0, b"\0")], town.reports)
