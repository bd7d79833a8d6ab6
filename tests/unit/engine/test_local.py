"""The embedded engine: what it makes is on disk, and what is on disk is checked when it opens."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from openmg.chains import Block, Outcome, RelayChain
from openmg.engine import LocalEngine, replay
from openmg.errors import BadInput, Corrupt, OpenMGError
from openmg.storage import StoredBlock
from tests.chain.town import Town, home_of
from tests.unit.engine.kept import edit


def leaves(path: Path) -> list[tuple[str, int, bytes]]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT tree, position, data FROM leaf").fetchall()
    connection.close()
    return rows


def refused(path: Path, says: str = ".") -> None:
    with pytest.raises(Corrupt, match=says) as caught:
        LocalEngine.open(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_it_opens_where_the_last_block_left_it_and_goes_on(path: Path, town: Town) -> None:
    engine = LocalEngine.open(path, RelayChain)
    assert engine.chain.root == town.chain.root
    assert engine.chain.state.reports == town.chain.state.reports
    told: list[int] = []

    def note(block: Block, outcome: Outcome) -> None:
        assert engine.file.last() == StoredBlock(block.height, block.encode(), outcome.root)
        told.append(block.height)

    engine.follow(note)
    for _ in range(3):
        engine.produce(town.now + 1)
    engine.close()
    assert told == [len(town.blocks) + more for more in (1, 2, 3)]
    assert replay(path).root == engine.chain.root


def test_what_the_file_has_no_table_for_is_kept_before_the_block(path: Path) -> None:
    engine = LocalEngine.open(path)
    height, kept = engine.chain.height, list[int]()

    def keep(outcome: Outcome) -> None:
        stored = engine.file.last()
        assert stored is not None
        assert outcome.models == ()
        kept.append(stored.height)
        if len(kept) == 2:
            raise BadInput("the disk takes no more")

    engine.keep(keep)
    engine.produce(1)
    with pytest.raises(BadInput, match="no more"):
        engine.produce(2)
    with pytest.raises(Corrupt, match="did not reach the disk"):
        engine.produce(3)
    engine.close()
    assert kept == [height, height + 1]
    assert replay(path).height == height + 1


def test_time_never_goes_back(path: Path, town: Town) -> None:
    engine = LocalEngine.open(path, RelayChain)
    engine.produce(0)
    assert engine.chain.state.clock.time == town.now
    engine.close()


def test_a_transaction_waits_once_and_only_for_one_block(path: Path, town: Town) -> None:
    engine = LocalEngine.open(path)
    enrolment = town.enrolment(home_of("newcomer"))
    assert engine.submit([enrolment, b"", b"\xff", enrolment])[0] is None
    verdicts = [None if each is None else each.clause for each in engine.submit([enrolment, b"", b"\xff"])]
    assert verdicts[0] is None
    assert None not in verdicts[1:]
    assert engine.produce(town.now + 1).verdicts == (None,)
    assert engine.produce(town.now + 2).verdicts == ()
    [rejected] = engine.submit([enrolment])
    assert rejected is not None
    assert rejected.clause == "ACCOUNT-1"
    engine.close()


def test_a_chain_without_blocks_opens(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    LocalEngine.create(path, RelayChain(town.genesis)).close()
    engine = LocalEngine.open(path)
    assert engine.chain.height == 0
    engine.close()
    assert replay(path).root == engine.chain.root
    with pytest.raises(BadInput, match="there already"):
        LocalEngine.create(path, RelayChain(town.genesis))


def test_any_edited_leaf_is_refused(path: Path) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    update = "UPDATE leaf SET data = ? WHERE tree = ? AND position = ?"
    for tree, position, data in leaves(path):
        for _ in range(4):
            changed = bytearray(data)
            changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            if (tree, position) == ("parameters", 0):
                continue
            edit(path, update, bytes(changed), tree, position)
            refused(path)
        for other in (b"", data[:-1], data + b"\x00", "text", 9):
            if (tree, position) != ("parameters", 0) or not isinstance(other, bytes):
                edit(path, update, other, tree, position)
                refused(path)
        edit(path, update, data, tree, position)
    LocalEngine.open(path).close()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM leaf WHERE tree = 'accounts' AND position = 1",
        "DELETE FROM leaf WHERE tree = 'accounts' AND position = 0",
        "DELETE FROM leaf WHERE tree = 'slots'",
        "DELETE FROM leaf WHERE tree = 'parameters' AND position = 1",
        "DELETE FROM leaf",
        "INSERT INTO leaf SELECT 'forest', position, data, height FROM leaf WHERE tree = 'slots'",
        "INSERT INTO leaf SELECT tree, position + 9, data, height FROM leaf WHERE tree = 'slots'",
        "INSERT INTO leaf SELECT tree, -1 - position, data, height FROM leaf WHERE tree = 'months'",
        "UPDATE leaf SET position = 'one' WHERE tree = 'slots' AND position = 1",
    ],
)
def test_missing_and_additional_leaves_are_refused(path: Path, statement: str) -> None:
    edit(path, statement)
    refused(path)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM report",
        "DELETE FROM report WHERE account = 0",
        "UPDATE report SET data = (SELECT data FROM report WHERE account = 1) WHERE account = 0",
        "UPDATE report SET data = x'02'",
        "UPDATE report SET slot = slot + 1",
        "INSERT INTO report SELECT slot, account + 2, data FROM report",
    ],
)
def test_a_report_that_waits_can_be_neither_lost_nor_swapped(path: Path, statement: str) -> None:
    """Its settlement would go wrong only later; the account names the transaction that it locked money for."""
    edit(path, statement)
    refused(path, "reports that wait for settlement")


def test_an_edited_last_block_is_refused(path: Path, town: Town) -> None:
    last = len(town.blocks)
    edit(path, "UPDATE block SET root = ? WHERE height = ?", bytes(32), last)
    refused(path, f"not the one that block {last} led to")
    edit(path, "UPDATE block SET data = x'00' WHERE height = ?", last)
    refused(path, f"block {last} cannot be read")


def test_no_block_is_made_after_one_that_did_not_reach_the_disk(path: Path) -> None:
    engine = LocalEngine.open(path)
    edit(path, "DROP TABLE block")
    with pytest.raises(OpenMGError):
        engine.produce(1)
    with pytest.raises(Corrupt, match="did not reach the disk"):
        engine.produce(2)
    engine.close()
