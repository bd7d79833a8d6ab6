"""KEPCO's published numbers with the day from which each holds: data, and no rule.

A row holds until a later one of its table begins; the last one until it is replaced. Prices are in µKRW/Wh
(120.0 KRW/kWh is 120_000), base charges in won, rates of taxes in 1/1000.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from openmg.tariff.period import Day

VERSION: Final = 1
"""Raised when a row is added or mended."""


class Energy(NamedTuple):
    """Base charge and energy price by step; `heavy` is the price beyond 1,000 kWh in summer and winter."""

    valid_from: Day
    base: tuple[int, int, int]
    prices: tuple[int, int, int]
    heavy: int
    source: str


class Charges(NamedTuple):
    """What is added for every kWh: climate and environment, and fuel cost."""

    valid_from: Day
    climate: int
    fuel: int
    source: str


class Taxes(NamedTuple):
    """Value added tax and the electric power industry fund, in 1/1000 of charges before tax."""

    valid_from: Day
    vat: int
    fund: int
    source: str


FIRST_DAY: Final = Day(2023, 5, 16)
"""Nothing is known of what came before."""

_NOTICE: Final = "KEPCO, electricity rates table, residential service, in force since 2023-05-16"
ENERGY: Final = {
    "low": (Energy(FIRST_DAY, (910, 1_600, 7_300), (120_000, 214_600, 307_300), 736_200, _NOTICE),),
    "high": (Energy(FIRST_DAY, (730, 1_260, 6_060), (105_000, 174_000, 242_300), 601_300, _NOTICE),),
}
CHARGES: Final = (Charges(FIRST_DAY, 9_000, 5_000, "KEPCO, climate and environment charge, fuel cost adjustment"),)
_LAW: Final = "Enforcement Decree of the Electric Utility Act, article 36 (fund); Value-Added Tax Act, article 30 (VAT)"
TAXES: Final = (
    Taxes(FIRST_DAY, 100, 37, _LAW),
    Taxes(Day(2024, 7, 1), 100, 32, _LAW),
    Taxes(Day(2025, 7, 1), 100, 27, _LAW),
)

EDGES_KWH: Final = (200, 400)
SUMMER_EDGES_KWH: Final = (300, 450)
SUMMER: Final = (7, 8)
HEAVY_KWH: Final = 1_000
HEAVY_MONTHS: Final = (12, 1, 2, 7, 8)

JEJU_HOURS: Final = (("light", 22, 8), ("middle", 8, 16), ("peak", 16, 22))
"""Name, first hour and the hour in which it ends."""
JEJU_PRICES: Final = (138_700, 184_700, 220_500)
"""Summer's prices by band, before charges and taxes; those of the other seasons are not in this table, and summer's
stand for the whole year."""
JEJU_SOURCE: Final = (
    "Ministry of Trade, Industry and Energy, time-of-use option for homes on Jeju, 2021-09, summer: 107.0, 153.0, "
    "188.8; raised by 31.7 KRW/kWh until 2023-05-16 like all residential prices"
)
