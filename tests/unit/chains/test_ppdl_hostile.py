"""Whatever an authority or a home signs, the chain refuses it by a clause or takes it; nothing else happens."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from openmg.authority import HolderFile
from openmg.chains import PPDLChain
from openmg.chains.ppdl import Upload
from openmg.chains.ppdl.state import TREES
from openmg.crypto import sign
from openmg.errors import Rejected
from openmg.machine import SIGNATURE_BYTES, Block, in_order, signed_message
from tests.chain.classroom import PASSPHRASE, START, Classroom, seed_of

VARIANTS = 60
CLAUSES = {"WIRE-10", "SLOT-7", "LEARN-0", "LEARN-2", "LEARN-3", "LEARN-4"}


def votes(room: Classroom) -> list[bytes]:
    return [room.holders[0].vote_registry(bytes(32), 4), room.holders[0].vote_task(room.task, START)]


def keys(room: Classroom) -> list[bytes]:
    return [room.adopt().holders[0].respond()[0], room.holders[0].tick()]


def uploads(room: Classroom) -> list[bytes]:
    return [room.adopt().give_keys().upload(0)]


def judgements(room: Classroom) -> list[bytes]:
    room.adopt().give_keys()
    room.block([room.upload(0), room.upload(1), room.upload(2, room.sealed_wrongly(2, 1))])
    room.wait(room.task.upload)
    return [room.holders[0].respond()[0], room.holders[1].respond()[0]]


def sums(room: Classroom) -> list[bytes]:
    return room.to_unmask().holders[0].respond()


def altered(unsigned: bytes, dice: random.Random) -> bytes:
    """The bytes with something else in them; the kind stays."""
    at = dice.randrange(1, len(unsigned))
    match dice.randrange(4):
        case 0:
            return unsigned[:at]
        case 1:
            return unsigned + dice.randbytes(dice.randrange(1, 40))
        case 2:
            return unsigned[:at] + dice.randbytes(1) + unsigned[at + 1 :]
        case _:
            return unsigned[:at] + dice.choice([bytes(4), b"\xff" * 4]) + unsigned[at + 4 :]


def copy_of(chain: PPDLChain) -> PPDLChain:
    state = chain.state
    leaves = [(tree, index, state.leaf(tree, index)) for tree in TREES for index in range(state.size(tree))]
    waiting = {(at, index): raw for at, each in state.payloads.items() for index, raw in each.items()}
    return PPDLChain.resume(chain.genesis.encode(), leaves, waiting, chain.height)


@pytest.mark.parametrize("say", [votes, keys, uploads, judgements, sums])
def test_altered_messages_with_good_signatures(tmp_path: Path, say: Callable[[Classroom], list[bytes]]) -> None:
    room = Classroom(tmp_path)
    said, dice = say(room), random.Random(say.__name__)
    signing = [HolderFile.open(path, PASSPHRASE).signing for path in room.files]
    hostile = []
    for raw in said:
        own = isinstance(room.chain.decode(raw).transaction, Upload)
        for _ in range(VARIANTS):
            unsigned = altered(raw[:-SIGNATURE_BYTES], dice)
            secret = seed_of(0) if own else signing[0 if raw == said[0] or say is not judgements else 1]
            hostile.append(unsigned + sign(secret, signed_message(room.chain.chain, unsigned)))
    if not room.chain.height:
        room.wait(1)
    replica = copy_of(room.chain)
    offered = replica.check(hostile)
    block = Block(replica.height + 1, room.now, 1, replica.root, in_order(hostile))
    verdicts = replica.execute(block).verdicts
    for verdict in (*offered, *verdicts):
        assert verdict is None or verdict.clause in CLAUSES, verdict
    if say is sums:
        assert all(verdict or raw in said for raw, verdict in zip(block.transactions, verdicts, strict=True))
    assert copy_of(replica).root == replica.root


def test_bytes_that_are_nothing(tmp_path: Path) -> None:
    room = Classroom(tmp_path).adopt()
    dice = random.Random("nothing")
    junk = [b"", b"\0", *(bytes([kind]) + dice.randbytes(dice.randrange(300)) for kind in range(64))]
    assert all(isinstance(verdict, Rejected) for verdict in room.chain.check(junk))
