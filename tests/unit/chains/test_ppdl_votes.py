"""Tasks and registries: t votes, once each, and what no vote makes right (LEARN-0, LEARN-2)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from openmg.authority import HolderFile
from openmg.chains.ppdl import Phase, RegistryVote, TaskVote, registry_root, signed
from openmg.chains.ppdl.votes import MOST_OPEN
from openmg.errors import Rejected
from openmg.learning import Model
from tests.chain.classroom import PASSPHRASE, START, Classroom, a_small_task


def signing(room: Classroom, authority: int) -> bytes:
    return HolderFile.open(room.files[authority - 1], PASSPHRASE).signing


def adopted(room: Classroom) -> int | None:
    return room.chain.state.registry


def voted(room: Classroom, authority: int, vote: TaskVote | RegistryVote) -> bytes:
    return signed(vote, room.chain.chain, signing(room, authority))


@pytest.mark.parametrize(("authorities", "threshold"), [(1, 1), (4, 3)])
def test_a_task_of_fewer_votes_never_begins(tmp_path: Path, authorities: int, threshold: int) -> None:
    room = Classroom(tmp_path, authorities, homes=2)
    root = registry_root(room.accounts)
    room.block([holder.vote_registry(root, 2) for holder in room.holders[:threshold]])
    for holder in room.holders[: threshold - 1]:
        assert not room.block([holder.vote_task(room.task, START)]).models
        assert not room.learned.adopted
        room.wait(10**6)
    assert not room.chain.state.rounds
    assert room.chain.due is None
    outcome = room.block([room.holders[threshold - 1].vote_task(room.task, START)])
    assert outcome.models == (START.encode(),)
    assert (room.phase(), room.round.number, room.round.since) == (Phase.KEYS, 1, room.now)


def test_a_task_waits_for_a_registry(tmp_path: Path) -> None:
    room = Classroom(tmp_path)
    room.block([holder.vote_task(room.task, START) for holder in room.holders[:3]])
    assert room.learned.adopted == room.chain.height
    root = registry_root(room.accounts)
    room.block([holder.vote_registry(root, 4) for holder in room.holders[:2]])
    assert not room.chain.state.rounds
    room.block([room.holders[2].vote_registry(root, 4)])
    assert room.phase() == Phase.KEYS


def test_a_round_keeps_the_registry_that_it_began_with(tmp_path: Path) -> None:
    room = Classroom(tmp_path).adopt()
    old, room.accounts = room.accounts, [*room.accounts, bytes(32)]
    room.block([holder.vote_registry(registry_root(room.accounts), 5) for holder in room.holders[:3]])
    assert (room.chain.state.registry, room.round.registry) == (1, 0)
    room.give_keys()
    assert room.refused(room.upload(0)) == "LEARN-2", "under the newer root"
    room.accounts = old
    room.upload_all()
    room.finish()
    assert room.round.registry == 1


def test_the_first_vote_brings_the_model_and_later_ones_need_not(tmp_path: Path) -> None:
    room = Classroom(tmp_path)
    task = room.task.encode()
    assert room.refused(voted(room, 1, TaskVote(1, task))) == "LEARN-0"
    for wrong in (START.encode() + b"\0", Model((1, 2)).encode(), b"\0"):
        assert room.refused(voted(room, 1, TaskVote(1, task, wrong))) == "LEARN-0"
    other = Model((7,) * 5)
    shorter = a_small_task(model=other.digest)
    assert room.refused(voted(room, 1, TaskVote(1, shorter.encode(), other.encode()))) == "LEARN-0"
    room.block([voted(room, 1, TaskVote(1, task, START.encode()))])
    room.block([voted(room, 2, TaskVote(2, task)), voted(room, 3, TaskVote(3, task, START.encode()))])
    assert room.learned.adopted
    assert room.learned.votes == 0b111


def test_votes_that_count_for_nothing(tmp_path: Path) -> None:
    room = Classroom(tmp_path)
    vote = TaskVote(1, room.task.encode(), START.encode())
    first = voted(room, 1, vote)
    room.block([first])
    assert room.refused(first) == "LEARN-0", "t − 1 further votes of the same authority"
    assert room.refused(voted(room, 1, replace(vote, authority=2))) == "LEARN-0", "in another's name"
    assert room.refused(signed(replace(vote, authority=2), bytes(32), signing(room, 2))) == "LEARN-0", "another chain"
    assert room.refused(voted(room, 1, replace(vote, authority=0))) == "LEARN-0"
    assert room.refused(voted(room, 1, replace(vote, authority=5))) == "LEARN-0"
    room.block([room.holders[index].vote_task(room.task, START) for index in (1, 2)])
    assert room.refused(voted(room, 4, replace(vote, authority=4))) == "LEARN-0", "adopted already"


def test_tasks_that_nobody_may_run(tmp_path: Path) -> None:
    room = Classroom(tmp_path)
    task = room.task.encode()
    larger = a_small_task(7)
    for wrong in (b"", task[:-1], task + b"\0", b"\2" + task[1:], larger.encode()):
        assert room.refused(voted(room, 1, TaskVote(1, wrong, START.encode()))) == "LEARN-0"


def test_an_authority_does_not_vote_for_a_claim_that_is_false(tmp_path: Path) -> None:
    room = Classroom(tmp_path, authorities=1)
    boast = a_small_task(1, noise=40_000, clip=100, most_loss=100, least=2, epsilon=1, delta=5, releases=40)
    with pytest.raises(Rejected, match="LEARN-6"):
        room.holders[0].vote_task(boast, START)


def test_registry_votes(tmp_path: Path) -> None:
    room = Classroom(tmp_path)
    root = registry_root(room.accounts)
    first = RegistryVote(1, root, 4)
    room.block([voted(room, 1, first)])
    assert room.refused(voted(room, 1, first)) == "LEARN-2"
    for wrong in (replace(first, size=0), replace(first, size=2**31 + 1), replace(first, authority=2)):
        assert room.refused(voted(room, 1, wrong)) == "LEARN-2"
    room.block([room.holders[1].vote_registry(root, 3), room.holders[2].vote_registry(bytes(32), 4)])
    assert adopted(room) is None, "three votes for three registries"
    room.block([holder.vote_registry(root, 4) for holder in room.holders[1:3]])
    assert adopted(room) == 0
    assert room.refused(room.holders[3].vote_registry(root, 4)) == "LEARN-2"
    # Back to it after another one: a new entry with votes of its own.
    room.block([holder.vote_registry(bytes(32), 4) for holder in (room.holders[0], room.holders[1])])
    assert adopted(room) == 2
    room.block([holder.vote_registry(root, 4) for holder in room.holders[:3]])
    assert adopted(room) == 3


def test_one_late_vote_brings_no_older_registry_back(tmp_path: Path) -> None:
    room = Classroom(tmp_path).adopt()
    one, two, three, four = room.holders
    older, newer = registry_root(room.accounts[:2]), registry_root(room.accounts[:3])
    room.block([one.vote_registry(older, 2), two.vote_registry(older, 2)])
    room.block([holder.vote_registry(newer, 3) for holder in (one, two)])
    room.block([three.vote_registry(newer, 3)])
    room.block([four.vote_registry(older, 2)])
    assert room.chain.state.registry == 2
    room.reopen()
    one, two = room.holders[:2]
    room.block([one.vote_registry(older, 2), two.vote_registry(older, 2)])
    assert room.chain.state.registry == 3
    assert room.chain.state.registries[3].size == 2, "by three new votes it is adopted like any other"


def test_a_registry_that_is_newer_than_the_adopted_one_keeps_its_votes(tmp_path: Path) -> None:
    room = Classroom(tmp_path).adopt()
    first, second = registry_root(room.accounts[:2]), registry_root(room.accounts[:3])
    room.block([holder.vote_registry(first, 2) for holder in room.holders[:2]])
    room.block([holder.vote_registry(second, 3) for holder in room.holders[:2]])
    room.block([room.holders[2].vote_registry(first, 2)])
    assert room.chain.state.registry == 1
    room.block([room.holders[2].vote_registry(second, 3)])
    assert room.chain.state.registry == 2


def test_one_authority_cannot_fill_the_state(tmp_path: Path) -> None:
    room = Classroom(tmp_path)
    for number in range(MOST_OPEN):
        room.block(
            [
                room.holders[0].vote_registry(bytes([number]) * 32, 1),
                room.holders[0].vote_task(a_small_task(name=f"task {number}"), START),
            ]
        )
    assert room.refused(room.holders[0].vote_registry(b"\xff" * 32, 1)) == "LEARN-2"
    assert room.refused(room.holders[0].vote_task(room.task, START)) == "LEARN-0"
    room.block([room.holders[1].vote_task(room.task, START)])
    room.block([room.holders[0].vote_task(room.task, START)])


def test_two_tasks_run_beside_each_other(tmp_path: Path) -> None:
    room = Classroom(tmp_path, homes=2).adopt()
    other = a_small_task(name="another", upload=500)
    room.block([holder.vote_task(other, START) for holder in room.holders[:3]])
    assert [(task.task.name, round_.phase) for _, task, round_ in room.chain.state.running()] == [
        ("load", Phase.KEYS),
        ("another", Phase.KEYS),
    ]
    room.say()
    assert [round_.phase for _, _, round_ in room.chain.state.running()] == [Phase.UPLOAD, Phase.UPLOAD]
    assert room.chain.due == room.now + room.task.upload
    room.upload_all()
    room.wait(room.task.upload)
    room.say().say()
    assert room.chain.state.tasks[0].model == room.expected([0, 1])
    assert room.chain.state.tasks[1].model == START
