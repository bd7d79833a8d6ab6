"""One real round on an embedded chain with real cryptography: every part of it against the stopwatch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np

from openmg.authority import Holder, HolderFile
from openmg.chains import PPDLChain, PPDLGenesis
from openmg.chains.ppdl import Phase, RoundState, TaskState, Upload, registry_root, signed
from openmg.crypto import gaussian_noise, hide, signing_public
from openmg.engine import LocalEngine
from openmg.learning import (
    LANE_BYTES,
    GroupSum,
    Model,
    Optimiser,
    add_lanes,
    beacon_of,
    contribution,
    coordinates_of,
    pack,
    step,
    unpack,
)
from openmg.lightclient import MerkleTree
from tests.bench.ppdl.cases import Case
from tests.bench.ppdl.spent import Spent, Stopwatch, median, total

BEGIN: Final = 1_790_000_000
BLOCK_BYTES: Final = 2 * 2**20
"""The most that uploads take in a block, as on CometBFT."""
MEASURED_HOMES: Final = 20
"""So many homes do all their work; the others only hide what one of these said."""


@dataclass(frozen=True)
class Cost:
    """What one round took; `client` is the median home, `chain` one authority's copy of it.

    `clear` is the same sum and step of the same vectors without any secrecy, `parts` what the sums are made of.
    """

    case: Case
    client: Spent
    chain: Spent
    holders: tuple[Spent, ...]
    clear: Spent
    upload_bytes: int
    round_bytes: int
    blocks: int
    parts: dict[str, Spent]

    @property
    def busiest(self) -> Spent:
        """The holder that worked most: it is due for most sums."""
        return max(self.holders, key=lambda spent: spent.processor)

    @property
    def together(self) -> Spent:
        """Chain and all holders, one after another in one process."""
        return self.chain + total(iter(self.holders))


class Round:
    """A chain in a file, its holders with their files, and what its homes said."""

    def __init__(self, folder: Path, case: Case) -> None:
        self._case = case
        self._task = case.task
        files = [HolderFile.create(folder / f"holder-{index}", "bench") for index in range(case.committee)]
        genesis = PPDLGenesis("bench", tuple(file.public for file in files))
        self._engine = LocalEngine.create(folder / "ppdl.db", PPDLChain(genesis))
        self._holders = [Holder(self._engine.chain, file) for file in files]
        self._secrets = [sha256(b"home %d" % home).digest() for home in range(case.homes)]
        self._accounts = [signing_public(secret) for secret in self._secrets]
        self._registry = MerkleTree()
        self._registry.update(enumerate(self._accounts))
        self._now = BEGIN
        self._bytes = self._blocks = 0
        self._values: list[list[int]] = []
        self._watch = Stopwatch()

    def measure(self) -> Cost:
        """The task's first round, from keys to the step.

        Raises:
            RuntimeError: it did not come to the model that the same vectors give in the clear.
        """
        self._adopt()
        watch, rounds = self._watch, self._engine.chain.state.rounds
        learned = self._engine.chain.state.tasks[0]
        self._say("keys")
        uploads, clients = self._homes(rounds[0])
        for block in _blocks_of(uploads):
            self._block(block, "chain: uploads", 0)
        self._block([], "chain: uploads", self._task.upload)
        self._say("check")
        self._say("sums")
        self._engine.close()
        coordinates = self._coordinates(rounds[0])
        with watch.on("clear"):
            expected = self._in_the_clear(coordinates)
        if rounds[0].phase != Phase.DONE or learned.model != expected:
            raise RuntimeError(f"{self._case}: the round ended in {rounds[0].phase.name}, with another model")
        return Cost(
            self._case,
            median(clients),
            watch.total("chain: "),
            tuple(watch.total(f"holder {holder.index}: ") for holder in self._holders),
            watch.parts["clear"],
            len(uploads[0]),
            self._bytes,
            self._blocks,
            watch.parts,
        )

    # --- the chain and its holders
    def _adopt(self) -> None:
        """Registry and task by all votes that it takes: before the round, and not measured."""
        voters, engine = self._holders[: self._engine.chain.genesis.threshold], self._engine
        root = registry_root(self._accounts)
        engine.submit([holder.vote_registry(root, len(self._accounts)) for holder in voters])
        engine.produce(self._now)
        engine.submit([holder.vote_task(self._task, self._case.model) for holder in voters])
        engine.produce(self._now)

    def _say(self, part: str) -> None:
        """What all holders have to say, each against its own clock, then the block with it."""
        said: list[bytes] = []
        for holder in self._holders:
            with self._watch.on(f"holder {holder.index}: {part}"):
                said += holder.respond()
        self._block(said, f"chain: {part}")

    def _block(self, transactions: Sequence[bytes], part: str, seconds: int = 1) -> None:
        """Check what is offered, execute it, write it to the disk."""
        self._now += seconds
        with self._watch.on(part):
            verdicts = [*self._engine.submit(transactions), *self._engine.produce(self._now).verdicts]
        for refused in filter(None, verdicts):
            raise RuntimeError(f"{self._case}: the chain refused something of {part}: {refused}")
        self._bytes += sum(map(len, transactions))
        self._blocks += 1

    # --- the homes
    def _homes(self, round_: RoundState) -> tuple[list[bytes], list[Spent]]:
        """Everybody's upload, and what the homes took that do all their work."""
        uploads, clients = [], []
        for home in range(self._case.homes):
            update = self._update(home)
            siblings = self._registry.prove(home).siblings
            watch = Stopwatch()
            with watch.on("client"):
                if home < MEASURED_HOMES:
                    self._coordinates(round_)
                    seed = sha256(b"noise" + self._secrets[home]).digest()
                    noise = gaussian_noise(seed, self._task.share_variance, self._task.values)
                    self._values.append(contribution(self._task, update, [500], noise))
                uploads.append(self._upload(round_, home, siblings))
            if home < MEASURED_HOMES:
                clients.append(watch.total("client"))
        return uploads, clients

    def _update(self, home: int) -> list[int]:
        """How far training moved the chosen coordinates, in 2^−32: a little more than the bound on their length."""
        chosen = self._task.chosen
        moved = np.random.default_rng(home).normal(0.0, 0.5 / chosen**0.5, chosen)
        return [int(value) for value in moved * 2.0**32]

    def _coordinates(self, round_: RoundState) -> tuple[int, ...]:
        beacon = beacon_of(self._learned.identity, round_.number, round_.keys)
        return coordinates_of(beacon, self._task.chosen, self._task.size)

    def _upload(self, round_: RoundState, home: int, siblings: tuple[bytes, ...]) -> bytes:
        packed = pack(self._values[home % len(self._values)], self._task.bits)
        place, account = (self._learned.identity, round_.number), self._accounts[home]
        seed = sha256(b"masks" + self._secrets[home]).digest()
        hidden = hide(*place, account, packed, self._task.committee, round_.keys, seed)
        return signed(Upload(*place, home, account, siblings, hidden), self._engine.chain.chain, self._secrets[home])

    @property
    def _learned(self) -> TaskState:
        return self._engine.chain.state.tasks[0]

    def _in_the_clear(self, coordinates: tuple[int, ...]) -> Model:
        """What a server would do that is shown every update."""
        task, homes = self._task, self._case.homes
        packed = [pack(values, task.bits) for values in self._values]
        vectors = [packed[home % len(packed)] for home in range(homes)]
        sums = unpack(add_lanes(vectors, LANE_BYTES, task.lanes), homes, task.values, task.bits)
        moved = GroupSum(homes, tuple(sums))
        return step(task, self._case.model, Optimiser.start(task.size), coordinates, [moved])[0]


def _blocks_of(transactions: Sequence[bytes]) -> Iterator[list[bytes]]:
    """In blocks that are as full as they may be."""
    block: list[bytes] = []
    for raw in transactions:
        if block and sum(map(len, block)) + len(raw) > BLOCK_BYTES:
            yield block
            block = []
        block.append(raw)
    yield block
