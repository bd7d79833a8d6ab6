"""Months, days and billing periods, as integers: a tariff needs a calendar and no clock (TARIFF-1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from openmg.errors import BadInput

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2999
LATEST_READING_DAY: Final = 28
"""Later in a month no meter is read: February has no 29th."""
_LENGTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY: Final = 2
_MONTHS: Final = 12


class Day(NamedTuple):
    """A day of the calendar; days compare as they follow one another."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}-{self.day:02}"


@dataclass(frozen=True, order=True)
class Month:
    """A month of the calendar, `number` 1 to 12.

    Raises:
        BadInput: there is no such month.
    """

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (FIRST_YEAR <= self.year <= LAST_YEAR and 1 <= self.number <= _MONTHS):
            raise BadInput(f"{self.year}-{self.number:02}: a month such as 2023-08 was expected")

    @classmethod
    def parse(cls, text: str) -> Month:
        """The month in a text such as ``2023-08``.

        Raises:
            BadInput: it is none.
        """
        found = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text)
        if found is None:
            raise BadInput(f"{text}: a month such as 2023-08 was expected")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"

    @property
    def days(self) -> int:
        """How many days it has (Gregorian calendar)."""
        leap = self.year % 4 == 0 and (self.year % 100 != 0 or self.year % 400 == 0)
        return _LENGTHS[self.number - 1] + (self.number == _FEBRUARY and leap)

    @property
    def before(self) -> Month:
        """The month before."""
        return Month(self.year, self.number - 1) if self.number > 1 else Month(self.year - 1, _MONTHS)


@dataclass(frozen=True)
class Period:
    """The days that one bill covers, both ends included: parts of at most two months (TARIFF-1)."""

    first: Day
    last: Day

    @classmethod
    def of(cls, month: Month, reading_day: int = 1) -> Period:
        """The period that ends in `month`, of a meter that is read on this day of every month (1: calendar months).

        Raises:
            BadInput: no such reading day.
        """
        if not 1 <= reading_day <= LATEST_READING_DAY:
            raise BadInput(f"reading day {reading_day}: 1 to {LATEST_READING_DAY} was expected")
        if reading_day == 1:
            return cls(Day(month.year, month.number, 1), Day(month.year, month.number, month.days))
        begin = month.before
        return cls(Day(begin.year, begin.number, reading_day), Day(month.year, month.number, reading_day - 1))

    @property
    def parts(self) -> tuple[tuple[int, int], ...]:
        """(month 1 to 12, days in it) of the period's one or two months."""
        if self.first[:2] == self.last[:2]:
            return ((self.first.month, self.last.day - self.first.day + 1),)
        begin = Month(self.first.year, self.first.month)
        return ((begin.number, begin.days - self.first.day + 1), (self.last.month, self.last.day))

    @property
    def days(self) -> int:
        """How many days it has."""
        return sum(days for _, days in self.parts)
