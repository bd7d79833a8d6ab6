"""A network of authorities in real processes, with as many enrolled homes as wanted and a timetable of gates."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Final

from rich.progress import Progress

from openmg.authority import AuthorityKeys
from openmg.chains import Genesis
from openmg.chains.epoch import KeyPhase
from openmg.chains.transactions import Approval
from openmg.client import Timeline
from openmg.client.node import Node, Unreachable
from openmg.client.nodes import Nodes
from openmg.client.view import ChainView
from openmg.crypto import Point, sign
from openmg.machine import signed_message
from openmg.network import Network, init_network
from openmg.network.folder import PORTS_EACH, write_settings
from openmg.network.home import AuthorityHome
from openmg.network.parameters import Parameters
from openmg.network.programs import APPLICATION, DAEMON, VALIDATOR, groups_of
from openmg.network.readiness import check_homes, find_cometbft, hold_homes
from openmg.network.supervisor import Group, Supervisor
from tests.bench.network.figures import console
from tests.bench.network.gauges import Scraper
from tests.bench.network.households import Home, new_homes
from tests.bench.network.loader import hand_in
from tests.ports import free_ports

AUTHORITIES: Final = 4
ROLES: Final = (VALIDATOR, APPLICATION, DAEMON)
_PATIENCE: Final = 120.0
_BEGIN: Final = 1_699_200 * 300
"""Chain time at which the first slot begins: any midnight."""
_PARAMETERS: Final = Parameters(
    name="bench",
    # Homes are enrolled before the authorities make their key, however many blocks that takes.
    key_wait=100_000,
    active_window=1,
    min_age=1,
    battery=None,
)


@dataclass(frozen=True)
class Timetable:
    """In real seconds: how long before the first slot begins, how long a slot lasts and its gate is open.

    `slot_seconds` is the slot's length in chain time.
    """

    lead: int
    period: int
    gate: int
    slot_seconds: int = 300

    @property
    def rate(self) -> int:
        return self.slot_seconds // self.period

    def parameters(self) -> Parameters:
        first = _BEGIN // self.slot_seconds
        return replace(_PARAMETERS, slot_seconds=self.slot_seconds, first_slot=first, gate=self.gate * self.rate)

    def line(self) -> Timeline:
        return Timeline(time.time_ns(), _BEGIN - self.lead * self.rate, self.rate)


class Running:
    """The processes of some homes, which can be stopped and started one by one."""

    def __init__(self, homes: Sequence[AuthorityHome], groups: Sequence[Sequence[Group]]) -> None:
        self.homes = homes
        self._groups = groups
        self._live: dict[tuple[int, int], tuple[Supervisor, ExitStack]] = {}

    def start(self, at: int, role: str) -> None:
        """Start the group of home `at` in which there is this role."""
        for number, group in enumerate(self._groups[at]):
            if any(program.role == role for program in group.programs):
                stack = ExitStack()
                self._live[at, number] = stack.enter_context(_supervising(group)), stack

    def stop(self, at: int) -> None:
        """End all processes of home `at`; the daemon's first, whose node must not end before it."""
        for place in sorted((place for place in self._live if place[0] == at), reverse=True):
            self._live.pop(place)[1].close()

    def pids(self) -> dict[str, list[int]]:
        """By role."""
        found: dict[str, list[int]] = {}
        for at, home in enumerate(self.homes):
            for supervisor, role in product([one for place, (one, _) in self._live.items() if place[0] == at], ROLES):
                pid = supervisor.pid(home.settings().name, role)
                if pid is not None:
                    found.setdefault(role, []).append(pid)
        return found


@contextmanager
def holding(
    homes: Sequence[AuthorityHome], change: Callable[[Group], Group] = lambda group: group
) -> Iterator[Running]:
    """Homes whose processes may be started; they have ended when this returns."""
    with hold_homes(homes) as held:
        check_homes(homes)
        cometbft = find_cometbft()
        nodes = len(homes)
        groups = [[change(group) for group in groups_of(home, locks, cometbft, None, nodes)] for home, locks in held]
        run = Running(homes, groups)
        try:
            yield run
        finally:
            for at in range(len(homes)):
                run.stop(at)


@contextmanager
def _supervising(group: Group) -> Iterator[Supervisor]:
    supervisor = Supervisor([group], lambda _name, _line: None)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()
        thread.join()


