"""One node of the consensus engine, over CometBFT's JSON-RPC. What it says is unproved."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final

from openmg.client.calls import Call, Calls, Refused, Unreachable
from openmg.client.messages import (
    Json,
    from_base64,
    from_hex,
    listed,
    read_header,
    read_signed_header,
    reading,
    small,
    text_of,
    whole,
)
from openmg.client.moments import read_moment
from openmg.client.subscription import new_heights
from openmg.tendermint.types import types_pb2 as types

__all__ = ["Answer", "Node", "Peer", "QueryAnswer", "RawBlock", "Refused", "Status", "Unreachable"]

PATIENCE: Final = 5.0
"""Seconds in which a node answers, or is silent."""
BATCH_PATIENCE: Final = 15.0
"""Seconds for a batch of transactions; the engine itself gives up on a request after ten."""
MOST_TRANSACTIONS: Final = 100
MOST_CHECKED: Final = 8
"""Of one batch whose checks are waited for: they wait for one another, 20 to 60 ms each."""
LANES: Final = 16
"""Batches that wait at once; the application checks together what arrives together."""
MOST_BYTES: Final = 2_000_000
"""Of one batch; base64 makes a third more of them, the engine takes 4,000,000."""
HEADERS: Final = 20
"""As many as the engine gives at once."""
PROOF: Final = "openmg:state"


@dataclass(frozen=True)
class Status:
    """What a node says of itself; `time_ns` is its newest block's, `earliest` the lowest block it keeps."""

    network: str
    node_id: str
    moniker: str
    validator: bytes
    """The address of its consensus key, 20 bytes."""
    height: int
    app_hash: bytes
    time_ns: int
    earliest: int
    catching_up: bool


@dataclass(frozen=True)
class Peer:
    """Another node it is connected to."""

    node_id: str
    moniker: str
    address: str


@dataclass(frozen=True)
class Answer:
    """What became of a transaction that was handed in: checked, not committed.

    `code` is `ACCEPTED`, `REJECTED` (`log` says why), `BUSY` (try later) or `KNOWN` (the node has seen it before; it
    may wait, be in a block or be refused).
    """

    ACCEPTED = 0
    REJECTED = 1
    BUSY = 2
    KNOWN = 3

    code: int
    log: str
    hash: bytes


@dataclass(frozen=True)
class RawBlock:
    """A block as the engine keeps it."""

    header: types.Header
    transactions: tuple[bytes, ...]


@dataclass(frozen=True)
class QueryAnswer:
    """The application's answer: `key` names the tree, `proof` holds a state proof's bytes (empty: there is none)."""

    code: int
    log: str
    key: bytes
    index: int
    value: bytes
    height: int
    proof: bytes


