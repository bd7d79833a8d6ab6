"""Quantiles over days of which some are missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def quantiles_of(values: Floats, levels: Sequence[float]) -> Floats:
    """Quantiles of `values[row, day, slot]` over the known days, linear between neighbours: `[row, slot, level]`.

    NaN where no day is known.
    """
    ordered = np.sort(values, axis=1)  # what is missing comes last
    last = np.isfinite(values).sum(axis=1) - 1
    found = []
    for level in levels:
        at = level * np.maximum(last, 0)
        low = np.floor(at).astype(np.int64)
        high = np.minimum(low + 1, np.maximum(last, 0))
        below = np.take_along_axis(ordered, low[:, None], axis=1)[:, 0]
        above = np.take_along_axis(ordered, high[:, None], axis=1)[:, 0]
        found.append(below + (above - below) * (at - low))
    return np.stack(found, axis=2)


def median_of(values: Floats) -> Floats:
    """The median of `values[row, day, slot]` over the known days."""
    return quantiles_of(values, (0.5,))[..., 0]
