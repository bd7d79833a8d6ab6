"""Homes' meters on disk: one table, a row for each slot, a column or two for each home."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openmg.errors import BadInput
from openmg.forecast.clock import HOUR, Clock, Floats, Moments, clock_of, fill_short_gaps
from openmg.simulation.community import Community, Note

Rows = NDArray[np.int64]
LOAD, SOLAR = "_load_kwh", "_pv_kwh"
LONGEST_GAP: Final = 3
"""Hours that are filled between their neighbours; what is longer counts as missing."""
MOST_MISSING: Final = 0.02
MOST_REPEATED: Final = 0.25
"""A meter of which a larger share of readings is the one before, to the last digit, was stuck or interpolated."""
YEAR: Final = 364
"""52 whole weeks: a year as a circle on which weekdays stay."""
_MOST_KWH: Final = 65.535
"""A reading counts no more (MARKET-1)."""


@dataclass(frozen=True)
class MeterTable:
    """What a file says of its homes, in kWh by slot and home; NaN where nothing is known."""

    path: Path
    names: tuple[str, ...]
    first: datetime.date
    minutes: int
    load: Floats
    solar: Floats

    @property
    def slots_per_day(self) -> int:
        """Slots of a day."""
        return 24 * HOUR // self.minutes

    @property
    def days(self) -> int:
        """How many days."""
        return len(self.load) // self.slots_per_day

    def keeping(self, names: Collection[str]) -> MeterTable:
        """These homes alone, in the file's order.

        Raises:
            BadInput: a home that is not there.
        """
        for name in names:
            if name not in self.names:
                raise BadInput(f"{self.path}: no home {name}: {', '.join(self.names[:8])} … are there")
        at = [place for place, name in enumerate(self.names) if name in names]
        kept = tuple(self.names[place] for place in at)
        return MeterTable(self.path, kept, self.first, self.minutes, self.load[:, at], self.solar[:, at])

    def community(self) -> Community:
        """The homes that are good enough, over the whole days that the file covers."""
        begin, end = self._whole_days()
        rows = np.arange(begin * self.slots_per_day, end * self.slots_per_day)
        return self._taken(rows, self.first + datetime.timedelta(days=begin), ())

    def beside(self, like: Community, weeks: int) -> Community:
        """The homes that are good enough over the days of another community, whatever year they were metered in.

        The last 52 weeks of the file are taken as a circle and turned by whole weeks, so that weekdays stay and the
        calendar date meets, `weeks` later (26: the other side of the equator).

        Raises:
            BadInput: slots that do not add up to those of `like`, or less than 52 weeks.
        """
        if like.minutes % self.minutes:
            raise BadInput(
                f"{self.path}: slots of {self.minutes} minutes beside slots of {like.minutes}: one resolution, or a "
                "finer one, was expected"
            )
        begin, end = self._whole_days()
        if end - begin < YEAR:
            raise BadInput(f"{self.path}: {end - begin} whole days; {YEAR} were expected to lie beside other homes")
        start = self.first + datetime.timedelta(days=end - YEAR)
        moved = _nearest_weeks(like.first, start, weeks)
        offset = (like.first + datetime.timedelta(weeks=moved) - start).days
        days = (offset + np.arange(like.days)) % YEAR + end - YEAR
        rows = (days[:, np.newaxis] * self.slots_per_day + np.arange(self.slots_per_day)).ravel()
        note = Note(
            f"{self.path.name}: its 52 weeks from {start} on lie beside the others as a circle, moved by {-moved} "
            "weeks.",
            f"{self.path.name}: {start}부터 52주를 고리처럼 이어 {-moved}주 옮겨 다른 가구 옆에 두었습니다.",
        )
        return self._taken(rows, like.first, (note,)).every(like.minutes)

    def _whole_days(self) -> tuple[int, int]:
        """The first and the last but one day in which any home has readings in the first and the last slot."""
        known = np.isfinite(self.load).any(axis=1).reshape(-1, self.slots_per_day)
        whole = np.flatnonzero(known[:, 0] & known[:, -1])
        if not len(whole):
            raise BadInput(f"{self.path}: no whole day: readings from midnight to midnight were expected")
        return int(whole[0]), int(whole[-1]) + 1

    def _taken(self, rows: Rows, first: datetime.date, notes: tuple[Note, ...]) -> Community:
        kept, told = [], list(notes)
        loads, solars = [], []
        for at, name in enumerate(self.names):
            load, solar = self.load[rows, at].copy(), self.solar[rows, at].copy()
            for energies in (load, solar):
                fill_short_gaps(energies, LONGEST_GAP * HOUR // self.minutes)
            fault = self._fault(name, load, solar, rows)
            if fault is not None:
                told.append(fault)
                continue
            filled = _fill_from_other_days(load, self.slots_per_day) + _fill_from_other_days(solar, self.slots_per_day)
            if filled:
                told.append(
                    Note(
                        f"{name}: {filled} missing slots were filled from the same time of the nearest day.",
                        f"{name}: 빠진 {filled}칸을 가장 가까운 날의 같은 시각 값으로 채웠습니다.",
                    )
                )
            kept.append(name)
            loads.append(np.rint(1000 * load).astype(np.int32))
            solars.append(np.rint(1000 * solar).astype(np.int32))
        if not kept:
            raise BadInput(f"{self.path}: no home is good enough; {told[-1].en}")
        return Community(
            tuple(kept), first, self.minutes, np.stack(loads, axis=1), np.stack(solars, axis=1), tuple(told)
        )

    def _fault(self, name: str, load: Floats, solar: Floats, rows: Rows) -> Note | None:
        """Why a home is left out, with the first bad hour."""
        missing = ~(np.isfinite(load) & np.isfinite(solar))
        if missing.mean() > MOST_MISSING:
            when, count = self._moment(int(rows[np.flatnonzero(missing)[0]])), int(missing.sum())
            return Note(
                f"{name} was left out: {count} of {len(load)} readings are missing, the first at {when}.",
                f"{name}은(는) 뺐습니다. 검침값 {len(load)}개 중 {count}개가 없습니다(처음: {when}).",
            )
        repeated = (load[1:] == load[:-1]) & (load[1:] > 0)
        if repeated.mean() > MOST_REPEATED:
            when, count = self._moment(int(rows[np.flatnonzero(repeated)[0] + 1])), int(repeated.sum())
            return Note(
                f"{name} was left out: {count} of {len(load)} readings repeat the one before, the first at {when}.",
                f"{name}은(는) 뺐습니다. 검침값 {len(load)}개 중 {count}개가 바로 앞의 값과 같습니다(처음: {when}).",
            )
        return None

    def _moment(self, row: int) -> str:
        midnight = datetime.datetime.combine(self.first, datetime.time())
        return f"{midnight + datetime.timedelta(minutes=row * self.minutes):%Y-%m-%d %H:%M}"


def laid(path: Path, starts: Moments, columns: dict[str, Floats]) -> MeterTable:
    """The table that readings by column, at these local times, make.

    Raises:
        BadInput: times that no meter has (as `clock_of`), no column of a home, or a reading that no meter shows.
    """
    if len(starts) < 2:
        raise BadInput(f"{path}: {len(starts)} rows: at least 2 were expected")
    clock = clock_of(str(path), starts.astype("datetime64[m]"))
    names = [name.removesuffix(LOAD) for name in columns if not name.endswith(SOLAR)]
    if not names:
        raise BadInput(f"{path}: no column NAME{LOAD} or NAME: the homes' consumption was expected")
    for name, readings in columns.items():
        _check(path, name, starts, readings)
        if name.endswith(SOLAR) and name.removesuffix(SOLAR) not in names:
            raise BadInput(f"{path}: {name} without {name.removesuffix(SOLAR)}{LOAD}")
    load = [clock.laid(columns[name + LOAD] if name + LOAD in columns else columns[name]) for name in names]
    solar = [_solar(clock, columns.get(name + SOLAR)) for name in names]
    first: datetime.date = clock.first.astype(object)
    return MeterTable(path, tuple(names), first, clock.minutes, np.stack(load, axis=1), np.stack(solar, axis=1))


def _solar(clock: Clock, readings: Floats | None) -> Floats:
    return np.zeros(clock.slots) if readings is None else clock.laid(readings)


def _check(path: Path, name: str, starts: Moments, readings: Floats) -> None:
    wrong = np.flatnonzero(np.isinf(readings) | (readings < 0) | (readings > _MOST_KWH))
    if len(wrong):
        at = int(wrong[0])
        when = str(starts[at].astype("datetime64[m]")).replace("T", " ")
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise BadInput(f"{path}: {name} at {when} is {readings[at]:g}{more}: 0 to {_MOST_KWH} kWh a slot were expected")


def _nearest_weeks(like: datetime.date, start: datetime.date, weeks: int) -> int:
    """Whole weeks by which `like` is moved, to be on the circle from `start` on at the same date, `weeks` later.

    Whole years are 52.18 weeks: over several of them the calendar date is met by the nearest week.
    """
    wanted = like + datetime.timedelta(weeks=weeks)
    year = start.year if (wanted.month, wanted.day) >= (start.month, start.day) else start.year + 1
    day = min(wanted.day, 28) if wanted.month == 2 else wanted.day
    return round((datetime.date(year, wanted.month, day) - like).days / 7)


def _fill_from_other_days(energies: Floats, slots_per_day: int) -> int:
    """Fill what is still missing from the same slot of the nearest day that has it; returns how many slots."""
    by_day = energies.reshape(-1, slots_per_day)
    filled = 0
    for slot in range(slots_per_day):
        column = by_day[:, slot]
        known = np.flatnonzero(np.isfinite(column))
        for day in np.flatnonzero(~np.isfinite(column)):
            column[day] = column[known[np.argmin(np.abs(known - day))]]
            filled += 1
    return filled
