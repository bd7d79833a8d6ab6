"""One day of the market: authorities as processes, homes with wallets and meters, an embedded chain between them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from openmg.authority import AuthorityProcess
from openmg.chains import Block, Outcome, RelayChain
from openmg.chains.day import DayPhase
from openmg.chains.epoch import KeyPhase
from openmg.chains.slot import Phase, SlotState
from openmg.chains.transactions import Battery, Enrol
from openmg.crypto import sign
from openmg.demo.battery import battery_move
from openmg.demo.folder import DemoFolder, home_names
from openmg.demo.homes import HOURS, RecordedHome, load_homes
from openmg.demo.scenario import DEPOSIT, Scenario
from openmg.engine import LocalEngine, replay
from openmg.errors import BadInput, Corrupt, Rejected
from openmg.home.household import Household, statement_of
from openmg.home.meter import Meter
from openmg.home.wallet_file import WalletFile
from openmg.machine import signed_message
from openmg.market import PoolParameters
from openmg.units import Slot

_MOST_BLOCKS = 400
"""Blocks that any one stage may take before the demo says that it is stuck."""

Watch = Callable[[str, int, int], None]
"""Told what is happening, and how many of the slots are done."""


@dataclass
class Measured:
    """Wall-clock seconds."""

    prove: list[float] = field(default_factory=list)
    verify: list[float] = field(default_factory=list)
    settled: dict[Slot, float] = field(default_factory=dict)
    blocks: list[float] = field(default_factory=list)
    keys: float = 0.0
    run: float = 0.0


class Day:
    """Everyone who takes part, on one machine. Use `opened`; `held` lets go of everything, also half-way."""

    def __init__(self, folder: DemoFolder, watch: Watch, held: ExitStack) -> None:
        self.folder = folder
        self.scenario: Scenario = folder.scenario()
        self.engine = LocalEngine.open(folder.chain, RelayChain)
        self._held = held
        held.callback(self.engine.close)
        genesis = self.engine.chain.genesis
        if (genesis.first_slot, len(genesis.authorities)) != (self.scenario.first_slot, self.scenario.authorities):
            raise BadInput(f"{folder.scenario_file}: another day or other authorities than the chain's")
        self.measured = Measured()
        self.recorded: list[RecordedHome] = load_homes(self.scenario.homes)
        self._watch = watch
        self._passphrase = folder.passphrase()
        self._files = [self._open_wallet(name) for name in self.names]
        self.households = [self._household(*each) for each in zip(self.names, self._files, self.recorded, strict=True)]
        self._authorities: list[AuthorityProcess] = []
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1)
        held.callback(self._pool.shutdown, cancel_futures=True)

    @property
    def names(self) -> list[str]:
        """The homes' names."""
        return home_names(self.scenario.homes)

    @property
    def chain(self) -> RelayChain:
        """The engine's chain."""
        return self.engine.chain

    @property
    def slots(self) -> range:
        """The day's slots."""
        first = self.scenario.first_slot
        return range(first, first + HOURS)

    def run(self) -> None:
        """From wherever the chain stands to the end of the day."""
        started = time.perf_counter()
        self._start_authorities()
        self._make_key()
        self._enrol()
        for number in self.slots:
            self._trade(Slot(number))
        self._say("opening the day's totals")
        self._until(lambda: all(day.phase >= DayPhase.OPENED for day in self.chain.state.days()), "the day's totals")
        for file in self._files:
            file.save()
        self.measured.run += time.perf_counter() - started

    def own_checks(self) -> Sequence[tuple[str, str, Callable[[], tuple[str, str]]]]:
        """Checks that only this kind of day has: English name, Korean name, and what gives its two sentences."""
        return ()

    # --- who takes part
    def _open_wallet(self, name: str) -> WalletFile:
        file = WalletFile.open(self.folder.wallet(name), self._passphrase)
        self._held.callback(file.close)
        return file

    def _household(self, name: str, file: WalletFile, recorded: RecordedHome) -> Household:
        first = self.scenario.first_slot
        readings = {Slot(first + hour): reading for hour, reading in enumerate(recorded.day(self.scenario.day))}
        meter = Meter.open(self.folder.meter(name), self._passphrase, readings)
        return Household(name, meter, file.wallet, recorded.policy(self.scenario.day))

    def _start_authorities(self) -> None:
        """Start the processes; bring them and the wallets up to the newest block."""
        self._say("starting authorities")
        genesis = self.chain.genesis
        for index in range(1, self.scenario.authorities + 1):
            authority = AuthorityProcess(self.folder.authority(index), self._passphrase, genesis)
            self._held.callback(authority.close)
            self._authorities.append(authority)
        self.engine.follow(self._followed)
        last = self.chain.height
        if last:
            self._say("catching up")
            replay(self.folder.chain, RelayChain, self._caught_up)

    def _caught_up(self, block: Block, outcome: Outcome, chain: RelayChain) -> None:
        newest = block.height == self.chain.height
        for authority in self._authorities:
            (authority.send if newest else authority.catch_up)(block.encode(), outcome.root)
        for household in self.households:
            if block.height > household.wallet.height:
                household.wallet.follow(block, outcome, chain)
        if newest:
            self._collect()

    def _followed(self, block: Block, outcome: Outcome) -> None:
        for authority in self._authorities:
            authority.send(block.encode(), outcome.root)
        for household in self.households:
            household.wallet.follow(block, outcome, self.chain)

    # --- blocks
    def _tick(self, seconds: int | None = None) -> None:
        """One block, a second after the last one or at `seconds`, and the authorities' answers to it."""
        started = time.perf_counter()
        earliest = self.chain.genesis.starts(self.scenario.first_slot) - 3600
        now = max(self.chain.state.clock.time + 1, earliest) if seconds is None else seconds
        self.engine.produce(now)
        self._collect()
        self.measured.blocks.append(time.perf_counter() - started)

    def _collect(self) -> None:
        answers = [transaction for authority in self._authorities for transaction in authority.receive()]
        self._submit(answers)

    def _submit(self, transactions: list[bytes]) -> None:
        if not transactions:
            return
        for verdict in self.engine.submit(transactions):
            if verdict is not None:
                raise verdict

    def _until(self, done: Callable[[], bool], what: str) -> None:
        for _ in range(_MOST_BLOCKS):
            if done():
                return
            self._tick()
        raise Corrupt(f"no progress: {what} did not come about in {_MOST_BLOCKS} blocks")

    # --- stages
    def _make_key(self) -> None:
        self._say("making the epoch key together")
        started = time.perf_counter()

        def ready() -> bool:
            epoch = self.chain.state.epoch
            return epoch is not None and epoch.phase == KeyPhase.READY

        if not ready():
            self._until(ready, "the epoch key")
            self.measured.keys = time.perf_counter() - started

    def _enrol(self) -> None:
        self._say("enrolling homes")
        registry, utility = self.chain.state.registry, self.folder.secret("utility")
        known = {account.account for account in registry}
        self._submit([self._enrolment(each, utility) for each in self.households if each.wallet.account not in known])
        full = (1 << self.scenario.authorities) - 1
        self._until(
            lambda: len(registry) == self.scenario.homes and all(each.approvals == full for each in registry),
            "every home's approval",
        )

    def _enrolment(self, household: Household, utility: bytes) -> bytes:
        unsigned = Enrol(household.wallet.account, household.meter.public, DEPOSIT).encode()
        message = signed_message(self.chain.chain, unsigned)
        signers = (utility, household.meter.secret, household.wallet.account_secret)
        return unsigned + b"".join(sign(secret, message) for secret in signers)

    def _trade(self, number: Slot) -> None:
        """One slot, from its end to its settlement."""
        end = self.chain.genesis.starts(Slot(number + 1))
        if self._phase(number) is None or self._phase(number) == Phase.RUNNING:
            self._tick(max(end, self.chain.state.clock.time))
        if self._phase(number) == Phase.OPEN:
            self._report(number)
            self._tick()
        while self._phase(number) == Phase.OPEN:
            self._tick(max(end + self.chain.genesis.gate, self.chain.state.clock.time + 1))
        if self._phase(number) != Phase.CLOSED:
            return
        closed = time.perf_counter()
        self._read_battery(number)
        self._say("opening sums and settling", number)
        self._until(lambda: (self._phase(number) or 0) >= Phase.SETTLED, f"slot {number}")
        self.measured.settled[number] = time.perf_counter() - closed

    def _phase(self, number: Slot) -> Phase | None:
        slot = self.chain.state.slot(number)
        return None if slot is None else slot.phase

    def _report(self, number: Slot) -> None:
        slot = self.chain.state.slot(number)
        if slot is None:
            return
        self._say("proving reports", number)
        reported = set(self.chain.state.reports.get(number, {}))
        registry = self.chain.state.registry
        waiting = [each for each in self.households if registry.index_of(each.wallet.account) not in reported]
        reports = list(self._pool.map(lambda each: self._prove(each, slot), waiting))
        self._say("verifying reports", number)
        started = time.perf_counter()
        self._submit(reports)
        if reports:
            self.measured.verify.append((time.perf_counter() - started) / len(reports))

    def _prove(self, household: Household, slot: SlotState) -> bytes:
        witness = household.prepare(self.chain, slot.slot)
        statement = statement_of(self.chain, slot)
        started = time.perf_counter()
        report = statement.prove(witness)
        self.measured.prove.append(time.perf_counter() - started)
        return report

    def _read_battery(self, number: Slot) -> None:
        slot, pool = self.chain.state.slot(number), self.chain.genesis.pool
        if slot is None or slot.phase != Phase.CLOSED or slot.battery is not None or pool is None:
            return
        unsigned = self._move(pool.parameters, number).encode()
        signature = sign(self.folder.secret("battery"), signed_message(self.chain.chain, unsigned))
        try:
            self._submit([unsigned + signature])
        except Rejected as rejected:
            raise Corrupt(f"the battery's reading was refused ({rejected})") from rejected
        self._tick()

    def _move(self, parameters: PoolParameters, number: Slot) -> Battery:
        """What the community battery's meter read in a slot."""
        net = sum(
            sum((-1, 1)[side] * wh for side, wh in enumerate(each.meter.readings[number])) for each in self.households
        )
        return battery_move(parameters, self.chain, number, net)

    def _say(self, what: str, number: Slot | None = None) -> None:
        done = (number if number is not None else self.chain.state.head) - self.scenario.first_slot
        self._watch(what, max(done, 0), HOURS)


@contextmanager
def opened(folder: DemoFolder, watch: Watch) -> Iterator[Day]:
    """Everyone who takes part, let go at the end whatever happens; what is on disk is enough to continue."""
    with ExitStack() as held:
        yield Day(folder, watch, held)
