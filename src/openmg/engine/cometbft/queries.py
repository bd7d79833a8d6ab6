"""Answers to questions about the state, each with its proof (WIRE-14)."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, Final

from openmg.encoding import Reader
from openmg.engine.cometbft.conduct import Conduct
from openmg.errors import BadInput, Malformed, Rejected
from openmg.lightclient import StateProof
from openmg.machine import Machine
from openmg.tendermint.abci import types_pb2 as abci
from openmg.tendermint.crypto import proof_pb2

PROOF: Final = "openmg:state"
OK, ABSENT, BAD = 0, 1, 3
_PEER: Final = "/p2p/filter/id/"
_FILTER: Final = "/p2p/filter/"


def answer(conduct: Conduct[Any], request: abci.RequestQuery, peers: Collection[str]) -> abci.ResponseQuery:
    """Answer one query; what cannot be answered gets one line and a code, 1 for what is absent, 3 for bad data."""
    chain: Machine = conduct.chain
    path = request.path
    if path.startswith(_FILTER):
        return _admit_peer(path, peers)
    try:
        if path == "/status":
            return abci.ResponseQuery(value=json.dumps(conduct.status()).encode(), height=chain.height)
        questions = conduct.questions
        if path not in questions:
            raise BadInput(f"no query {path[:40]!r}; one of {', '.join(questions)} was expected")
        tree, index = questions[path](chain, Reader(request.data, path))
        return _proved(chain, tree, index)
    except (IndexError, Rejected) as error:
        return abci.ResponseQuery(code=ABSENT, log=f"{path}: {error}", height=chain.height)
    except (Malformed, BadInput) as error:
        return abci.ResponseQuery(code=BAD, log=str(error), height=chain.height)


def _proved(chain: Machine, tree: str, index: int) -> abci.ResponseQuery:
    data, within, leaf, top = chain.prove(tree, index)
    proof = StateProof(within, leaf[-32:], top).encode(len(chain.tree_names))
    operation = proof_pb2.ProofOp(type=PROOF, key=tree.encode(), data=proof)
    return abci.ResponseQuery(
        key=tree.encode(),
        index=index,
        value=data,
        height=chain.height,
        proof_ops=proof_pb2.ProofOps(ops=[operation]),
    )


def _admit_peer(path: str, peers: Collection[str]) -> abci.ResponseQuery:
    """CometBFT asks about everyone who connects: only nodes that the operator named are let in."""
    if not path.startswith(_PEER) or path.removeprefix(_PEER) in peers:
        return abci.ResponseQuery()
    return abci.ResponseQuery(code=ABSENT, log="this node is not among the peers of authority.json")
