"""A holder's part: what it posts after it was killed, and what it never posts again (LEARN-3, LEARN-4)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from openmg.authority import Holder, HolderFile
from openmg.chains import PPDLChain
from openmg.chains.ppdl import Checked, MaskSum, Phase, RoundKey
from openmg.crypto import Vault
from openmg.errors import BadInput, Corrupt
from openmg.machine import Block
from tests.chain.classroom import PASSPHRASE, Classroom


def again(room: Classroom, authority: int, chain: PPDLChain | None = None) -> Holder:
    """A holder that was started anew from what it left on disk."""
    return Holder(chain or room.chain, HolderFile.open(room.files[authority - 1], PASSPHRASE))


def test_its_secrets_are_sealed_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "holder"
    file = HolderFile.create(path, PASSPHRASE)
    secret = file.make_secret(bytes(32), 7)
    assert secret is not None
    other = HolderFile.open(path, PASSPHRASE)
    assert (other.public, other.secret_of(bytes(32), 7)) == (file.public, secret)
    assert other.make_secret(bytes(32), 7) == secret
    for hidden in (secret, secret.hex().encode(), file.signing, file.signing.hex().encode()):
        assert hidden not in path.read_bytes()
    assert secret.hex() not in repr(file.__dict__)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BadInput, match="is there already"):
        HolderFile.create(path, PASSPHRASE)
    with pytest.raises(BadInput, match="wrong passphrase"):
        HolderFile.open(path, "another")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"rounds": {"a": 7}}', b'{"rounds": {}, "x": 1}', b"\xff"])
def test_what_is_no_holders_file_is_named(tmp_path: Path, content: bytes) -> None:
    Vault.create(tmp_path / "file", PASSPHRASE).write(content)
    with pytest.raises(BadInput, match="not a holder's file"):
        HolderFile.open(tmp_path / "file", PASSPHRASE)


def test_it_belongs_to_one_authority_of_one_chain(tmp_path: Path) -> None:
    room = Classroom(tmp_path, authorities=1, homes=1)
    stranger = HolderFile.create(tmp_path / "stranger", PASSPHRASE)
    with pytest.raises(BadInput, match="no authority"):
        Holder(room.chain, stranger)
    other = PPDLChain(replace(room.chain.genesis, name="another"))
    with pytest.raises(BadInput, match="another chain"):
        again(room, 1, other)
    with pytest.raises(BadInput, match="another chain"):
        room.holders[0].see(other)


def test_a_key_is_on_disk_before_it_is_posted(tmp_path: Path) -> None:
    room = Classroom(tmp_path).adopt()
    said = room.holders[0].respond()
    assert again(room, 1).respond() == said
    assert room.holders[0].respond() == said, "until it is in a block"
    message = room.chain.decode(said[0]).transaction
    assert isinstance(message, RoundKey)
    room.block(said)
    assert room.holders[0].respond() == []


def test_without_its_file_it_says_nothing_more(tmp_path: Path) -> None:
    """Who lost the secret cannot open a box, and makes no second key."""
    room = Classroom(tmp_path).adopt()
    before = room.files[0].read_bytes()
    room.give_keys()
    room.files[0].write_bytes(before)
    assert again(room, 1).respond() == []


@pytest.mark.parametrize("phase", [Phase.CHECK, Phase.UNMASK])
def test_after_a_restart_it_says_the_same(tmp_path: Path, phase: Phase) -> None:
    room = Classroom(tmp_path)
    room = room.to_check() if phase == Phase.CHECK else room.to_unmask()
    said = [holder.respond() for holder in room.holders]
    assert [again(room, index).respond() for index in (1, 2, 3, 4)] == said
    kind = type(room.chain.decode(said[0][0]).transaction)
    assert kind is (Checked if phase == Phase.CHECK else MaskSum)


def test_it_never_makes_a_sum_of_a_second_set(tmp_path: Path) -> None:
    """A chain that was set back, on which another set was then included: nothing is posted, whatever restarts."""
    room = Classroom(tmp_path, homes=3).to_check()
    leaves = list(room.chain.state._trees.leaves())
    waiting = {(at, index): raw for at, each in room.chain.state.payloads.items() for index, raw in each.items()}
    fork = PPDLChain.resume(room.chain.genesis.encode(), leaves, waiting, room.chain.height)
    room.say()
    first = room.holders[0].respond()
    assert isinstance(room.chain.decode(first[0]).transaction, MaskSum)
    fork.state.rounds[0].excluded[2] = 4
    fork.state.touch_round(0)
    fork.state.commit()
    fork.root = fork.state.root()
    checked = [again(room, index, fork).respond()[0] for index in (1, 2, 3, 4)]
    block = Block(fork.height + 1, room.now, 1, fork.root, tuple(checked))
    assert not any(fork.execute(block).verdicts)
    assert fork.state.rounds[0].phase == Phase.UNMASK
    assert fork.state.rounds[0].included == [0, 1]
    for _ in range(2):
        with pytest.raises(Corrupt, match="includes other homes"):
            again(room, 1, fork).respond()
    assert again(room, 1).respond() == first, "of the first set it says the same again"


def test_it_never_makes_a_sum_of_a_second_vector_of_a_home(tmp_path: Path) -> None:
    """The chain was set back and a home, which lost its file, sent another vector: two sums would differ by its own."""
    room = Classroom(tmp_path, homes=3).adopt().give_keys().upload_all([0, 1])
    leaves = list(room.chain.state._trees.leaves())
    waiting = {(at, index): raw for at, each in room.chain.state.payloads.items() for index, raw in each.items()}
    fork = PPDLChain.resume(room.chain.genesis.encode(), leaves, waiting, room.chain.height)
    now = room.now - room.task.upload

    def on_fork(said: list[bytes]) -> None:
        nonlocal now
        now += room.task.upload
        assert not any(fork.execute(Block(fork.height + 1, now, 1, fork.root, tuple(said))).verdicts)

    other = room.upload(2, room.hidden(2, [0] * room.task.values))
    room.upload_all([2]).wait(room.task.upload)
    room.say()
    first = room.holders[0].respond()
    assert isinstance(room.chain.decode(first[0]).transaction, MaskSum)
    on_fork([other])
    on_fork([])
    on_fork([again(room, index, fork).respond()[0] for index in (1, 2, 3, 4)])
    assert fork.state.rounds[0].phase == Phase.UNMASK
    assert fork.state.rounds[0].set_digest == room.round.set_digest
    with pytest.raises(Corrupt, match="includes other homes or uploads"):
        again(room, 1, fork).respond()
    assert again(room, 1).respond() == first


def test_secrets_go_when_a_round_is_over(tmp_path: Path) -> None:
    room = Classroom(tmp_path, homes=2).to_check()
    before = HolderFile.open(room.files[0], PASSPHRASE)
    assert before.secret_of(room.task_id, 1) is not None
    room.finish()
    room.say()
    after = HolderFile.open(room.files[0], PASSPHRASE)
    assert after.secret_of(room.task_id, 1) is None
    assert after.make_secret(room.task_id, 1) is None, "and no second key of that round is ever made"
    assert after.secret_of(room.task_id, 2) is not None


def test_it_knows_a_wrong_box_that_it_could_not_complain_about(tmp_path: Path) -> None:
    """Dead in CHECK, back in UNMASK: what it cannot sum it leaves to the others."""
    room = Classroom(tmp_path, homes=3).adopt().give_keys()
    room.block([room.upload(0), room.upload(1, room.sealed_wrongly(1, 4)), room.upload(2)])
    room.wait(room.task.upload)
    room.say(1, 2, 3).wait(room.task.check)
    assert room.phase() == Phase.UNMASK
    assert room.round.included == [0, 1, 2]
    room.wait(room.task.unmask // 2)
    assert room.holders[3].respond() == []
    room.say(1).say(2).say(3)
    assert room.learned.model == room.expected([0, 1, 2])
