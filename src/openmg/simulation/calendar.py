"""The local calendar of a street: which month and hour a slot is in, and how much of its month is still to come."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property

from openmg.tariff import Month


@dataclass(frozen=True)
class Calendar:
    """Whole local days from `first` on, in slots of `minutes`."""

    first: datetime.date
    days: int
    minutes: int

    @property
    def slots_per_day(self) -> int:
        """Slots of a day."""
        return 1440 // self.minutes

    @property
    def slots(self) -> int:
        """Slots of all days."""
        return self.days * self.slots_per_day

    @cached_property
    def months(self) -> tuple[Month, ...]:
        """The calendar months that hold a day, in order."""
        dates = (self.first + datetime.timedelta(days=day) for day in range(self.days))
        return tuple(sorted({Month(date.year, date.month) for date in dates}))

    def span(self, month: Month) -> range:
        """The slots that lie in this calendar month."""
        begin = (datetime.date(month.year, month.number, 1) - self.first).days
        following = datetime.date(month.year + month.number // 12, month.number % 12 + 1, 1)
        end = (following - self.first).days
        return range(max(begin, 0) * self.slots_per_day, min(end, self.days) * self.slots_per_day)

    def hour(self, slot: int) -> int:
        """The local hour, 0 to 23, in which a slot starts."""
        return slot % self.slots_per_day * self.minutes // 60

    def moment(self, slot: int) -> datetime.datetime:
        """The local time at which a slot starts."""
        midnight = datetime.datetime.combine(self.first, datetime.time())
        return midnight + datetime.timedelta(minutes=slot * self.minutes)
