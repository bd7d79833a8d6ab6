"""Rounds without a chain: homes train as the gateway does, sums and steps are the chain's own integers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
import optax  # type: ignore[import-untyped]
from numpy.typing import NDArray

from openmg.crypto import gaussian_noise
from openmg.forecast import Windows, to_floats, to_model, update_of
from openmg.forecast.model import Singles
from openmg.forecast.training import Course, batches, slowed, walk
from openmg.learning import GroupSum, Optimiser, Rule, Task, clip_and_quantise, noise_for, step

FEW: Final = 256
"""So many homes may take part with fields of 24 bits; more need fields of 20."""
DELTA: Final = 5


@dataclass(frozen=True)
class Plan:
    """How a federation learns; `clip` in the model's unit (None: far away), `epsilon` (None: no noise).

    `tail` rounds at the end whose checkpoints are averaged: they are public, so that costs nothing. `slowed`: homes
    take smaller steps towards the end, which noise would only drown.
    """

    rounds: int
    course: Course
    rate: float = 1.0
    momentum: float = 0.0
    clip: float | None = None
    epsilon: float | None = None
    tail: int = 1
    slowed: bool = False


@dataclass(frozen=True)
class Learnt:
    """A federation's model, what one round took (s, median), and which share of updates was clipped at last."""

    flat: Singles
    seconds: float
    clipped: float


class Federation:
    """Clients with windows of their own; each takes as many steps as the largest needs, of its own days."""

    def __init__(self, clients: Sequence[Windows], course: Course) -> None:
        self.course = course
        self._counts = [len(client) for client in clients]
        self._steps = -(-max(self._counts) // course.batch) * course.epochs
        most = max(self._counts)
        rows = [np.resize(np.arange(count), most) for count in self._counts]
        pairs = list(zip(clients, rows, strict=True))
        self._data = tuple(
            jnp.asarray(np.stack([getattr(client, name)[at] for client, at in pairs]))
            for name in ("inputs", "base", "targets")
        )

    def learn(self, flat: Singles, plan: Plan, seed: int) -> Learnt:
        """All rounds."""
        task = _task(len(flat), len(self._counts), plan)
        model, optimiser, taken, last = to_model(flat), Optimiser.start(len(flat)), [], []
        share = 0.0
        for number in range(plan.rounds):
            began = time.perf_counter()
            before = to_floats(model.parameters)
            course = slowed(self.course, number, plan.rounds) if plan.slowed else self.course
            after = self._train(before, course.rate, seed * 100_000 + number)
            group, share = _sum(task, before, after, seed * 100_000 + number)
            model, optimiser = step(task, model, optimiser, range(task.size), [group])
            taken.append(time.perf_counter() - began)
            if number >= plan.rounds - plan.tail:
                last.append(to_floats(model.parameters))
        return Learnt(np.asarray(np.mean(last, axis=0), dtype=np.float32), float(np.median(taken)), share)

    def _train(self, flat: Singles, rate: float, seed: int) -> NDArray[np.float32]:
        """Every client's parameters after its course."""
        order = np.stack([self._order(count, seed + 7919 * client) for client, count in enumerate(self._counts)])
        return np.asarray(_everybody(jnp.asarray(flat), self._data, jnp.asarray(order), rate))

    def _order(self, count: int, seed: int) -> NDArray[np.int64]:
        """One client's batches: its own epochs, and more of them where others have more days."""
        epochs = -(-self._steps * self.course.batch // count)
        rows = batches(count, Course(epochs, self.course.batch), seed).reshape(-1)
        return rows[: self._steps * self.course.batch].reshape(self._steps, self.course.batch)


@jax.jit
def _everybody(flat: jax.Array, data: Any, order: jax.Array, rate: float) -> jax.Array:  # noqa: ANN401
    where = jnp.ones_like(flat)

    def one(_: None, client: Any) -> tuple[None, jax.Array]:  # noqa: ANN401
        arrays, rows = client
        batch = tuple(array[rows] for array in arrays)
        after, _memory = walk(flat, optax.adam(rate).init(flat), flat, where, batch, rate, 0.0)
        return None, after

    return jax.lax.scan(one, None, (data, order))[1]


def _sum(task: Task, before: Singles, after: NDArray[np.float32], seed: int) -> tuple[GroupSum, float]:
    """The sum of all homes' clipped and rounded updates with the noise of all their shares.

    The homes' shares are drawn at once: a sum of discrete Gaussians is one, but for 10^−16 (LEARN-0).
    """
    moved = (after.astype(np.float64) - before.astype(np.float64)) * 2.0**task.scale
    norms = np.sqrt((moved * moved).sum(axis=1, keepdims=True))
    quanta = np.rint(moved * np.minimum(1.0, task.clip / norms))
    first = clip_and_quantise(update_of(before, after[0], range(task.size)), task.clip, task.scale)
    assert np.abs(quanta[0] - first).max() <= 1, "the fast sum must be the rules' sum"
    sums = quanta.sum(axis=0).astype(np.int64).tolist()
    if task.noise:
        homes = len(after)
        drawn = gaussian_noise(seed.to_bytes(32, "little"), homes * task.share_variance, task.size)
        sums = [value + noise for value, noise in zip(sums, drawn, strict=True)]
    return GroupSum(len(after), tuple(sums)), float((norms > task.clip).mean())


def _task(size: int, homes: int, plan: Plan) -> Task:
    bits = 24 if homes <= FEW else 20
    epsilon = None if plan.epsilon is None else round(1000 * plan.epsilon)
    # The finest quantum with which a value and its noise fit; without a clip 32 units do, which no update reaches.
    for scale in range(bits - 6 if plan.clip is None else 20 if homes <= FEW else 18, 0, -1):
        clip = 2 ** (bits - 1) - 1 if plan.clip is None else round(plan.clip * 2**scale)
        noise = 0 if epsilon is None else noise_for(clip * clip, plan.rounds, epsilon, DELTA)
        if clip + 10 * (isqrt(-(-noise // homes)) + 1) * (noise > 0) < 2 ** (bits - 1):
            break
    return Task(
        name="benchmark",
        model=bytes(32),
        size=size,
        chosen=size,
        scale=scale,
        bits=bits,
        clip=clip,
        evaluated=0,
        most_loss=0,
        noise=noise,
        dishonest=0,
        least=homes,
        most=2 ** (32 - bits),
        groups=1,
        rounds=plan.rounds,
        releases=plan.rounds,
        epsilon=epsilon or 0,
        delta=DELTA if noise else 0,
        rule=Rule.FEDAVG,
        rate=round(plan.rate * 2**16),
        momentum=round(plan.momentum * 2**16),
        second=0,
        adaptivity=0,
        committee=1,
        keys=1,
        upload=1,
        check=1,
        unmask=1,
    )
