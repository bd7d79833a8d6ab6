"""How far forecasts were from what happened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from openmg.errors import BadInput
from openmg.forecast.clock import Floats
from openmg.forecast.features import Windows
from openmg.forecast.model import QUANTILES, Forecast


@dataclass(frozen=True)
class Score:
    """Errors of one home over some days, each divided by the days' mean load.

    `mae`: mean absolute error of the median; `pinball`: mean over the three quantiles; `bias`: mean forecast's error;
    `covered`: share of slots between the outer quantiles (a share of all slots, 0.8 when they are honest).
    """

    mae: float
    pinball: float
    bias: float
    covered: float


def score(windows: Windows, said: Forecast) -> Score:
    """A forecast's errors over windows whose targets are known.

    Raises:
        BadInput: no window, or one whose target is not known.
    """
    happened = _happened(windows)
    mean = float(happened.mean())
    off = happened[..., None] - said.quantiles
    levels = np.array(QUANTILES)
    inside = (happened >= said.quantiles[..., 0]) & (happened <= said.quantiles[..., 2])
    return Score(
        mae=float(np.abs(off[..., 1]).mean()) / mean,
        pinball=float(np.maximum(levels * off, (levels - 1) * off).mean()) / mean,
        bias=float((said.mean - happened).mean()) / mean,
        covered=float(inside.mean()),
    )


def naive(windows: Windows) -> Forecast:
    """The strong naive forecast: the same slot's quantiles over the 28 days before."""
    scales = windows.scales[:, None]
    base = windows.base.astype(np.float64) * scales[..., None]
    return Forecast(base, base @ np.full(len(QUANTILES), 1 / len(QUANTILES)))


def last_week(windows: Windows) -> Forecast:
    """The weak naive forecast: what the same slot was a week before."""
    was = windows.last_week.astype(np.float64) * windows.scales[:, None]
    return Forecast(np.repeat(was[..., None], len(QUANTILES), axis=2), was)


def _happened(windows: Windows) -> Floats:
    happened = windows.targets.astype(np.float64) * windows.scales[:, None]
    if not happened.size or not np.isfinite(happened).all() or not happened.any():
        raise BadInput("a score needs days of which it is known what happened")
    return happened
