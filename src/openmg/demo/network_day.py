"""The day on four authorities as separate processes; one is killed and one paused in the middle."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from typing import Final

from openmg.chains.slot import Phase
from openmg.client.calls import Unreachable
from openmg.client.nodes import Nodes
from openmg.client.pulse import Pulse
from openmg.client.view import ChainView
from openmg.demo.day import Day, Watch
from openmg.demo.network_folder import NetworkFolder
from openmg.demo.twin import OwnCheck, same_everywhere, same_on_embedded
from openmg.errors import BadInput, Corrupt, Rejected
from openmg.home.gateway import Gateway
from openmg.home.household import Household
from openmg.home.wallet_file import WalletFile
from openmg.network.programs import APPLICATION, DAEMON, VALIDATOR
from openmg.network.run import supervised
from openmg.network.supervisor import Supervisor
from openmg.units import Slot

_LIMIT: Final = 180.0
"""Seconds that any one stage may take before the demo says that it is stuck."""
_STEP: Final = 0.5
"""Seconds after which everyone looks again though no block was announced: who announces may be gone."""
_AGAIN: Final = 2.0
"""Seconds after which a home sends its report again; one block, or two, should have held it."""
_HOME_PATIENCE: Final = 2.0
"""Seconds that a home gives a node before it asks another one: a gate is short here."""
_ROLES: Final = (VALIDATOR, APPLICATION, DAEMON)
KILL_AT: Final = 9
PAUSE_AT: Final = 14
"""Hours of the day."""
PAUSED: Final = 10.0
"""Seconds."""
_KILLED, _STOPPED = 2, 3
"""Indices of authorities."""


class NetworkDay(Day):
    """The same day and the same homes; blocks come from CometBFT, time passes by itself, homes believe only proofs.

    `engine` is a replica: it executes every block whose header is verified, and keeps it for `replay` and `inspect`.
    """

    def __init__(self, folder: NetworkFolder, watch: Watch, held: ExitStack) -> None:
        super().__init__(folder, watch, held)
        self.network = folder.network
        self._document = self.network.document()
        self._nodes = held.enter_context(Nodes.at(*self.network.urls()))
        self._view = ChainView(self._nodes, self._document)
        self._listened = held.enter_context(Nodes.at(*self.network.urls()))
        self._gateways = [self._gateway(*each) for each in zip(self.households, self._files, strict=True)]
        # Every home waits for its own moment and its own answers.
        self._homes = held.enter_context(ThreadPoolExecutor(len(self._gateways), "home"))
        self._supervisor: Supervisor | None = None
        self.events: list[str] = []

    def _gateway(self, household: Household, file: WalletFile) -> Gateway:
        nodes = self._held.enter_context(Nodes.at(*self.network.urls(), patience=_HOME_PATIENCE))
        return Gateway(household, file, nodes, ChainView(nodes, self._document))

    def own_checks(self) -> tuple[OwnCheck, ...]:
        """What only this demo can compare."""
        return same_on_embedded(self), same_everywhere(self)

    def run(self) -> None:
        """The whole day; all processes have ended when this returns."""
        with ExitStack() as running:
            self._running = running
            self._pulse = running.enter_context(Pulse(self._listened))
            super().run()
            for gateway in self._gateways:
                self._until(lambda gateway=gateway: self._level(gateway), "a wallet's last slot")  # type: ignore[misc]
        self._say("ending the processes")

    def _level(self, gateway: Gateway) -> bool:
        """Whether a wallet knows the end of all its slots."""
        with suppress(Unreachable):
            gateway.catch_up()
        return not gateway.household.wallet.pending

    # --- processes
    def _start_authorities(self) -> None:
        self._say("starting authorities")
        supervisor = self._running.enter_context(supervised(self.network.homes, self._tell))
        thread = threading.Thread(target=supervisor.run, name="supervisor")
        thread.start()
        self._running.callback(thread.join)
        self._running.callback(supervisor.stop)
        self._supervisor = supervisor
        self._until(lambda: self.chain.height > 0, "the first block")

    def _tell(self, name: str, line: str) -> None:
        self.events.append(f"{name}: {line}")

    def _signal(self, index: int, number: int) -> None:
        if self._supervisor is None:
            return
        for role in _ROLES:
            pid = self._supervisor.pid(f"authority-{index}", role)
            if pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)

    def _trouble(self, number: Slot) -> None:
        hour = number - self.scenario.first_slot
        if hour == KILL_AT:
            self._say(f"killing authority {_KILLED}", number)
            self._signal(_KILLED, signal.SIGKILL)
        elif hour == PAUSE_AT:
            self._say(f"pausing authority {_STOPPED} for {PAUSED:.0f} s", number)
            self._signal(_STOPPED, signal.SIGSTOP)
            timer = threading.Timer(PAUSED, self._signal, (_STOPPED, signal.SIGCONT))
            timer.start()
            self._running.callback(timer.join)

    # --- blocks
    def _tick(self, seconds: int | None = None) -> None:
        """Take the blocks that were made since, or wait a moment for one."""
        if seconds is not None:
            raise BadInput("time passes by itself here")
        before = self.chain.height
        with suppress(Unreachable):
            for block in self._view.blocks(before + 1):
                started = time.perf_counter()
                self.engine.take(block)
                self.measured.blocks.append(time.perf_counter() - started)
        if self.chain.height == before:
            self._pulse.wait(before, _STEP)

    def _submit(self, transactions: list[bytes]) -> None:
        for answer in self._nodes.broadcast(transactions):
            if answer.code not in {answer.ACCEPTED, answer.KNOWN}:
                clause, _, reason = answer.log.partition(": ")
                raise Rejected(clause, reason)

    def _until(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + _LIMIT
        while not done():
            if time.monotonic() > deadline:
                raise Corrupt(f"no progress: {what} did not come about in {_LIMIT:.0f} s")
            self._tick()

    # --- stages
    def _enrol(self) -> None:
        self._say("enrolling homes")
        utility, everyone = self.folder.secret("utility"), (1 << self.scenario.authorities) - 1
        waiting = {gateway.household.name: gateway for gateway in self._gateways}

        def enrolled() -> bool:
            for name, gateway in list(waiting.items()):
                if gateway.enrol(self._enrolment(gateway.household, utility)) is None:
                    del waiting[name]
            return not waiting

        self._until(enrolled, "every home's enrolment")
        registry = self.chain.state.registry
        self._until(
            lambda: len(registry) == self.scenario.homes and all(each.approvals == everyone for each in registry),
            "every home's approval",
        )

    def _trade(self, number: Slot) -> None:
        """One slot, from its end to its settlement."""
        self._say("metering", number)
        self._until(lambda: (self._phase(number) or 0) >= Phase.OPEN, f"the gate of slot {number}")
        if self._phase(number) == Phase.OPEN:
            self._trouble(number)
            self._say("proving and posting reports", number)
            list(self._homes.map(lambda gateway: self._post(gateway, number), self._gateways))
        self._until(lambda: (self._phase(number) or 0) >= Phase.CLOSED, f"the end of the gate of slot {number}")
        if self._phase(number) != Phase.CLOSED:
            return
        closed = time.perf_counter()
        self._read_battery(number)
        self._say("opening sums and settling", number)
        self._until(lambda: (self._phase(number) or 0) >= Phase.SETTLED, f"slot {number}")
        self.measured.settled[number] = time.perf_counter() - closed

    def _post(self, gateway: Gateway, number: Slot) -> None:
        """A home reports, and asks until it is proved that its report counts, or the gate has closed."""
        timeline = self._document.timeline
        genesis = self.chain.genesis
        ends = timeline.moment_of(genesis.starts(Slot(number + 1)) + 2 * genesis.gate)
        posted = timeline.moment_of(gateway.posting_time(number))
        while time.time_ns() < ends:
            # A gate that has closed meanwhile: the home missed the slot, and the checks at the end will say so.
            with suppress(Unreachable, BadInput):
                started = time.perf_counter()
                if gateway.prepare(number) is None:
                    return
                self.measured.prove.append(time.perf_counter() - started)
                time.sleep(max(posted - time.time_ns(), 0) / 1e9)
                gateway.report(number)
            if self._is_acknowledged(gateway, number):
                return

    def _is_acknowledged(self, gateway: Gateway, number: Slot) -> bool:
        """Ask at every new block, until it is time to send again."""
        again = time.monotonic() + _AGAIN
        while time.monotonic() < again:
            height = self._pulse.height
            with suppress(Unreachable):
                if gateway.acknowledged(number):
                    return True
            self._pulse.wait(height, _STEP)
        return False


@contextmanager
def opened_network(folder: NetworkFolder, watch: Watch) -> Iterator[NetworkDay]:
    """Everyone who takes part, let go at the end whatever happens."""
    with ExitStack() as held:
        yield NetworkDay(folder, watch, held)
