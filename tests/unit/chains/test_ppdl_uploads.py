"""Uploads that a round does not take: strangers, wrong lengths, replays, second ones (LEARN-2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from openmg.chains.ppdl import Upload, signed
from openmg.crypto import IDENTITY, HiddenVector
from tests.chain.classroom import Classroom, a_small_task, seed_of

Change = Callable[[HiddenVector], HiddenVector]


def open_room(folder: Path, homes: int = 3, most: int = 8) -> Classroom:
    """A round that takes uploads."""
    return Classroom(folder, 4, homes, a_small_task(most=most)).adopt().give_keys()


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


CHANGES: dict[str, Change] = {
    "a lane too few": lambda made: replace(made, y=made.y[:-30]),
    "a lane too many": lambda made: replace(made, y=made.y + bytes(30)),
    "a byte too many": lambda made: replace(made, y=made.y + b"\0"),
    "no vector": lambda made: replace(made, y=b""),
    "a commitment too few": lambda made: replace(made, commitments=made.commitments[:-32]),
    "a commitment too many": lambda made: replace(made, commitments=made.commitments + made.commitments[:32]),
    "a commitment to nothing": lambda made: replace(made, commitments=IDENTITY + made.commitments[32:]),
    "a commitment that is no point": lambda made: replace(made, commitments=b"\xff" * 32 + made.commitments[32:]),
    "a box too few": lambda made: replace(made, boxes=made.boxes[:-1]),
    "a box too many": lambda made: replace(made, boxes=(*made.boxes, made.boxes[0])),
    "two boxes swapped": lambda made: replace(made, boxes=(made.boxes[1], made.boxes[0], *made.boxes[2:])),
    "a longer box": lambda made: replace(made, boxes=(made.boxes[0] + b"\0", *made.boxes[1:])),
    "a box that is no point": lambda made: replace(made, boxes=(b"\xff" * 32 + made.boxes[0][32:], *made.boxes[1:])),
    "an altered box": lambda made: replace(made, boxes=(flipped(made.boxes[0]), *made.boxes[1:])),
    "another's proof": lambda made: replace(made, proof=made.proof[:32] + bytes(32)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_vectors_that_are_not_as_they_must_be(tmp_path: Path, change: Change) -> None:
    room = open_room(tmp_path)
    assert room.refused(room.upload(0, change(room.hidden(0)))) == "LEARN-2"
    assert room.round.uploads == {}
    room.upload_all()


def test_a_second_upload_is_refused(tmp_path: Path) -> None:
    room = open_room(tmp_path)
    first = room.upload(1)
    room.block([first])
    assert room.refused(first) == "LEARN-2"
    assert room.refused(room.upload(1, room.hidden(1, [5] * 7))) == "LEARN-2"
    twins = [room.upload(2, room.hidden(2, [number] * 7)) for number in (5, 6)]
    assert room.engine.submit(twins) == [None, None]
    verdicts = room.engine.produce(room.now).verdicts
    assert [verdict and verdict.clause for verdict in verdicts] == [None, "LEARN-2"]
    assert list(room.round.uploads) == [1, 2]


def test_an_account_that_is_listed_twice_speaks_once(tmp_path: Path) -> None:
    room = Classroom(tmp_path)
    room.accounts[2] = room.accounts[0]
    room.adopt().give_keys()
    room.block([room.upload(0)])
    assert room.refused(room.sealed(0, room.message(2))) == "LEARN-2"


def test_strangers_are_refused(tmp_path: Path) -> None:
    room = open_room(tmp_path)
    honest = room.message(1)
    wrong: list[Upload] = [
        replace(honest, index=0),
        replace(honest, index=3),
        replace(honest, index=2**32 - 1),
        replace(honest, siblings=honest.siblings[:-1]),
        replace(honest, siblings=(*honest.siblings, bytes(32))),
        replace(honest, siblings=()),
        replace(honest, account=room.accounts[0]),
    ]
    for message in wrong:
        assert room.refused(room.sealed(1, message)) == "LEARN-2"
    room.accounts.append(bytes(32))
    assert room.refused(room.upload(0)) == "LEARN-2", "of a registry that nobody adopted"


def test_only_the_account_signs(tmp_path: Path) -> None:
    room = open_room(tmp_path)
    raw = room.upload(1)
    assert room.refused(room.sealed(0, room.message(1))) == "LEARN-2"
    assert room.refused(flipped(raw)) == "LEARN-2"
    other = signed(room.message(1), bytes(32), seed_of(1))
    assert room.refused(other) == "LEARN-2", "signed for another chain"
    for cut in (raw[:-1], raw + b"\0", raw[:80], raw[:1]):
        assert room.refused(cut) == "WIRE-10"


def test_what_was_sent_in_another_round_is_refused(tmp_path: Path) -> None:
    room = open_room(tmp_path)
    old = room.message(0)
    room.upload_all()
    room.finish()
    assert room.refused(room.sealed(0, old)) == "LEARN-2", "its round is over"
    room.give_keys()
    assert room.round.number == 2
    assert room.refused(room.sealed(0, old)) == "LEARN-2"
    assert room.refused(room.sealed(0, replace(old, round=2))) == "LEARN-2", "its boxes are of another round"
    assert room.refused(room.sealed(0, replace(old, round=3))) == "LEARN-2"
    assert room.refused(room.sealed(0, replace(room.message(0), task=bytes(32)))) == "LEARN-2"
    assert room.refused(room.upload(1, room.hidden(0))) == "LEARN-2", "what another home hid"


def test_a_round_takes_no_more_than_the_most(tmp_path: Path) -> None:
    room = open_room(tmp_path, homes=4, most=3)
    room.upload_all([0, 1, 2])
    assert room.refused(room.upload(3)) == "LEARN-2"
