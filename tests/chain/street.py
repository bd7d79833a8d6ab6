"""A few homes on a real network of authorities: processes, ports, wallet files."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from openmg.chains import Genesis
from openmg.chains.slot import NO_EPOCH, Phase
from openmg.chains.transactions import Enrol
from openmg.client import NetworkGenesis, Timeline
from openmg.client.node import Node, Unreachable
from openmg.client.nodes import Nodes
from openmg.client.view import ChainView
from openmg.crypto import sign
from openmg.home import Household, Meter, Policy
from openmg.home.gateway import Gateway
from openmg.home.wallet_file import WalletFile
from openmg.machine import signed_message
from openmg.network import Network, init_network
from openmg.network.parameters import Parameters
from openmg.network.run import supervised
from openmg.units import Price, Slot, WattHours
from tests.chain.cometbft import wait_until
from tests.chain.town import DEPOSIT, FIRST, seed

PATIENCE: Final = 120.0
"""Seconds until a test gives up on what it waits for."""
RATE: Final = 60
"""Chain seconds in a second: a slot lasts five seconds, its gate fifteen."""
LEAD: Final = 10 * RATE
"""Chain seconds for the key and the enrolments before the first slot begins."""
PARAMETERS: Final = Parameters(
    name="street",
    slot_seconds=300,
    first_slot=FIRST,
    levels=(120_000, 150_000, 200_000),
    gate=900,
    min_reports=2,
    active_window=1,
    min_age=1,
    battery=None,
)
READINGS: Final = {Slot(FIRST + number): (WattHours(400 + number), WattHours(0)) for number in range(400)}


@dataclass(frozen=True)
class Street:
    """A network that runs, and the folder of its homes' wallets."""

    network: Network
    document: NetworkGenesis
    urls: list[str]
    folder: Path

    def wallet(self, name: str) -> Path:
        return self.folder / f"{name}.wallet"

    def settle_in(self, *names: str) -> None:
        """Wallets for new homes, enrolled and proved to be."""
        for name in names:
            WalletFile.create(self.wallet(name), "secret").close()
        for name in names:
            with self.gateway(name) as (gateway, nodes):
                self._enrol(gateway, nodes)

    def _enrol(self, gateway: Gateway, nodes: Nodes) -> None:
        enrolment = self.enrolment(gateway.household)
        until(nodes, lambda: gateway.enrol(enrolment) is None)

    def gateway(self, name: str, urls: Sequence[str] = ()) -> AbstractContextManager[tuple[Gateway, Nodes]]:
        return open_gateway(self.wallet(name), self.network.genesis, urls or self.urls)

    def enrolment(self, household: Household) -> bytes:
        unsigned = Enrol(household.wallet.account, household.meter.public, DEPOSIT).encode()
        message = signed_message(self.document.genesis.chain, unsigned)
        signers = (self.network.secret("utility"), household.meter.secret, household.wallet.account_secret)
        return unsigned + b"".join(sign(secret, message) for secret in signers)


@contextmanager
def street(folder: Path, authorities: int) -> Iterator[Street]:
    """A network whose processes run while the block does."""

    def found(utility: bytes, battery: bytes, keys: Sequence[bytes]) -> Genesis:
        return PARAMETERS.genesis(utility, battery, keys, 0)

    origin = FIRST * PARAMETERS.slot_seconds - LEAD
    network = init_network(
        folder / "network",
        found,
        authorities=authorities,
        base_port=free_base(authorities),
        timeline=Timeline(time.time_ns(), origin, RATE),
    )
    homes = folder / "homes"
    homes.mkdir()
    with ExitStack() as stack:
        supervisor = stack.enter_context(supervised(network.homes, lambda *_: None))
        thread = threading.Thread(target=supervisor.run)
        stack.callback(thread.join)
        stack.callback(supervisor.stop)
        thread.start()
        for url in network.urls():
            wait_until(partial(has_begun, url))
        yield Street(network, network.document(), network.urls(), homes)


def free_base(authorities: int) -> int:
    """A base of ports that nobody uses, below those that the system gives to connections."""
    while True:
        base = random.randrange(12_000, 32_000, 10)
        with ExitStack() as stack:
            try:
                for port in range(base, base + 10 * authorities):
                    stack.enter_context(socket.create_server(("127.0.0.1", port)))
            except OSError:
                continue
            return base


@contextmanager
def open_gateway(wallet: Path, document: Path, urls: Sequence[str]) -> Iterator[tuple[Gateway, Nodes]]:
    """One home's gateway as a new process would open it; the meter's key follows from the wallet's name."""
    file = WalletFile.open(wallet, "secret")
    try:
        name = wallet.stem
        household = Household(name, Meter(seed(f"meter of {name}"), READINGS), file.wallet, Policy(Price(200_000)))
        with Nodes.at(*urls) as nodes:
            view = ChainView(nodes, NetworkGenesis.decode(document.read_text("utf-8"), str(document)))
            yield Gateway(household, file, nodes, view), nodes
    finally:
        file.close()


def has_begun(url: str) -> bool:
    with Node(url) as node:
        try:
            return node.status().height > 0
        except Unreachable:
            return False


def until(nodes: Nodes, done: Callable[[], bool]) -> None:
    """Ask again at every block, or so, until it holds."""
    limit = time.monotonic() + PATIENCE
    for _ in nodes.new_blocks(every=0.5):
        if done():
            return
        assert time.monotonic() < limit, "nothing more happens"
    raise AssertionError("no more blocks")


def acknowledge(gateway: Gateway, nodes: Nodes, slot: Slot) -> None:
    """Report until it is proved."""
    until(nodes, lambda: gateway.acknowledged(slot) or gateway.report(slot) is None)


def fresh_gate(gateway: Gateway, nodes: Nodes) -> Slot:
    """The next slot whose gate opens, just opened; None of those that began before there was a key."""
    genesis = gateway.genesis
    number = Slot(max(genesis.slot_at(gateway.view.clock().time), genesis.first_slot))

    def is_open() -> bool:
        nonlocal number
        slot = gateway.view.slot(number)
        if slot is not None and slot.epoch == NO_EPOCH:
            number = Slot(number + 1)
        return slot is not None and slot.phase == Phase.OPEN and slot.slot == number

    until(nodes, is_open)
    return number
