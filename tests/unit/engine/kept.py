"""A town's chain in a file, as an engine would have left it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from openmg.chains import RelayChain
from openmg.engine import LocalEngine
from openmg.storage import StoredBlock
from openmg.units import Slot
from tests.chain.town import FIRST, Town, home_of

NEXT = Slot(FIRST + 1)


def lived(folder: Path) -> Town:
    """One settled slot, and a second one with an open gate and two reports that wait."""
    homes = [home_of("east").metered(FIRST, 900, 0).metered(NEXT, 500, 0)]
    homes.append(home_of("roof", cost=150_000).metered(FIRST, 0, 1200).metered(NEXT, 0, 800))
    town = Town.founded(folder, 2, homes).make_key().enrol()
    town.live(FIRST, *homes)
    town.open_gate(NEXT)
    assert town.block(*(town.report(home, NEXT) for home in homes)).verdicts == (None, None)
    return town


def keep(town: Town, path: Path) -> Path:
    """Store a town's blocks, one by one."""
    engine = LocalEngine.create(path, RelayChain(town.genesis))
    for block, root in zip(town.blocks, town.roots, strict=True):
        outcome = engine.chain.execute(block)
        assert outcome.root == root
        stored = StoredBlock(block.height, block.encode(), outcome.root)
        engine.file.append(stored, outcome.leaves, outcome.kept, outcome.final)
    engine.close()
    return path


def edit(path: Path, statement: str, *values: object) -> None:
    """Change a chain file behind the house's back."""
    connection = sqlite3.connect(path, isolation_level=None)
    assert connection.execute(statement, values).rowcount
    connection.close()


def stored_bytes(path: Path, height: int) -> bytes:
    """A block as the file holds it."""
    connection = sqlite3.connect(path)
    [[data]] = connection.execute("SELECT data FROM block WHERE height = ?", (height,)).fetchall()
    connection.close()
    assert isinstance(data, bytes)
    return data
