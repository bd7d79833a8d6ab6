"""What is known of a slot before any meter: its hour, its day, how far ahead it is, its season."""

from __future__ import annotations

import numpy as np

from openmg.forecast.clock import Floats, Moments

FEATURES = 11
_YEAR = 365.25
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6


def calendar_of(starts: Moments, slots: int, shift: int) -> Floats:
    """The calendar of every window's slots, `[row, slot, 11]`; the first slot is slot `shift` of its day."""
    ahead = np.arange(slots)
    hour = 2 * np.pi * ((ahead + shift) % slots) / slots
    day = starts.astype("datetime64[D]")
    weekday = (day.astype(np.int64)[:, None] + 3 + (ahead + shift) // slots) % 7
    season = 2 * np.pi * ((day - day.astype("datetime64[Y]")).astype(np.int64)[:, None] + 1) / _YEAR
    features = [
        np.sin(hour),
        np.cos(hour),
        np.sin(2 * hour),
        np.cos(2 * hour),
        weekday >= _SATURDAY,
        weekday == _FRIDAY,
        weekday == _SUNDAY,
        ahead / slots,
        np.exp(-8 * ahead / slots),  # gone after three hours
        np.sin(season),
        np.cos(season),
    ]
    assert len(features) == FEATURES
    return np.stack([np.broadcast_to(each, weekday.shape).astype(np.float64) for each in features], axis=2)
