"""What the model sees of a home: 40 numbers for each slot of the day ahead, from the 28 days before."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openmg.errors import BadInput
from openmg.forecast.clock import Floats, Moments
from openmg.forecast.dates import calendar_of
from openmg.forecast.history import History
from openmg.forecast.quantile import median_of, quantiles_of
from openmg.forecast.scaling import LEVELS, scale_inputs

Singles = NDArray[np.float32]

DAYS: Final = 28
"""Days that a forecast looks back."""
LEAST_DAYS: Final = 14
"""So many of them must be complete ..."""
LEAST_RECENT: Final = 4
"""... and so many of the last seven."""
LEAST_WINDOWS: Final = 14
"""Windows that a home needs before it can train."""
LEAST_SCALE: Final = 10.0
"""Wh: the smallest mean reading that loads are divided by."""
_WEEK: Final = 7
_SPREAD: Final = (0.1, 0.25, 0.5, 0.75, 0.9)
_BASE: Final = [0, 2, 4]
"""Where 0.1, 0.5 and 0.9 are in `_SPREAD`."""


@dataclass(frozen=True)
class Windows:
    """Days ahead, one a row, each issued at its `starts` (local time) from what was known then.

    `scales`: the 28 days' mean reading in Wh, in units of which all else is. `inputs[row, slot, feature]`,
    `base[row, slot, quantile]` the 28-day quantiles 0.1, 0.5, 0.9 of the same slot, `last_week[row, slot]` what was
    seven days ago, `targets[row, slot]` what happened (NaN where that is not known yet).
    """

    starts: Moments
    scales: Floats
    inputs: Singles
    base: Singles
    last_week: Singles
    targets: Singles

    def __len__(self) -> int:
        return len(self.starts)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Windows:
        """Some rows, by number or by whether they are wanted."""
        return Windows(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def between(self, first: datetime.date | None = None, after: datetime.date | None = None) -> Windows:
        """The windows issued from midnight of `first` to before midnight of `after`."""
        keep = np.ones(len(self), dtype=np.bool_)
        if first is not None:
            keep &= self.starts >= np.datetime64(first, "m")
        if after is not None:
            keep &= self.starts < np.datetime64(after, "m")
        return self.take(keep)


def join(parts: Sequence[Windows]) -> Windows:
    """All rows of several, one after the other."""
    names = Windows.__dataclass_fields__
    return Windows(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def windows_of(history: History, hours: Sequence[int] = (0,)) -> Windows:
    """All days ahead of which everything is known, issued daily at these hours; days with gaps are left out."""
    parts = [_issued_at(history, hour) for hour in hours]
    joined = Windows(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Windows.__dataclass_fields__)
    )
    known = joined.take(np.asarray(np.isfinite(joined.targets).all(axis=1)))
    return known.take(np.argsort(known.starts, kind="stable"))


def training_windows(source: str, history: History, hours: Sequence[int] = (0,)) -> Windows:
    """The same, for a home that is to train.

    Raises:
        BadInput: too little history; says how much there is and how much is needed.
    """
    windows = windows_of(history, hours)
    if len(windows) < LEAST_WINDOWS * len(hours):
        raise BadInput(
            f"{source}: {history.complete_days} complete days, of which {len(windows) // len(hours)} can be learnt "
            f"from: {LEAST_WINDOWS} after the first {LEAST_DAYS}, without many gaps, are needed; keep collecting"
        )
    return windows


def next_window(source: str, history: History) -> Windows:
    """The one window that begins where the history ends, at a midnight.

    Raises:
        BadInput: too little history, or too many gaps in it.
    """
    found = _issued_at(history, 0)
    end = np.datetime64(history.first, "m") + len(history.load) * 24 * 60
    found = found.take(np.flatnonzero(found.starts == end))
    if not len(found):
        raise BadInput(
            f"{source}: {history.complete_days} complete days: a forecast needs {LEAST_DAYS} of the last {DAYS} and "
            f"{LEAST_RECENT} of the last {_WEEK} without gaps; keep collecting"
        )
    return found


def raw_features(history: History, hour: int = 0) -> Floats:
    """The features before they are scaled, of all days ahead issued at this hour: what a scaling is made of."""
    return _raw(_cut(history, hour))


@dataclass(frozen=True)
class _Cut:
    """Days ahead and the 28 days before each: in Wh before, `past` in units of `scales` after them."""

    starts: Moments
    scales: Floats
    past: Floats
    spread: Floats
    ahead: Floats
    shift: int


def _issued_at(history: History, hour: int) -> Windows:
    cut = _cut(history, hour)
    return Windows(
        starts=cut.starts,
        scales=cut.scales,
        inputs=scale_inputs(_raw(cut)),
        base=cut.spread[..., _BASE].astype(np.float32),
        last_week=_or(cut.past[:, -_WEEK], cut.spread[..., 2]).astype(np.float32),
        targets=cut.ahead.astype(np.float32),
    )


def _cut(history: History, hour: int) -> _Cut:
    """All days ahead issued at one hour of the day with enough behind them; nothing is known of the last one."""
    slots, shift = history.slots, hour * 60 // history.minutes
    flat = history.load.reshape(-1)[shift:]
    before = np.full((DAYS - LEAST_DAYS) * slots, np.nan)  # a meter that is new has no days before its first
    after = np.full(-len(flat) % slots + slots, np.nan)
    days = np.concatenate([before, flat, after]).reshape(-1, slots)
    if len(days) <= DAYS:
        days = np.full((DAYS + 1, slots), np.nan)
    rows = len(days) - DAYS
    starts = np.datetime64(history.first, "m") + hour * 60 + (LEAST_DAYS + np.arange(rows)) * 24 * 60
    past = np.lib.stride_tricks.sliding_window_view(days, DAYS, axis=0)[:rows].transpose(0, 2, 1)
    whole = np.isfinite(past).all(axis=2)
    enough = (whole.sum(axis=1) >= LEAST_DAYS) & (whole[:, -_WEEK:].sum(axis=1) >= LEAST_RECENT)
    starts, past, ahead = starts[enough], past[enough], days[DAYS:][enough]
    seen = np.isfinite(past)
    mean = np.where(seen, past, 0).sum(axis=(1, 2)) / np.maximum(seen.sum(axis=(1, 2)), 1)
    scales = np.maximum(mean, LEAST_SCALE)
    past = past / scales[:, None, None]
    return _Cut(starts, scales, past, quantiles_of(past, _SPREAD), ahead / scales[:, None], shift)


def _raw(cut: _Cut) -> Floats:
    calendar = calendar_of(cut.starts, cut.past.shape[2], cut.shift)
    return np.concatenate([_levels(cut.past, cut.spread, cut.starts), calendar], axis=2)


def _levels(past: Floats, spread: Floats, starts: Moments) -> Floats:
    """The 29 features that are loads: lags, quantiles, means, neighbouring slots, recent levels."""
    median, slots = spread[..., 2], past.shape[2]
    mean = _or(_mean(past), median)
    week = _or(past[:, -_WEEK:], median[:, None])
    alike = past[:, [-7, -14, -21, -28]]
    today = starts.astype("datetime64[D]").astype(np.int64)[:, None]
    like_today = _weekend(today - np.arange(DAYS, 0, -1)) == _weekend(today)
    recent = week.reshape(len(past), _WEEK * slots)

    def level(count: int) -> Floats:
        return np.repeat(recent[:, -count:].mean(axis=1)[:, None], slots, axis=1)

    evening = median[:, -slots // 4 :].mean(axis=1)[:, None]
    features = [
        *(week[:, -back] for back in range(1, _WEEK + 1)),
        *np.moveaxis(spread, 2, 0),
        mean,
        _or(_mean(alike), mean),
        _or(median_of(alike), median),
        _or(median_of(np.where(like_today[..., None], past, np.nan)), median),
        median_of(week),
        *(np.roll(each, by, axis=1) for each in (median, mean, week[:, -1]) for by in (1, -1)),
        week[:, -3:].mean(axis=1),
        level(slots),
        level(_WEEK * slots),
        level(slots // 8),
        level(slots // 4),
        np.repeat(evening, slots, axis=1),
    ]
    assert len(features) == LEVELS
    return np.stack(features, axis=2)


def _mean(values: Floats) -> Floats:
    """The mean over the second axis of what is known; NaN where nothing is."""
    seen = np.isfinite(values)
    count = seen.sum(axis=1)
    total = np.where(seen, values, 0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _or(values: Floats, instead: Floats) -> Floats:
    return np.where(np.isfinite(values), values, instead)


def _weekend(days: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether days, counted from 1 January 1970, are Saturdays or Sundays."""
    return np.asarray((days + 3) % 7 >= 5)
