"""The local slots in which a meter's readings lie, and the hours that a clock change repeats or skips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openmg.errors import BadInput

Floats = NDArray[np.float64]
Moments = NDArray[np.datetime64]

STEPS: Final = (15, 30, 60)
"""Minutes that one reading may cover."""
HOUR: Final = 60
DAY: Final = 24 * HOUR
_MIXED: Final = 10
"""Where a tenth of the readings is another step apart, two resolutions were mixed and not some readings lost."""
_STEADY: Final = 24
"""The same where so many in a row are."""


@dataclass(frozen=True)
class Clock:
    """Whole local days from midnight of `first` on, and the slot (0: that midnight) in which each reading starts."""

    first: np.datetime64
    minutes: int
    at: NDArray[np.int64]

    @property
    def slots(self) -> int:
        """Slots of all days."""
        return (int(self.at.max()) * self.minutes // DAY + 1) * DAY // self.minutes

    def laid(self, readings: Floats) -> Floats:
        """Readings by slot: the mean where the clock showed an hour twice, NaN where nothing is known."""
        known = np.isfinite(readings)
        sums, seen = np.zeros(self.slots), np.zeros(self.slots)
        np.add.at(sums, self.at[known], readings[known])
        np.add.at(seen, self.at[known], 1)
        return np.where(seen > 0, sums / np.maximum(seen, 1), np.nan)


def clock_of(source: str, starts: Moments) -> Clock:
    """The clock of readings that start at these local times; `source` names them in messages.

    Raises:
        BadInput: a step that is none of `STEPS` or two of them mixed, times that are off it, or times that go back by
            more than the hour of a clock change once a year.
    """
    minutes = _step_of(source, starts)
    first = starts[0].astype("datetime64[D]")
    at = (starts - first.astype("datetime64[m]")).astype(np.int64)
    _check(source, starts, at, minutes)
    return Clock(first, minutes, at // minutes)


def fill_short_gaps(load: Floats, most: int) -> None:
    """Fill gaps of at most `most` slots between their neighbours."""
    missing = ~np.isfinite(load)
    edges = np.flatnonzero(np.diff(np.r_[0, missing.astype(np.int8), 0]))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start <= most and start > 0 and end < len(load):
            load[start:end] = np.interp(np.arange(start, end), [start - 1, end], [load[start - 1], load[end]])


def _step_of(source: str, starts: Moments) -> int:
    gaps = np.diff(starts).astype(np.int64)
    steps, counts = np.unique(gaps, return_counts=True)
    minutes = int(steps[np.argmax(counts)])
    if minutes not in STEPS:
        raise BadInput(f"{source}: a reading every {minutes} minutes: every 15, 30 or 60 minutes were expected")
    for step, count in zip(steps.tolist(), counts.tolist(), strict=True):
        if step != minutes and step in STEPS and (_MIXED * count > len(gaps) or _in_a_row(gaps == step) >= _STEADY):
            where = starts[int(np.flatnonzero(gaps == step)[0])]
            raise BadInput(
                f"{source}: readings every {minutes} minutes and, first at {where}, every {step}: one resolution was "
                "expected"
            )
    return minutes


def _in_a_row(found: NDArray[np.bool_]) -> int:
    """The longest run of them."""
    edges = np.flatnonzero(np.diff(np.r_[0, found.astype(np.int8), 0]))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _check(source: str, starts: Moments, at: NDArray[np.int64], minutes: int) -> None:
    """Times lie on the grid and go forward, but for the hour that a clock change repeats once a year."""
    off = np.flatnonzero(at % minutes)
    if len(off):
        raise BadInput(f"{source}: a reading at {starts[off[0]]}: every {minutes} minutes from midnight was expected")
    back = np.flatnonzero(np.diff(at) <= 0)
    far = back[np.diff(at)[back] < minutes - HOUR] if len(back) else back
    if len(far):
        raise BadInput(
            f"{source}: time goes back from {starts[far[0]]} to {starts[far[0] + 1]}: "
            "at most the hour of a clock change was expected"
        )
    days = int(at.max()) // DAY + 1
    changes = len(np.unique(at[back] // DAY))
    if changes > days // 365 + 1 or np.unique(at, return_counts=True)[1].max() > 2:
        raise BadInput(
            f"{source}: the clock goes back on {changes} of {days} days, first at {starts[back[0]]}: "
            "one clock change a year was expected"
        )
