"""A year of 54 homes: 14 of Fontana with twice their solar power, 40 loads of the Smart Grid, Smart City trial."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from openmg.errors import BadInput
from openmg.simulation.attack import Attack
from openmg.simulation.community import Community, resampled, side_by_side
from openmg.simulation.comparison import Comparison, Outcome, attacked, compare
from openmg.simulation.meter_file import read_table
from openmg.simulation.scenario import Scenario

GOOD: Final = tuple(f"h{number:02}" for number in (*range(1, 12), 13, 16, 17))
HOMES: Final = 54
WEEKS: Final = 26
"""The loads are from south of the equator: half a year makes their summer ours."""
YEAR: Final = Scenario(
    battery=200.0, mechanisms=("pool", "no-collar", "no-battery", "mid-market", "supply-demand", "auction")
)
ATTACKED: Final = Scenario(battery=200.0, mechanisms=("pool", "no-collar", "no-battery", "auction"))
ATTACKS: Final = (
    Attack("sellers", 0.2, "withhold"),
    Attack("sellers", 1.0, "withhold"),
    Attack("sellers", 0.2, "overask"),
    Attack("sellers", 1.0, "overask"),
    Attack("buyers", 0.2, "withhold"),
    Attack("buyers", 0.2, "shade"),
    Attack("buyers", 1.0, "shade"),
    Attack("sellers", 0.2, "wash"),
    Attack("sellers", 1.0, "wash"),
    Attack("sellers", 0.2, "resell"),
    Attack("buyers", 0.2, "resell"),
)
Watch = Callable[[str, int, int], None]


def community() -> Community:
    """The 54 homes.

    Raises:
        BadInput: OPENMG_DATA does not point at the data.
    """
    folder = Path(os.environ.get("OPENMG_DATA", "."))
    solar, loads = folder / "fontana17_load_pv_hourly.parquet", folder / "sgsc70_load_30min.parquet"
    for file in (solar, loads):
        if not file.is_file():
            raise BadInput(f"{file} is missing: point OPENMG_DATA at the folder with the homes of the benchmark")
    homes = read_table(solar).keeping(GOOD).community().with_solar_times(2.0)
    return resampled(side_by_side([homes, read_table(loads).beside(homes, WEEKS)]), HOMES, seed=1)


def compared(street: Community, watch: Watch) -> Comparison:
    """All mechanisms on the street."""
    return compare(YEAR, street, watch)


def rigged(street: Community, attack: Attack, watch: Watch) -> tuple[Outcome, ...]:
    """The mechanisms that ask homes for a price, under an attack."""
    return attacked(ATTACKED, street, attack, watch)
