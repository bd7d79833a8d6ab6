"""Homes whose meters were read: what each consumed and what its panels gave, slot by slot."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from openmg.errors import BadInput
from openmg.forecast.citylearn import FIRST_HOUR, GOOD, read_energies, solar_kw

Energies = NDArray[np.int32]
Rows = NDArray[np.int64]
_DAY_MINUTES: Final = 1440
_MOST_WEEKS: Final = 4
"""A copy of a home lives at most so many weeks earlier or later: the season stays nearly the same."""


class Note(NamedTuple):
    """What was done to the data, in English and Korean: nothing is filled, left out or moved silently."""

    en: str
    ko: str


_DEFAULT: Final = Note(
    "Homes measured in Fontana, California (CityLearn, MIT licence), as if they paid Korean prices.",
    "미국 캘리포니아 폰타나의 가구를 측정한 자료(CityLearn, MIT 라이선스)에 한국 요금을 적용했습니다.",
)


@dataclass(frozen=True)
class Community:
    """`load_wh` and `solar_wh`: what homes consumed and generated in Wh, shape (slots, homes).

    Slot 0 begins at local midnight of `first`; all days are whole and have the same slots.
    """

    names: tuple[str, ...]
    first: datetime.date
    minutes: int
    load_wh: Energies
    solar_wh: Energies
    notes: tuple[Note, ...] = ()

    @property
    def homes(self) -> int:
        """How many homes."""
        return len(self.names)

    @property
    def slots_per_day(self) -> int:
        """Slots of a day."""
        return _DAY_MINUTES // self.minutes

    @property
    def days(self) -> int:
        """How many days."""
        return len(self.load_wh) // self.slots_per_day

    def every(self, minutes: int) -> Community:
        """The same in longer slots: a slot is the sum of its parts.

        Raises:
            BadInput: a length that the slots do not add up to.
        """
        if minutes % self.minutes or _DAY_MINUTES % minutes:
            raise BadInput(f"slots of {self.minutes} minutes do not add up to {minutes}")

        def summed(energies: Energies) -> Energies:
            parts = minutes // self.minutes
            return np.asarray(energies.reshape(-1, parts, self.homes).sum(axis=1, dtype=np.int32))

        return replace(self, minutes=minutes, load_wh=summed(self.load_wh), solar_wh=summed(self.solar_wh))

    def with_solar_times(self, factor: float) -> Community:
        """The same with more or less solar power, rounded to the Wh, half to even.

        Raises:
            BadInput: a factor below 0 or above 100.
        """
        if not 0 <= factor <= 100:
            raise BadInput(f"--solar {factor:g}: 0 to 100 was expected")
        note = Note(
            f"All solar power is {factor:g} times what was metered.", f"태양광 발전량은 측정값의 {factor:g}배입니다."
        )
        scaled = np.empty_like(self.solar_wh)
        for day in range(self.days):  # all at once would be three more copies of a year of a thousand homes
            rows = slice(day * self.slots_per_day, (day + 1) * self.slots_per_day)
            scaled[rows] = np.rint(self.solar_wh[rows] * factor)
        return replace(self, solar_wh=scaled, notes=(*self.notes, note))


def default_community() -> Community:
    """The 14 good homes of the CityLearn package, hourly, 2016-08-01 to 2017-07-30.

    Raises:
        BadInput: the data package is not installed.
    """
    load, solar = [], []
    for number in GOOD:
        kwh, watts_per_kw = read_energies(number)
        load.append(np.rint(1000 * kwh))
        solar.append(np.rint(solar_kw()[f"Building_{number}"] * watts_per_kw))
    # The data begins an hour before midnight; its last day lacks that hour.
    skipped = 24 - FIRST_HOUR.hour
    whole = (len(load[0]) - skipped) // 24 * 24
    rows = slice(skipped, skipped + whole)
    return Community(
        names=tuple(f"Building_{number}" for number in GOOD),
        first=FIRST_HOUR.date() + datetime.timedelta(days=1),
        minutes=60,
        load_wh=np.ascontiguousarray(np.array(load, dtype=np.int32).T[rows]),
        solar_wh=np.ascontiguousarray(np.array(solar, dtype=np.int32).T[rows]),
        notes=(_DEFAULT,),
    )


def side_by_side(communities: Sequence[Community]) -> Community:
    """One community of several that cover the same slots.

    Raises:
        BadInput: they do not, or two homes have the same name.
    """
    first, *others = communities
    for other in others:
        if (other.first, other.minutes, len(other.load_wh)) != (first.first, first.minutes, len(first.load_wh)):
            raise BadInput(
                f"slots of {first.minutes} minutes from {first.first} and of {other.minutes} from {other.first}: "
                "homes with the same days and resolution were expected"
            )
    names = tuple(name for each in communities for name in each.names)
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise BadInput(f"two homes are called {twice[0]}: every home needs a name of its own")
    return replace(
        first,
        names=names,
        load_wh=np.concatenate([each.load_wh for each in communities], axis=1),
        solar_wh=np.concatenate([each.solar_wh for each in communities], axis=1),
        notes=tuple(note for each in communities for note in each.notes),
    )


def resampled(community: Community, homes: int, seed: int) -> Community:
    """So many homes: the first ones, or all of them and copies.

    A copy is a home drawn by `seed`, moved by one to four whole weeks, so that its weekdays stay and its season
    nearly does; what falls off at one end of the data comes in at the other, on the same weekday.

    Raises:
        BadInput: not even one home, or more than 100,000; copies of less than two weeks of data.
    """
    if not 1 <= homes <= 100_000:
        raise BadInput(f"--homes {homes}: 1 to 100,000 were expected")
    have = community.homes
    if homes <= have:
        return replace(
            community,
            names=community.names[:homes],
            load_wh=np.ascontiguousarray(community.load_wh[:, :homes]),
            solar_wh=np.ascontiguousarray(community.solar_wh[:, :homes]),
        )
    most = min(_MOST_WEEKS, community.days // 7 - 1)
    if most < 1:
        raise BadInput(
            f"--homes {homes}: {have} homes were metered for {community.days} days: at least 14 days were expected, "
            "for copies are moved by whole weeks"
        )
    dice = np.random.default_rng(seed)
    drawn = dice.integers(have, size=homes - have)
    weeks = dice.integers(1, most + 1, size=homes - have) * dice.choice((-1, 1), size=homes - have)
    note = Note(
        f"{homes - have} of the {homes} homes are copies of the {have}, moved by one to {most} weeks (seed {seed}).",
        f"{homes}가구 가운데 {homes - have}가구는 {have}가구를 1~{most}주 옮긴 복사본입니다(시드 {seed}).",
    )

    def copied(energies: Energies) -> Energies:
        grown = np.empty((len(energies), homes), dtype=np.int32)
        grown[:, :have] = energies
        for week in np.unique(weeks):
            same = np.flatnonzero(weeks == week)
            grown[:, have + same] = energies[_moved(community, int(week))][:, drawn[same]]
        return grown

    return replace(
        community,
        names=_with_copies(community.names, drawn, weeks),
        load_wh=copied(community.load_wh),
        solar_wh=copied(community.solar_wh),
        notes=(*community.notes, note),
    )


def _moved(community: Community, weeks: int) -> Rows:
    """The slot that a copy takes each slot from, on a circle of the whole weeks of the data."""
    days = np.arange(community.days) - 7 * weeks
    circle = community.days // 7 * 7
    days += circle * ((days < 0).astype(np.int64) - (days >= community.days))
    return np.asarray(days[:, np.newaxis] * community.slots_per_day + np.arange(community.slots_per_day)).ravel()


def _with_copies(names: tuple[str, ...], drawn: Rows, weeks: Rows) -> tuple[str, ...]:
    """The names, and those of copies; equal ones are numbered."""
    named, seen = dict.fromkeys(names), Counter(names)
    for home, week in zip(drawn.tolist(), weeks.tolist(), strict=True):
        copy = f"{names[home]}{week:+}w"
        name = copy
        while name in named:
            seen[copy] += 1
            name = f"{copy}#{seen[copy]}"
        seen[copy] = max(seen[copy], 1)
        named[name] = None
    return tuple(named)
