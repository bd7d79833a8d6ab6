"""What a home's meter showed, on whole local days, with what is wrong in it refused or left out."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openmg.errors import BadInput

Floats = NDArray[np.float64]
Moments = NDArray[np.datetime64]

STEPS: Final = (15, 30, 60)
"""Minutes that one reading may cover."""
MOST_WH: Final = 65_535.0
"""Wh of one reading: a meter counts no more (MARKET-1)."""
STUCK_HOURS: Final = 24
"""So long the same reading, and the meter was stuck."""
STUCK_SHARE: Final = 0.1
"""A larger share of stuck days is a broken meter and no bad day."""
_HOUR: Final = 60
_DAY: Final = 24 * _HOUR


@dataclass(frozen=True)
class History:
    """Consumption in Wh, `load[day, slot]`, from local midnight of `first` on; NaN where nothing is known.

    The clock is the local one: a day has the same slots all year. An hour that a clock change repeats is the mean of
    both, one that it skips is filled between its neighbours, and so is any gap that is no longer.
    """

    first: datetime.date
    minutes: int
    load: Floats

    @property
    def slots(self) -> int:
        """Slots of a day."""
        return _DAY // self.minutes

    @property
    def complete_days(self) -> int:
        """Days without a gap."""
        return int(np.isfinite(self.load).all(axis=1).sum())

    def every(self, minutes: int) -> History:
        """The same in longer steps: a slot is the sum of its parts, and unknown when one of them is.

        Raises:
            BadInput: no such step, or one that the readings do not add up to.
        """
        if minutes not in STEPS or minutes % self.minutes:
            raise BadInput(f"readings of {self.minutes} minutes do not add up to {minutes}: 15, 30 or 60 were expected")
        slots = _DAY // minutes
        return History(self.first, minutes, self.load.reshape(len(self.load), slots, -1).sum(axis=2))

    def until(self, date: datetime.date) -> History:
        """What was known at midnight when `date` began."""
        return History(self.first, self.minutes, self.load[: max(0, (date - self.first).days)])


def history_of(source: str, starts: Moments, readings: Floats) -> History:
    """The history that readings (Wh; NaN: missing) and the local times at which they start make.

    `source` names where they come from in messages.

    Raises:
        BadInput: too few to tell their step, a step that is none of `STEPS`, times that are off it or go back by more
            than a clock change, a reading that no meter shows, or a meter that is stuck.
    """
    _check_readings(source, starts, readings)
    minutes = _step_of(source, starts)
    first = starts[0].astype("datetime64[D]")
    at = (starts - first.astype("datetime64[m]")).astype(np.int64)
    _check_clock(source, starts, at, minutes)
    count = (int(at.max()) // _DAY + 1) * _DAY // minutes
    known = np.isfinite(readings)
    sums, seen = np.zeros(count), np.zeros(count)
    np.add.at(sums, at[known] // minutes, readings[known])
    np.add.at(seen, at[known] // minutes, 1)
    load = np.where(seen > 0, sums / np.maximum(seen, 1), np.nan)
    load = _without_stuck(source, load, minutes)
    _fill_short_gaps(load, _HOUR // minutes)
    return History(first.astype(object), minutes, load.reshape(-1, _DAY // minutes))


def _check_readings(source: str, starts: Moments, readings: Floats) -> None:
    if len(starts) != len(readings) or len(starts) < 2:
        raise BadInput(f"{source}: {len(readings)} readings at {len(starts)} times: at least 2 of each were expected")
    wrong = np.flatnonzero(np.isinf(readings) | (readings < 0) | (readings > MOST_WH))
    if len(wrong):
        at = int(wrong[0])
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise BadInput(
            f"{source}: {readings[at]:g} Wh at {starts[at]}{more}: 0 to {MOST_WH:g} Wh of consumption were expected"
        )


def _step_of(source: str, starts: Moments) -> int:
    steps, counts = np.unique(np.diff(starts).astype(np.int64), return_counts=True)
    minutes = int(steps[np.argmax(counts)])
    if minutes not in STEPS:
        raise BadInput(f"{source}: a reading every {minutes} minutes: every 15, 30 or 60 minutes were expected")
    return minutes


def _check_clock(source: str, starts: Moments, at: NDArray[np.int64], minutes: int) -> None:
    """Times lie on the grid and go forward, but for the hour that a clock change repeats once a year."""
    off = np.flatnonzero(at % minutes)
    if len(off):
        raise BadInput(f"{source}: a reading at {starts[off[0]]}: every {minutes} minutes from midnight was expected")
    back = np.flatnonzero(np.diff(at) <= 0)
    far = back[np.diff(at)[back] < minutes - _HOUR] if len(back) else back
    if len(far):
        raise BadInput(
            f"{source}: time goes back from {starts[far[0]]} to {starts[far[0] + 1]}: "
            "at most the hour of a clock change was expected"
        )
    days = int(at.max()) // _DAY + 1
    changes = len(np.unique(at[back] // _DAY))
    if changes > days // 365 + 1 or np.unique(at, return_counts=True)[1].max() > 2:
        raise BadInput(
            f"{source}: the clock goes back on {changes} of {days} days, first at {starts[back[0]]}: "
            "one clock change a year was expected"
        )


def _without_stuck(source: str, load: Floats, minutes: int) -> Floats:
    """The same without the time in which the meter showed one reading for a day or longer.

    Of zeros nobody can tell whether the meter is stuck or the home is switched off: they are left out and no more.
    """
    known = np.isfinite(load)
    edges = np.flatnonzero(np.r_[True, (np.diff(load) != 0) | ~known[1:] | ~known[:-1], True])
    lengths = np.diff(edges)
    constant = np.repeat((lengths >= STUCK_HOURS * _HOUR // minutes) & known[edges[:-1]], lengths)
    stuck = constant & (load > 0)
    last = int(np.flatnonzero(known)[-1]) if known.any() else 0
    if stuck[last]:
        raise BadInput(f"{source}: the meter shows {load[last]:g} Wh again and again: it is stuck")
    if stuck.sum() > STUCK_SHARE * known.sum():
        hours = int(stuck.sum()) * minutes // _HOUR
        raise BadInput(f"{source}: for {hours} hours the meter showed one reading a day or longer: it is stuck")
    return np.where(constant, np.nan, load)


def _fill_short_gaps(load: Floats, most: int) -> None:
    """Fill gaps of at most `most` slots between their neighbours."""
    missing = ~np.isfinite(load)
    edges = np.flatnonzero(np.diff(np.r_[0, missing.astype(np.int8), 0]))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start <= most and start > 0 and end < len(load):
            load[start:end] = np.interp(np.arange(start, end), [start - 1, end], [load[start - 1], load[end]])
