"""Several nodes, some of them dead, silent or stopped."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from openmg.client.node import Answer, Node, Refused, Unreachable
from openmg.client.nodes import Nodes
from openmg.errors import BadInput, Malformed, Rejected
from tests.chain.cometbft import Validator, silent, validators, wait_until
from tests.ports import free_ports


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Validator]]:
    with validators(tmp_path_factory.mktemp("four"), 4) as made:
        yield made


def nobody() -> str:
    [port] = free_ports(1)
    return f"http://127.0.0.1:{port}"


def transaction() -> bytes:
    return os.urandom(8).hex().encode() + b"=1"


def test_there_must_be_a_node() -> None:
    with pytest.raises(BadInput, match="no node to ask"):
        Nodes([])
    with pytest.raises(BadInput, match="a node's address"):
        Nodes.at("localhost")


def test_the_one_that_answers_is_remembered(four: list[Validator]) -> None:
    with silent() as quiet, Nodes.at(nobody(), quiet, four[0].url, patience=3) as nodes:
        assert nodes.status().node_id == four[0].node_id
        assert nodes.urls[0] == four[0].url
        assert nodes.broadcast([transaction()])[0].code == Answer.ACCEPTED
        assert nodes.block(1).header.height == 1
        assert nodes.signed_header(1).header.height == 1
        assert [header.height for header in nodes.headers(1, 1)] == [1]
        assert nodes.results(1) == []
        assert sorted(nodes.validators(1)) == sorted((each.key, 1) for each in four)
        assert nodes.query("/store", b"none").value == b""
        assert nodes.submit([transaction()])[0].code == Answer.ACCEPTED
        assert nodes.urls[0] == four[0].url


def test_who_is_slower_than_others_is_not_waited_for(four: list[Validator]) -> None:
    with silent() as quiet, Nodes.at(quiet, four[0].url, patience=300) as nodes:
        assert [node.url for node, _ in nodes.survey(Node.status)] == [four[0].url]
        assert nodes.urls == [four[0].url, quiet]
        assert [node.url for node, _ in nodes.survey(Node.status)] == [four[0].url]


def test_all_that_do_not_answer_are_named() -> None:
    with silent() as quiet, Nodes.at(nobody(), quiet, patience=0.2) as nodes:
        with pytest.raises(Unreachable) as caught:
            nodes.status()
        assert str(caught.value).startswith("no node answers: ")
        assert all(url in str(caught.value) for url in nodes.urls)
        with pytest.raises(Unreachable, match="no node answers"):
            nodes.survey(Node.status)
        with pytest.raises(Unreachable, match="no node answers"):
            next(nodes.new_blocks())


def test_what_nodes_answer_says_more_than_silence(four: list[Validator]) -> None:
    with Nodes.at(nobody(), four[0].url, patience=3) as nodes:
        with pytest.raises(Refused, match="must be less than or equal to"):
            nodes.block(1_000_000)

        def lie(node: Node) -> None:
            node.status()
            raise Rejected("LIGHT-5", "a lie")

        def babble(node: Node) -> None:
            node.status()
            raise Malformed("nonsense")

        with pytest.raises(Rejected, match="LIGHT-5: a lie"):
            nodes.ask(lie)
        with pytest.raises(Malformed, match="nonsense"):
            nodes.ask(babble)


def test_all_are_asked_at_once(four: list[Validator]) -> None:
    with silent() as quiet, Nodes.at(quiet, *(each.url for each in four), patience=3) as nodes:
        for _ in range(2):
            found = {status.node_id for _, status in nodes.survey(Node.status)}
            assert found == {each.node_id for each in four}
        assert nodes.urls[-1] == quiet


def test_a_stopped_node_is_left_for_another_and_taken_up_again(four: list[Validator]) -> None:
    with Nodes.at(four[0].url, four[1].url, patience=3) as nodes:
        assert nodes.status().node_id == four[0].node_id
        four[0].send(signal.SIGSTOP)
        try:
            assert nodes.status().node_id == four[1].node_id
            sent = transaction()
            assert nodes.broadcast([sent])[0].code == Answer.ACCEPTED
            name = sent.removesuffix(b"=1")
            wait_until(lambda: nodes.query("/store", name).value == b"1")
        finally:
            four[0].send(signal.SIGCONT)
        with Node(four[0].url) as woken:
            wait_until(lambda: woken.query("/store", name).value == b"1")
        four[1].kill()
        try:
            assert nodes.status().node_id == four[0].node_id
        finally:
            four[1].start()
            four[1].wait_for(2)


def test_blocks_are_followed_from_node_to_node(four: list[Validator]) -> None:
    with Nodes.at(four[2].url, four[3].url, patience=3) as nodes:
        heights = nodes.new_blocks(every=0.3)
        before = next(heights)
        four[2].send(signal.SIGSTOP)
        seen = [before]
        try:
            sent = transaction()
            with Node(four[0].url) as other:
                assert other.broadcast([sent])[0].code == Answer.ACCEPTED
            for height in heights:
                seen.append(height)
                if height > before + 1:
                    break
        finally:
            four[2].send(signal.SIGCONT)
        assert seen == sorted(seen)
        assert nodes.urls[0] == four[3].url
        heights.close()
