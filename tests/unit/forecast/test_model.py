"""The model: its shape, what it starts from, and its integers."""

from __future__ import annotations

import numpy as np
import pytest

from openmg.errors import BadInput
from openmg.forecast import (
    LARGE,
    SMALL,
    fit_blend,
    forecast,
    last_week,
    naive,
    score,
    start,
    to_floats,
    to_model,
    update_of,
    windows_of,
)
from openmg.forecast.model import EVEN_BLEND, head_of, hidden_of, layers_of, residuals
from openmg.learning import Model
from tests.unit.forecast.meters import a_history

WINDOWS = windows_of(a_history(60))


def test_a_models_size_is_its_shape() -> None:
    assert (hidden_of(SMALL), hidden_of(LARGE)) == (16, 48)
    for size in (0, 3, 706, 708, 2**20):
        with pytest.raises(BadInput, match=f"a model of {size} parameters: 44 for each hidden unit and 3"):
            hidden_of(size)
    layers = layers_of(np.arange(SMALL, dtype=np.float32))
    assert [each.shape for each in (layers.weights, layers.biases, layers.head, layers.head_biases)] == [
        (40, 16),
        (16,),
        (16, 3),
        (3,),
    ]
    assert layers.weights[1, 0] == 16
    assert layers.head[0, 0] == head_of(SMALL).start == 656


def test_a_start_says_what_the_28_days_before_say() -> None:
    flat = start(LARGE, seed=3)
    assert np.array_equal(flat, start(LARGE, seed=3))
    assert not np.array_equal(flat, start(LARGE, seed=4))
    said = forecast(flat, WINDOWS)
    assert np.allclose(said.quantiles, naive(WINDOWS).quantiles)
    assert score(WINDOWS, said).mae == pytest.approx(score(WINDOWS, naive(WINDOWS)).mae)
    assert score(WINDOWS, last_week(WINDOWS)).mae > score(WINDOWS, said).mae


def test_every_slot_is_seen_by_the_same_network() -> None:
    flat = np.random.default_rng(1).standard_normal(SMALL).astype(np.float32)
    all_slots = residuals(flat, WINDOWS.inputs)
    assert np.allclose(all_slots[3, 7], residuals(flat, WINDOWS.inputs[3, 7]), atol=1e-5)
    layers = layers_of(flat)
    hidden = np.maximum(WINDOWS.inputs[3, 7] @ layers.weights + layers.biases, 0)
    assert np.allclose(all_slots[3, 7], hidden @ layers.head + layers.head_biases, atol=1e-5)


def test_quantiles_are_in_order_and_no_home_consumes_less_than_nothing() -> None:
    said = forecast(5 * np.random.default_rng(1).standard_normal(SMALL).astype(np.float32), WINDOWS)
    assert (said.quantiles >= 0).all()
    assert (np.diff(said.quantiles, axis=2) >= 0).all()
    assert (said.mean >= 0).all()


def test_a_homes_blend_makes_the_mean_better() -> None:
    flat = start(SMALL, seed=1)
    happened = WINDOWS.targets * WINDOWS.scales[:, None]

    def squared(blend: tuple[float, float, float]) -> float:
        return float(((forecast(flat, WINDOWS, blend).mean - happened) ** 2).mean())

    assert squared(fit_blend(flat, WINDOWS, pull=0.001)) < squared(fit_blend(flat, WINDOWS)) < squared(EVEN_BLEND)
    assert fit_blend(flat, WINDOWS, pull=1e9) == pytest.approx(EVEN_BLEND, abs=1e-6)


def test_a_score_needs_to_know_what_happened() -> None:
    none = WINDOWS.take(np.arange(0))
    with pytest.raises(BadInput, match="a score needs days"):
        score(none, forecast(start(SMALL, 1), none))


def test_integers_are_the_parameters_to_2_to_minus_32() -> None:
    flat = start(SMALL, seed=5)
    model = to_model(flat)
    assert Model.decode(model.encode()) == model
    assert np.abs(to_floats(model.parameters) - flat).max() <= 2.0**-33
    assert to_model(np.array([0.5, -1.0, 2.0**-33, 3 * 2.0**-33], dtype=np.float32)).parameters == (
        1 << 31,
        -(1 << 32),
        0,
        2,
    )
    moved = flat.copy()
    moved[[2, 7]] += np.float32(0.25)
    assert update_of(flat, moved, [2, 3, 7]) == [
        round((float(moved[2]) - float(flat[2])) * 2**32),
        0,
        round((float(moved[7]) - float(flat[7])) * 2**32),
    ]


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 2.0**31])
def test_a_training_that_went_astray_is_refused(wrong: float) -> None:
    flat = start(SMALL, seed=5)
    moved = flat.copy()
    moved[3] = wrong
    with pytest.raises(BadInput, match="training went astray"):
        update_of(flat, moved, range(SMALL))
    with pytest.raises(BadInput, match="training went astray"):
        to_model(moved)