class Node:
    """An RPC endpoint such as ``http://127.0.0.1:26657``.

    Every call ends within its patience. All raise `Unreachable` when there is no answer, `Refused` when the node
    answers with an error, and `Malformed` when the answer makes no sense.
    """

    def __init__(self, url: str, patience: float = PATIENCE) -> None:
        """Nothing is sent yet.

        Raises:
            BadInput: no such URL.
        """
        self._calls = Calls(url)
        self._patience = patience

    @property
    def url(self) -> str:
        """Where it is."""
        return self._calls.url

    def __enter__(self) -> Node:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of its connections."""
        self._calls.close()

    # --- the node
    def status(self) -> Status:
        """Who it is and how far it came."""
        given = self._ask("status")
        with self._reading("status"):
            info, sync, validator = given["node_info"], given["sync_info"], given["validator_info"]
            return Status(
                network=text_of(info["network"]),
                node_id=text_of(info["id"]),
                moniker=text_of(info["moniker"]),
                validator=from_hex(validator["address"]),
                height=whole(sync["latest_block_height"]),
                app_hash=from_hex(sync["latest_app_hash"]),
                time_ns=read_moment(sync["latest_block_time"]),
                earliest=whole(sync["earliest_block_height"]),
                catching_up=bool(sync["catching_up"]),
            )

    def net_peers(self) -> tuple[Peer, ...]:
        """The nodes that it is connected to now."""
        given = self._ask("net_info")
        with self._reading("net_info"):
            return tuple(
                Peer(
                    text_of(each["node_info"]["id"]), text_of(each["node_info"]["moniker"]), text_of(each["remote_ip"])
                )
                for each in listed(given["peers"])
            )

    # --- the chain
    def signed_header(self, height: int | None = None) -> types.SignedHeader:
        """The header of a height, or the newest, and its commit."""
        given = self._ask("commit", **_at(height))
        with self._reading("commit"):
            return read_signed_header(given["signed_header"])

    def headers(self, first: int, last: int) -> tuple[types.Header, ...]:
        """The headers from `first` to `last`, rising; at most the last `HEADERS` of them, and those that it keeps."""
        given = self._ask("blockchain", minHeight=str(first), maxHeight=str(last))
        with self._reading("blockchain"):
            return tuple(read_header(each["header"]) for each in reversed(listed(given["block_metas"])))

    def validators(self, height: int) -> tuple[tuple[bytes, int], ...]:
        """(Ed25519 key, power) of everyone who votes at a height."""
        found: list[tuple[bytes, int]] = []
        page, total = 1, 1
        while len(found) < total:
            given = self._ask("validators", height=str(height), page=str(page), per_page="100")
            with self._reading("validators"):
                entries = listed(given["validators"])
                found += [(from_base64(each["pub_key"]["value"]), whole(each["voting_power"])) for each in entries]
                total = whole(given["total"])
                if not entries:
                    break
            page += 1
        return tuple(found)

    def block(self, height: int | None = None) -> RawBlock:
        """A block of a height, or the newest."""
        given = self._ask("block", **_at(height))
        with self._reading("block"):
            block = given["block"]
            transactions = tuple(from_base64(each) for each in listed(block["data"]["txs"]))
            return RawBlock(read_header(block["header"]), transactions)

    def results(self, height: int) -> list[tuple[int, str]]:
        """(code, log) of every transaction of a block: 0 is accepted."""
        given = self._ask("block_results", **_at(height))
        with self._reading("block_results"):
            return [(small(each["code"]), text_of(each["log"])) for each in listed(given["txs_results"])]

    def query(self, path: str, data: bytes) -> QueryAnswer:
        """Ask the application (WIRE-14)."""
        return self._answer(self._ask("abci_query", **_about(path, data)))

    def queries(self, asked: Sequence[tuple[str, bytes]]) -> tuple[types.SignedHeader, list[QueryAnswer]]:
        """Ask the application several things in one request; the newest header before it answers, which is that of
        the last answer's height or, at times, of the height after it.
        """
        calls: list[Call] = [("commit", {}), *(("abci_query", _about(*each)) for each in asked)]
        newest, *given = [_accepted(result) for result in self._calls.ask(calls, self._patience)]
        with self._reading("commit"):
            header = read_signed_header(newest["signed_header"])
        return header, [self._answer(each) for each in given]

    def _answer(self, given: Json) -> QueryAnswer:
        with self._reading("abci_query"):
            answer = given["response"]
            operations = listed((answer.get("proofOps") or {}).get("ops"))
            proofs = [from_base64(each["data"]) for each in operations if each["type"] == PROOF]
            return QueryAnswer(
                code=small(answer["code"]),
                log=text_of(answer["log"]),
                key=from_base64(answer["key"]),
                index=whole(answer["index"]),
                value=from_base64(answer["value"]),
                height=whole(answer["height"]),
                proof=proofs[0] if len(proofs) == 1 else b"",
            )

    def new_blocks(self, every: float | None = None) -> Generator[int, None, None]:
        """The newest height at once, then that of every new block; with `every`, the last one again after so many
        seconds without a block. Ends with an error only.
        """
        with new_heights(self.url, self._patience) as heights:
            newest = self.status().height
            yield newest
            while True:
                newest = max(newest, heights(every) or newest)
                yield newest

    # --- transactions
    def broadcast(self, transactions: Sequence[bytes]) -> list[Answer]:
        """Hand in transactions and wait for the check of each; answers in their order. They may be in a block later.

        Of many transactions some are checked before others that stand in front of them.
        """
        batches = list(_batches(transactions, MOST_CHECKED))
        if len(batches) == 1:
            return self._hand_in("broadcast_tx_sync", batches[0])
        with ThreadPoolExecutor(max(1, min(LANES, len(batches)))) as pool:
            answers = pool.map(lambda batch: self._hand_in("broadcast_tx_sync", batch), batches)
            return [answer for batch in answers for answer in batch]

    def submit(self, transactions: Sequence[bytes]) -> list[Answer]:
        """Hand in transactions and wait for no check: `ACCEPTED` says that the node took it, nothing more."""
        batches = _batches(transactions, MOST_TRANSACTIONS)
        return [answer for batch in batches for answer in self._hand_in("broadcast_tx_async", batch)]

    def _hand_in(self, method: str, batch: Sequence[bytes]) -> list[Answer]:
        calls: list[Call] = [(method, {"tx": base64.b64encode(each).decode("ascii")}) for each in batch]
        answers = []
        for transaction, result in zip(batch, self._calls.ask(calls, BATCH_PATIENCE), strict=True):
            digest = hashlib.sha256(transaction).digest()
            if isinstance(result, Refused):
                answers.append(Answer(_code_of(result.reason), result.reason, digest))
                continue
            with self._reading(method):
                answers.append(Answer(small(result["code"]), text_of(result["log"]), digest))
        return answers

    def _ask(self, method: str, **parameters: object) -> Json:
        [result] = self._calls.ask([(method, parameters)], self._patience)
        return _accepted(result)

    def _reading(self, method: str) -> Any:  # noqa: ANN401 - a context manager
        return reading(f"{self.url}: {method}")


def _accepted(result: Json | Refused) -> Json:
    if isinstance(result, Refused):
        raise result
    return result


def _about(path: str, data: bytes) -> dict[str, Any]:
    return {"path": path, "data": data.hex().upper(), "height": "0", "prove": True}


def _at(height: int | None) -> dict[str, str]:
    return {} if height is None else {"height": str(height)}


def _batches(transactions: Sequence[bytes], most: int) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for transaction in transactions:
        if batch and (len(batch) == most or size + len(transaction) > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(transaction)
        size += len(transaction)
    if batch:
        yield batch


def _code_of(reason: str) -> int:
    """What the engine's own words about a transaction mean; it has no codes for them."""
    if "already exists in cache" in reason:
        return Answer.KNOWN
    if "mempool is full" in reason or "considered as full" in reason:
        return Answer.BUSY
    return Answer.REJECTED
