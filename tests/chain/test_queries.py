"""Questions about the state: every answer with its proof (WIRE-14)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from openmg.chains.slot import SlotState
from openmg.chains.state import TREES
from openmg.ledger import Account
from openmg.lightclient.state_proof import StateProof
from openmg.tendermint.abci import types_pb2 as abci
from openmg.units import Slot
from tests.chain.node import Node, node_of
from tests.chain.town import FIRST, Town


def ask(node: Node, path: str, data: bytes = b"") -> abci.ResponseQuery:
    return node.application.query(abci.RequestQuery(path=path, data=data))


def number(*values: tuple[int, int]) -> bytes:
    return b"".join(value.to_bytes(size, "little") for value, size in values)


@pytest.fixture
def finished(closed_town: Town) -> Town:
    closed_town.finish()
    return closed_town


def test_every_answer_is_proved(finished: Town, tmp_path: Path) -> None:
    town = finished
    genesis = town.genesis
    day, month = genesis.day_of(FIRST), genesis.month_of(FIRST)
    questions = [
        ("/parameters", number((0, 8)), "parameters"),
        ("/parameters", number((1, 8)), "parameters"),
        ("/keys", number((0, 8)), "keys"),
        ("/slot", number((FIRST, 8)), "slots"),
        ("/account", town.homes[1].account, "accounts"),
        ("/month", number((month, 4), (2, 4)), "months"),
        ("/day", number((day, 8), (0, 4)), "months"),
    ]
    with node_of(town, tmp_path / "node") as node:
        node.live(town.blocks)
        for path, data, tree in questions:
            answer = ask(node, path, data)
            assert (answer.code, answer.key.decode(), answer.height) == (0, tree, len(town.blocks)), path
            [operation] = answer.proof_ops.ops
            assert (operation.type, operation.key.decode()) == ("openmg:state", tree)
            proof = StateProof.decode(operation.data)
            proof.verify(tree, answer.value, town.chain.root)
            assert (proof.within.index, proof.top.index) == (answer.index, TREES.index(tree))
        assert SlotState.decode(ask(node, "/slot", number((FIRST, 8))).value) == town.slot(FIRST)
        account = Account.decode(ask(node, "/account", town.homes[1].account).value)
        assert account.account == town.homes[1].account


def test_what_is_not_there_is_absent(finished: Town, tmp_path: Path) -> None:
    with node_of(finished, tmp_path / "node") as node:
        node.live(finished.blocks)
        for path, data in (
            ("/parameters", number((2, 8))),
            ("/keys", number((1, 8))),
            ("/slot", number((FIRST - 1, 8))),
            ("/slot", number((Slot(FIRST + 9), 8))),
            ("/account", bytes(32)),
            ("/month", number((1, 4), (0, 4))),
            ("/day", number((1, 8), (0, 4))),
        ):
            answer = ask(node, path, data)
            assert (answer.code, answer.value) == (1, b""), path
            assert "\n" not in answer.log


@pytest.mark.parametrize(
    ("path", "data"),
    [("/slot", b""), ("/slot", bytes(7)), ("/slot", bytes(9)), ("/account", bytes(31)), ("/month", bytes(7)),
     ("/day", bytes(11)), ("/keys", b"x"), ("/parameters", bytes(20)), ("/nothing", b""),
     ("", b""), ("/" + "x" * 900, b"")],
)  # fmt: skip
def test_bad_questions_get_one_line(town: Town, tmp_path: Path, path: str, data: bytes) -> None:
    with node_of(town, tmp_path / "node") as node:
        answer = ask(node, path, data)
        assert answer.code == 3
        assert 0 < len(answer.log) < 300
        assert "\n" not in answer.log


def test_the_status_is_for_operators(finished: Town, tmp_path: Path) -> None:
    with node_of(finished, tmp_path / "node") as node:
        node.live(finished.blocks)
        status = json.loads(ask(node, "/status").value)
        assert status["root"] == finished.chain.root.hex()
        assert (status["height"], status["slot"], status["epoch_phase"]) == (len(finished.blocks), FIRST + 1, "ready")


def test_only_named_peers_are_let_in(town: Town, tmp_path: Path) -> None:
    with node_of(town, tmp_path / "node", peers=["aa11"]) as node:
        assert ask(node, "/p2p/filter/id/aa11").code == 0
        assert ask(node, "/p2p/filter/addr/10.0.0.7:26656").code == 0
        assert ask(node, "/p2p/filter/id/bb22").code == 1
