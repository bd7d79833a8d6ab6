"""Four authorities as real processes in a folder, every wire between two of them in the hands of a test."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from openmg.chains import Genesis
from openmg.client import NetworkGenesis, Timeline
from openmg.client.node import Node
from openmg.errors import OpenMGError
from openmg.files import READABLE, write_atomically
from openmg.network import AuthorityHome, Network, init_network
from openmg.network.config import config_toml
from openmg.network.folder import PORTS_EACH, write_settings
from openmg.network.parameters import Battery, Parameters
from openmg.network.programs import APPLICATION, DAEMON, VALIDATOR, groups_of
from openmg.network.readiness import check_homes, find_cometbft, hold_homes
from openmg.network.supervisor import Group, Supervisor
from tests.faults.proxy import Weather, Wire, Wires
from tests.ports import free_ports

AUTHORITIES: Final = 4
ROLES: Final = (VALIDATOR, APPLICATION, DAEMON)
PATIENCE: Final = 300.0
"""Seconds until a test gives up on what it waits for; nothing is slower than that, on a busy machine either."""
_STEP: Final = 0.1
RATE: Final = 40
"""Chain seconds in a second: a slot lasts seven and a half, its gate six."""
LEAD: Final = 18 * RATE
"""Chain seconds for the key and the enrolments before the first slot begins."""
PARAMETERS: Final = Parameters(
    name="faults",
    slot_seconds=300,
    # The local day ends, and its sums are opened, after six slots.
    utc_offset=-11_400,
    first_slot=5_900_000,
    levels=(120_000, 150_000, 200_000),
    fee=3_000,
    feed_in=110_000,
    collar_bp=2_000,
    gate=240,
    open_ttl=300,
    battery_wait=40,
    key_wait=200,
    min_reports=2,
    active_window=1,
    min_age=1,
    battery=Battery(40_000, 130_000, 190_000, 950, 5_000, 20_000, 50_000_000_000),
)
Programs = Callable[[Group], Group]
"""Turns the processes of a home into others, for a test."""


class Station:
    """One authority's home and what runs in it."""

    def __init__(self, index: int, home: AuthorityHome) -> None:
        self.index = index
        self.home = home
        self.url = f"http://{home.settings().rpc}"
        self.lines: list[str] = []
        """What its supervisor told."""
        self.change: Programs = lambda group: group
        """Turns its processes into others, from its next start on."""
        self._supervisor: Supervisor | None = None
        self._running = ExitStack()

    # --- its processes
    @property
    def running(self) -> bool:
        """Whether it has a supervisor."""
        return self._supervisor is not None

    def start(self, without: Sequence[str] = ()) -> None:
        """Begin to keep its processes running, those of the roles in `without` excepted."""
        with ExitStack() as stack:
            [(home, locks)] = stack.enter_context(hold_homes([self.home]))
            check_homes([home])
            write_atomically(home.config, config_toml(home.settings()).encode(), READABLE)
            groups = [self.change(group) for group in groups_of(home, locks, find_cometbft(), None, AUTHORITIES)]
            groups = [each for each in groups if each.programs[0].role not in without]
            self._supervisor = Supervisor(groups, lambda _, line: self.lines.append(line))
            thread = threading.Thread(target=self._supervisor.run)
            stack.callback(thread.join)
            stack.callback(self._supervisor.stop)
            thread.start()
            self._running = stack.pop_all()

    def stop(self) -> None:
        """End all its processes, for good or until `start`."""
        self._supervisor = None
        self._running.close()

    def pid(self, role: str) -> int | None:
        """The process of a role, None while it is down."""
        return None if self._supervisor is None else self._supervisor.pid(self.home.settings().name, role)

    def signal(self, role: str, number: signal.Signals) -> int | None:
        """Send a signal; whom it was sent to, if anybody."""
        pid = self.pid(role)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        return pid

    def log(self, role: str) -> str:
        """All that a role wrote."""
        path = self.home.log(role)
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def events(self, role: str, event: str) -> list[dict[str, Any]]:
        """The lines of JSON of one kind in a role's log."""
        lines = [line for line in self.log(role).splitlines() if f'"event": "{event}"' in line]
        return [json.loads(line) for line in lines]

    # --- what it says
    def height(self) -> int:
        """Its newest block; 0 while it says nothing."""
        try:
            with Node(self.url, 2.0) as node:
                return node.status().height
        except OpenMGError:
            return 0

    def told(self) -> dict[str, Any]:
        """Its application's state, unproved; empty while it says nothing."""
        try:
            with Node(self.url, 2.0) as node:
                found = json.loads(node.query("/status", b"").value)
        except (OpenMGError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Alliance:
    """The stations, and the wire by which each calls each other one."""

    network: Network
    document: NetworkGenesis
    stations: list[Station]
    wires: Mapping[tuple[int, int], Wire]
    dice: random.Random
    folder: Path

    @property
    def live(self) -> list[Station]:
        """Those that run."""
        return [station for station in self.stations if station.running]

    @property
    def urls(self) -> list[str]:
        """All RPC endpoints."""
        return [station.url for station in self.stations]

    def between(self, ones: Sequence[int], others: Sequence[int]) -> list[Wire]:
        """The wires between two groups of stations, by their indices."""
        pairs = [(a, b) for a in ones for b in others if a != b]
        return [self.wires[pair] for pair in dict.fromkeys([*pairs, *((b, a) for a, b in pairs)])]

    def change(self, weather: Weather) -> None:
        """The same weather everywhere."""
        for wire in self.wires.values():
            wire.change(weather)

    def height(self) -> int:
        """The newest block that anybody has."""
        return max(station.height() for station in self.live)

    def head(self) -> int:
        """The first slot that is not final, as the one who is farthest says."""
        return max((int(station.told().get("slot", 0)) for station in self.live), default=0)

    def wait_for_blocks(self, count: int, stations: Sequence[Station] | None = None) -> None:
        """Until all that run, or these, have come so many blocks farther than anybody is now."""
        goal, awaited = self.height() + count, self.live if stations is None else stations
        until(lambda: all(station.height() >= goal for station in awaited), f"block {goal} everywhere")


@contextmanager
def alliance(
    folder: Path,
    dice: random.Random,
    *,
    age: int = 0,
    prepare: Callable[[Alliance], None] = lambda _: None,
) -> Iterator[Alliance]:
    """A network that runs while the block does.

    `age`: seconds since its document was written; `prepare` is called before anything starts.
    """
    with ExitStack() as stack:
        made = _found(folder, dice, stack, age)
        prepare(made)
        for station in made.stations:
            stack.callback(station.stop)
            station.start()
        until(lambda: made.height() > 0, "the first block")
        yield made


def _found(folder: Path, dice: random.Random, stack: ExitStack, age: int) -> Alliance:
    def found(utility: bytes, battery: bytes, keys: Sequence[bytes]) -> Genesis:
        return PARAMETERS.genesis(utility, battery, keys, 0)

    assert PARAMETERS.first_slot is not None
    origin = PARAMETERS.first_slot * PARAMETERS.slot_seconds - LEAD - age * RATE
    base = free_ports(PORTS_EACH * (AUTHORITIES + 1)).start
    timeline = Timeline(time.time_ns() - age * 10**9, origin, RATE)
    network = init_network(folder / "net", found, authorities=AUTHORITIES, base_port=base, timeline=timeline)
    wires = Wires()
    stack.callback(wires.close)
    homes = network.homes
    ends = [home.settings().p2p for home in homes]
    laid: dict[tuple[int, int], Wire] = {}
    for one, home in enumerate(homes, 1):
        settings, peers = home.settings(), []
        for peer in settings.peers:
            name, _, address = peer.partition("@")
            other = ends.index(address) + 1
            laid[one, other] = wires.wire(int(address.rpartition(":")[2]), random.Random(dice.random()))
            peers.append(f"{name}@127.0.0.1:{laid[one, other].port}")
        write_settings(home, replace(settings, peers=tuple(peers)))
    stations = [Station(index, home) for index, home in enumerate(homes, 1)]
    return Alliance(network, network.document(), stations, laid, dice, folder)


def until(holds: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Wait for a condition."""
    limit, tick = time.monotonic() + patience, threading.Event()
    while not holds():
        assert time.monotonic() < limit, f"{what}: it never came"
        tick.wait(_STEP)


def last(seconds: float) -> None:
    """Let a fault last: it is no fault without its time."""
    threading.Event().wait(seconds)
