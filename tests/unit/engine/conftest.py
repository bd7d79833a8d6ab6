"""One short life of a town, stored once and copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.chain.town import Town
from tests.unit.engine.kept import keep, lived


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return lived(tmp_path_factory.mktemp("lived"))


@pytest.fixture(scope="session")
def kept(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keep(town, tmp_path_factory.mktemp("kept") / "chain.db")


@pytest.fixture
def path(kept: Path, tmp_path: Path) -> Path:
    """A copy of the stored chain."""
    return Path(shutil.copy(kept, tmp_path / "chain.db"))
