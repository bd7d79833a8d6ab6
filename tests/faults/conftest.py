"""What the fault tests share: seeds that are printed and can be given, and the cheap tests first."""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SEED = "OPENMG_FAULTS_SEED"
ORDER = ("flood", "disks", "wires", "betrayal", "twin", "stops", "clocks", "kills")
"""Files, what takes least first."""
Say = Callable[[object], None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.faults)
    ours = sorted((item for item in items if item.path.parent == HERE), key=_cost)
    items[:] = [item for item in items if item.path.parent != HERE] + ours


def _cost(item: pytest.Item) -> int:
    return ORDER.index(item.path.stem.removeprefix("test_"))


@pytest.fixture
def say(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Say:
    """Print a line about this test at once."""

    def printed(what: object) -> None:
        with capsys.disabled():
            print(f"\n  {request.node.name}: {what}", end="", flush=True)

    return printed


@pytest.fixture
def dice(request: pytest.FixtureRequest, say: Say) -> random.Random:
    """This test's chances: the same again with the same seed."""
    seed = os.environ.get(SEED) or secrets.token_hex(4)
    say(f"{SEED}={seed}")
    return random.Random(f"{seed} {request.node.name}")
