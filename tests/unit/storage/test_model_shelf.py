"""Checkpoints beside the chain: found by their digest, checked on reading, whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from openmg.errors import BadInput, Corrupt
from openmg.learning import Model
from openmg.machine import Outcome
from openmg.storage import ModelShelf

MODEL = Model((1, -2, 3 << 40))


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    shelf = ModelShelf(tmp_path / "deep" / "models")
    assert shelf.digests() == []
    other = Model((7,))
    shelf.keep(Outcome(bytes(32), (), [], [], (), (MODEL.encode(), other.encode(), MODEL.encode())))
    assert shelf.read(MODEL.digest) == MODEL
    assert shelf.digests() == sorted([MODEL.digest, other.digest])
    assert MODEL.digest in shelf
    assert bytes(32) not in shelf
    assert [path.name for path in shelf.folder.iterdir() if path.name.startswith(".")] == []


def test_what_is_not_here_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"00\.model: cannot be read"):
        ModelShelf(tmp_path).read(bytes(32))


@pytest.mark.parametrize("damage", [b"", b"other bytes", MODEL.encode()[:-1], MODEL.encode() + b"\0"])
def test_a_damaged_checkpoint_is_not_read_but_kept_anew(tmp_path: Path, damage: bytes) -> None:
    shelf = ModelShelf(tmp_path)
    assert shelf.put(MODEL.encode()) == MODEL.digest
    shelf.path_of(MODEL.digest).write_bytes(damage)
    with pytest.raises(Corrupt, match="damaged"):
        shelf.read(MODEL.digest)
    assert shelf.put(MODEL.encode()) == MODEL.digest
    assert shelf.read(MODEL.digest) == MODEL


def test_what_has_its_digest_and_is_no_checkpoint(tmp_path: Path) -> None:
    shelf = ModelShelf(tmp_path)
    digest = shelf.put(b"not a model")
    with pytest.raises(Corrupt, match="no checkpoint"):
        shelf.read(digest)


def test_a_shelf_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder would be")
    with pytest.raises(BadInput, match="cannot be written"):
        ModelShelf(tmp_path / "models").put(MODEL.encode())


def test_other_files_are_no_checkpoints(tmp_path: Path) -> None:
    (tmp_path / "notes.model").write_text("mine")
    assert ModelShelf(tmp_path).digests() == []
