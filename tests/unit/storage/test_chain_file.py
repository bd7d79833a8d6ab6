"""The chain file: one atomic write per block, whatever interrupts it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from openmg.chains import Genesis
from openmg.errors import BadInput, Corrupt
from openmg.storage import ChainFile, StoredBlock, lock_beside
from tests.chain.town import genesis_of

GENESIS = genesis_of([bytes([1]) * 32])


def block(height: int) -> StoredBlock:
    return StoredBlock(height, b"block %d" % height, bytes([height]) * 32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chain.db"


def test_what_was_appended_is_read_again(path: Path) -> None:
    with ChainFile.create(path, GENESIS) as file:
        assert file.last() is None
        assert file.genesis(Genesis.decode) == GENESIS
        file.append(block(1), [("slots", 0, b"a")], [(5, 0, b"report")], ())
        file.append(block(2), [("slots", 0, b"b"), ("keys", 0, b"k")], [(6, 0, b"later")], (4, 5))
    with ChainFile.open(path) as file:
        assert list(file.blocks()) == [block(1), block(2)]
        assert list(file.blocks(2)) == [block(2)]
        assert sorted(file.leaves()) == [("keys", 0, b"k"), ("slots", 0, b"b")]
        assert file.waiting() == {(6, 0): b"later"}


def test_a_write_that_fails_leaves_nothing_of_its_block(path: Path) -> None:
    with ChainFile.create(path, GENESIS) as file:
        file.append(block(1), [("slots", 0, b"a")], [], ())
        with pytest.raises(BadInput, match="block 1 cannot be written"):
            file.append(block(1), [("slots", 0, b"b")], [], ())
        with pytest.raises(BadInput, match="block 2 cannot be written"):
            file.append(block(2), [("slots", 0, b"b")], [(1, 0, b"x"), (1, 0, b"y")], ())
        assert file.last() == block(1)
        assert file.leaves() == [("slots", 0, b"a")]
        file.append(block(2), [], [], ())
        assert file.last() == block(2)


@pytest.mark.parametrize("statement", range(6))
def test_an_interruption_at_any_statement_leaves_all_or_nothing(path: Path, statement: int) -> None:
    """Ctrl-C also comes while the block is being committed; then it is there, and nothing is to be undone."""
    with ChainFile.create(path, GENESIS) as file:
        seen: list[str] = []

        def interrupt(statement_text: str) -> None:
            seen.append(statement_text)
            if len(seen) == statement + 1:
                raise KeyboardInterrupt

        class Interrupted:
            """The same connection; the interruption comes after a statement has run."""

            def __init__(self, real: sqlite3.Connection) -> None:
                self._real = real

            @property
            def in_transaction(self) -> bool:
                return self._real.in_transaction

            def execute(self, text: str, *values: object) -> None:
                self._real.execute(text, *values)  # type: ignore[arg-type]
                interrupt(text)

            def executemany(self, text: str, rows: list[tuple[object, ...]]) -> None:
                self._real.executemany(text, rows)
                interrupt(text)

        real = file._connection
        file._connection = Interrupted(real)  # type: ignore[assignment]
        with pytest.raises(KeyboardInterrupt):
            file.append(block(1), [("slots", 0, b"a")], [(1, 0, b"r")], ())
        file._connection = real
        committed = seen[-1 if len(seen) < 7 else -2] == "COMMIT"
        assert committed == (statement == 5)
        assert file.last() == (block(1) if committed else None)
        assert len(file.leaves()) == len(file.waiting()) == committed
        file.append(block(2 if committed else 1), [], [], ())


def test_a_full_disk_loses_nothing_that_was_written(path: Path) -> None:
    with ChainFile.create(path, GENESIS) as file:
        file.append(block(1), [], [], ())
        file._connection.execute("PRAGMA max_page_count = 20")
        with pytest.raises(BadInput, match=r"block 2 cannot be written \(database or disk is full\)"):
            file.append(block(2), [("slots", 0, bytes(100_000))], [], ())
        assert list(file.blocks()) == [block(1)]
        file._connection.execute("PRAGMA max_page_count = 1000")
        file.append(block(2), [("slots", 0, bytes(100_000))], [], ())
    with ChainFile.open(path) as file:
        assert list(file.blocks()) == [block(1), block(2)]


def test_two_writers_do_not_mix(path: Path) -> None:
    with ChainFile.create(path, GENESIS) as first, ChainFile.open(path) as second:
        first.append(block(1), [], [], ())
        with pytest.raises(BadInput, match="block 1 cannot be written"):
            second.append(block(1), [], [], ())
        second.append(block(2), [], [], ())
        assert list(first.blocks()) == [block(1), block(2)]


def test_a_hole_is_named(path: Path) -> None:
    with ChainFile.create(path, GENESIS) as file:
        for height in (1, 2, 4):
            file.append(block(height), [], [], ())
        with pytest.raises(Corrupt, match="block 3 is missing"):
            list(file.blocks())


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be opened"):
        ChainFile.create(tmp_path / "file" / "chain.db", GENESIS)
    with pytest.raises(BadInput, match="there already"):
        ChainFile.create(tmp_path / "file", GENESIS)


def test_a_lock_keeps_others_out_until_it_is_closed(tmp_path: Path) -> None:
    import os  # noqa: PLC0415 - only here

    path = tmp_path / "thing"
    with pytest.raises(BadInput, match="no such file"):
        lock_beside(path, "thing")
    assert not list(tmp_path.iterdir())
    path.write_text("")
    lock = lock_beside(path, "thing")
    for patience in (0.0, 0.1):
        with pytest.raises(BadInput, match="another program has this thing open"):
            lock_beside(path, "thing", patience)
    os.close(lock)
    os.close(lock_beside(path, "thing"))


def test_a_file_of_another_version_is_refused(path: Path) -> None:
    ChainFile.create(path, GENESIS).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    with pytest.raises(BadInput, match="version 1; version 2 was expected"):
        ChainFile.open(path)


def test_a_block_kept_elsewhere_leaves_its_digest(path: Path) -> None:
    with ChainFile.create(path, GENESIS) as file:
        file.append(StoredBlock(1, None, bytes(32)), [("slots", 0, b"a")], [], (), b"d" * 32)
        file.append(block(2), [("slots", 1, b"b")], [], ())
        assert (file.digest(1), file.digest(3)) == (b"d" * 32, None)
        assert file.changes(1) == [("slots", 1, b"b")]
        with pytest.raises(BadInput, match="block 1 is not kept"):
            _ = next(file.blocks()).kept