@dataclass(frozen=True)
class Town:
    """A network that has not begun its first slot, its enrolled homes and its key."""

    network: Network
    genesis: Genesis
    timetable: Timetable
    homes: Sequence[Home]
    key: Point

    @property
    def urls(self) -> list[str]:
        return self.network.urls()

    def slots(self, count: int) -> list[int]:
        return [self.genesis.first_slot + number for number in range(count)]

    def opens(self, number: int) -> float:
        """The moment (s) at which the gate of slot `number` (from 0) opens."""
        return self._moment(self.genesis.starts(self.genesis.first_slot) + (number + 1) * self.genesis.slot_seconds)

    def closes(self, number: int) -> float:
        return self.opens(number) + self.timetable.gate

    def _moment(self, time_: int) -> float:
        return self.network.document().timeline.moment_of(time_) / 1e9


def wait_until(moment: float, why: str) -> None:
    """With a bar on the screen: nothing else can be done until then."""
    seconds = moment - time.time()
    if seconds <= 0:
        return
    pause = threading.Event()
    with Progress(console=console) as progress:
        task = progress.add_task(why, total=seconds)
        while (left := moment - time.time()) > 0:
            pause.wait(min(left, 0.2))
            progress.update(task, completed=seconds - max(moment - time.time(), 0))


def found(folder: Path, timetable: Timetable, archives: int = AUTHORITIES) -> Network:
    """The homes of a new network; those after the first `archives` keep the blocks of one day."""

    def genesis(utility: bytes, battery: bytes, keys: Sequence[bytes]) -> Genesis:
        return timetable.parameters().genesis(utility, battery, keys, 0)

    network = init_network(
        folder,
        genesis,
        authorities=AUTHORITIES,
        base_port=free_ports(PORTS_EACH * AUTHORITIES).start,
        timeline=timetable.line(),
    )
    for home in network.homes[archives:]:
        write_settings(home, replace(home.settings(), keep_days=1))
    return network


@contextmanager
def founded(
    folder: Path, count: int, timetable: Timetable, archives: int = AUTHORITIES
) -> Iterator[tuple[Town, Running]]:
    """A town whose processes run while the block does: homes enrolled and approved first, then the key made."""
    network = found(folder, timetable, archives)
    homes = new_homes(count)
    with holding(network.homes) as run:
        for at in range(AUTHORITIES):
            run.start(at, VALIDATOR)
        for url in network.urls():
            until(partial(answers, url))
        _enrol(network, homes)
        for at in range(AUTHORITIES):
            run.start(at, DAEMON)
        key = _await_key(network)
        town = Town(network, network.document().genesis, timetable, homes, key)
        if town.opens(-1) < time.time():
            raise RuntimeError("the first slot began before the key was made: this machine has too much else to do")
        yield town, run


def _enrol(network: Network, homes: Sequence[Home]) -> None:
    """Enrol all homes, then approve them in the authorities' names, whose daemons do not run yet."""
    chain, utility = network.document().genesis.chain, network.secret("utility")
    hand_in(
        network.urls(),
        [home.enrolment(chain, utility) for home in homes],
        f"enrolling {len(homes):,} homes",
        lambda: accounts(network.urls()[0]),
    )
    enrolled = [home.account for home in homes]
    approvals = []
    for index, home in enumerate(network.homes, 1):
        signing = AuthorityKeys.open(home.key, home.passphrase()).signing
        for account in enrolled:
            unsigned = Approval(index, account).encode()
            approvals.append(unsigned + sign(signing, signed_message(chain, unsigned)))
    before = _executed(network)
    hand_in(network.urls(), approvals, f"approving {len(homes):,} homes", lambda: _executed(network) - before)


def _executed(network: Network) -> int:
    return int(Scraper(network.homes[0].settings().metrics).read()["openmg_block_transactions_sum"])


def status(url: str) -> Mapping[str, object]:
    with Node(url) as node:
        told: Mapping[str, object] = json.loads(node.query("/status", b"").value)
        return told


def accounts(url: str) -> int:
    return int(str(status(url)["accounts"]))


def height(url: str) -> int:
    with Node(url) as node:
        return node.status().height


def answers(url: str) -> bool:
    try:
        return height(url) > 0
    except Unreachable:
        return False


def _await_key(network: Network) -> Point:
    with Nodes.at(*network.urls()) as nodes:
        view = ChainView(nodes, network.document())
        until(lambda: status(network.urls()[0])["epoch_phase"] == KeyPhase.READY.name.lower())
        epoch = view.epoch(0)
        if epoch is None:
            raise RuntimeError("no epoch key is proved")
        return epoch.key


def until(done: Callable[[], bool], patience: float = _PATIENCE) -> None:
    limit, pause = time.monotonic() + patience, threading.Event()
    while not done():
        if time.monotonic() > limit:
            raise RuntimeError(f"nothing more happens for {patience:.0f} s")
        pause.wait(0.1)
