"""Holders that are dead, late, or lie, and homes that seal other seeds than they say (LEARN-3, LEARN-4)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from openmg.authority import HolderFile
from openmg.chains.ppdl import (
    Checked,
    MaskSum,
    Phase,
    Reason,
    RoundKey,
    SeedComplaint,
    signed,
)
from openmg.crypto import complain_seeds
from tests.chain.classroom import PASSPHRASE, START, Classroom, a_small_task


def test_authorities_beyond_the_committee_have_no_part(tmp_path: Path) -> None:
    room = Classroom(tmp_path, 5, homes=2, task=a_small_task(4)).to_check()
    assert room.holders[4].respond() == []
    signing = HolderFile.open(room.files[4], PASSPHRASE).signing
    assert room.refused(signed(Checked(5, room.task_id, 1), room.chain.chain, signing)) == "LEARN-3"
    room.finish()
    assert room.learned.model == room.expected([0, 1])


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


def test_round_keys_are_points_and_come_once(tmp_path: Path) -> None:
    room = Classroom(tmp_path).adopt()
    said = [room.holders[index].respond()[0] for index in range(4)]
    room.block(said[:1])
    assert room.refused(said[0]) == "LEARN-3"
    first = room.chain.decode(said[0]).transaction
    assert isinstance(first, RoundKey)
    signing = HolderFile.open(room.files[1], PASSPHRASE).signing
    for wrong in (bytes(32), b"\xff" * 32):
        message = RoundKey(2, room.task_id, 1, wrong)
        assert room.refused(signed(message, room.chain.chain, signing)) == "LEARN-3"
    for message in (RoundKey(2, room.task_id, 2, first.key), RoundKey(2, bytes(32), 1, first.key)):
        assert room.refused(signed(message, room.chain.chain, signing)) == "LEARN-3"
    assert room.refused(signed(Checked(2, room.task_id, 1), room.chain.chain, signing)) == "LEARN-3"


def test_a_holder_that_copies_a_key_keeps_nobody_out(tmp_path: Path) -> None:
    """Authority 4 is faster than authority 1 with the key of authority 1: it only becomes a dead holder."""
    room = Classroom(tmp_path).adopt()
    [theirs] = room.holders[0].respond()
    first = room.chain.decode(theirs).transaction
    assert isinstance(first, RoundKey)
    signing = HolderFile.open(room.files[3], PASSPHRASE).signing
    room.block([signed(RoundKey(4, room.task_id, 1, first.key), room.chain.chain, signing)])
    room.say(1, 2, 3).upload_all()
    room.wait(room.task.upload)
    assert room.holders[3].respond() == [], "it has no secret to this key"
    room.say(1, 2, 3).wait(room.task.check)
    room.say(1, 2, 3)
    assert room.chain.state.rounds[0].phase == Phase.DONE
    assert room.learned.model == room.expected([0, 1, 2, 3])


def test_one_holder_cannot_have_a_block_full_of_complaints_judged(tmp_path: Path) -> None:
    room = Classroom(tmp_path, homes=2).to_check()
    signing = HolderFile.open(room.files[0], PASSPHRASE).signing
    lies = [
        signed(SeedComplaint(1, room.task_id, 1, 0, bytes([lie]) * 128), room.chain.chain, signing) for lie in range(20)
    ]
    said = room.engine.submit(lies)
    too_many = "LEARN-3: authority 1 has 16 complaints and sums in this block"
    assert [str(verdict) == too_many for verdict in said] == [False] * 16 + [True] * 4
    for lie in lies:
        room.engine._mempool[lie] = None  # a proposer that lets anything in
    verdicts = room.engine.produce(room.now).verdicts
    assert all(verdicts)
    assert [str(verdict) == too_many for verdict in verdicts] == [False] * 16 + [True] * 4
    room.finish()
    assert room.learned.model == room.expected([0, 1])


def test_many_wrong_homes_take_several_blocks(tmp_path: Path) -> None:
    room = Classroom(tmp_path, 1, homes=20, task=a_small_task(1, most=20)).adopt().give_keys()
    wrong = range(2, 20)
    room.block([room.upload(home, room.with_commitment_of(home, 0) if home in wrong else None) for home in range(20)])
    room.wait(room.task.upload)
    room.say()
    assert len(room.round.excluded) == 16
    room.say()
    assert list(room.round.excluded) == list(wrong)
    room.finish()
    assert room.learned.model == room.expected([0, 1])
