"""KEPCO's bill: published ones to the won, a slow second opinion for all others, and each rule broken alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.errors import BadInput
from openmg.tariff import FIRST_DAY, Bill, Day, Kepco, Month, Period, kepco
from openmg.tariff.rates import CHARGES, ENERGY, TAXES
from openmg.units import WattHours
from tests.reference import bill as reference

CASES = json.loads((Path(__file__).parents[2] / "vectors/tariff/bills.json").read_text("utf-8"))["cases"]
LOW = kepco("low")
used = st.integers(0, 3_000_000)
months = st.builds(Month, st.integers(2023, 2030), st.integers(1, 12)).filter(lambda month: month > Month(2023, 6))


def lines(bill: Bill) -> dict[str, int]:
    return {line.key: line.won for line in bill.lines if not line.key.startswith("step")}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_published_bills_are_met_to_the_won(case: dict[str, object]) -> None:
    period = Period.of(Month.parse(str(case["month"])), int(str(case["reading_day"])))
    bill = kepco(str(case["voltage"])).bill_of(period, WattHours(int(str(case["used_wh"]))))
    assert bill.total == case["total"]
    assert bill.lines[-1].won == bill.total


@given(st.sampled_from(("low", "high")), months, used, st.integers(1, 28))
def test_every_line_is_the_references(voltage: str, month: Month, wh: int, reading_day: int) -> None:
    bill = kepco(voltage).bill_of(Period.of(month, reading_day), WattHours(wh))
    assert lines(bill) == reference.bill(voltage, month.year, month.number, wh, reading_day)


@given(months, used, st.integers(0, 5_000))
def test_more_is_never_cheaper(month: Month, wh: int, more: int) -> None:
    assert LOW.bill(month, (WattHours(wh),)).total <= LOW.bill(month, (WattHours(wh + more),)).total


@given(months, used)
def test_a_step_prices_what_the_next_kwh_adds_to_the_bill(month: Month, wh: int) -> None:
    """Within a step, to the roundings: three lines to the won, VAT, and two floors to 10 won."""
    steps = LOW.steps(month, 0)
    price = max(step.price for step in steps if step.above <= wh)
    following = [step.above for step in steps if step.above > wh]
    if following and wh + 1_000 > following[0]:
        return
    added = LOW.bill(month, (WattHours(wh + 1_000),)).total - LOW.bill(month, (WattHours(wh),)).total
    assert abs(added - price / 1_000) <= 24 or any(step.above == wh for step in steps[1:])


def test_a_period_that_crosses_the_season_has_edges_by_its_summer_days() -> None:
    assert LOW.scale(Period.of(Month(2023, 7), 15)).edges == (247_000, 423_000)
    assert LOW.scale(Period.of(Month(2023, 9), 15)).edges == (255_000, 427_000)
    assert LOW.scale(Period.of(Month(2023, 8))).edges == (300_000, 450_000)
    assert LOW.scale(Period.of(Month(2023, 10))).edges == (200_000, 400_000)


def test_the_steps_of_a_month_are_marginal_prices_with_all_taxes() -> None:
    october = [(step.above, step.price) for step in LOW.steps(Month(2025, 10), 0)]
    assert october == [(0, 151_018), (200_000, 257_632), (400_000, 362_105)]
    august = [(step.above, step.price) for step in LOW.steps(Month(2025, 8), 0)]
    assert august == [(0, 151_018), (300_000, 257_632), (450_000, 362_105), (1_000_000, 845_475)]


@pytest.mark.parametrize(("month", "steps"), [(11, 3), (12, 4), (1, 4), (2, 4), (3, 3), (6, 3), (7, 4), (8, 4), (9, 3)])
def test_the_super_users_step_is_there_in_summer_and_winter(month: int, steps: int) -> None:
    assert len(LOW.steps(Month(2025, month), 0)) == steps


@pytest.mark.parametrize(
    ("month", "fund"), [((2024, 6), 37), ((2024, 7), 32), ((2025, 6), 32), ((2025, 7), 27), ((2030, 1), 27)]
)
def test_the_fund_has_the_rate_of_its_date(month: tuple[int, int], fund: int) -> None:
    assert LOW.scale(Period.of(Month(*month))).taxes.fund == fund


def test_a_month_can_be_priced_as_another_one() -> None:
    """A meter year of long ago at newer rates, in its own seasons."""
    then = kepco("low", Month(2025, 10))
    assert then.bill(Month(2016, 8), (WattHours(427_000),)) == LOW.bill(Month(2025, 8), (WattHours(427_000),))
    assert then.steps(Month(2017, 1), 0) == LOW.steps(Month(2026, 1), 0)


@pytest.mark.parametrize("month", [Month(2023, 5), Month(2016, 8)])
def test_a_month_without_known_rates_is_refused(month: Month) -> None:
    with pytest.raises(BadInput, match="rates are known for periods that begin on 2023-05-16 or later"):
        LOW.bill(month, (WattHours(1),))


def test_the_first_known_period_begins_on_the_day_of_the_first_row() -> None:
    assert LOW.bill_of(Period.of(Month(2023, 6), 16), WattHours(0)).total == 1_030
    with pytest.raises(BadInput, match="2023-05-15 to 2023-06-14"):
        LOW.bill_of(Period.of(Month(2023, 6), 15), WattHours(0))


@pytest.mark.parametrize(
    ("quantities", "says"),
    [((), "0 quantities: one was expected"), ((1, 1), "2 quantities"), ((-1,), "-1 Wh: 0 or more were expected")],
)
def test_other_quantities_are_refused(quantities: tuple[int, ...], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        LOW.bill(Month(2025, 1), tuple(WattHours(each) for each in quantities))


def test_another_voltage_is_refused() -> None:
    with pytest.raises(BadInput, match="voltage middle: low or high was expected"):
        kepco("middle")


def test_the_table_is_in_order_and_names_its_sources() -> None:
    tables = [[(row.valid_from, row.source) for row in rows] for rows in ENERGY.values()]
    tables += [[(row.valid_from, row.source) for row in CHARGES], [(row.valid_from, row.source) for row in TAXES]]
    for rows in tables:
        begins = [begin for begin, _ in rows]
        assert begins == sorted(set(begins))
        assert begins[0] == FIRST_DAY == Day(2023, 5, 16)
        assert all(source for _, source in rows)


def test_the_tariff_has_one_band() -> None:
    tariff: Kepco = LOW
    assert (tariff.bands, tariff.band(8, 13)) == (("all",), 0)
