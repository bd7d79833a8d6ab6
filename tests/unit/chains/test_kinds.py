"""The first bytes of a genesis say which machine runs the chain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from openmg.chains import Genesis, RelayChain, machine_of
from openmg.engine import LocalEngine, replay
from openmg.errors import BadInput, Corrupt, Malformed
from tests.chain.town import genesis_of
from tests.unit.chains import leaves
from tests.unit.engine.kept import edit


@given(leaves.GENESES)
def test_a_genesis_with_a_name_is_a_relay_chains(genesis: Genesis) -> None:
    encoded = genesis.encode()
    assert machine_of(encoded) is RelayChain
    assert RelayChain.begin(encoded).genesis == genesis


def test_a_relay_chain_has_a_name() -> None:
    genesis = genesis_of([bytes([1]) * 32])
    with pytest.raises(BadInput, match="name is empty"):
        replace(genesis, name="")
    nameless = bytes(2) + genesis.encode()[2 + len(genesis.name) :]
    with pytest.raises(Malformed):
        Genesis.decode(nameless)


def test_a_file_whose_kind_nobody_knows_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    LocalEngine.create(path, RelayChain(genesis_of([bytes([1]) * 32]))).close()
    edit(path, "UPDATE genesis SET data = ?", bytes(2) + b"\xff")
    with pytest.raises(Corrupt, match="genesis cannot be read"):
        LocalEngine.open(path)


def test_who_wants_another_kind_is_told_which_is_there(tmp_path: Path) -> None:
    class Another(RelayChain):
        kind = "chain of another kind"

    path = tmp_path / "chain.db"
    LocalEngine.create(path, RelayChain(genesis_of([bytes([1]) * 32]))).close()
    for read in (LocalEngine.open, replay):
        with pytest.raises(BadInput, match=r"chain\.db: a relay chain, where a chain of another kind was expected"):
            read(path, Another)
    LocalEngine.open(path).close()
    assert replay(path).height == 0
