"""A task as the chain keeps it: its votes, where its rounds are, its model and the optimiser's memory (LEARN-0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from openmg.encoding import Reader, Writer
from openmg.errors import Malformed
from openmg.learning import Model, Optimiser, Task

CHUNK: Final = 1024
"""Parameters in one leaf of the weights."""
_NONE: Final = 2**32 - 1


@dataclass
class TaskState:
    """One task. `votes` has bit i−1 for authority i, `adopted` is the height of the t-th vote (0 before).

    `next` is the round that begins next, from 1; `running` the position of the running one among all rounds.
    """

    task: Task
    identity: bytes
    model: Model
    optimiser: Optimiser
    votes: int = 0
    adopted: int = 0
    next: int = 1
    releases: int = 0
    running: int | None = None

    @property
    def chunks(self) -> int:
        """Leaves of its weights."""
        return -(-self.task.size // CHUNK)

    @property
    def may_begin(self) -> bool:
        """Whether another round fits: a round, and releases for all its groups (LEARN-3)."""
        fits = self.next <= self.task.rounds and self.releases + self.task.groups <= self.task.releases
        return bool(self.adopted) and self.running is None and fits

    def weights(self, chunk: int) -> bytes:
        """One leaf of the weights: some parameters, then u of the same, then v."""
        part = slice(chunk * CHUNK, (chunk + 1) * CHUNK)
        values = (*self.model.parameters[part], *self.optimiser.u[part], *self.optimiser.v[part])
        return b"".join([value.to_bytes(8, "little", signed=True) for value in values])

    def encode(self) -> bytes:
        """The leaf (WIRE-12)."""
        writer = Writer().sized(self.task.encode()).integer(self.votes, 8).integer(self.adopted, 8)
        writer.integer(self.next, 4).integer(self.releases, 4)
        return writer.integer(_NONE if self.running is None else self.running, 4).fixed(self.model.digest, 32).done()


@dataclass(frozen=True)
class TaskLeaf:
    """What a task's leaf says; the weights are in leaves of their own."""

    task: Task
    votes: int
    adopted: int
    next: int
    releases: int
    running: int | None
    digest: bytes

    @classmethod
    def decode(cls, data: bytes) -> TaskLeaf:
        """Inverse of `TaskState.encode`.

        Raises:
            Malformed: not one canonical encoding.
            Rejected: `LEARN-0`, a task that nobody may run.
        """
        reader = Reader(data, "task")
        task, votes, adopted = Task.decode(reader.sized()), reader.integer(8), reader.integer(8)
        number, releases, running = reader.integer(4), reader.integer(4), reader.integer(4)
        leaf = cls(task, votes, adopted, number, releases, None if running == _NONE else running, reader.fixed(32))
        reader.end()
        return leaf

    def joined(self, chain: bytes, weights: list[bytes]) -> TaskState:
        """The task with its weights.

        Raises:
            Malformed: they are of another number.
        """
        columns: tuple[list[int], list[int], list[int]] = ([], [], [])
        for data in weights:
            values = [int.from_bytes(data[at : at + 8], "little", signed=True) for at in range(0, len(data), 8)]
            third = len(values) // 3
            for column, start in zip(columns, (0, third, 2 * third), strict=True):
                column.extend(values[start : start + third])
        w, u, v = columns
        if not len(w) == len(u) == len(v) == self.task.size:
            raise Malformed(f"weights: {len(w)} where {self.task.size} were expected")
        model, optimiser = Model(tuple(w)), Optimiser(tuple(u), tuple(v))
        identity = self.task.identity(chain)
        return TaskState(
            self.task, identity, model, optimiser, self.votes, self.adopted, self.next, self.releases, self.running
        )
