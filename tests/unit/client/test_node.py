"""One node: CometBFT itself, and others that only claim to be one."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from openmg.client.node import Answer, Node, Refused, Unreachable
from openmg.errors import BadInput, Malformed
from openmg.lightclient import Validators, check_transactions, first, header_hash, verify
from tests.chain.cometbft import Validator, document_of, silent, validators, wait_until
from tests.chain.impostors import Reply, claiming
from tests.ports import free_ports


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Validator]:
    with validators(tmp_path_factory.mktemp("alone"), 1) as [only]:
        yield only


@pytest.fixture
def node(alone: Validator) -> Iterator[Node]:
    with Node(alone.url, patience=30) as made:
        yield made


def committed(node: Node, *transactions: bytes) -> int:
    """The height of the block that holds them, once the one after it is there."""
    before = node.status().height
    assert [answer.code for answer in node.broadcast(transactions)] == [Answer.ACCEPTED] * len(transactions)
    holding: list[int] = []

    def found() -> bool:
        holding[:] = [
            height
            for height in range(before + 1, node.status().height)
            if set(transactions) <= set(node.block(height).transactions)
        ]
        return bool(holding)

    wait_until(found)
    return holding[0]


def test_a_node_says_who_it_is(alone: Validator, node: Node) -> None:
    status = node.status()
    assert status.node_id == alone.node_id
    assert status.validator == hashlib.sha256(alone.key).digest()[:20]
    assert status.network.startswith("openmg-")
    assert len(status.network) == 47
    assert status.height >= 1
    assert status.earliest == 1
    assert not status.catching_up
    assert node.net_peers() == ()
    assert node.validators(1) == ((alone.key, 1),)


def test_a_transaction_is_found_in_its_block(node: Node) -> None:
    transaction = b"noon=" + os.urandom(8).hex().encode()
    height = committed(node, transaction)
    block = node.block(height)
    assert transaction in block.transactions
    check_transactions(block.header, block.transactions)
    assert node.results(height) == [(0, "")] * len(block.transactions)
    assert node.results(1) == [] == list(node.block(1).transactions)
    answer = node.query("/store", b"noon")
    assert answer.value == transaction[5:]
    assert answer.code == 0
    assert answer.proof == b""
    assert answer.height >= height


def test_headers_are_verified_as_they_come(alone: Validator, node: Node) -> None:
    committed(node, b"dusk=" + os.urandom(8).hex().encode())
    newest = node.signed_header()
    now = newest.header.time.ToNanoseconds() + 1
    keys = Validators(node.validators(1))
    trusted = first(node.status().network, keys, node.signed_header(1), now)
    for height in range(2, newest.header.height + 1):
        trusted = verify(trusted, node.signed_header(height), keys, now)
        assert header_hash(node.block(height).header) == trusted.header_hash
    assert [header_hash(each) for each in node.headers(1, 2)] == [
        header_hash(node.signed_header(height).header) for height in (1, 2)
    ]
    assert alone.key in dict(keys.members)


def test_every_transaction_of_many_is_answered_in_order(node: Node) -> None:
    name = os.urandom(4).hex()
    many = [f"{name}-{index}={'x' * 20_000}".encode() for index in range(150)]
    refused = [b"no pair", many[0], bytes(2**20 + 1)]
    answers = node.broadcast(many) + node.broadcast(refused)
    assert [answer.code for answer in answers[:150]] == [Answer.ACCEPTED] * 150
    assert [answer.hash for answer in answers] == [hashlib.sha256(each).digest() for each in [*many, *refused]]
    assert answers[150].code not in {Answer.ACCEPTED, Answer.KNOWN}
    assert answers[151].code == Answer.KNOWN
    assert answers[152].code == Answer.REJECTED
    assert "too large" in answers[152].log.lower()
    assert node.broadcast([]) == []


def test_a_node_takes_transactions_without_a_check(node: Node) -> None:
    transaction = b"dawn=" + os.urandom(8).hex().encode()
    assert [answer.code for answer in node.submit([transaction])] == [Answer.ACCEPTED]
    wait_until(lambda: node.query("/store", b"dawn").value == transaction[5:])


def test_new_blocks_are_announced(node: Node) -> None:
    heights = node.new_blocks(every=0.2)
    before = next(heights)
    assert 1 <= before <= node.status().height
    assert next(heights) >= before
    transaction = b"wind=" + os.urandom(8).hex().encode()
    node.broadcast([transaction])
    seen = [before]
    for height in heights:
        seen.append(height)
        if any(transaction in node.block(each).transactions for each in range(before + 1, height + 1)):
            break
    assert seen == sorted(seen)
    heights.close()


def test_what_a_node_does_not_have_is_refused_in_its_own_words(node: Node) -> None:
    for ask in (node.block, node.signed_header, node.results, node.validators):
        with pytest.raises(Refused, match=r"^http://127.0.0.1:\d+: height 1000000 must be less than or equal to") as at:
            ask(1_000_000)
        assert "\n" not in str(at.value)
    with pytest.raises(Refused, match="height must be greater than 0"):
        node.block(0)


def test_nobody_listens() -> None:
    [port] = free_ports(1)
    with Node(f"http://127.0.0.1:{port}") as node:
        with pytest.raises(Unreachable, match=f"^http://127.0.0.1:{port}: "):
            node.status()
        with pytest.raises(Unreachable, match="no subscription"):
            next(node.new_blocks())


def test_somebody_is_silent() -> None:
    with silent() as url, Node(url, patience=0.3) as node:
        with pytest.raises(Unreachable, match=r"no answer within 0.3 s"):
            node.status()
        with pytest.raises(Unreachable, match="no subscription"):
            next(node.new_blocks())


def test_a_node_that_stops_in_the_middle(tmp_path_factory: pytest.TempPathFactory) -> None:
    with validators(tmp_path_factory.mktemp("stopped"), 1) as [stopped], Node(stopped.url, patience=2) as node:
        heights = node.new_blocks()
        assert 1 <= next(heights) <= node.status().height
        stopped.send(signal.SIGSTOP)
        with pytest.raises(Unreachable, match="no answer"):
            node.status()
        with pytest.raises(Unreachable, match="no subscription"):
            for _ in heights:
                pass
        stopped.send(signal.SIGCONT)
        wait_until(lambda: node.status().height >= 1)
        stopped.kill()
        with pytest.raises(Unreachable):
            node.status()


@pytest.mark.parametrize(
    "url",
    [
        *("", "127.0.0.1:26657", "ftp://127.0.0.1", "http://", "http://127.0.0.1:99999", "http://127.0.0.1:0"),
        *("http://127.0.0.1/status", "http://127.0.0.1?x=1", "http://me@127.0.0.1", "http://[::1", "http://a b"),
        "http://ü",
    ],
)
def test_no_address_of_a_node(url: str) -> None:
    with pytest.raises(BadInput, match=r"a node's address like http://127.0.0.1:26657 was expected"):
        Node(url)


@contextmanager
def node_of(reply: Reply) -> Iterator[Node]:
    with claiming(reply) as url, Node(url, patience=30) as made:
        yield made


def result(value: object, status: int = 200) -> Reply:
    return lambda request: (status, json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": value}).encode())


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (lambda _: (200, b"<html>"), "no JSON"),
        (lambda _: (200, b"[" * 100_000), "no JSON"),
        (lambda _: (200, b"{}"), "an answer to no question"),
        (lambda _: (200, b"[]"), "0 answers to 1 questions"),
        (lambda _: (200, b'{"id": 7, "result": {}}'), "an answer to no question"),
        (lambda _: (200, b'{"id": true, "result": {}}'), "an answer to no question"),
        (lambda _: (200, b'{"id": 0, "result": null}'), "an answer without a result"),
        (lambda _: (200, b'[{"id": 0, "result": {}}, {"id": 0, "result": {}}]'), "an answer to no question"),
        (result({}), "block: 'block' is missing"),
        (result({"block": {"data": {"txs": "none"}}}), "block: 'none': a list was expected"),
        (result({"block": {"data": {"txs": ["%"]}}}), "block: '%': base64 was expected"),
        (result({"block": {"data": {"txs": [7]}}}), "block: '7': base64 was expected"),
        (result({"block": {"data": 7}}), "block: "),
    ],
)
def test_nonsense_is_said_to_be_nonsense(reply: Reply, reason: str) -> None:
    with node_of(reply) as node, pytest.raises(Malformed) as caught:
        node.block(1)
    assert reason in str(caught.value)
    assert str(caught.value).startswith(node.url)
    assert "\n" not in str(caught.value)


def test_a_node_in_trouble_is_unreachable() -> None:
    with node_of(lambda _: (503, b"later")) as node, pytest.raises(Unreachable, match="HTTP 503"):
        node.block(1)
    with node_of(lambda _: (413, b"{}")) as node, pytest.raises(Refused, match="HTTP 413"):
        node.block(1)
    with (
        node_of(lambda _: (200, bytes(2**25 + 1))) as node,
        pytest.raises(Malformed, match="more than 33554432 bytes"),
    ):
        node.block(1)


def test_every_part_of_a_header_must_be_right(node: Node) -> None:
    given = node._ask("commit", height="1")
    signed = given["signed_header"]
    with node_of(result(given)) as other:
        assert other.signed_header(1) == node.signed_header(1)
    for part, inner in (("header", signed["header"]), ("commit", signed["commit"])):
        for name in inner:
            for wrong in ([7], {"a": "b"}, 7.5, "ü"):
                changed = {"signed_header": signed | {part: inner | {name: wrong}}}
                if (name, wrong) == ("chain_id", "ü"):
                    continue
                with node_of(result(changed)) as other, pytest.raises(Malformed, match="commit: "):
                    other.signed_header(1)


def test_a_mempool_that_is_full_is_busy() -> None:
    words = "mempool is full: number of txs 5000 (max: 5000), total txs bytes 9 (max: 10)"
    error = {"code": -32603, "message": "Internal error", "data": words}
    with node_of(lambda request: (200, json.dumps({"id": request["id"], "error": error}).encode())) as node:
        assert [(each.code, each.log) for each in node.broadcast([b"a"])] == [(Answer.BUSY, words)]


def test_a_trickle_is_no_answer() -> None:
    """Each byte comes in time, the answer never does."""
    gone, sent = threading.Event(), []

    def trickle(listener: socket.socket) -> None:
        with listener.accept()[0] as connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
            while not gone.wait(0.02):
                with suppress(OSError):
                    sent.append(connection.send(b"a"))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=trickle, args=(listener,))
        thread.start()
        try:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            with Node(url, patience=0.5) as node, pytest.raises(Unreachable, match=r"no answer within 0.5 s"):
                node.status()
        finally:
            gone.set()
            thread.join()
    assert len(sent) > 3


def test_the_engine_takes_the_document(alone: Validator, node: Node) -> None:
    assert node.status().network == json.loads((alone.home / "config/genesis.json").read_text("utf-8"))["chain_id"]
    assert document_of([alone]).index_of(node.status().validator) == 1
    assert node.block(1).header.version.app == 1
