"""What a round's sums cost a home: ε of all that was published about it (LEARN-6)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from openmg.encoding import Reader, Writer
from openmg.errors import BadInput, Malformed, Rejected
from openmg.learning.accountant import PER_UNIT, epsilon_of
from openmg.learning.rounding import root_up
from openmg.learning.task import Task

_VERSION: Final = 1


def spent(task: Task, releases: int, chunks: int = 1) -> int | None:
    """ε in 1/1000, rounded up, of that many sums which a home took part in; None when nothing hides it.

    A home is in one group of a round, so a round is one release to it. With its data cut into `chunks` clients a
    home counts `chunks` times.
    """
    if releases < 1 or chunks < 1:
        return 0
    return _cost(releases, chunks * chunks * task.sensitivity_squared, task.noise, task.delta) if task.noise else None


def rounds_of(task: Task) -> int:
    """How many rounds' sums may be published before the task's releases are spent."""
    return min(task.rounds, task.releases // task.groups)


def check_claim(task: Task) -> None:
    """That the ε which the task claims covers all of its rounds, for a home that is one client.

    Raises:
        Rejected: `LEARN-6`, when they cost more than it says.
    """
    if not task.epsilon:
        return
    rounds = rounds_of(task)
    cost = _cost(rounds, task.sensitivity_squared, task.noise, task.delta)
    if cost > task.epsilon:
        raise Rejected("LEARN-6", f"{rounds} rounds cost ε = {cost} thousandths, the task claims {task.epsilon}")


def noise_for(sensitivity_squared: int, releases: int, epsilon: int, delta: int) -> int:
    """The least noise in quanta², but for one part in 4,096, with which that many releases cost at most ε.

    Raises:
        BadInput: ε (in 1/1000), the sensitivity or the number of releases is not positive.
    """
    if min(sensitivity_squared, releases, epsilon) < 1:
        raise BadInput(f"ε = {epsilon} thousandths, {releases} releases of {sensitivity_squared}: one is not positive")
    # ε is above loss/2 for every δ that means something, so the search begins where the distributions are small.
    low, high = 0, max(1, releases * sensitivity_squared * PER_UNIT // (2 * (epsilon + PER_UNIT)))
    while _cost(releases, sensitivity_squared, high, delta) > epsilon:
        low, high = high, 2 * high
    while high - low > max(1, high >> 12):
        middle = (low + high) // 2
        if _cost(releases, sensitivity_squared, middle, delta) > epsilon:
            low = middle
        else:
            high = middle
    return high


def _cost(releases: int, sensitivity_squared: int, noise: int, delta: int) -> int:
    """ε in 1/1000 of equal releases."""
    loss = Fraction(releases * sensitivity_squared, noise)
    return epsilon_of(loss, Fraction(root_up(sensitivity_squared), 2 * noise), delta)


@dataclass(frozen=True)
class Charge:
    """One round that a home sent an upload for, in how many clients, and the task's sensitivity² and σ² in quanta²."""

    task: bytes
    round: int
    chunks: int
    sensitivity_squared: int
    noise: int


@dataclass(frozen=True)
class Ledger:
    """All that a home ever gave, over every task: charged before an upload leaves, and never given back."""

    charges: tuple[Charge, ...] = ()

    def charge(self, task: Task, task_id: bytes, round_index: int, chunks: int = 1) -> Ledger:
        """The ledger with a round in it; unchanged when the round is there with as many chunks.

        Raises:
            BadInput: no chunk, or another number of them than the round was charged with.
        """
        new = Charge(task_id, round_index, chunks, task.sensitivity_squared, task.noise)
        if not 1 <= chunks < 2**16:
            raise BadInput(f"{chunks} chunks: 1 to 65535 were expected")
        for old in self.charges:
            if (old.task, old.round) == (task_id, round_index):
                if old != new:
                    raise BadInput(f"round {round_index} was charged with {old.chunks} chunks, not {chunks}")
                return self
        return Ledger((*self.charges, new))

    def spent(self, delta: int) -> int | None:
        """ε in 1/1000, rounded up, of all charges at δ = 10^−delta; None when one of them had no noise."""
        if not all(charge.noise for charge in self.charges):
            return None
        parts = [(each.chunks * each.chunks * each.sensitivity_squared, each.noise) for each in self.charges]
        loss = sum((Fraction(squared, noise) for squared, noise in parts), Fraction(0))
        grain = max((Fraction(root_up(squared), 2 * noise) for squared, noise in parts), default=Fraction(0))
        return epsilon_of(loss, grain, delta)

    def check(self, delta: int, most: int) -> None:
        """That all charges cost at most `most` thousandths of ε.

        Raises:
            Rejected: `LEARN-6`, when they cost more.
        """
        cost = self.spent(delta)
        if cost is None or cost > most:
            shown = "without bound" if cost is None else f"{cost} thousandths"
            raise Rejected("LEARN-6", f"ε would be {shown}, the home allows {most}")

    def encode(self) -> bytes:
        parts = Writer().integer(_VERSION, 1).integer(len(self.charges), 4)
        for charge in self.charges:
            parts.fixed(charge.task, 32).integer(charge.round, 4).integer(charge.chunks, 2)
            parts.integer(charge.sensitivity_squared, 8).integer(charge.noise, 8)
        return parts.done()

    @classmethod
    def decode(cls, data: bytes) -> Ledger:
        """The ledger in these bytes.

        Raises:
            Malformed: not the bytes of a ledger, or trailing ones.
        """
        reader = Reader(data, "privacy ledger")
        if (version := reader.integer(1)) != _VERSION:
            raise Malformed(f"privacy ledger of version {version}: {_VERSION} was expected")
        charges = tuple(
            Charge(reader.fixed(32), reader.integer(4), reader.integer(2), reader.integer(8), reader.integer(8))
            for _ in range(reader.integer(4))
        )
        reader.end()
        rounds = {(charge.task, charge.round) for charge in charges}
        if len(rounds) != len(charges) or not all(charge.chunks for charge in charges):
            raise Malformed("privacy ledger: a round is charged twice, or for nobody")
        return cls(charges)
