"""Towns before the first slot's end, at its open gate, and one slot later."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chain.town import FIRST, Town, home_of
from tests.unit.engine.kept import NEXT, lived


@pytest.fixture(scope="session")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return lived(tmp_path_factory.mktemp("lived"))


@pytest.fixture
def town(lived_in: Town, tmp_path: Path) -> Town:
    """One settled slot; a second one with an open gate and the reports of both homes."""
    return lived_in.copied(tmp_path)


@pytest.fixture(scope="session")
def settled_in(tmp_path_factory: pytest.TempPathFactory) -> Town:
    homes = [home_of("east").metered(FIRST, 900, 0).metered(NEXT, 500, 0)]
    homes.append(home_of("roof", cost=150_000).metered(FIRST, 0, 1200).metered(NEXT, 0, 800))
    return Town.founded(tmp_path_factory.mktemp("settled-in"), 2, homes).make_key().enrol()


@pytest.fixture
def early_town(settled_in: Town, tmp_path: Path) -> Town:
    """A key and two enrolled homes, before the first slot."""
    return settled_in.copied(tmp_path)
