"""The demo's homes: measured in Fontana, California; from the CityLearn package (MIT licence), 14 of 17 are good."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from openmg.errors import BadInput
from openmg.forecast.citylearn import FIRST_HOUR, GOOD, read_energies, solar_kw
from openmg.home.policy import Policy
from openmg.units import WattHours

HOURS: Final = 24
_MEAN_DAYS: Final = 20


@dataclass(frozen=True)
class RecordedHome:
    """One home's year: net load after its own solar power, in Wh per hour (negative: export)."""

    number: int
    net_wh: tuple[int, ...]

    @property
    def source(self) -> str:
        """Its name in the data set."""
        return f"Building_{self.number}"

    def day(self, date: datetime.date) -> list[tuple[WattHours, WattHours]]:
        """(import, export) in Wh for each hour of a day."""
        start = _hour_index(date)
        return [(WattHours(max(net, 0)), WattHours(max(-net, 0))) for net in self.net_wh[start : start + HOURS]]

    def policy(self, date: datetime.date) -> Policy:
        """What one more kWh is worth to the home on this day: the tariff step at the projected month end.

        Month to date, then the 20-day exponential mean of daily import for the days left.
        """
        first = date.replace(day=1)
        imported = sum(self._imported(first + datetime.timedelta(days=day)) for day in range((date - first).days))
        following = (first + datetime.timedelta(days=32)).replace(day=1)
        return Policy.projected(imported, self._daily_mean(date), (following - date).days, date.month)

    def _daily_mean(self, date: datetime.date) -> int:
        mean = 0
        days = [date - datetime.timedelta(days=back) for back in range(60, 0, -1)]
        known = [day for day in days if _hour_index(day) >= 0]
        for index, day in enumerate(known):
            weight = max(_MEAN_DAYS, index + 1) if index >= _MEAN_DAYS else index + 1
            mean += (self._imported(day) - mean) // weight
        return mean

    def _imported(self, date: datetime.date) -> int:
        start = max(_hour_index(date), 0)
        return sum(max(net, 0) for net in self.net_wh[start : max(_hour_index(date) + HOURS, 0)])


def load_homes(count: int) -> list[RecordedHome]:
    """The first `count` good homes.

    Raises:
        BadInput: more homes than there are, or none; or the data package is not installed.
    """
    if not 1 <= count <= len(GOOD):
        raise BadInput(f"--homes {count}: 1 to {len(GOOD)} were expected (so many good homes are in the data)")
    return [_load(number) for number in GOOD[:count]]


def check_date(text: str) -> datetime.date:
    """A day of the data.

    Raises:
        BadInput: not a date, or one outside the data.
    """
    try:
        date = datetime.date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"--date {text}: a date such as 2017-04-08 was expected") from error
    first, last = FIRST_HOUR.date() + datetime.timedelta(days=1), datetime.date(2017, 7, 30)
    if not first <= date <= last:
        raise BadInput(f"--date {text}: the data covers {first} to {last}")
    return date


@cache
def _load(number: int) -> RecordedHome:
    kwh, watts_per_kw = read_energies(number)
    net = np.rint(1000 * kwh - solar_kw()[f"Building_{number}"] * watts_per_kw)
    return RecordedHome(number, tuple(int(each) for each in net))


def _hour_index(date: datetime.date) -> int:
    midnight = datetime.datetime.combine(date, datetime.time())
    return int((midnight - FIRST_HOUR).total_seconds()) // 3600
