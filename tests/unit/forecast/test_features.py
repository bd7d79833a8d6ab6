"""Windows: only what was known is looked at, and what is missing is left out."""

from __future__ import annotations

import dataclasses
import datetime

import numpy as np
import pytest

from openmg.errors import BadInput
from openmg.forecast import History, next_window, training_windows, windows_of
from openmg.forecast.citylearn import GOOD, load_history
from openmg.forecast.dates import calendar_of
from openmg.forecast.features import raw_features
from openmg.forecast.quantile import quantiles_of
from openmg.forecast.scaling import FEATURES, scaling_of, shipped
from tests.unit.forecast.meters import FIRST, a_history, a_load


@pytest.mark.parametrize("minutes", [15, 30, 60])
@pytest.mark.parametrize("hour", [0, 6])
def test_a_window_is_28_days_and_the_day_ahead(minutes: int, hour: int) -> None:
    history = a_history(40, minutes)
    windows = windows_of(history, (hour,))
    assert len(windows) == 26 - (hour > 0)
    assert windows.inputs.shape == (len(windows), history.slots, FEATURES)
    start = np.datetime64(FIRST, "m") + hour * 60
    assert windows.starts[0] == start + 14 * 24 * 60
    windows = windows.take(np.flatnonzero(windows.starts == start + 28 * 24 * 60))
    flat = history.load.reshape(-1)
    at = (28 * 24 + hour) * 60 // minutes
    scale = flat[at - 28 * history.slots : at].mean()
    assert windows.scales[0] == pytest.approx(scale)
    assert np.allclose(windows.targets[0] * scale, flat[at : at + history.slots], rtol=1e-5)
    past = flat[at - 28 * history.slots : at].reshape(28, -1) / scale
    assert np.allclose(windows.base[0].T, np.quantile(past, [0.1, 0.5, 0.9], axis=0), rtol=1e-5)
    assert np.allclose(windows.last_week[0], past[-7], rtol=1e-5)


def test_nothing_of_the_day_ahead_is_looked_at() -> None:
    history = a_history(40)
    other = dataclasses.replace(history, load=history.load.copy())
    other.load[35] = a_load(1, seed=9)[0]
    one, two = windows_of(history), windows_of(other)
    assert np.array_equal(one.inputs[:22], two.inputs[:22])
    assert np.array_equal(one.base[:22], two.base[:22])
    assert not np.array_equal(one.targets[21], two.targets[21])
    assert not np.array_equal(one.inputs[22], two.inputs[22])


def test_days_with_gaps_are_neither_learnt_nor_forecast_from_too_few() -> None:
    history = a_history(60)
    history.load[40, 5] = np.nan
    windows = windows_of(history)
    assert len(windows) == 45
    assert np.datetime64(FIRST + datetime.timedelta(days=40), "m") not in windows.starts
    assert np.isfinite(windows.inputs).all()
    history.load[53:57, 3] = np.nan
    assert len(windows_of(history).between(FIRST + datetime.timedelta(days=57))) == 0


def test_too_little_history_says_how_much_is_needed() -> None:
    with pytest.raises(BadInput, match="home: 27 complete days, of which 13 can be learnt from: 14 after the first 14"):
        training_windows("home", a_history(27))
    assert len(training_windows("home", a_history(28))) == 14
    with pytest.raises(BadInput, match="home: 13 complete days: a forecast needs 14 of the last 28"):
        next_window("home", a_history(13))
    assert next_window("home", a_history(14)).starts[0] == np.datetime64(FIRST, "m") + 14 * 24 * 60


def test_the_next_window_is_the_one_that_training_will_see() -> None:
    history = a_history(50)
    known = next_window("home", history.until(FIRST + datetime.timedelta(days=45)))
    later = windows_of(history).between(FIRST + datetime.timedelta(days=45))
    assert np.array_equal(known.inputs[0], later.inputs[0])
    assert np.isnan(known.targets).all()


def test_missing_days_are_left_out_of_quantiles() -> None:
    values = np.array([[[1.0], [np.nan], [3.0], [2.0]]])
    assert quantiles_of(values, (0, 0.25, 0.5, 1)).tolist() == [[[1, 1.5, 2, 3]]]
    assert np.isnan(quantiles_of(np.full((1, 3, 1), np.nan), (0.5,))).all()


def test_the_calendar_knows_its_days() -> None:
    friday = np.datetime64("2026-11-20T00:00", "m")
    calendar = calendar_of(np.array([friday, friday + 24 * 60, friday + 48 * 60]), 24, 0)
    assert calendar[:, 0, 4].tolist() == [0, 1, 1]  # the weekend
    assert calendar[:, 0, 5].tolist() == [1, 0, 0]  # Friday
    assert calendar[:, 0, 6].tolist() == [0, 0, 1]  # Sunday
    late = calendar_of(np.array([friday + 20 * 60]), 24, 20)
    assert late[0, :, 4].tolist() == [0] * 4 + [1] * 20
    assert calendar[0, 0, :2].tolist() == [0, 1]  # midnight


def test_an_empty_home_divides_by_no_zero() -> None:
    load = np.zeros(24 * 40)
    load[::7] = 1e-3
    windows = windows_of(History(FIRST, 60, load.reshape(40, 24)))
    assert (windows.scales == 10).all()
    assert np.isfinite(windows.inputs).all()


def test_the_shipped_scaling_is_that_of_the_public_homes() -> None:
    raw = np.concatenate([raw_features(load_history(number)) for number in GOOD])
    found, there = scaling_of(raw), shipped()
    assert np.allclose(found.centre, there.centre, rtol=1e-4, atol=1e-9)
    assert np.allclose(found.matrix, there.matrix, rtol=1e-3, atol=1e-4)
