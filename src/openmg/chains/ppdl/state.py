"""All state of the PPDL chain as leaves of six Merkle trees, and the payloads that wait (WIRE-11, WIRE-12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from openmg.chains.ppdl.genesis import PPDLGenesis
from openmg.chains.ppdl.registry import MOST_ACCOUNTS, Registered
from openmg.chains.ppdl.round import RoundState
from openmg.chains.ppdl.task_state import CHUNK, TaskLeaf, TaskState
from openmg.chains.ppdl.transactions import MaskSum, Upload, decode
from openmg.encoding import Reader, Writer
from openmg.errors import BadInput, Corrupt, Malformed, Rejected
from openmg.lightclient import Proof
from openmg.machine import Leaf, Trees, Waiting, arranged, transaction_id

TREES: Final = ("parameters", "registries", "tasks", "rounds", "checkpoints", "weights")


@dataclass(frozen=True)
class Clock:
    """The newest block that changed anything: its height, time (s) and digest."""

    height: int
    time: int
    block: bytes

    def encode(self) -> bytes:
        """The leaf (WIRE-12)."""
        return Writer().integer(self.height, 8).integer(self.time, 8).fixed(self.block, 32).done()

    @classmethod
    def decode(cls, data: bytes) -> Clock:
        """Inverse of `encode`.

        Raises:
            Malformed: not one canonical encoding.
        """
        reader = Reader(data, "clock")
        clock = cls(reader.integer(8), reader.integer(8), reader.fixed(32))
        reader.end()
        return clock


@dataclass(frozen=True)
class Checkpoint:
    """A model that the chain came to: by which task and round (0: where the task began), and the releases by then."""

    task: int
    round: int
    releases: int
    digest: bytes

    def encode(self) -> bytes:
        """The leaf (WIRE-12)."""
        writer = Writer().integer(self.task, 4).integer(self.round, 4).integer(self.releases, 4)
        return writer.fixed(self.digest, 32).done()

    @classmethod
    def decode(cls, data: bytes) -> Checkpoint:
        """Inverse of `encode`.

        Raises:
            Malformed: not one canonical encoding.
        """
        reader = Reader(data, "checkpoint")
        checkpoint = cls(reader.integer(4), reader.integer(4), reader.integer(4), reader.fixed(32))
        reader.end()
        return checkpoint


class LearningState:
    """Typed state. Whoever changes a task or a round says so with `touch_…`, and looks at all rules first."""

    def __init__(self, genesis: PPDLGenesis) -> None:
        self.genesis = genesis
        self.registries: list[Registered] = []
        self.tasks: list[TaskState] = []
        self.rounds: list[RoundState] = []
        self.checkpoints: list[Checkpoint] = []
        self.payloads: dict[int, dict[int, bytes]] = {}
        """Uploads by index and mask sums from `MOST_ACCOUNTS` on, of every round that runs, by its position."""
        self._clock = Clock(0, 0, bytes(32))
        self._chunks: list[tuple[int, int]] = []
        self._known: dict[bytes, int] = {}
        self._read: dict[bytes, Upload | MaskSum] = {}
        self._trees = Trees(TREES, self.leaf)
        self._trees.touch("parameters", 0)
        self._trees.touch("parameters", 1)

    # --- the clock
    @property
    def clock(self) -> Clock:
        """The newest block that changed anything."""
        return self._clock

    @clock.setter
    def clock(self, clock: Clock) -> None:
        self._clock = clock
        self._trees.touch("parameters", 1)

    def rest(self, clock: Clock) -> None:
        """Take back the clock's move: the block changed nothing else."""
        self._clock = clock
        self._trees.rest("parameters", 1)

    # --- registries
    @property
    def registry(self) -> int | None:
        """The registry that was adopted last; None before the first."""
        adopted = [(each.adopted, index) for index, each in enumerate(self.registries) if each.adopted]
        return max(adopted)[1] if adopted else None

    def put_registry(self, index: int, registered: Registered) -> None:
        """Replace or append a registry."""
        self.registries[index : index + 1] = [registered]
        self._trees.touch("registries", index)

    # --- tasks
    def position_of(self, task_id: bytes) -> int | None:
        """A task's position among all; None when the chain does not have it."""
        return self._known.get(task_id)

    def add_task(self, task: TaskState) -> int:
        """Append a task and its weights."""
        position = len(self.tasks)
        self.tasks.append(task)
        self._known[task.identity] = position
        self._chunks.extend((position, chunk) for chunk in range(task.chunks))
        self.touch_task(position)
        self.touch_weights(position, range(task.task.size))
        return position

    def touch_task(self, position: int) -> None:
        """A task has changed."""
        self._trees.touch("tasks", position)

    def touch_weights(self, position: int, coordinates: Iterable[int]) -> None:
        """These parameters of a task, or the memory of them, have changed."""
        first = self._chunks.index((position, 0))
        for chunk in {coordinate // CHUNK for coordinate in coordinates}:
            self._trees.touch("weights", first + chunk)

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Append a checkpoint."""
        self._trees.touch("checkpoints", len(self.checkpoints))
        self.checkpoints.append(checkpoint)

    # --- rounds
    def running(self) -> list[tuple[int, TaskState, RoundState]]:
        """The rounds that run: position, task, round; in the order of the tasks."""
        found = [(task.running, task) for task in self.tasks if task.running is not None]
        return [(position, task, self.rounds[position]) for position, task in found]

    def round_of(self, task_id: bytes, number: int, clause: str) -> tuple[int, TaskState, RoundState]:
        """The running round of a task, which a message names.

        Raises:
            Rejected: with `clause`, when the task has no such round, or it does not run.
        """
        at = self._known.get(task_id)
        if at is None:
            raise Rejected(clause, f"there is no task {task_id.hex()[:16]}")
        task = self.tasks[at]
        if task.running is None or self.rounds[task.running].number != number:
            raise Rejected(clause, f"round {number} of task {task.task.name} does not run")
        return task.running, task, self.rounds[task.running]

    def add_round(self, round_: RoundState) -> int:
        """Append a round."""
        position = len(self.rounds)
        self.rounds.append(round_)
        self.touch_round(position)
        return position

    def touch_round(self, position: int) -> None:
        """A round has changed."""
        self._trees.touch("rounds", position)

    # --- payloads
    def keep(self, position: int, index: int, payload: bytes) -> None:
        """Let a payload wait for the end of a round."""
        self.payloads.setdefault(position, {})[index] = payload

    def drop(self, position: int) -> None:
        """A round is over: its payloads go."""
        for payload in self.payloads.pop(position, {}).values():
            self._read.pop(transaction_id(payload), None)

    def upload(self, position: int, index: int) -> Upload:
        """An upload that is in."""
        message = self._message(self.rounds[position].uploads[index].identity, self.payloads[position][index])
        assert isinstance(message, Upload), "payloads were checked when the state was loaded"
        return message

    def mask_sum(self, position: int, number: int) -> MaskSum:
        """A mask sum that is in, by its place among those of the round."""
        payload = self.payloads[position][MOST_ACCOUNTS + number]
        message = self._message(self.rounds[position].sums[number].identity, payload)
        assert isinstance(message, MaskSum), "payloads were checked when the state was loaded"
        return message

    def _message(self, identity: bytes, payload: bytes) -> Upload | MaskSum:
        if identity not in self._read:
            message = decode(payload).transaction
            assert isinstance(message, Upload | MaskSum), "nothing else waits"
            self._read[identity] = message
        return self._read[identity]

    def check_waiting(self) -> None:
        """Whether the payloads are those that the rounds name.

        Raises:
            Corrupt: they are others.
        """
        named = {
            (position, index): identity
            for position, _, round_ in self.running()
            for index, identity in _identities(round_)
        }
        held = {
            (position, index): transaction_id(payload)
            for position, payloads in self.payloads.items()
            for index, payload in payloads.items()
        }
        if named != held:
            raise Corrupt("the uploads and sums that wait are not those that the rounds name")

    # --- leaves and roots
    @property
    def changed(self) -> bool:
        """Whether anything but the clock was touched since the last `commit`."""
        return self._trees.changed(but="parameters")

    def commit(self) -> tuple[bytes, list[Leaf]]:
        """The state root after a block, and the leaves that the block changed."""
        return self._trees.commit()

    def root(self) -> bytes:
        """The state root of the last `commit`."""
        return self._trees.root()

    def size(self, tree: str) -> int:
        """How many leaves a tree has."""
        return self._trees.size(tree)

    def prove(self, tree: str, index: int) -> tuple[bytes, Proof, bytes, Proof]:
        """(leaf, its proof in its tree, that tree's leaf of the root, its proof in the root)."""
        return self._trees.prove(tree, index)

    def leaf(self, tree: str, index: int) -> bytes:
        """The data of one leaf.

        Raises:
            IndexError: no such leaf.
        """
        if tree == "parameters":
            return self._clock.encode() if index else self.genesis.encode()
        if tree == "weights":
            position, chunk = self._chunks[index]
            return self.tasks[position].weights(chunk)
        found: dict[str, Sequence[Registered | TaskState | RoundState | Checkpoint]] = {
            "registries": self.registries,
            "tasks": self.tasks,
            "rounds": self.rounds,
            "checkpoints": self.checkpoints,
        }
        return found[tree][index].encode()

    @classmethod
    def load(cls, genesis: PPDLGenesis, leaves: Iterable[Leaf], waiting: Waiting) -> LearningState:
        """Rebuild the state from stored leaves; `waiting` by (round, index).

        Raises:
            Corrupt: leaves that do not decode, or are missing.
        """
        state, ordered = cls(genesis), arranged(TREES, leaves, genesis.encode())
        try:
            state._clock = Clock.decode(ordered["parameters"][1])
            state.registries = [Registered.decode(data) for data in ordered["registries"]]
            state.rounds = [RoundState.decode(data) for data in ordered["rounds"]]
            state.checkpoints = [Checkpoint.decode(data) for data in ordered["checkpoints"]]
            weights = iter(ordered["weights"])
            for data in ordered["tasks"]:
                state._load_task(TaskLeaf.decode(data), weights)
        except (Malformed, IndexError, Rejected, BadInput) as error:
            raise Corrupt(f"the stored state is incomplete ({error})") from error
        for (position, index), payload in waiting.items():
            state.keep(position, index, payload)
        state._trees.load(ordered)
        return state

    def _load_task(self, leaf: TaskLeaf, weights: Iterator[bytes]) -> None:
        chunks = -(-leaf.task.size // CHUNK)
        task = leaf.joined(self.genesis.chain, [data for _, data in zip(range(chunks), weights, strict=False)])
        if task.model.digest != leaf.digest:
            raise Malformed(f"weights: not those of the model of task {leaf.task.name}")
        if task.running is not None and task.running >= len(self.rounds):
            raise Malformed(f"task {leaf.task.name}: its round is missing")
        self.add_task(task)


def _identities(round_: RoundState) -> Iterator[tuple[int, bytes]]:
    """What a running round names: (index, id)."""
    for index, sent in round_.uploads.items():
        yield index, sent.identity
    for number, given in enumerate(round_.sums):
        yield MOST_ACCOUNTS + number, given.identity
