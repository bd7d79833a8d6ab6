"""Towns at the stages where tests begin; each is built once and copied."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chain.town import FIRST, Town, home_of


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Four authorities and three homes before the first block."""
    homes = [home_of("east"), home_of("west", value=150_000), home_of("roof", cost=150_000)]
    homes[0].metered(FIRST, 900, 0)
    homes[1].metered(FIRST, 640, 0)
    homes[2].metered(FIRST, 0, 1200)
    return Town.founded(tmp_path_factory.mktemp("founded"), 4, homes)


@pytest.fixture(scope="session")
def settled_in(founded: Town, tmp_path_factory: pytest.TempPathFactory) -> Town:
    return founded.copied(tmp_path_factory.mktemp("settled-in")).make_key().enrol()


@pytest.fixture(scope="session")
def at_gate(settled_in: Town, tmp_path_factory: pytest.TempPathFactory) -> Town:
    return settled_in.copied(tmp_path_factory.mktemp("at-gate")).open_gate()


@pytest.fixture(scope="session")
def proved(at_gate: Town) -> tuple[bytes, ...]:
    """The three homes' reports for the first slot, all true."""
    return tuple(at_gate.report(home, FIRST) for home in at_gate.homes)


@pytest.fixture(scope="session")
def in_the_dark(at_gate: Town, proved: tuple[bytes, ...], tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = at_gate.copied(tmp_path_factory.mktemp("in-the-dark"))
    assert town.block(*proved).verdicts == (None, None, None)
    return town.close_gate()


@pytest.fixture(scope="session")
def with_pool(founded: Town, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """The same people with a community battery, the first slot's gate closed over three reports."""
    folder = tmp_path_factory.mktemp("with-pool")
    homes = founded.copied(folder).homes
    town = Town.founded(folder, 4, homes, pool=True).make_key().enrol().open_gate()
    assert town.block(*(town.report(home, FIRST) for home in town.homes)).verdicts == (None, None, None)
    return town.close_gate()


@pytest.fixture
def new_town(founded: Town, tmp_path: Path) -> Town:
    """Before the first block."""
    return founded.copied(tmp_path)


@pytest.fixture
def town(settled_in: Town, tmp_path: Path) -> Town:
    """With a key and three enrolled homes, before the first slot."""
    return settled_in.copied(tmp_path)


@pytest.fixture
def open_town(at_gate: Town, tmp_path: Path) -> Town:
    """The first slot's gate has just opened."""
    return at_gate.copied(tmp_path)


@pytest.fixture
def closed_town(in_the_dark: Town, tmp_path: Path) -> Town:
    """The first slot's gate has closed over three reports, nothing is opened yet."""
    return in_the_dark.copied(tmp_path)


@pytest.fixture
def pool_town(with_pool: Town, tmp_path: Path) -> Town:
    """With a community battery whose reading of the first slot is awaited."""
    return with_pool.copied(tmp_path)
