"""What a stranger sees of a real network: four authorities, some of which lie, lag or stop."""

from __future__ import annotations

import base64
import copy
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from openmg.authority import Authority
from openmg.chains import RelayChain
from openmg.chains.epoch import KeyPhase
from openmg.chains.slot import Phase
from openmg.chains.transactions import Enrol
from openmg.client import Answer, Behind, ChainView, NetworkGenesis, Nodes, Refused, Unknown, Unreachable
from openmg.crypto import sign, signing_public
from openmg.errors import BadInput, Malformed, OpenMGError, Rejected
from openmg.machine import signed_message
from tests.chain.cometbft import AuthorityNode, authorities, validators, wait_until
from tests.chain.impostors import Json, changing
from tests.chain.town import DEPOSIT, seed

CLOCK = (1).to_bytes(8, "little")


@dataclass
class Network:
    """Four authorities and their document."""

    authorities: list[AuthorityNode]
    document: NetworkGenesis
    homes: int = 0
    keys: list[bytes] = field(default_factory=list)

    @contextmanager
    def view(self, *urls: str, patience: float = 30.0) -> Iterator[ChainView]:
        with Nodes.at(*(urls or [each.url for each in self.authorities]), patience=patience) as nodes:
            yield ChainView(nodes, self.document)

    def make_key(self) -> None:
        """The authorities follow the chain and post, until the epoch's key is ready and the chain may rest."""
        with self.view() as view:
            chain = RelayChain(self.document.genesis)
            members = [Authority(chain, each.keys) for each in self.authorities]

            def ready() -> bool:
                for block in view.blocks(chain.height + 1):
                    assert block.previous == chain.root
                    chain.execute(block)
                    view.nodes.broadcast([raw for member in members for raw in member.respond()])
                epoch = chain.state.epoch
                return epoch is not None and epoch.phase == KeyPhase.READY

            wait_until(ready)

    def rest(self, view: ChainView) -> None:
        """Until the newest block changes nothing."""
        wait_until(lambda: view.advance().height > view.clock().height)

    def enrol(self, url: str | None = None) -> bytes:
        """A new home's account key, once the chain shows it."""
        self.homes += 1
        account, meter = seed(f"account {self.homes}"), seed(f"meter {self.homes}")
        key = signing_public(account)
        unsigned = Enrol(key, signing_public(meter), DEPOSIT).encode()
        message = signed_message(self.document.genesis.chain, unsigned)
        transaction = unsigned + b"".join(sign(secret, message) for secret in (seed("utility"), meter, account))
        with self.view(*([url] if url else [])) as view:
            assert [each.code for each in view.nodes.broadcast([transaction])] == [Answer.ACCEPTED]
            wait_until(lambda: view.account(key) is not None)
        self.keys.append(key)
        return key


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with authorities(tmp_path_factory.mktemp("network"), 4) as (made, document):
        network = Network(made, document)
        network.make_key()
        network.enrol()
        network.enrol()
        yield network


@contextmanager
def deceived(network: Network, change: Callable[[Json, Json], Json]) -> Iterator[ChainView]:
    """A view whose only node is a liar."""
    with changing(network.authorities[0].url, change) as url, network.view(url) as view:
        yield view


def test_the_view_is_what_its_own_blocks_lead_to(network: Network) -> None:
    with network.view() as view:
        network.rest(view)
        chain = RelayChain(network.document.genesis)
        blocks = list(view.blocks(1))
        for block in blocks:
            chain.execute(block)
        assert [block.height for block in blocks] == list(range(1, len(blocks) + 1))
        assert {block.proposer for block in blocks} <= {1, 2, 3, 4}
        proved = view.leaf("/parameters", CLOCK)
        assert proved.root == chain.root
        assert proved.data == chain.state.clock.encode()
        assert (proved.index, proved.size) == (1, 2)
        assert view.clock() == chain.state.clock
        assert view.epoch(0) == chain.state.epoch_of(0)
        number = network.document.genesis.first_slot
        assert view.slot(number) == chain.state.slot(number)
        for index, key in enumerate(network.keys):
            assert view.account(key) == (index, chain.state.registry[index])
        assert view.leaf("/parameters", bytes(8)).data == network.document.genesis.encode()
        assert list(view.blocks(3)) == blocks[2:]
        assert list(view.blocks(1_000_000)) == []


def test_what_is_not_there_is_none(network: Network) -> None:
    first = network.document.genesis.first_slot
    with network.view() as view:
        found = view.slot(first)
        assert found is not None
        assert found.phase == Phase.RUNNING
        assert view.slot(first + 1) is view.slot(first - 1) is view.slot(first + 100) is None
        assert view.epoch(7) is None
        assert view.account(bytes(32)) is None
        assert view.day(1, 0) is None
        assert view.accumulators(1, 0) is None
        with pytest.raises(Unknown, match="/account: "):
            view.leaf("/account", bytes(32))


