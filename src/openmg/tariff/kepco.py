"""KEPCO's residential progressive tariff (TARIFF-2 to TARIFF-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, Protocol, TypeVar

from openmg.errors import BadInput
from openmg.tariff.bill import Bill, Line, Step
from openmg.tariff.period import Day, Month, Period
from openmg.tariff.rates import (
    CHARGES,
    EDGES_KWH,
    ENERGY,
    FIRST_DAY,
    HEAVY_KWH,
    HEAVY_MONTHS,
    SUMMER,
    SUMMER_EDGES_KWH,
    TAXES,
    Charges,
    Energy,
    Taxes,
)
from openmg.units import Price, WattHours

_WH: Final = 1_000
_WON: Final = 1_000_000
_PER_MILLE: Final = 1_000
_TEN: Final = 10


class _Row(Protocol):
    @property
    def valid_from(self) -> Day: ...


_Found = TypeVar("_Found", bound=_Row)


@dataclass(frozen=True)
class Scale:
    """What does not depend on usage: a period's edges in Wh, and the rows that hold in it.

    `heavy_share` of the period's days lie in months with a super-user step (TARIFF-5).
    """

    edges: tuple[int, int]
    heavy_share: tuple[int, int]
    energy: Energy
    charges: Charges
    taxes: Taxes

    @cached_property
    def rungs(self) -> tuple[tuple[int, int, int], ...]:
        """(Wh above which it begins, numerator, denominator) of each step's price in µKRW/Wh."""
        one, two, three = self.energy.prices
        rungs = [(0, one, 1), (self.edges[0], two, 1), (self.edges[1], three, 1)]
        days, whole = self.heavy_share
        if days:
            rungs.append((HEAVY_KWH * _WH, days * self.energy.heavy + (whole - days) * three, whole))
        return tuple(rungs)

    def step_of(self, used: int) -> int:
        """The step, 0 to 2, whose base charge a month of so many Wh pays (TARIFF-2)."""
        return (used > self.edges[0]) + (used > self.edges[1])


@dataclass(frozen=True)
class Kepco:
    """Low or high voltage; with `priced_as_of` all months at the rates of that one, in their own seasons."""

    voltage: str
    priced_as_of: Month | None = None

    @property
    def bands(self) -> tuple[str, ...]:
        """One: a kWh costs the same all day."""
        return ("all",)

    def band(self, month: int, hour: int) -> int:
        """The only one."""
        del month, hour
        return 0

    def steps(self, month: Month, band: int) -> tuple[Step, ...]:
        """Marginal prices of a calendar month (TARIFF-6)."""
        del band
        return self.steps_in(Period.of(month))

    def bill(self, month: Month, used: tuple[WattHours, ...]) -> Bill:
        """The bill of a calendar month."""
        if len(used) != 1:
            raise BadInput(f"{len(used)} quantities: one was expected, this tariff has no bands")
        return self.bill_of(Period.of(month), used[0])

    def steps_in(self, period: Period) -> tuple[Step, ...]:
        """Marginal prices of a period: (price + charges) · (1 + VAT + fund), rounded down to a µKRW/Wh (TARIFF-6).

        Raises:
            BadInput: no rates are known for the period.
        """
        scale = self.scale(period)
        added = scale.charges.climate + scale.charges.fuel
        factor = _PER_MILLE + scale.taxes.vat + scale.taxes.fund
        return tuple(
            Step(WattHours(above), Price((price + added * unit) * factor // (_PER_MILLE * unit)))
            for above, price, unit in scale.rungs
        )

    def bill_of(self, period: Period, used: WattHours) -> Bill:
        """The bill of a period in which so many Wh were used.

        Raises:
            BadInput: no rates are known for the period, or less than nothing was used.
        """
        if used < 0:
            raise BadInput(f"{used} Wh: 0 or more were expected")
        scale = self.scale(period)
        base = scale.energy.base[scale.step_of(used)]
        energy, steps = _energy(scale, used)
        climate, fuel = used * scale.charges.climate // _WON, used * scale.charges.fuel // _WON
        charged = base + energy + climate + fuel
        vat = (charged * scale.taxes.vat + _PER_MILLE // 2) // _PER_MILLE
        fund = charged * scale.taxes.fund // (_PER_MILLE * _TEN) * _TEN
        total = (charged + vat + fund) // _TEN * _TEN
        lines = (
            Line("base", base),
            Line("energy", energy, used),
            *steps,
            Line("climate", climate, used, Price(scale.charges.climate)),
            Line("fuel", fuel, used, Price(scale.charges.fuel)),
            Line("charged", charged),
            Line("vat", vat),
            Line("fund", fund),
            Line("total", total),
        )
        return Bill(lines, total)

    def scale(self, period: Period) -> Scale:
        """What does not depend on usage.

        Raises:
            BadInput: no rates are known for the period.
        """
        return _scale(self.voltage, period, self.priced_as_of)


def kepco(voltage: str, priced_as_of: Month | None = None) -> Kepco:
    """The tariff at ``low`` or ``high`` voltage.

    Raises:
        BadInput: another voltage.
    """
    if voltage not in ENERGY:
        raise BadInput(f"voltage {voltage}: {' or '.join(ENERGY)} was expected")
    return Kepco(voltage, priced_as_of)


@lru_cache(maxsize=4096)
def _scale(voltage: str, period: Period, priced_as_of: Month | None) -> Scale:
    priced = period if priced_as_of is None else Period.of(priced_as_of)
    if priced.first < FIRST_DAY:
        raise BadInput(
            f"{priced.first} to {priced.last}: rates are known for periods that begin on {FIRST_DAY} or later"
        )
    days = period.days
    summer = sum(part for month, part in period.parts if month in SUMMER)
    heavy = sum(part for month, part in period.parts if month in HEAVY_MONTHS)
    # Half a kWh is rounded up (TARIFF-4).
    edges = tuple(
        (2 * (hot * summer + other * (days - summer)) + days) // (2 * days) * _WH
        for hot, other in zip(SUMMER_EDGES_KWH, EDGES_KWH, strict=True)
    )
    return Scale(
        edges=(edges[0], edges[1]),
        heavy_share=(heavy, days),
        energy=_in_force(ENERGY[voltage], priced.last),
        charges=_in_force(CHARGES, priced.last),
        taxes=_in_force(TAXES, priced.last),
    )


def _in_force(rows: Sequence[_Found], day: Day) -> _Found:
    """The newest row that holds on a day."""
    return max((row for row in rows if row.valid_from <= day), key=lambda row: row.valid_from)


def _energy(scale: Scale, used: int) -> tuple[int, list[Line]]:
    """Won for energy, rounded down once, and a line for each step that was reached (won of each rounded down)."""
    rungs = scale.rungs
    whole, exact, lines = scale.heavy_share[1], 0, []
    for at, (above, price, unit) in enumerate(rungs):
        if at and used <= above:
            break
        until = min(used, rungs[at + 1][0]) if at + 1 < len(rungs) else used
        cost = (until - above) * price * (whole // unit)
        exact += cost
        lines.append(Line(f"step{at + 1}", cost // (whole * _WON), WattHours(until - above), Price(price // unit)))
    return exact // (whole * _WON), lines
