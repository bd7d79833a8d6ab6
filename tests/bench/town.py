"""A town of any size for one slot: real keys, real reports, an embedded chain, in one process."""

from __future__ import annotations

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.progress import track

from openmg.authority import Authority, AuthorityKeys
from openmg.chains import Genesis, RelayChain
from openmg.chains.epoch import KeyPhase
from openmg.chains.slot import Phase
from openmg.chains.transactions import Battery, Enrol
from openmg.crypto import Opening, Statement, Witness, random_bytes, read_meter, sign, signing_public
from openmg.demo.scenario import DEPOSIT, Scenario
from openmg.engine import LocalEngine
from openmg.home.policy import STEP_PRICES, Policy
from openmg.home.wallet import Wallet
from openmg.machine import signed_message
from openmg.units import ONE, Slot, WattHours
from tests.bench.stopwatch import console

BLOCK = 500
"""Reports in a block: more would leave no room to spare, and the gate would not close (SLOT-3)."""


class Town:
    """`count` accounts, four authorities in this process, one slot."""

    def __init__(self, folder: Path, count: int) -> None:
        self.count = count
        self.utility, self.battery = random_bytes(32), random_bytes(32)
        keys = [AuthorityKeys.create(folder / f"{index}.key", "bench") for index in range(4)]
        scenario = Scenario("2017-06-04", count, 4)
        genesis: Genesis = scenario.genesis(
            signing_public(self.utility), signing_public(self.battery), [each.public for each in keys]
        )
        self.engine = LocalEngine.create(folder / "chain.db", RelayChain(genesis))
        self.chain = self.engine.chain
        self.authorities = [Authority(self.chain, each) for each in keys]
        self.homes = [(Wallet(random_bytes(32)), random_bytes(32)) for _ in range(count)]
        self.slot = genesis.first_slot
        self.now = genesis.starts(self.slot) - 1000

    def start(self) -> None:
        """Make the key, enrol and approve everyone, open the first gate."""
        while (epoch := self.chain.state.epoch) is None or epoch.phase != KeyPhase.READY:
            self.tick()
        self.engine.submit([self._enrolment(wallet, meter) for wallet, meter in self.homes])
        while any(each.approvals.bit_count() < 4 for each in self.chain.state.registry) or not self._enrolled():
            self.tick()
        self.now = self.chain.genesis.starts(self.slot)
        self.tick()
        self.now = self.chain.genesis.starts(Slot(self.slot + 1))
        self.tick()

    def report(self) -> float:
        """Everyone proves and posts a report; seconds per report to verify and take it into a block."""
        key = self.chain.state.epoch_of(0).key
        genesis = self.chain.genesis
        statement = Statement(self.chain.chain, key, genesis.ladder.levels, genesis.fee)
        seeded = random.Random(20_170_604)
        readings = [seeded.choice([(seeded.randrange(5000), 0), (0, seeded.randrange(5000))]) for _ in self.homes]
        values = [seeded.choice(STEP_PRICES) for _ in self.homes]

        def prove(at: int) -> bytes:
            wallet, meter = self.homes[at]
            reading = read_meter(meter, self.chain.chain, wallet.account, self.slot, key, *readings[at])
            imported, exported = (WattHours(each) for each in readings[at])
            order = Policy(values[at]).order(genesis.ladder, genesis.fee, imported, exported)
            base = Opening(ONE * DEPOSIT, 0)
            checkpoint = Slot(self.slot - 1)
            return statement.prove(
                Witness(wallet.seed, wallet.account, self.slot, 0, checkpoint, 0, base, reading, order.buy, order.sell)
            )

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            proofs = pool.map(prove, range(self.count))
            reports = list(track(proofs, f"proving {self.count} reports", total=self.count, console=console))
        started = time.perf_counter()
        for at in range(0, self.count, BLOCK):
            refused = [verdict for verdict in self.engine.submit(reports[at : at + BLOCK]) if verdict is not None]
            if refused:
                raise refused[0]
            self.tick()
        return (time.perf_counter() - started) / self.count

    def close_and_settle(self) -> float:
        """Seconds from the block that closes the gate to the slot's settlement on disk."""
        state = self.chain.state.slot(self.slot)
        self.now += 0 if state is None else state.gate.opened_time + self.chain.genesis.gate - self.now
        started = time.perf_counter()
        self.tick()
        state = self.chain.state.slot(self.slot)
        if state is None or state.phase != Phase.CLOSED:
            raise RuntimeError("the gate did not close")
        unsigned = Battery(self.slot, WattHours(0), WattHours(0), WattHours(0), WattHours(0)).encode()
        self.engine.submit([unsigned + sign(self.battery, signed_message(self.chain.chain, unsigned))])
        while (state := self.chain.state.slot(self.slot)) is not None and state.phase == Phase.CLOSED:
            self.tick()
        if state is None or state.phase != Phase.SETTLED:
            raise RuntimeError("the slot was not settled")
        return time.perf_counter() - started

    def state_bytes(self) -> int:
        """Bytes of state per account: its leaf and its month."""
        leaf = len(self.chain.state.registry[0].encode())
        month = self.chain.state.accumulators(self.chain.genesis.month_of(self.slot), 0)
        return leaf + len(month.encode())

    def tick(self) -> None:
        """One block; the authorities answer into the next."""
        self.now += 1
        self.engine.produce(self.now)
        self.engine.submit([raw for each in self.authorities for raw in each.respond()])

    def _enrolled(self) -> bool:
        return len(self.chain.state.registry) == self.count

    def _enrolment(self, wallet: Wallet, meter: bytes) -> bytes:
        unsigned = Enrol(wallet.account, signing_public(meter), DEPOSIT).encode()
        message = signed_message(self.chain.chain, unsigned)
        return unsigned + b"".join(sign(each, message) for each in (self.utility, meter, wallet.account_secret))
