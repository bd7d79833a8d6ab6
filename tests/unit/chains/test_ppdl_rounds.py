"""Whole rounds of the PPDL chain, with everybody, with a few, with nobody, and how they end (LEARN-2 to LEARN-5)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from openmg.authority import Holder, HolderFile
from openmg.chains import PPDLChain, PPDLGenesis
from openmg.chains.ppdl import (
    Phase,
    Reason,
    RoundKey,
    SumFate,
    TaskState,
    Upload,
    registry_root,
    siblings_of,
    signed,
)
from openmg.crypto import gaussian_noise, hide, signing_public
from openmg.engine import LocalEngine
from openmg.learning import GroupSum, Model, Optimiser, Rule, contribution, coordinates_of, pack, step
from tests.chain.classroom import BEGIN, PASSPHRASE, START, Classroom, a_small_task, after, seed_of, update_of

BOOK = Path(__file__).parents[3] / "book" / "src"


@pytest.mark.parametrize("authorities", [1, 4, 7])
def test_a_round_gives_the_mean_of_what_homes_said(tmp_path: Path, authorities: int) -> None:
    room = Classroom(tmp_path, authorities, homes=3).to_check()
    assert room.phase() == Phase.CHECK
    room.say()
    assert room.phase() == Phase.UNMASK
    assert room.round.included == [0, 1, 2]
    room.say()
    first = room.chain.state.rounds[0]
    assert (first.phase, first.reason, first.fates) == (Phase.DONE, Reason.NONE, (SumFate(3, discarded=False),))
    assert first.losses == ((100 + 101 + 102) * 65536 // 3,)
    assert room.learned.model == room.expected([0, 1, 2])
    assert room.outcomes[-1].models == (room.learned.model.encode(),)
    assert room.outcomes[-1].final == (0,)
    assert room.learned.releases == 1
    assert room.chain.state.payloads == {}
    assert (room.round.number, room.phase()) == (2, Phase.KEYS)


def test_updates_with_noise_are_summed_exactly(tmp_path: Path) -> None:
    """What homes with clipping and noise of their own sent, chosen coordinates only, by FedAdam."""
    adam = {"rule": Rule.FEDADAM, "momentum": 50_000, "second": 60_000, "adaptivity": 3}
    task = a_small_task(chosen=4, noise=90_000, clip=3000, least=5, delta=5, dishonest=2000, **adam)
    room = Classroom(tmp_path, homes=5, task=task).adopt().give_keys()
    said = {}
    for home in range(5):
        noise = gaussian_noise(seed_of(("noise", home)), task.share_variance, task.values)
        said[home] = contribution(task, [(home << 34) - (place << 30) for place in range(4)], [home], noise)
    room.block([room.upload(home, room.hidden(home, values)) for home, values in said.items()])
    room.wait(task.upload)
    room.say().say()
    sums = GroupSum(5, tuple(sum(column) for column in zip(*said.values(), strict=True)))
    coordinates = coordinates_of(room.chain.state.rounds[0].beacon(room.task_id), 4, 6)
    model, memory = step(task, START, Optimiser.start(6), coordinates, [sums])
    assert (room.learned.model, room.learned.optimiser) == (model, memory)
    assert model != START
    room.reopen()
    assert (room.learned.model, room.learned.optimiser) == (model, memory)


def test_the_second_round_goes_on_from_the_first(tmp_path: Path) -> None:
    room = Classroom(tmp_path).to_unmask().say()
    assert room.finish().reason == Reason.UPLOADS
    room.give_keys().upload_all([1, 3]).wait(room.task.upload)
    room.say().say()
    assert room.learned.model == room.expected([1, 3], room.expected([0, 1, 2, 3]))
    assert [each.round for each in room.chain.state.checkpoints] == [0, 1, 3]


def test_homes_that_stay_away_are_not_waited_for(tmp_path: Path) -> None:
    room = Classroom(tmp_path, homes=5).to_check([0, 3])
    assert room.refused(room.upload(2)) == "LEARN-2"
    room.finish()
    assert room.learned.model == room.expected([0, 3])


def test_an_upload_comes_in_its_time(tmp_path: Path) -> None:
    room = Classroom(tmp_path).adopt()
    said = [room.chain.decode(holder.respond()[0]).transaction for holder in room.holders]
    keys = [message.key for message in said if isinstance(message, RoundKey)]
    early = room.upload(0, room.hidden(0, keys=keys))
    assert room.refused(early) == "LEARN-2", "the keys are not fixed yet"
    room.give_keys().block([early])
    last = room.upload(1)
    room.wait(room.task.upload - 3)
    room.block([last])
    assert len(room.round.uploads) == 2
    # The block that is late enough ends the phase before its transactions are looked at.
    assert room.engine.submit([room.upload(2)]) == [None]
    room.now += 1
    [verdict] = room.engine.produce(room.now).verdicts
    assert verdict is not None
    assert verdict.clause == "LEARN-2"
    assert room.phase() == Phase.CHECK


def test_fewer_uploads_than_the_least_void_the_round(tmp_path: Path) -> None:
    room = Classroom(tmp_path).adopt().give_keys().upload_all([2])
    room.wait(room.task.upload)
    first = room.chain.state.rounds[0]
    assert (first.phase, first.reason) == (Phase.VOID, Reason.UPLOADS)
    assert room.learned.releases == 0
    assert (room.round.number, room.phase()) == (2, Phase.KEYS)


def test_a_long_silence_ends_one_phase_only(tmp_path: Path) -> None:
    """A partition in the middle of a phase: the first block after it ends that phase, the next has all its time."""
    room = Classroom(tmp_path).adopt().give_keys().upload_all()
    year = 366 * 24 * 3600
    room.wait(year)
    assert (room.phase(), room.round.since) == (Phase.CHECK, room.now)
    room.say()
    assert (room.phase(), room.round.since) == (Phase.UNMASK, room.now)
    room.say()
    assert room.learned.model == room.expected([0, 1, 2, 3])
    room.wait(year)
    assert room.chain.state.rounds[1].reason == Reason.KEYS
    assert (room.round.number, room.phase(), room.round.since) == (3, Phase.KEYS, room.now)


def test_a_block_in_which_nothing_happens_changes_nothing(tmp_path: Path) -> None:
    room = Classroom(tmp_path).adopt().give_keys()
    root, changed, due = room.chain.root, room.chain.changed, room.chain.due
    room.wait(5)
    assert (room.chain.root, room.chain.changed, room.chain.due) == (root, changed, due)
    room.block([room.holders[2].tick()])
    assert room.chain.root != root
    assert room.chain.changed[0] == room.chain.height
    tick = room.holders[2].tick()
    assert room.refused(tick[:-1] + bytes([tick[-1] ^ 1])) == "SLOT-7"
    room.wait(room.task.upload)
    assert room.refused(tick) == "SLOT-7", "something has changed since"


def test_groups_are_read_apart_and_a_wild_one_is_discarded(tmp_path: Path) -> None:
    room = Classroom(tmp_path, homes=6, task=a_small_task(groups=3, least=6, clip=60, releases=6))
    room.adopt().give_keys()
    wild = 4
    room.block([room.upload(home, room.hidden(home, [3000, *[0] * 6]) if home == wild else None) for home in range(6)])
    room.wait(room.task.upload)
    room.say()
    groups = room.round.groups(room.task_id, 3)
    room.say()
    fates = room.chain.state.rounds[0].fates
    assert fates == tuple(SumFate(2, discarded=wild in group) for group in groups)
    kept = [home for group in groups if wild not in group for home in group]
    assert room.learned.model == room.expected(kept)
    assert room.learned.releases == 3


def test_when_no_group_is_left_the_round_is_void(tmp_path: Path) -> None:
    room = Classroom(tmp_path, homes=2, task=a_small_task(clip=60)).adopt().give_keys()
    room.block([room.upload(home, room.hidden(home, [3000, *[0] * 6])) for home in range(2)])
    room.wait(room.task.upload)
    room.say().say()
    assert room.chain.state.rounds[0].reason == Reason.DISCARDED
    assert room.learned.model == START
    assert room.learned.releases == 1


def test_a_step_that_leaves_64_bits_voids_the_round(tmp_path: Path) -> None:
    edge = Model((2**63 - 1,) * 6)
    room = Classroom(tmp_path, homes=2, task=a_small_task(model=edge.digest), start=edge)
    room.to_unmask().say()
    assert room.chain.state.rounds[0].reason == Reason.STEP
    assert room.learned.model == edge


def test_the_budget_of_releases_ends_the_task(tmp_path: Path) -> None:
    room = Classroom(tmp_path, homes=4, task=a_small_task(groups=2, releases=5))
    room.to_unmask().say()
    room.give_keys().upload_all()
    room.wait(room.task.upload)
    room.say().say()
    assert room.learned.releases == 4
    assert len(room.chain.state.rounds) == 2, "two more releases do not fit into five"
    assert room.chain.due is None
    root = room.chain.root
    room.wait(10**6)
    assert room.chain.root == root


def test_the_last_round_ends_the_task(tmp_path: Path) -> None:
    room = Classroom(tmp_path, task=a_small_task(rounds=1)).to_unmask().say()
    assert len(room.chain.state.rounds) == 1
    assert room.chain.due is None


def test_the_example_in_the_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    [example] = re.findall(r"```python\n(.*?)```", (BOOK / "ppdl.md").read_text("utf-8"), re.DOTALL)
    task = a_small_task(1)
    names: dict[str, object] = {
        **{each.__name__: each for each in (HolderFile, Holder, Path, LocalEngine, PPDLChain, PPDLGenesis, Upload)},
        **{each.__name__: each for each in (hide, registry_root, siblings_of, signed, signing_public)},
        "passphrase": PASSPHRASE,
        "secrets": [seed_of(home) for home in range(3)],
        "seeds": [seed_of(("masks", home)) for home in range(3)],
        "packed": [pack(update_of(home), task.bits) for home in range(3)],
        "task": task,
        "model": START,
        "now": BEGIN,
    }
    exec(example, names)
    learned = names["learned"]
    assert isinstance(learned, TaskState)
    assert learned.model == after(START, [0, 1, 2], task)
