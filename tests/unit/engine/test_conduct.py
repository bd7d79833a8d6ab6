"""The plain conduct: a node runs a chain of which it knows nothing but that it is a machine."""

from __future__ import annotations

import asyncio
import io
import json
from concurrent.futures import ThreadPoolExecutor
from types import NoneType

import pytest

from openmg.chains import RelayChain
from openmg.client import Timeline
from openmg.engine.cometbft import conduct
from openmg.engine.cometbft.admission import Admission
from openmg.engine.cometbft.conduct import Busy, Conduct
from openmg.engine.cometbft.journal import Journal
from openmg.engine.cometbft.metrics import Metrics
from openmg.engine.cometbft.queries import answer
from openmg.errors import Rejected
from openmg.lightclient import StateProof
from openmg.machine import Tick
from openmg.tendermint.abci import types_pb2 as abci
from tests.chain.town import FIRST, Town


def plain(chain: RelayChain) -> Conduct[RelayChain]:
    made: Conduct[RelayChain] = Conduct(Journal(Metrics(), io.StringIO()))
    assert made.begin(chain) == {}
    return made


def ask(made: Conduct[RelayChain], path: str, data: bytes) -> abci.ResponseQuery:
    return answer(made, abci.RequestQuery(path=path, data=data), ())


def test_every_leaf_of_every_tree_is_proved_by_its_index(town: Town) -> None:
    made, seen = plain(town.chain), 0
    for tree, index, data in town.chain.state.leaves():
        found = ask(made, f"/{tree}", index.to_bytes(8, "little"))
        assert (found.code, found.value, found.index) == (0, data, index)
        StateProof.decode(found.proof_ops.ops[0].data).verify(tree, data, town.chain.root)
        seen += 1
    assert seen > 5
    for tree in town.chain.tree_names:
        assert ask(made, f"/{tree}", town.chain.size(tree).to_bytes(8, "little")).code == 1
        assert ask(made, f"/{tree}", bytes(7)).code == 3
    assert ask(made, "/forest", bytes(8)).code == 3
    status = json.loads(ask(made, "/status", b"").value)
    assert (status["height"], status["root"]) == (town.chain.height, town.chain.root.hex())


def test_what_brings_a_proof_waits_once_and_not_without_end(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conduct, "MOST_CLAIMS", 1)
    chain = RelayChain(town.genesis)
    for block in town.blocks[:-1]:
        chain.execute(block)
    first, second = town.blocks[-1].transactions
    false = first[:700] + bytes([first[700] ^ 1]) + first[701:]
    made = plain(chain)
    with ThreadPoolExecutor(1) as executor:
        admission = Admission(chain, made, Timeline(0, 0, 1), executor, lambda: 0)

        def check(*transactions: bytes) -> list[type]:
            return [type(verdict) for verdict in asyncio.run(admission.check(transactions, again=False))]

        assert check(false) == [Rejected]
        assert admission.waiting == 0
        assert check(first, first, second, b"\xff") == [NoneType, NoneType, Busy, Rejected]
        assert admission.waiting == 1
        admission.block_passed()
        assert check(second) == [NoneType]


def test_authorities_have_one_bound_for_all_they_say(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conduct, "MOST_SAID", 2)
    ticks = [town.by(1, Tick(1, town.chain.changed[0] + ahead)) for ahead in (0, 1, 2)]
    due = town.chain.due
    assert due > town.genesis.starts(FIRST)
    with ThreadPoolExecutor(1) as executor:
        for now, codes in ((due - 6, [Rejected] * 3), (due - 4, [NoneType, NoneType, Busy])):
            line = Timeline(0, 0, 1)
            admission = Admission(town.chain, plain(town.chain), line, executor, lambda now=now: now * 10**9)  # type: ignore[misc]
            verdicts = asyncio.run(admission.check(ticks, again=False))
            assert [type(verdict) for verdict in verdicts] == codes
