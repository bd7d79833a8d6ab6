"""What a home's meter showed, on whole local days, with what is wrong in it refused or left out."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final

import numpy as np

from openmg.errors import BadInput
from openmg.forecast.clock import DAY, HOUR, STEPS, Floats, Moments, clock_of, fill_short_gaps

MOST_WH: Final = 65_535.0
"""Wh of one reading: a meter counts no more (MARKET-1)."""
STUCK_HOURS: Final = 24
"""So long the same reading, and the meter was stuck."""
STUCK_SHARE: Final = 0.1
"""A larger share of stuck days is a broken meter and no bad day."""


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
        return DAY // self.minutes

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
        slots = DAY // minutes
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
    clock = clock_of(source, starts)
    load = _without_stuck(source, clock.laid(readings), clock.minutes)
    fill_short_gaps(load, HOUR // clock.minutes)
    return History(clock.first.astype(object), clock.minutes, load.reshape(-1, DAY // clock.minutes))


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


def _without_stuck(source: str, load: Floats, minutes: int) -> Floats:
    """The same without the time in which the meter showed one reading for a day or longer.

    Of zeros nobody can tell whether the meter is stuck or the home is switched off: they are left out and no more.
    """
    known = np.isfinite(load)
    edges = np.flatnonzero(np.r_[True, (np.diff(load) != 0) | ~known[1:] | ~known[:-1], True])
    lengths = np.diff(edges)
    constant = np.repeat((lengths >= STUCK_HOURS * HOUR // minutes) & known[edges[:-1]], lengths)
    stuck = constant & (load > 0)
    last = int(np.flatnonzero(known)[-1]) if known.any() else 0
    if stuck[last]:
        raise BadInput(f"{source}: the meter shows {load[last]:g} Wh again and again: it is stuck")
    if stuck.sum() > STUCK_SHARE * known.sum():
        hours = int(stuck.sum()) * minutes // HOUR
        raise BadInput(f"{source}: for {hours} hours the meter showed one reading a day or longer: it is stuck")
    return np.where(constant, np.nan, load)
