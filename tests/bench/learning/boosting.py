"""The opponent: LightGBM on the same features, with everybody's data in one place."""

from __future__ import annotations

import lightgbm
import numpy as np
from numpy.typing import NDArray

from openmg.forecast import Windows
from openmg.forecast.scaling import shipped

ROUNDS = 300
OPTIONS = {
    "objective": "l1",
    "learning_rate": 0.05,
    "num_leaves": 31,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "verbose": -1,
    "deterministic": True,
    "num_threads": 2,
}


def boost(training: Windows, seed: int) -> lightgbm.Booster:
    """Trees for what comes on top of the 28-day median, in units of the 28-day mean."""
    data = lightgbm.Dataset(_rows(training), (training.targets - training.base[..., 1]).reshape(-1))
    return lightgbm.train(OPTIONS | {"seed": seed}, data, ROUNDS)


def boosted_median(trees: lightgbm.Booster, windows: Windows) -> NDArray[np.float64]:
    """What the trees expect, in Wh a slot."""
    on_top = np.asarray(trees.predict(_rows(windows))).reshape(windows.targets.shape)
    return np.asarray(np.maximum(windows.base[..., 1] + on_top, 0) * windows.scales[:, None], dtype=np.float64)


def _rows(windows: Windows) -> NDArray[np.float32]:
    """The features without the matrix that makes them uncorrelated: trees split better on each alone."""
    scaling = shipped()
    raw = windows.inputs @ np.linalg.inv(scaling.matrix) + scaling.centre
    return raw.reshape(-1, raw.shape[2]).astype(np.float32)
