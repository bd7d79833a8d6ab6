"""Training: the same for a seed, within its bounds, and good for something."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from openmg.forecast import SMALL, forecast, naive, score, start, windows_of
from openmg.forecast.model import head_of, residuals
from openmg.forecast.training import LOCAL, PERSONAL, SLOWEST, Course, batches, loss, slowed, train
from tests.unit.forecast.meters import a_history

WINDOWS = windows_of(a_history(90))


def test_training_is_the_same_for_the_same_seed() -> None:
    flat = start(SMALL, seed=1)
    one = train(flat, WINDOWS, seed=7)
    assert np.array_equal(one, train(flat, WINDOWS, seed=7))
    assert not np.array_equal(one, train(flat, WINDOWS, seed=8))


def test_training_makes_a_home_know_itself() -> None:
    heard: list[float] = []
    flat = train(start(SMALL, seed=1), WINDOWS, 7, replace(LOCAL, epochs=20), heard.append)
    assert score(WINDOWS, forecast(flat, WINDOWS)).pinball < score(WINDOWS, naive(WINDOWS)).pinball
    assert heard == sorted(heard)
    assert heard[-1] == 1


def test_the_loss_is_the_pinball_loss_of_what_the_model_says() -> None:
    flat = np.random.default_rng(2).standard_normal(SMALL).astype(np.float32)
    said = np.add(WINDOWS.base, residuals(flat, WINDOWS.inputs))
    off = WINDOWS.targets[..., None] - said
    levels = np.array([0.1, 0.5, 0.9])
    expected = np.maximum(levels * off, (levels - 1) * off).mean()
    arrays = (jnp.asarray(each) for each in (flat, WINDOWS.inputs, WINDOWS.base, WINDOWS.targets))
    assert float(loss(*arrays)) == pytest.approx(expected, rel=1e-4)


def test_a_personal_head_leaves_the_common_part_alone() -> None:
    flat = train(start(SMALL, seed=1), WINDOWS, seed=7)
    own = train(flat, WINDOWS, 7, replace(PERSONAL, head_only=True))
    head = head_of(SMALL)
    assert np.array_equal(own[: head.start], flat[: head.start])
    assert not np.array_equal(own[head], flat[head])


def test_a_pull_keeps_a_personal_model_near() -> None:
    flat = train(start(SMALL, seed=1), WINDOWS, seed=7)
    far, near = (train(flat, WINDOWS, 7, Course(5, 16, 0.01, pull)) for pull in (0.0, 10.0))
    assert np.linalg.norm(near - flat) < np.linalg.norm(far - flat)


def test_an_epoch_takes_every_window() -> None:
    order = batches(50, Course(epochs=2, batch=16), seed=1)
    assert order.shape == (8, 16)
    for epoch in (order[:4], order[4:]):
        assert set(epoch.reshape(-1)) == set(range(50))


def test_steps_become_smaller_towards_the_last_round() -> None:
    rates = [slowed(LOCAL, number, 5).rate / LOCAL.rate for number in range(6)]
    assert rates == pytest.approx([1, 1 - 0.9 * (1 - 0.5**0.5) / 2, 0.55, 1 - 0.9 * (1 + 0.5**0.5) / 2, 0.1, 0.1])
    assert rates[4] == pytest.approx(SLOWEST)
    assert slowed(LOCAL, 0, 1) == LOCAL
