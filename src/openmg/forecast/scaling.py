"""The scale of the features: fixed, public, the same in every home, so that one model means the same in all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openmg.forecast.clock import Floats

LEVELS: Final = 29
"""Features that are loads; they come first."""
FEATURES: Final = 40
BOUND: Final = 4.0
"""A scaled feature is kept within ±4."""
FILE: Final = Path(__file__).with_name("scaling.csv")
_MOST_LEVEL: Final = 12.0
_MEDIAN: Final = 9
"""The 28-day median among the loads: the others count from it."""
_CENTRE: Final = 0.6
_FLOOR: Final = 3e-2
"""Of the mean variance: directions with less are not blown up to 1."""


@dataclass(frozen=True)
class Scaling:
    """x ↦ (x − centre)·matrix: on the public homes uncorrelated, with variance 1."""

    centre: Floats
    matrix: Floats


def scale_inputs(raw: Floats) -> NDArray[np.float32]:
    """The model's inputs from raw features `[row, slot, 40]`, loads in units of the 28-day mean."""
    scaling = shipped()
    scaled = (_compressed(raw) - scaling.centre) @ scaling.matrix
    return np.clip(scaled, -BOUND, BOUND).astype(np.float32)


def scaling_of(raw: Floats) -> Scaling:
    """The scaling under which these raw features become uncorrelated, each in its own direction (ZCA)."""
    features = _compressed(raw).reshape(-1, FEATURES)
    centre = features.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov((features - centre).T))
    return Scaling(centre, (vectors / np.sqrt(values + _FLOOR * values.mean())) @ vectors.T)


@cache
def shipped() -> Scaling:
    """The scaling that every home uses: that of the 14 CityLearn homes."""
    rows = np.loadtxt(FILE, delimiter=",")
    return Scaling(rows[0], rows[1:])


def write_scaling(scaling: Scaling, path: Path) -> None:
    """Write the file that `shipped` reads: the centre, then the matrix row by row."""
    np.savetxt(path, np.vstack([scaling.centre, scaling.matrix]), fmt="%.5g", delimiter=",")


def _compressed(raw: Floats) -> Floats:
    """Loads as logarithms that count from the median's."""
    levels = np.log1p(np.clip(raw[..., :LEVELS], 0, _MOST_LEVEL))
    median = levels[..., _MEDIAN : _MEDIAN + 1]
    others = np.delete(levels - median, _MEDIAN, axis=-1)
    return np.concatenate([median - _CENTRE, others, raw[..., LEVELS:]], axis=-1)
