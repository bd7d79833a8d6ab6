"""A town whose homes lived one settled slot and wait for a second."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chain.town import Town
from tests.unit.engine.kept import lived


@pytest.fixture(scope="session")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return lived(tmp_path_factory.mktemp("lived"))


@pytest.fixture
def town(lived_in: Town, tmp_path: Path) -> Town:
    return lived_in.copied(tmp_path)
