"""Which of a process's ends are final, and which may go better next time."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from openmg.client.node import Refused, Unreachable
from openmg.errors import BadInput, Corrupt, OpenMGError
from openmg.network.verdict import AGAIN, BAD_INPUT, exit_code
from openmg.storage import ChainFile, StoredBlock
from tests.unit.network.founding import found


def cause_of(error: OpenMGError, cause: Exception) -> OpenMGError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadInput("belongs to another chain"), BAD_INPUT),
        (Corrupt("damaged"), BAD_INPUT),
        (cause_of(BadInput("no JSON"), ValueError("line 1")), BAD_INPUT),
        (cause_of(BadInput("cannot listen"), OSError(98, "Address already in use")), AGAIN),
        (cause_of(Corrupt("a file"), cause_of(BadInput("within"), OSError(28, "No space left on device"))), AGAIN),
        (Unreachable("nobody listens"), AGAIN),
        (Refused("http://127.0.0.1:1", "HTTP 429"), AGAIN),
    ],
)
def test_what_the_system_refused_may_go_better_next_time(error: OpenMGError, code: int) -> None:
    assert exit_code(error) == code


def test_a_chain_file_is_damaged_for_good_and_full_for_a_while(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    path.write_bytes(b"garbage" * 1000)
    with pytest.raises(Corrupt) as damaged:
        ChainFile.open(path)
    assert exit_code(damaged.value) == BAD_INPUT
    path.unlink()
    with ChainFile.create(path, found(bytes(32), bytes(32), [bytes(32)])) as file:
        pages = file._connection.execute("PRAGMA page_count").fetchone()[0]
        file._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(BadInput, match="full") as full:
            file.append(StoredBlock(1, bytes(2**20), bytes(32)), [], [], ())
    assert isinstance(full.value.__cause__, sqlite3.OperationalError)
    assert exit_code(full.value) == AGAIN
