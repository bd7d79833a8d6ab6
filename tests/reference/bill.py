"""A slow second opinion of a KEPCO bill, in exact fractions, written from the book's chapter *Tariff*."""

from __future__ import annotations

import calendar
import datetime
import math
from fractions import Fraction

BASE = {"low": (910, 1600, 7300), "high": (730, 1260, 6060)}
ENERGY = {"low": ("120.0", "214.6", "307.3", "736.2"), "high": ("105.0", "174.0", "242.3", "601.3")}


def fund_on(day: datetime.date) -> Fraction:
    """TARIFF-3: the fund's rate."""
    if day >= datetime.date(2025, 7, 1):
        return Fraction("0.027")
    return Fraction("0.032") if day >= datetime.date(2024, 7, 1) else Fraction("0.037")


def days_of(year: int, month: int, reading_day: int) -> list[datetime.date]:
    """TARIFF-1: the days of the period that ends in a month."""
    if reading_day == 1:
        return [datetime.date(year, month, day + 1) for day in range(calendar.monthrange(year, month)[1])]
    last = datetime.date(year, month, reading_day - 1)
    first = (datetime.date(year, month, 1) - datetime.timedelta(days=1)).replace(day=reading_day)
    return [first + datetime.timedelta(days=each) for each in range((last - first).days + 1)]


def edges_of(days: list[datetime.date]) -> tuple[int, int]:
    """TARIFF-4: kWh at which the second and the third step begin; half a kWh is rounded up."""
    hot = Fraction(sum(day.month in (7, 8) for day in days), len(days))
    one, two = (
        math.floor(summer * hot + other * (1 - hot) + Fraction(1, 2)) for summer, other in ((300, 200), (450, 400))
    )
    return one, two


def bill(voltage: str, year: int, month: int, used_wh: int, reading_day: int = 1) -> dict[str, int]:
    """TARIFF-2, 3 and 5: the lines that KEPCO prints, won."""
    days, used = days_of(year, month, reading_day), Fraction(used_wh, 1000)
    edges = edges_of(days)
    one, two, three, heavy = (Fraction(price) for price in ENERGY[voltage])
    share = Fraction(sum(day.month in (12, 1, 2, 7, 8) for day in days), len(days))
    energy = Fraction(0)
    bounds: list[Fraction] = [Fraction(0), *map(Fraction, edges), Fraction(1000), max(used, Fraction(1001))]
    prices = [one, two, three, share * heavy + (1 - share) * three]
    for low, high, price in zip(bounds, bounds[1:], prices, strict=False):
        energy += max(min(used, high) - low, Fraction(0)) * price
    base = BASE[voltage][(used > edges[0]) + (used > edges[1])]
    lines = {
        "base": base,
        "energy": math.floor(energy),
        "climate": math.floor(used * 9),
        "fuel": math.floor(used * 5),
    }
    charged = sum(lines.values())
    vat = math.floor(Fraction(charged, 10) + Fraction(1, 2))
    fund = math.floor(charged * fund_on(days[-1]) / 10) * 10
    return lines | {"charged": charged, "vat": vat, "fund": fund, "total": (charged + vat + fund) // 10 * 10}
