"""All state of the PPDL chain is under its root: it comes back from its file, and a stranger can check it (WIRE-11)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.chains import PPDLChain, PPDLGenesis, machine_of
from openmg.chains.ppdl import (
    Checked,
    Checkpoint,
    LearningState,
    MaskSum,
    MaskSumIn,
    Phase,
    Reason,
    Registered,
    RegistryVote,
    RoundKey,
    RoundState,
    SeedComplaint,
    Sent,
    SumFate,
    TaskVote,
    Upload,
    decode,
)
from openmg.chains.ppdl.state import TREES, Clock
from openmg.crypto import HiddenVector
from openmg.engine import LocalEngine, replay
from openmg.errors import BadInput, Corrupt, Malformed, Rejected
from openmg.learning import Model
from openmg.lightclient import StateProof
from openmg.machine import Block
from openmg.storage import ModelShelf
from tests.chain.classroom import START, Classroom, a_small_task
from tests.unit.chains.leaves import U8, U32, U64, WORD
from tests.unit.engine.kept import edit

SMALL, BYTES = st.integers(0, 6), st.binary(max_size=40)
SIGNATURE = bytes(64)
HIDDEN = st.builds(
    HiddenVector, BYTES, BYTES, st.lists(BYTES, max_size=3).map(tuple), st.binary(min_size=64, max_size=64)
)
MESSAGES = st.one_of(
    st.builds(Upload, WORD, U32, U32, WORD, st.lists(WORD, max_size=3).map(tuple), HIDDEN),
    st.builds(TaskVote, U8, BYTES, BYTES),
    st.builds(RegistryVote, U8, WORD, U32),
    st.builds(RoundKey, U8, WORD, U32, WORD),
    st.builds(SeedComplaint, U8, WORD, U32, U32, st.binary(min_size=128, max_size=128)),
    st.builds(Checked, U8, WORD, U32),
    st.builds(MaskSum, U8, WORD, U32, U8, U64, BYTES, WORD),
)
ROUNDS = st.builds(
    RoundState,
    U32, U32, U32, U64,
    st.lists(st.none() | WORD.filter(any), max_size=7),
    st.sampled_from(Phase), st.booleans(), st.sampled_from(Reason),
    st.dictionaries(U32, st.builds(Sent, WORD, WORD), max_size=4),
    st.dictionaries(U32, U8, max_size=3),
    U8, WORD,
    st.lists(st.builds(MaskSumIn, U8, U8, U64, WORD), max_size=3),
    st.lists(st.builds(SumFate, U32, st.booleans()), max_size=3).map(tuple),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4).map(tuple),
)  # fmt: skip
GENESES = st.builds(
    PPDLGenesis, st.text(min_size=1, max_size=20), st.lists(WORD, min_size=1, max_size=7, unique=True).map(tuple)
)


@given(MESSAGES)
def test_messages_are_read_again(message: Upload | TaskVote) -> None:
    raw = message.encode() + SIGNATURE
    assert decode(raw).transaction == message
    for wrong in (raw + b"\0", raw[:-1], b"\x09" + raw[1:]):
        with pytest.raises(Rejected, match="WIRE-10"):
            decode(wrong)


@given(st.one_of(ROUNDS, st.builds(Registered, WORD, U32, U64, U64), st.builds(Checkpoint, U32, U32, U32, WORD)))
def test_leaves_are_read_again(leaf: RoundState | Registered | Checkpoint) -> None:
    data = leaf.encode()
    assert type(leaf).decode(data) == leaf
    assert type(leaf).decode(data).encode() == data
    for wrong in (data + b"\0", data[:-1]):
        with pytest.raises(Malformed):
            type(leaf).decode(wrong)


@given(GENESES)
def test_a_genesis_says_that_homes_learn_here(genesis: PPDLGenesis) -> None:
    data = genesis.encode()
    assert machine_of(data) is PPDLChain
    assert PPDLChain.begin(data).genesis == genesis
    for wrong in (data + b"\0", data[:-1], b"\0\1" + data[2:]):
        with pytest.raises(Malformed):
            PPDLGenesis.decode(wrong)


def test_a_genesis_that_cannot_be() -> None:
    key = bytes(32)
    for name, authorities in (("", (key,)), ("n" * 201, (key,)), ("n", ()), ("n", (key, key)), ("n", (b"",))):
        with pytest.raises(BadInput):
            PPDLGenesis(name, authorities)
    with pytest.raises(Malformed):
        PPDLGenesis.decode(b"\0\0\1\1\0\xff\1" + key)


Step = Callable[[Classroom], object]
LIFE: dict[str, Step] = {
    "a registry with a vote too few": lambda room: room.block(
        [holder.vote_registry(bytes(32), 9) for holder in room.holders[:2]]
    ),
    "KEYS begins": lambda room: room.adopt(),
    "a task with a vote too few": lambda room: room.block(
        [holder.vote_task(a_small_task(name="another"), START) for holder in room.holders[:2]]
    ),
    "some keys": lambda room: room.say(2, 4),
    "UPLOAD begins": lambda room: room.say(1, 3),
    "some uploads": lambda room: room.block([room.upload(3), room.upload(0, room.sealed_wrongly(0, 2))]),
    "all uploads": lambda room: room.upload_all([1, 2]),
    "CHECK begins": lambda room: room.wait(room.task.upload),
    "a complaint, and some that are content": lambda room: room.say(2, 1),
    "UNMASK begins": lambda room: room.say(),
    "some sums": lambda room: room.say(1, 3),
    "a holder is relieved": lambda room: room.wait(room.task.unmask // 2),
    "DONE, the next begins": lambda room: room.say(4).say(2),
    "VOID": lambda room: room.wait(4 * room.task.keys),
}


def test_a_chain_comes_back_from_its_file_in_every_phase(tmp_path: Path) -> None:
    room = Classroom(tmp_path)
    for name, step in LIFE.items():
        step(room)
        room.reopen()
        state = room.chain.state
        assert all(state.leaf(tree, index) for tree in TREES for index in range(state.size(tree))), name
    assert [each.phase for each in room.chain.state.rounds] == [Phase.DONE, Phase.VOID, Phase.KEYS]
    assert room.chain.state.rounds[0].included == [1, 2, 3]
    assert room.learned.model == room.expected([1, 2, 3])
    room.engine.close()
    assert replay(tmp_path / "ppdl.db").root == room.chain.root


def test_a_chain_that_only_began_comes_back(tmp_path: Path) -> None:
    room = Classroom(tmp_path, authorities=1)
    for _ in range(3):
        room.wait(1)
        room.reopen()
    assert (room.chain.height, room.chain.changed[0]) == (3, 1)
    room.adopt()
    room.reopen()


def test_a_replica_from_a_snapshot_goes_on_alike(tmp_path: Path) -> None:
    room = Classroom(tmp_path).to_unmask().say(1)
    state = room.chain.state
    waiting = {(at, index): raw for at, each in state.payloads.items() for index, raw in each.items()}
    leaves = [(tree, index, state.leaf(tree, index)) for tree in TREES for index in range(state.size(tree))]
    other = PPDLChain.resume(room.chain.genesis.encode(), leaves, waiting, room.chain.height)
    other.check_waiting()
    said = [raw for holder in room.holders for raw in holder.respond()]
    block = Block(room.chain.height + 1, room.now, 1, room.chain.root, tuple(said))
    assert other.execute(block).root == room.engine.take(block).root
    assert other.state.tasks[0].model == room.expected([0, 1, 2, 3])


def test_uploads_at_hand_are_those_that_the_round_names(tmp_path: Path) -> None:
    room = Classroom(tmp_path).to_check()
    state = room.chain.state
    state.check_waiting()
    first = state.payloads[0].pop(0)
    for wrong in ({}, {0: room.upload(1)}, {9: first}):
        state.payloads[0].update(wrong)
        with pytest.raises(Corrupt, match="are not those"):
            state.check_waiting()
        for index in wrong:
            del state.payloads[0][index]


@pytest.mark.parametrize("tree", ["tasks", "rounds", "weights", "checkpoints", "registries"])
def test_damaged_leaves_are_not_taken_up(tmp_path: Path, tree: str) -> None:
    room = Classroom(tmp_path).to_unmask().say()
    room.engine.close()
    edit(tmp_path / "ppdl.db", "UPDATE leaf SET data = substr(data, 2) WHERE tree = ? AND position = 0", tree)
    with pytest.raises(Corrupt, match=r"ppdl\.db"):
        LocalEngine.open(tmp_path / "ppdl.db", PPDLChain)


def test_a_weight_of_another_model_is_noticed(tmp_path: Path) -> None:
    room = Classroom(tmp_path).adopt()
    state = room.chain.state
    leaves = [(tree, index, state.leaf(tree, index)) for tree in TREES for index in range(state.size(tree))]
    altered = [(tree, at, b"\7" + data[1:] if tree == "weights" else data) for tree, at, data in leaves]
    with pytest.raises(Corrupt, match="not those of the model"):
        LearningState.load(room.chain.genesis, altered, {})


def test_a_checkpoint_is_proved_under_the_root(tmp_path: Path) -> None:
    room = Classroom(tmp_path).to_unmask().say()
    data, within, leaf, top = room.chain.prove("checkpoints", 1)
    proof = StateProof(within, leaf[-32:], top)
    proof.verify("checkpoints", data, room.chain.root, len(TREES))
    again = StateProof.decode(proof.encode(len(TREES)), len(TREES))
    again.verify("checkpoints", data, room.chain.root, len(TREES))
    assert Checkpoint.decode(data) == Checkpoint(0, 1, 1, room.learned.model.digest)
    other = Checkpoint(0, 1, 1, START.digest).encode()
    for name, said, root in (
        ("checkpoints", other, room.chain.root),
        ("rounds", data, room.chain.root),
        ("checkpoints", data, bytes(32)),
    ):
        with pytest.raises(Rejected, match="WIRE-11"):
            proof.verify(name, said, root, len(TREES))


def test_weights_of_many_parameters_are_in_chunks(tmp_path: Path) -> None:
    start = Model(tuple(range(2500)))
    task = a_small_task(1, model=start.digest, size=2500, chosen=6)
    room = Classroom(tmp_path, authorities=1, homes=2, task=task, start=start).adopt()
    assert room.chain.size("weights") == 3
    other = a_small_task(1, name="another")
    room.block([room.holders[0].vote_task(other, START)])
    room.say().upload_all().wait(task.upload)
    room.say().say()
    changed = {index for tree, index, _ in room.outcomes[-1].leaves if tree == "weights"}
    assert changed
    moved = {at // 1024 for at in range(2500) if room.learned.model.parameters[at] != at}
    assert moved <= changed <= {0, 1, 2}
    room.reopen()
    assert len(room.learned.model) == 2500


def test_models_are_on_the_shelf_before_the_block_is_in_the_file(tmp_path: Path) -> None:
    room = Classroom(tmp_path)
    shelf = ModelShelf(tmp_path / "models")
    room.engine.keep(shelf.keep)
    room.to_unmask().say()
    assert shelf.digests() == sorted(each.digest for each in room.chain.state.checkpoints)
    assert shelf.read(START.digest) == START
    assert shelf.read(room.learned.model.digest) == room.learned.model


def test_the_clock_is_read_again() -> None:
    clock = Clock(7, 2**33, bytes(range(32)))
    assert Clock.decode(clock.encode()) == clock
    with pytest.raises(Malformed):
        Clock.decode(clock.encode() + b"\0")
