"""Whole rounds of the PPDL chain: honest ones, and those in which somebody is missing, late or lies (LEARN-2 to 5)."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from openmg.authority import Holder, HolderFile
from openmg.chains import PPDLChain, PPDLGenesis
from openmg.chains.ppdl import (
    Checked,
    MaskSum,
    Phase,
    Reason,
    RoundKey,
    SeedComplaint,
    SumFate,
    TaskState,
    Upload,
    registry_root,
    siblings_of,
    signed,
)
from openmg.crypto import complain_seeds, hide, signing_public
from openmg.engine import LocalEngine
from openmg.learning import Model, pack
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


@pytest.mark.parametrize("absent", [1, 2, 4])
def test_a_dead_holder_only_delays(tmp_path: Path, absent: int) -> None:
    alive = [index for index in (1, 2, 3, 4) if index != absent]
    room = Classroom(tmp_path).adopt()
    room.give_keys(*alive)
    assert room.phase() == Phase.KEYS
    room.wait(room.task.keys)
    room.upload_all()
    room.wait(room.task.upload)
    room.say(*alive)
    assert room.phase() == Phase.UNMASK, "who has no key is not waited for"
    room.say(*alive)
    assert room.chain.state.rounds[0].phase == Phase.DONE
    assert room.learned.model == room.expected([0, 1, 2, 3])


def test_a_holder_that_dies_after_its_key_only_delays(tmp_path: Path) -> None:
    room = Classroom(tmp_path).to_check()
    room.say(2, 3, 4)
    assert room.phase() == Phase.CHECK
    room.wait(room.task.check)
    assert room.phase() == Phase.UNMASK
    room.say(2, 3, 4)
    assert room.chain.state.rounds[0].phase == Phase.DONE


def test_a_holder_that_dies_after_it_checked_is_relieved(tmp_path: Path) -> None:
    room = Classroom(tmp_path).to_unmask()
    room.say(2, 3, 4)
    assert room.round.covered(0) == 0b111000, "holder 1 is due for the first three"
    assert not room.holders[1].respond()
    assert room.chain.due == room.round.since + room.task.unmask // 2
    room.wait(room.task.unmask // 2)
    assert room.round.relieved
    room.say(4).say(3).say(2)
    assert room.chain.state.rounds[0].phase == Phase.DONE
    assert room.learned.model == room.expected([0, 1, 2, 3])


def test_two_dead_holders_void_the_round(tmp_path: Path) -> None:
    room = Classroom(tmp_path).to_unmask()
    room.say(3, 4)
    room.wait(room.task.unmask // 2)
    room.say(3, 4)
    assert room.round.covered(0) == 0b111110
    room.wait(room.task.unmask)
    assert (room.chain.state.rounds[0].phase, room.chain.state.rounds[0].reason) == (Phase.VOID, Reason.SUMS)
    assert room.learned.releases == 1, "some of it was published"
    assert room.learned.model == START
    room.say(3, 4).wait(room.task.keys)
    assert room.phase() == Phase.KEYS, "nobody could take off the mask of 1 and 2"
    room.wait(3 * room.task.keys)
    assert room.chain.state.rounds[1].reason == Reason.KEYS
    room.say(1, 2, 3).wait(room.task.keys)
    room.upload_all()
    room.wait(room.task.upload)
    room.say(3).wait(room.task.check)
    assert room.phase() == Phase.CHECK
    room.wait(3 * room.task.check)
    assert room.chain.state.rounds[2].reason == Reason.UNCHECKED
    assert room.learned.releases == 1


def test_a_wrong_sum_is_refused_and_another_holder_takes_over(tmp_path: Path) -> None:
    room = Classroom(tmp_path).to_unmask()
    [said] = room.holders[0].respond()
    honest = room.chain.decode(said).transaction
    assert isinstance(honest, MaskSum)
    signing = HolderFile.open(room.files[0], PASSPHRASE).signing
    lie = bytes([honest.masks[0] ^ 1]) + honest.masks[1:]
    for wrong in (
        replace(honest, masks=lie),
        replace(honest, blinding=bytes(32)),
        replace(honest, masks=honest.masks[:-31]),
        replace(honest, masks=honest.masks + bytes(31)),
        replace(honest, subsets=honest.subsets | 0b1000),
        replace(honest, subsets=0),
        replace(honest, subsets=1 << 63),
        replace(honest, subsets=honest.subsets & 1),
        replace(honest, group=1),
    ):
        assert room.refused(signed(wrong, room.chain.chain, signing)) == "LEARN-4"
    other = HolderFile.open(room.files[1], PASSPHRASE).signing
    assert room.refused(signed(replace(honest, authority=2), room.chain.chain, other)) == "LEARN-4"
    assert room.refused(signed(honest, room.chain.chain, other)) == "LEARN-4"
    assert room.refused(signed(replace(honest, authority=9), room.chain.chain, other)) == "LEARN-4"
    room.wait(room.task.unmask // 2)
    room.say(2).say(3).say(4)
    assert {given.authority for given in room.chain.state.rounds[0].sums} == {2, 3, 4}
    assert room.learned.model == room.expected([0, 1, 2, 3])


def test_a_sum_is_taken_once(tmp_path: Path) -> None:
    room = Classroom(tmp_path).to_unmask()
    [said] = room.holders[0].respond()
    room.block([said])
    assert room.refused(said) == "LEARN-4"


@pytest.mark.parametrize("holder", [1, 3])
def test_a_box_that_one_holder_cannot_open_excludes_its_home(tmp_path: Path, holder: int) -> None:
    room = Classroom(tmp_path, homes=3).adopt().give_keys()
    room.block([room.upload(0), room.upload(1, room.sealed_wrongly(1, holder)), room.upload(2)])
    room.wait(room.task.upload)
    room.say()
    assert room.round.excluded == {1: holder}
    assert room.phase() == Phase.CHECK, "the accuser has not said yet that the rest is right"
    room.say().say()
    assert room.learned.model == room.expected([0, 2])
    assert room.chain.state.rounds[0].included == [0, 2]


def test_a_commitment_to_another_mask_excludes_its_home(tmp_path: Path) -> None:
    room = Classroom(tmp_path, homes=3).adopt().give_keys()
    room.block([room.upload(0), room.upload(1, room.with_commitment_of(1, 4)), room.upload(2)])
    room.wait(room.task.upload)
    said = [room.holders[index].respond() for index in range(4)]
    kinds = [[type(room.chain.decode(raw).transaction) for raw in each] for each in said]
    # Subset 4 is {2, 4}: both of its holders see it, the others cannot.
    assert kinds == [[Checked], [SeedComplaint], [Checked], [SeedComplaint]]
    room.block([*said[0], *said[1]])
    assert room.round.excluded == {1: 2}
    assert room.refused(said[3][0]) == "LEARN-3"
    room.say().say().say()
    assert room.learned.model == room.expected([0, 2])


def test_a_false_complaint_is_refused(tmp_path: Path) -> None:
    room = Classroom(tmp_path, homes=2).to_check()
    file = HolderFile.open(room.files[0], PASSPHRASE)
    secret = file.secret_of(room.task_id, 1)
    assert secret is not None
    boxes = room.message(0).hidden.boxes
    truth = complain_seeds(secret, room.task_id, 1, room.accounts[0], 1, boxes[0])
    said = SeedComplaint(1, room.task_id, 1, 0, truth)
    for wrong in (
        said,
        replace(said, complaint=bytes(128)),
        replace(said, complaint=truth[:-1] + bytes([truth[-1] ^ 1])),
        replace(said, index=1),
        replace(said, index=7),
    ):
        assert room.refused(signed(wrong, room.chain.chain, file.signing)) == "LEARN-3"
    assert room.round.excluded == {}
    room.finish()
    assert room.learned.model == room.expected([0, 1])


def test_a_complaint_that_leaves_too_few_voids_the_round_before_anything_is_shown(tmp_path: Path) -> None:
    room = Classroom(tmp_path, homes=2).adopt().give_keys()
    room.block([room.upload(0), room.upload(1, room.with_commitment_of(1, 0))])
    room.wait(room.task.upload)
    room.say(1).say()
    first = room.chain.state.rounds[0]
    assert (first.phase, first.reason, first.set_digest) == (Phase.VOID, Reason.EXCLUDED, bytes(32))
    assert room.learned.releases == 0


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


def test_round_keys_are_different_and_come_once(tmp_path: Path) -> None:
    room = Classroom(tmp_path).adopt()
    said = [room.holders[index].respond()[0] for index in range(4)]
    room.block(said[:1])
    assert room.refused(said[0]) == "LEARN-3"
    first = room.chain.decode(said[0]).transaction
    assert isinstance(first, RoundKey)
    signing = HolderFile.open(room.files[1], PASSPHRASE).signing
    for wrong in (first.key, bytes(32), b"\xff" * 32):
        message = RoundKey(2, room.task_id, 1, wrong)
        assert room.refused(signed(message, room.chain.chain, signing)) == "LEARN-3"
    for message in (RoundKey(2, room.task_id, 2, first.key), RoundKey(2, bytes(32), 1, first.key)):
        assert room.refused(signed(message, room.chain.chain, signing)) == "LEARN-3"
    assert room.refused(signed(Checked(2, room.task_id, 1), room.chain.chain, signing)) == "LEARN-3"


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
