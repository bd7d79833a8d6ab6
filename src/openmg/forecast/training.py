"""Training at home with JAX: a round's local epoch, and what a home then makes of the model for itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import cos, pi
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
import optax  # type: ignore[import-untyped]
from numpy.typing import NDArray

from openmg.forecast.features import Windows
from openmg.forecast.model import QUANTILES, Singles, head_of, layers_of

_STEPS_AT_ONCE: Final = 16
"""Compiled once for all homes; the steps that are left over, once for each number of them."""


@dataclass(frozen=True)
class Course:
    """How long and how fast: epochs, windows in a step, Adam's rate, the pull back to where it began."""

    epochs: int = 1
    batch: int = 32
    rate: float = 0.01
    pull: float = 0.0
    head_only: bool = False


SLOWEST: Final = 0.1
"""Of the first round's rate, in the last one."""
LOCAL: Final = Course()
"""A round's work in one home."""
PERSONAL: Final = Course(epochs=5, batch=16, rate=1e-3)
"""What a home does with a finished model for itself alone."""


def slowed(course: Course, number: int, rounds: int) -> Course:
    """The course of round `number` (from 0) of so many: Adam's rate goes down along a half cosine to a tenth."""
    done = min(1.0, number / max(1, rounds - 1))
    return replace(course, rate=course.rate * (1 - (1 - SLOWEST) * (1 - cos(pi * done)) / 2))


def pinball(said: jax.Array, happened: jax.Array) -> jax.Array:
    """The mean pinball loss over all slots and quantiles, in units of the 28-day mean load."""
    off = happened[..., None] - said
    levels = jnp.array(QUANTILES, dtype=jnp.float32)
    return jnp.maximum(levels * off, (levels - 1) * off).mean()


def loss(flat: jax.Array, inputs: jax.Array, base: jax.Array, targets: jax.Array) -> jax.Array:
    """The loss of a model on some windows."""
    layers = layers_of(flat)
    hidden = jax.nn.relu(inputs @ layers.weights + layers.biases)
    return pinball(base + hidden @ layers.head + layers.head_biases, targets)


def train(
    flat: Singles,
    windows: Windows,
    seed: int,
    course: Course = LOCAL,
    progress: Callable[[float], None] = lambda _: None,
) -> Singles:
    """The model after this course on these windows; the same for the same seed.

    `progress` hears which share of the work is done.
    """
    order = batches(len(windows), course, seed)
    where = np.zeros(len(flat), dtype=np.float32)
    where[head_of(len(flat)) if course.head_only else slice(None)] = 1
    found, state = jnp.asarray(flat), optax.adam(course.rate).init(jnp.asarray(flat))
    for at in range(0, len(order), _STEPS_AT_ONCE):
        rows = order[at : at + _STEPS_AT_ONCE]
        data = (windows.inputs[rows], windows.base[rows], windows.targets[rows])
        found, state = _walk(found, state, flat, where, data, course.rate, course.pull)
        progress(min(1.0, (at + _STEPS_AT_ONCE) / len(order)))
    return np.asarray(found)


def batches(count: int, course: Course, seed: int) -> NDArray[np.int64]:
    """Rows of every step, `[step, batch]`: each epoch takes all rows in its own order, and some twice to fill up."""
    dice = np.random.default_rng(seed)
    steps = -(-count // course.batch)
    epochs = [np.resize(dice.permutation(count), steps * course.batch) for _ in range(course.epochs)]
    return np.concatenate(epochs).reshape(-1, course.batch)


def walk(
    flat: jax.Array,
    state: optax.OptState,
    origin: jax.Array,
    where: jax.Array,
    data: tuple[jax.Array, jax.Array, jax.Array],
    rate: float,
    pull: float,
) -> tuple[jax.Array, optax.OptState]:
    """Steps of Adam, one for each batch of `data`, on the parameters where `where` is 1; `pull` draws to `origin`."""

    def one(carry: Any, batch: Any) -> tuple[Any, None]:  # noqa: ANN401 - trees of arrays have no better type
        at, memory = carry
        gradient = jax.grad(loss)(at, *batch) + pull * (at - origin)
        move, memory = optax.adam(rate).update(gradient * where, memory)
        return (at + move * where, memory), None

    (flat, state), _ = jax.lax.scan(one, (flat, state), data)
    return flat, state


_walk = jax.jit(walk)
