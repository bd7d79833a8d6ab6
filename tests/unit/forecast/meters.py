"""Meters for the tests of this room: made-up homes with a day's rhythm and some chance."""

from __future__ import annotations

import datetime

import numpy as np
from numpy.typing import NDArray

from openmg.forecast import History, history_of

FIRST = datetime.date(2025, 1, 6)
"""A Monday."""


def a_load(days: int, minutes: int = 60, seed: int = 1) -> NDArray[np.float64]:
    """Wh a slot: more in the evening, different from day to day."""
    dice = np.random.default_rng(seed)
    slots = 24 * 60 // minutes
    rhythm = 1.5 + np.sin(2 * np.pi * (np.arange(slots) / slots - 0.5))
    day = rhythm * dice.lognormal(0, 0.2, (days, 1)) * dice.lognormal(0, 0.4, (days, slots))
    return np.round(400 * minutes / 60 * day, 3)


def times(count: int, minutes: int = 60) -> NDArray[np.datetime64]:
    """When so many readings start."""
    return np.datetime64(FIRST, "m") + minutes * np.arange(count)


def a_history(days: int, minutes: int = 60, seed: int = 1) -> History:
    load = a_load(days, minutes, seed).reshape(-1)
    return history_of("meter", times(len(load), minutes), load)
