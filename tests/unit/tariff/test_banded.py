"""One price all day, and a price for each time of the day."""

from __future__ import annotations

import pytest

from openmg.errors import BadInput
from openmg.tariff import Month, Tariff, flat, jeju
from openmg.units import Price, WattHours

AUGUST = Month(2025, 8)


def test_jejus_bands_follow_the_clock() -> None:
    tariff: Tariff = jeju()
    named = [tariff.bands[tariff.band(8, hour)] for hour in (0, 7, 8, 15, 16, 21, 22, 23)]
    assert named == ["light", "light", "middle", "middle", "peak", "peak", "light", "light"]


def test_jejus_prices_are_the_tables_with_charges_and_taxes() -> None:
    tariff = jeju()
    prices = [tariff.steps(AUGUST, band)[0].price for band in range(3)]
    assert prices == [(138_700 + 14_000) * 1_127 // 1_000, 223_934, (220_500 + 14_000) * 1_127 // 1_000]


def test_a_bill_adds_the_bands() -> None:
    bill = jeju().bill(AUGUST, (WattHours(10_000), WattHours(0), WattHours(1_500)))
    assert [line.won for line in bill.lines] == [1_720, 0, 396, 2_116]
    assert bill.total == 2_116


def test_a_flat_tariff_has_one_price() -> None:
    tariff = flat(Price(180_000))
    assert [step.price for step in tariff.steps(AUGUST, tariff.band(8, 3))] == [180_000]
    assert tariff.bill(AUGUST, (WattHours(1_234),)).total == 222


@pytest.mark.parametrize(
    ("used", "says"), [((1,), "1 quantities: 3 were expected"), ((1, -2, 3), "-2 Wh: 0 or more were expected")]
)
def test_other_quantities_are_refused(used: tuple[int, ...], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        jeju().bill(AUGUST, tuple(WattHours(each) for each in used))


def test_a_price_of_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="a price of 1 or more was expected"):
        flat(Price(0))
