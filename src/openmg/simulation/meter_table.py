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
from openmg.forecast.clock import HOUR, Floats, Moments, clock_of, fill_short_gaps
from openmg.simulation.community import Community, Note, Rows

Flags = NDArray[np.bool_]
LOAD, SOLAR = "_load_kwh", "_pv_kwh"
LONGEST_GAP: Final = 3
"""Hours that are filled between their neighbours; what is longer comes from another day."""
MOST_MISSING: Final = 0.02
"""A home of which a larger share is missing, in gaps of any length, is left out."""
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
            BadInput: a home that is not there, or none at all.
        """
        for name in names:
            if name not in self.names:
                raise BadInput(f"{self.path}: no home {name}: {', '.join(self.names[:8])} … are there")
        if not names:
            raise BadInput(f"{self.path}: every home is left out; at least one was expected")
        at = [place for place, name in enumerate(self.names) if name in names]
        kept = tuple(self.names[place] for place in at)
        return MeterTable(self.path, kept, self.first, self.minutes, self.load[:, at], self.solar[:, at])

    def community(self) -> Community:
        """The homes that are good enough, over the whole days that the file covers.

        Raises:
            BadInput: no whole day, or no home that is good enough.
        """
        begin, end = self._whole_days()
        first = self.first + datetime.timedelta(days=begin)
        return self._taken(self._rows(np.arange(begin, end)), first, self._left_out(begin, end))

    def beside(self, like: Community, weeks: int) -> Community:
        """The homes that are good enough over the days of another community, whatever year they were metered in.

        The same days, where the file has them and `weeks` is 0. Otherwise its last 52 weeks are taken as a circle and
        turned by whole weeks, so that weekdays stay and the calendar date meets, `weeks` later (26: the other side of
        the equator).

        Raises:
            BadInput: slots that do not add up to those of `like`, or less than 52 weeks. Or as `community` does.
        """
        if like.minutes % self.minutes:
            raise BadInput(
                f"{self.path}: slots of {self.minutes} minutes beside slots of {like.minutes}: one resolution, or a "
                "finer one, was expected"
            )
        begin, end = self._whole_days()
        same = (like.first - self.first).days
        if not weeks and begin <= same and same + like.days <= end:
            return self._taken(self._rows(same + np.arange(like.days)), like.first, ()).every(like.minutes)
        if end - begin < YEAR:
            raise BadInput(f"{self.path}: {end - begin} whole days; {YEAR} were expected to lie beside other homes")
        start = self.first + datetime.timedelta(days=end - YEAR)
        moved = _nearest_weeks(like.first, start, weeks)
        offset = (like.first + datetime.timedelta(weeks=moved) - start).days
        rows = self._rows((offset + np.arange(like.days)) % YEAR + end - YEAR)
        note = Note(
            f"{self.path.name}: its 52 weeks from {start} on lie beside the others as a circle, moved by {-moved} "
            "weeks.",
            f"{self.path.name}: {start}부터 52주를 고리처럼 이어 {-moved}주 옮겨 다른 가구 옆에 두었습니다.",
        )
        return self._taken(rows, like.first, (note,)).every(like.minutes)

    def _whole_days(self) -> tuple[int, int]:
        """From the first to behind the last day on which half as many homes as on the best day were metered.

        A home counts on a day in whose first and last slot it has a reading: one that was metered before all others
        must not make these look as if half of theirs was missing.
        """
        known = np.isfinite(self.load).reshape(-1, self.slots_per_day, len(self.names))
        homes = (known[:, 0] & known[:, -1]).sum(axis=1)
        if not homes.any():
            raise BadInput(f"{self.path}: no whole day: readings from midnight to midnight were expected")
        whole = np.flatnonzero(2 * homes >= homes.max())
        return int(whole[0]), int(whole[-1]) + 1

    def _left_out(self, begin: int, end: int) -> tuple[Note, ...]:
        """Tells of days outside; a part of a day at an end is no more than the rule of whole days."""
        read = np.flatnonzero(np.isfinite(self.load).any(axis=1).reshape(-1, self.slots_per_day).any(axis=1))
        before, after = int((read < begin).sum()), int((read >= end).sum())
        if before <= 1 and after <= 1:
            return ()
        first, last = (self.first + datetime.timedelta(days=day) for day in (begin, end - 1))
        note = Note(
            f"{self.path.name}: {first} to {last} are taken; of {before} days before and {after} after, most homes "
            "lack the beginning or the end.",
            f"{self.path.name}: {first}부터 {last}까지 썼습니다. 그 앞 {before}일과 뒤 {after}일은 대부분의 가구에 "
            "하루의 시작이나 끝이 없습니다.",
        )
        return (note,)

    def _rows(self, days: Rows) -> Rows:
        """The slots of these days."""
        return np.asarray(days[:, np.newaxis] * self.slots_per_day + np.arange(self.slots_per_day)).ravel()

    def _skipped(self) -> Flags:
        """The hours that the clock skipped, at most once a year: nobody has a reading, and none is missing."""
        nobody = np.asarray(~np.isfinite(self.load).any(axis=1))
        edges = np.flatnonzero(np.diff(np.r_[0, nobody.astype(np.int8), 0]))
        gaps = [
            slice(start, end)
            for start, end in zip(edges[::2], edges[1::2], strict=True)
            if start > 0 and end < len(nobody) and end - start <= HOUR // self.minutes
        ]
        skipped = np.zeros(len(nobody), dtype=np.bool_)
        if len(gaps) <= self.days // 365 + 1:
            for gap in gaps:
                skipped[gap] = True
        return skipped

    def _taken(self, rows: Rows, first: datetime.date, notes: tuple[Note, ...]) -> Community:
        """The good homes in these rows, their gaps filled and told of."""
        told, between = list(notes), dict[str, int]()
        kept, loads, solars = [], [], []
        skipped = self._skipped()[rows]
        for at, name in enumerate(self.names):
            load, solar = self.load[rows, at], self.solar[rows, at]
            missing = ~(np.isfinite(load) & np.isfinite(solar)) & ~skipped
            for energies in (load, solar):
                fill_short_gaps(energies, LONGEST_GAP * HOUR // self.minutes)
            fault = self._fault(name, load, solar, missing, rows)
            if fault is not None:
                told.append(fault)
                continue
            filled = _fill_from_other_days(load, self.slots_per_day) | _fill_from_other_days(solar, self.slots_per_day)
            if filled.any():
                told.append(
                    Note(
                        f"{name}: {filled.sum()} missing slots were filled from the same time of the nearest day.",
                        f"{name}: 빠진 {filled.sum()}칸을 가장 가까운 날의 같은 시각 값으로 채웠습니다.",
                    )
                )
            if (missing & ~filled).any():
                between[name] = int((missing & ~filled).sum())
            kept.append(name)
            loads.append(np.rint(1000 * load).astype(np.int32))
            solars.append(np.rint(1000 * solar).astype(np.int32))
        if not kept:
            raise BadInput(f"{self.path}: no home is good enough; {told[-1].en}")
        if between:
            told.append(_filled_between(self.path.name, between))
        return Community(
            tuple(kept), first, self.minutes, np.stack(loads, axis=1), np.stack(solars, axis=1), tuple(told)
        )

    def _fault(self, name: str, load: Floats, solar: Floats, missing: Flags, rows: Rows) -> Note | None:
        """Why a home is left out, with the first bad hour; `missing` before short gaps were filled."""
        known = (np.isfinite(load) & np.isfinite(solar)).reshape(-1, self.slots_per_day)
        never = ~known.any(axis=0)
        if missing.mean() > MOST_MISSING or never.any():
            missing = missing | np.tile(never, len(known))
            when, count = self._moment(int(rows[missing].min())), int(missing.sum())
            return Note(
                f"{name} was left out: {count} of {len(load)} readings are missing, the first at {when}.",
                f"{name}은(는) 뺐습니다. 검침값 {len(load)}개 중 {count}개가 없습니다(처음: {when}).",
            )
        repeated = (load[1:] == load[:-1]) & (load[1:] > 0)
        if repeated.mean() > MOST_REPEATED:
            when, count = self._moment(int(rows[1:][repeated].min())), int(repeated.sum())
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
    for name in names:
        if not name or names.count(name) > 1:
            raise BadInput(f"{path}: {names.count(name)} times a home {name!r}: each needs a name of its own")
    for name, readings in columns.items():
        _check(path, name, starts, readings)
        if name.endswith(SOLAR) and name.removesuffix(SOLAR) not in names:
            raise BadInput(f"{path}: {name} without {name.removesuffix(SOLAR)}{LOAD}")
    load, solar = np.empty((clock.slots, len(names))), np.zeros((clock.slots, len(names)))
    for at, name in enumerate(names):
        load[:, at] = clock.laid(columns[name + LOAD] if name + LOAD in columns else columns[name])
        if name + SOLAR in columns:
            solar[:, at] = clock.laid(columns[name + SOLAR])
    first: datetime.date = clock.first.astype(object)
    return MeterTable(path, tuple(names), first, clock.minutes, load, solar)


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


def _filled_between(file: str, homes: dict[str, int]) -> Note:
    """Tells of the slots, by home, that lie between their neighbours now."""
    most = max(homes, key=lambda name: homes[name])
    slots = sum(homes.values())
    return Note(
        f"{file}: {slots} missing slots were filled between their neighbours, in {len(homes)} of the homes, most of "
        f"them in {most} ({homes[most]}).",
        f"{file}: {len(homes)}가구의 빠진 {slots}칸을 앞뒤 값 사이로 채웠습니다"
        f"(가장 많은 가구: {most}, {homes[most]}칸).",
    )


def _fill_from_other_days(energies: Floats, slots_per_day: int) -> Flags:
    """Fill what is still missing from the same slot of the nearest day that has it; returns which slots."""
    filled = ~np.isfinite(energies)
    by_day = energies.reshape(-1, slots_per_day)
    for slot in np.flatnonzero(filled.reshape(-1, slots_per_day).any(axis=0)):
        column = by_day[:, slot]
        known = np.flatnonzero(np.isfinite(column))
        for day in np.flatnonzero(~np.isfinite(column)):
            column[day] = column[known[np.argmin(np.abs(known - day))]]
    return filled
