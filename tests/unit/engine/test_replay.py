"""A replay agrees with what was stored, and names the first block that does not."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from openmg.chains import Block, Outcome, RelayChain
from openmg.chains.transactions import REPORT
from openmg.engine import LocalEngine, replay
from openmg.errors import BadInput, Corrupt
from tests.chain.town import Town
from tests.unit.engine.kept import edit, stored_bytes


def flip(path: Path, height: int, at: int, mask: int = 1) -> None:
    data = bytearray(stored_bytes(path, height))
    data[at] ^= mask
    edit(path, "UPDATE block SET data = ? WHERE height = ?", bytes(data), height)


def with_reports(town: Town) -> int:
    return next(block.height for block in town.blocks if any(raw[0] == REPORT for raw in block.transactions))


def test_every_root_agrees(path: Path, town: Town) -> None:
    seen: list[int] = []

    def watch(block: Block, outcome: Outcome, chain: RelayChain) -> None:
        assert outcome.root == chain.root == town.roots[block.height - 1]
        seen.append(block.height)

    assert replay(path, RelayChain, watch).root == town.chain.root
    assert seen == list(range(1, len(town.blocks) + 1))


@pytest.mark.parametrize(
    "at",
    [0, 7, 8, 11, 12, 15, 16, 17, 48, 49, 52, 53, 57, 58, 100, 1000, 2500, -1],
    ids=[
        "height", "height's end", "time", "time, half a year", "time, a century", "time's end", "proposer", "previous",
        "previous' end", "count", "count's end", "length", "kind", "account", "slot", "proof", "memo", "signature",
    ],
)  # fmt: skip
def test_one_changed_byte_names_its_block(path: Path, town: Town, at: int) -> None:
    height = with_reports(town)
    flip(path, height, at, 0x80 if at == 15 else 1)
    with pytest.raises(Corrupt, match=rf"chain\.db: block {height} (does not follow|leads to another state root)"):
        replay(path)


def test_any_changed_byte_of_any_block_names_its_block(path: Path, town: Town) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(25):
        height = chance.randint(1, len(town.blocks))
        at, mask = chance.randrange(len(stored_bytes(path, height))), 1 << chance.randrange(8)
        flip(path, height, at, mask)
        with pytest.raises(Corrupt, match=rf"block {height} (does not follow|leads to another state root)"):
            replay(path)
        flip(path, height, at, mask)
    assert replay(path).root == town.chain.root


def test_an_edited_root_names_its_block(path: Path) -> None:
    edit(path, "UPDATE block SET root = ? WHERE height = 4", bytes(32))
    with pytest.raises(Corrupt, match="block 4 leads to another state root"):
        replay(path)


def test_a_deleted_block_is_named(path: Path) -> None:
    edit(path, "DELETE FROM block WHERE height IN (6, 9)")
    with pytest.raises(Corrupt, match="block 6 is missing"):
        replay(path)


def test_a_deleted_last_block_leaves_a_state_that_does_not_fit(path: Path, town: Town) -> None:
    edit(path, "DELETE FROM block WHERE height = ?", len(town.blocks))
    with pytest.raises(Corrupt, match=f"not the one that block {len(town.blocks) - 1} led to"):
        replay(path)


@pytest.mark.parametrize("value", ["text", 7, 1.5])
def test_a_value_of_another_type_names_its_block(path: Path, value: object) -> None:
    edit(path, "UPDATE block SET data = ? WHERE height = 5", value)
    with pytest.raises(Corrupt, match="block 5 cannot be read"):
        replay(path)


def test_another_genesis_leads_elsewhere(path: Path, town: Town) -> None:
    genesis = bytearray(town.genesis.encode())
    genesis[4] ^= 1
    edit(path, "UPDATE genesis SET data = ?", bytes(genesis))
    with pytest.raises(Corrupt, match="block 1 does not follow"):
        replay(path)
    edit(path, "UPDATE genesis SET data = ?", bytes(genesis[:-1]))
    with pytest.raises(Corrupt, match="genesis cannot be read"):
        replay(path)
    edit(path, "DELETE FROM genesis")
    with pytest.raises(Corrupt, match="no genesis"):
        replay(path)


def test_an_edited_state_is_found_by_a_replay_too(path: Path) -> None:
    edit(path, "DELETE FROM report")
    with pytest.raises(Corrupt, match="reports that wait"):
        replay(path)


def test_a_truncated_file_names_the_first_block_that_is_gone(path: Path) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    whole = path.read_bytes()
    for length in random.Random(seed).sample(range(1, len(whole)), 25):
        path.write_bytes(whole[:length])
        for read in (replay, LocalEngine.open):
            with pytest.raises(Corrupt, match=r"chain\.db: (block \d+ |not a chain|damaged|the stored)"):
                read(path)


def test_a_cut_near_the_end_names_a_late_block(path: Path, town: Town) -> None:
    os.truncate(path, path.stat().st_size - 4096)
    with pytest.raises(Corrupt, match=r"block (\d+) is the first") as caught:
        replay(path)
    assert 1 < int(str(caught.value).split("block ")[1].split()[0]) <= len(town.blocks) + 1


@pytest.mark.parametrize("read", [replay, LocalEngine.open])
def test_what_is_no_chain_is_named(tmp_path: Path, read: type) -> None:
    path = tmp_path / "chain.db"
    with pytest.raises(BadInput, match="no chain here"):
        read(path)
    assert not path.exists()
    path.write_bytes(b"")
    with pytest.raises(Corrupt, match="empty, not a chain file"):
        read(path)
    assert not path.read_bytes()
    path.write_bytes(b"This is a letter, not a database. " * 500)
    with pytest.raises(Corrupt, match="not a chain file"):
        read(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(BadInput, match="no chain here"):
        read(path)
