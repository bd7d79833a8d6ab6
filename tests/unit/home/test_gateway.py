"""A gateway that nobody answers: what it keeps, what it refuses, what it never sends."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from openmg.chains.transactions import Enrol
from openmg.client import NetworkGenesis, Timeline
from openmg.client.calls import Unreachable
from openmg.client.nodes import Nodes
from openmg.client.view import ChainView
from openmg.crypto import Vault, signing_public
from openmg.errors import BadInput, Rejected
from openmg.home import Household, Meter, Policy, Wallet
from openmg.home.gateway import Gateway
from openmg.home.wallet_file import WalletFile
from openmg.units import Price, Slot
from tests.chain.town import FIRST, genesis_of, seed
from tests.ports import free_ports


@pytest.fixture
def file(tmp_path: Path) -> Iterator[WalletFile]:
    (tmp_path / "home").mkdir()
    made = WalletFile.create(tmp_path / "home" / "home.wallet", "passphrase")
    yield made
    made.close()


@pytest.fixture
def view() -> Iterator[tuple[Nodes, ChainView]]:
    genesis = genesis_of([signing_public(seed("authority"))])
    document = NetworkGenesis(genesis, (signing_public(seed("consensus")),), Timeline(0, 0, 1))
    with Nodes.at(f"http://127.0.0.1:{free_ports(1)[0]}") as nodes:
        yield nodes, ChainView(nodes, document)


def household(wallet: Wallet) -> Household:
    return Household("home", Meter(seed("meter"), {}), wallet, Policy(Price(200_000)))


def enrolment(account: bytes) -> bytes:
    return Enrol(account, signing_public(seed("meter")), 5).encode() + bytes(192)


def test_what_is_signed_is_kept_though_nobody_answers(file: WalletFile, view: tuple[Nodes, ChainView]) -> None:
    gateway = Gateway(household(file.wallet), file, *view)
    raw = enrolment(file.wallet.account)
    with pytest.raises(Unreachable, match="no node answers"):
        gateway.enrol(raw)
    assert gateway.household.wallet is file.wallet
    _, data = Vault.open(file._vault.path, "passphrase")
    assert json.loads(data)["enrolment"] == raw.hex()
    for call in (gateway.catch_up, lambda: gateway.report(FIRST), lambda: gateway.acknowledged(FIRST), gateway.check):
        with pytest.raises(Unreachable, match="no node answers"):
            call()


def test_what_cannot_be_kept_is_not_sent(file: WalletFile, view: tuple[Nodes, ChainView]) -> None:
    gateway = Gateway(household(file.wallet), file, *view)
    shutil.rmtree(file._vault.path.parent)
    before = file.wallet
    with pytest.raises(FileNotFoundError):
        gateway.enrol(enrolment(before.account))
    assert gateway.household.wallet is file.wallet is before
    assert before.enrolment is None


def test_only_the_own_enrolment_is_sent(file: WalletFile, view: tuple[Nodes, ChainView]) -> None:
    gateway = Gateway(household(file.wallet), file, *view)
    for raw in (enrolment(bytes(32)), b"\x15" + bytes(32)):
        with pytest.raises((BadInput, Rejected)):
            gateway.enrol(raw)
    assert file.wallet.enrolment is None


def test_the_wallet_must_be_the_files(file: WalletFile, view: tuple[Nodes, ChainView]) -> None:
    with pytest.raises(BadInput, match="home: its wallet is not the one in the file"):
        Gateway(household(Wallet(bytes(32))), file, *view)


def test_posting_times_lie_in_the_gate_and_follow_from_seed_and_slot(
    file: WalletFile, view: tuple[Nodes, ChainView]
) -> None:
    gateway = Gateway(household(file.wallet), file, *view)
    genesis = gateway.genesis
    offsets = []
    for number in range(FIRST, FIRST + 400):
        time = gateway.posting_time(Slot(number))
        assert time == gateway.posting_time(Slot(number))
        offsets.append(time - genesis.starts(Slot(number + 1)))
    assert (min(offsets), max(offsets)) == (genesis.gate // 4, genesis.gate // 4 + genesis.gate // 2 - 1)
