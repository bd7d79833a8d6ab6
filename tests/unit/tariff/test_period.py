"""Months and billing periods against Python's own calendar."""

from __future__ import annotations

import calendar
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.errors import BadInput
from openmg.tariff import Day, Month, Period
from tests.reference.bill import days_of

months = st.builds(Month, st.integers(1970, 2999), st.integers(1, 12))


@given(months)
def test_a_month_has_the_calendars_days(month: Month) -> None:
    assert month.days == calendar.monthrange(month.year, month.number)[1]
    assert Month.parse(str(month)) == month
    if month > Month(1970, 1):
        assert month.before < month


@given(months.filter(lambda month: month > Month(1970, 1)), st.integers(1, 28))
def test_a_period_has_the_calendars_days(month: Month, reading_day: int) -> None:
    period, days = Period.of(month, reading_day), days_of(month.year, month.number, reading_day)
    assert (period.first, period.last) == (Day(*days[0].timetuple()[:3]), Day(*days[-1].timetuple()[:3]))
    assert period.days == len(days)
    for number, part in period.parts:
        assert part == sum(day.month == number for day in days)


def test_a_day_is_written_as_everywhere() -> None:
    assert str(Day(2023, 5, 6)) == datetime.date(2023, 5, 6).isoformat()


@pytest.mark.parametrize(
    "text", ["2023-13", "2023-00", "1969-12", "3000-01", "2023-8", "2023", "august", "٢٠٢٣-٠٨", ""]
)
def test_a_month_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="a month such as 2023-08 was expected"):
        Month.parse(text)


@pytest.mark.parametrize("day", [0, 29, -1])
def test_a_reading_day_that_is_none_is_refused(day: int) -> None:
    with pytest.raises(BadInput, match=f"reading day {day}: 1 to 28 was expected"):
        Period.of(Month(2023, 8), day)
