"""Answers to questions about the state, each with its proof (WIRE-14)."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Final

from openmg.chains import RelayChain
from openmg.chains.state import State
from openmg.encoding import Reader
from openmg.errors import BadInput, Malformed, Rejected
from openmg.lightclient.state_proof import StateProof
from openmg.tendermint.abci import types_pb2 as abci
from openmg.tendermint.crypto import proof_pb2

PROOF: Final = "openmg:state"
OK, ABSENT, BAD = 0, 1, 3
_PEER: Final = "/p2p/filter/id/"
_FILTER: Final = "/p2p/filter/"


def answer(chain: RelayChain, request: abci.RequestQuery, waiting: int, peers: Collection[str]) -> abci.ResponseQuery:
    """Answer one query; what cannot be answered gets one line and a code, 1 for what is absent, 3 for bad data."""
    path = request.path
    if path.startswith(_FILTER):
        return _admit_peer(path, peers)
    try:
        if path == "/status":
            return abci.ResponseQuery(value=json.dumps(_status(chain, waiting)).encode(), height=chain.height)
        if path not in _FINDERS:
            raise BadInput(f"no query {path[:40]!r}; one of {', '.join(_FINDERS)} was expected")
        tree, index = _FINDERS[path](chain.state, Reader(request.data, path))
        return _proved(chain, tree, index)
    except (IndexError, Rejected) as error:
        return abci.ResponseQuery(code=ABSENT, log=f"{path}: {error}", height=chain.height)
    except (Malformed, BadInput) as error:
        return abci.ResponseQuery(code=BAD, log=str(error), height=chain.height)


def _proved(chain: RelayChain, tree: str, index: int) -> abci.ResponseQuery:
    data, within, leaf, top = chain.state.prove(tree, index)
    proof = StateProof(within, leaf[-32:], top).encode()
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


def _status(chain: RelayChain, waiting: int) -> dict[str, object]:
    state, epoch = chain.state, chain.state.epoch
    slot = state.slot(state.head)
    return {
        "height": chain.height,
        "root": chain.root.hex(),
        "time": state.clock.time,
        "slot": state.head,
        "phase": "ahead" if slot is None else slot.phase.name.lower(),
        "epoch": None if epoch is None else epoch.epoch,
        "epoch_phase": None if epoch is None else epoch.phase.name.lower(),
        "accounts": len(state.registry),
        "reports_waiting": waiting,
    }


def _within(index: int, count: int, what: str) -> int:
    if not 0 <= index < count:
        raise IndexError(f"no {what} {index}, there are {count}")
    return index


def _parameters(state: State, reader: Reader) -> tuple[str, int]:
    index = reader.integer(8)
    reader.end()
    return "parameters", _within(index, state.size("parameters"), "parameter leaf")


def _epoch(state: State, reader: Reader) -> tuple[str, int]:
    index = reader.integer(8)
    reader.end()
    return "keys", _within(index, state.epochs, "epoch")


def _slot(state: State, reader: Reader) -> tuple[str, int]:
    number = reader.integer(8)
    reader.end()
    if state.slot(number) is None:
        raise IndexError(f"no slot {number}")
    return "slots", number - state.genesis.first_slot


def _account(state: State, reader: Reader) -> tuple[str, int]:
    key = reader.fixed(32)
    reader.end()
    return "accounts", state.registry.index_of(key)


def _day(state: State, reader: Reader) -> tuple[str, int]:
    day, epoch = reader.integer(8), reader.integer(4)
    reader.end()
    return "months", state.position_of_day(day, epoch)


def _month(state: State, reader: Reader) -> tuple[str, int]:
    month, account = reader.integer(4), reader.integer(4)
    reader.end()
    return "months", state.position_of_month(month, account)


_FINDERS: Final[dict[str, Callable[[State, Reader], tuple[str, int]]]] = {
    "/parameters": _parameters,
    "/keys": _epoch,
    "/slot": _slot,
    "/account": _account,
    "/day": _day,
    "/month": _month,
}