@pytest.mark.parametrize(
    ("path", "data"),
    [
        *(("/parameters", b""), ("/parameters", bytes(9)), ("/parameters", bytes([2]) + bytes(7)), ("/keys", b"1")),
        *(("/status", b""), ("/account", bytes(31)), ("", b""), ("/day", bytes(8)), ("/month", bytes(9))),
    ],
)
def test_questions_without_sense_are_not_asked(network: Network, path: str, data: bytes) -> None:
    with network.view("http://127.0.0.1:9") as view, pytest.raises(BadInput, match=r"^(no )?query "):
        view.leaf(path, data)


def test_heights_rise_over_the_life_of_a_view(network: Network) -> None:
    with network.view() as view:
        before = view.leaf("/parameters", CLOCK)
        key = network.enrol()
        wait_until(lambda: view.account(key) is not None)
        after = view.leaf("/parameters", CLOCK)
        assert after.height > before.height
        assert after.data != before.data


# --- liars


def altered(request: Json, result: Json) -> Json:
    """A bit of the value."""
    if request["method"] == "abci_query":
        value = bytearray(base64.b64decode(result["response"]["value"]))
        value[-1] ^= 1
        result["response"]["value"] = base64.b64encode(value).decode()
    return result


def unproved(request: Json, result: Json) -> Json:
    if request["method"] == "abci_query":
        result["response"]["proofOps"] = None
    return result


def misplaced(request: Json, result: Json) -> Json:
    if request["method"] == "abci_query":
        result["response"]["index"] = "0"
    return result


def forged(request: Json, result: Json) -> Json:
    """Another state root in every header."""
    if request["method"] == "commit":
        result["signed_header"]["header"]["app_hash"] = "AB" * 32
    return result


def unsigned(request: Json, result: Json) -> Json:
    if request["method"] == "commit":
        for each in result["signed_header"]["commit"]["signatures"]:
            each["signature"] = base64.b64encode(bytes(64)).decode()
    return result


def promising(request: Json, result: Json) -> Json:
    """A height that is not there."""
    if request["method"] == "status":
        result["sync_info"]["latest_block_height"] = "1000000"
    return result


def ahead(request: Json, result: Json) -> Json:
    if request["method"] == "abci_query":
        result["response"]["height"] = "1000000"
    return result


def mute(request: Json, result: Json) -> Json:
    return {"response": {}} if request["method"] == "abci_query" else result


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (altered, Behind),
        (unproved, Malformed),
        (misplaced, Rejected),
        (forged, Rejected),
        (unsigned, Rejected),
        (promising, Refused),
        (ahead, Refused),
        (mute, Malformed),
    ],
)
def test_a_liar_is_not_believed_and_another_is_asked(
    network: Network, change: Callable[[Json, Json], Json], error: type[OpenMGError]
) -> None:
    key = network.keys[0]
    with network.view() as honest, changing(network.authorities[0].url, change) as liar:
        network.rest(honest)
        with network.view(liar) as deceived, pytest.raises(error) as caught:
            deceived.clock()
        assert "\n" not in str(caught.value)
        with network.view(liar, *(each.url for each in network.authorities[1:])) as view:
            assert view.clock() == honest.clock()
            assert view.account(key) == honest.account(key)
            assert view.nodes.urls[0] != liar


def test_the_answer_is_about_what_was_asked(network: Network) -> None:
    """Another account, another epoch, another leaf: true, proved, and not what was asked for."""
    asked = {"account": network.keys[0], "other": network.keys[1]}
    with network.view() as honest:
        proved = honest.leaf("/account", asked["other"])
    assert proved.data[:32] == asked["other"]
    swapped: list[Any] = []

    def swap(request: Json, result: Json) -> Json:
        if request["method"] == "abci_query" and swapped:
            return copy.deepcopy(dict(swapped[0]))
        return result

    def record(request: Json, result: Json) -> Json:
        if request["method"] == "abci_query":
            swapped[:] = [copy.deepcopy(result)]
        return result

    url = network.authorities[0].url
    with changing(url, record) as recorder, network.view(recorder) as view:
        view.leaf("/account", asked["other"])
    with changing(url, swap) as liar, network.view(liar) as view:
        for question in (lambda: view.account(asked["account"]), view.clock, lambda: view.epoch(0)):
            with pytest.raises(Rejected, match="WIRE-14"):
                question()
        assert view.account(asked["other"]) is not None


