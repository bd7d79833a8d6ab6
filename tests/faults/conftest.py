"""What the fault tests share: seeds that are printed and can be given, and the cheap tests first."""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Callable

import pytest

SEED = "OPENMG_FAULTS_SEED"
Say = Callable[[object], None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/faults/" in item.nodeid:
            item.add_marker(pytest.mark.faults)


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
