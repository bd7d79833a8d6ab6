"""Real reports, made ahead: each account's next one spends from what the one before left."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

from rich.progress import track

from openmg.chains import Genesis
from openmg.chains.transactions import Enrol
from openmg.crypto import (
    Opening,
    Point,
    Witness,
    public_point,
    random_bytes,
    random_scalar,
    read_meter,
    sign,
    signing_public,
)
from openmg.home.household import statement
from openmg.home.policy import STEP_PRICES, Policy
from openmg.home.wallet import Wallet
from openmg.machine import signed_message
from openmg.units import ONE, MicroWon, Slot, WattHours
from tests.bench.network.figures import console

DEPOSIT: Final = MicroWon(50_000_000_000)
_MOST_WH: Final = 5000


@dataclass(frozen=True)
class Home:
    """The seeds of one home's wallet and meter."""

    seed: bytes
    meter: bytes

    @property
    def account(self) -> bytes:
        return Wallet(self.seed).account

    def enrolment(self, chain: bytes, utility: bytes) -> bytes:
        wallet = Wallet(self.seed)
        unsigned = Enrol(wallet.account, signing_public(self.meter), DEPOSIT).encode()
        message = signed_message(chain, unsigned)
        return unsigned + b"".join(sign(each, message) for each in (utility, self.meter, wallet.account_secret))


def new_homes(count: int) -> list[Home]:
    return [Home(random_bytes(32), random_bytes(32)) for _ in range(count)]


def reports_of(home: Home, genesis: bytes, key: Point, slots: Sequence[int], checkpoint: int) -> list[bytes]:
    """One home's reports for several slots; each knows what the one before leaves, and folds no credits."""
    founded = Genesis.decode(genesis)
    stated = statement(founded, key)
    wallet, seeded = Wallet(home.seed), random.Random(home.seed)
    wallet.enrol(DEPOSIT, Slot(checkpoint))
    made = []
    for slot in slots:
        watts = seeded.randrange(_MOST_WH)
        imported, exported = (
            (WattHours(watts), WattHours(0)) if seeded.random() < 0.5 else (WattHours(0), WattHours(watts))
        )
        order = Policy(seeded.choice(STEP_PRICES)).order(founded.ladder, founded.fee, imported, exported)
        reading = read_meter(home.meter, founded.chain, wallet.account, slot, key, imported, exported)
        base = wallet.base(Slot(checkpoint))
        raw = stated.prove(
            Witness(
                wallet.seed, wallet.account, slot, wallet.version, checkpoint, 0, base, reading, order.buy, order.sell
            )
        )
        wallet.learn(raw, key, founded.ladder.rungs, founded.chain)
        made.append(raw)
    return made


def prove_all(homes: Sequence[Home], genesis: Genesis, key: Point, slots: Sequence[int]) -> list[list[bytes]]:
    """By slot: the reports of all homes, in their order."""
    work = partial(reports_of, genesis=genesis.encode(), key=key, slots=tuple(slots), checkpoint=genesis.first_slot - 1)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        made = list(
            track(
                _in_pool(pool, work, homes),
                f"proving {len(homes):,} × {len(slots)} reports",
                total=len(homes),
                console=console,
            )
        )
    return [list(row) for row in zip(*made, strict=True)]


def _in_pool(pool: ProcessPoolExecutor, work: partial[list[bytes]], homes: Sequence[Home]) -> Iterator[list[bytes]]:
    yield from pool.map(work, homes, chunksize=4)


def proving_seconds(genesis: Genesis) -> float:
    """Seconds for one report when all cores prove, from a few under a key of no network."""
    homes = new_homes(4 * (os.cpu_count() or 1))
    work = partial(
        reports_of,
        genesis=genesis.encode(),
        key=public_point(random_scalar()),
        slots=(genesis.first_slot,) * 2,
        checkpoint=genesis.first_slot - 1,
    )
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        # The first ones start the processes.
        list(pool.map(work, homes[:2]))
        started = time.perf_counter()
        list(pool.map(work, homes))
        return (time.perf_counter() - started) / (2 * len(homes))


def first_base(key: Point) -> Point:
    """What a home's first report spends from."""
    return Opening(ONE * DEPOSIT, 0).commitment(key)