def test_several_leaves_are_asked_for_together(network: Network) -> None:
    """One request; what one node lacks or lies about another one is asked for."""
    first = network.document.genesis.first_slot
    accounts = [("/account", key) for key in network.keys]
    asked = [("/parameters", CLOCK), *accounts, ("/account", bytes(32)), ("/slot", first.to_bytes(8, "little"))]
    requests: list[Json] = []

    def lie(request: Json, result: Json) -> Json:
        requests.append(request)
        about = request["method"] == "abci_query" and request["params"]["data"] == network.keys[1].hex().upper()
        return altered(request, result) if about else result

    with network.view() as honest:
        network.rest(honest)
        assert honest.leaves(asked) == [None if each[1] == bytes(32) else honest.leaf(*each) for each in asked]
        assert honest.leaves([]) == []
        with changing(network.authorities[0].url, lie) as liar:
            with network.view(liar, patience=30) as deceived, pytest.raises(Behind):
                deceived.leaves(asked)
            requests.clear()
            with network.view(liar, *(each.url for each in network.authorities[1:])) as view:
                assert view.leaves(asked) == honest.leaves(asked)
    assert [each["method"] for each in requests].count("abci_query") == len(asked)


def test_an_older_state_is_not_the_newest(network: Network) -> None:
    """A node that stands still is honest, and behind."""
    standing: dict[str, Json] = {}

    def stand(request: Json, result: Json) -> Json:
        return copy.deepcopy(standing.setdefault(f"{request['method']} {request['params']}", result))

    with changing(network.authorities[0].url, stand) as slow, network.view() as view:
        with network.view(slow) as first:
            old = first.clock()
        network.enrol()
        wait_until(lambda: view.clock().height > old.height)
        with network.view(slow) as alone:
            assert alone.clock() == old
        network.rest(view)
        with network.view(slow, network.authorities[1].url) as both:
            assert both.clock() == view.clock()
        slow_nodes = Nodes.at(slow)
        view.nodes, kept = slow_nodes, view.nodes
        try:
            with pytest.raises(Behind, match="is there already"):
                view.clock()
        finally:
            view.nodes = kept
            slow_nodes.close()


def test_blocks_are_the_chains(network: Network) -> None:
    def rewritten(request: Json, result: Json) -> Json:
        if request["method"] == "block":
            result["block"]["data"]["txs"] = [base64.b64encode(b"mine").decode()]
        return result

    def rebuilt(request: Json, result: Json) -> Json:
        if request["method"] == "block":
            result["block"]["header"]["app_hash"] = "AB" * 32
        return result

    def retold(request: Json, result: Json) -> Json:
        if request["method"] == "blockchain":
            result["block_metas"][-1]["header"]["data_hash"] = "AB" * 32
        return result

    def cut(request: Json, result: Json) -> Json:
        if request["method"] == "blockchain":
            del result["block_metas"][0]
        return result

    with network.view() as honest:
        blocks = list(honest.blocks(1))
    for change in (rewritten, rebuilt, retold, cut):
        with changing(network.authorities[0].url, change) as liar:
            with network.view(liar) as view, pytest.raises(Rejected, match=r"WIRE-14|LIGHT-12"):
                list(view.blocks(1))
            with network.view(liar, network.authorities[1].url) as view:
                assert list(view.blocks(1))[: len(blocks)] == blocks


def test_another_network_is_not_this_one(network: Network, tmp_path_factory: pytest.TempPathFactory) -> None:
    with validators(tmp_path_factory.mktemp("other"), 1) as [other]:
        with network.view(other.url) as view, pytest.raises(Rejected, match=r"LIGHT-2: .*not of this network"):
            view.clock()
        with network.view(other.url, network.authorities[0].url) as view:
            assert view.clock().height >= 1


# --- nodes that stop


def test_the_view_goes_on_while_one_is_paused_and_catches_up_when_three_are_back(network: Network) -> None:
    paused, dead = network.authorities[2], network.authorities[3]
    with network.view(paused.url, network.authorities[0].url, patience=4) as view:
        before = view.clock()
        paused.send(signal.SIGSTOP)
        try:
            key = network.enrol(network.authorities[0].url)
            assert view.account(key) is not None
            assert view.clock().height > before.height
            network.rest(view)
            dead.kill()
            # Two of four are gone: nothing new is decided, and what was is still shown.
            assert view.account(key) is not None
        finally:
            paused.send(signal.SIGCONT)
        last = network.enrol(network.authorities[0].url)
        assert view.account(last) is not None
        dead.start()
        dead.wait_for(1)
        with network.view(dead.url) as back:
            wait_until(lambda: _found(back, last))


def test_nobody_is_left(network: Network) -> None:
    with network.view("http://127.0.0.1:9") as view:
        for question in (view.advance, view.clock, lambda: list(view.blocks(1))):
            with pytest.raises(Unreachable, match=r"no node answers: http://127.0.0.1:9: "):
                question()


def _found(view: ChainView, key: bytes) -> bool:
    try:
        return view.account(key) is not None
    except OpenMGError:
        return False
