"""A comparison as plain data: what `--json` prints, and what the report and its pictures are drawn from."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from openmg.simulation.attack import Attack
from openmg.simulation.comparison import Comparison, Outcome
from openmg.simulation.figures import Figures
from openmg.simulation.scenario import Scenario

SCHEMA: Final = "openmg/simulation/1"
ATTACK_SCHEMA: Final = "openmg/simulation-attack/1"


@dataclass(frozen=True)
class Record:
    """A finished comparison. `hours` holds, by mechanism, the mean price (KRW/kWh) of each hour of the day, or
    None; `first` and `last` are local days; `seconds` is processor time.
    """

    scenario: dict[str, Any]
    homes: tuple[str, ...]
    with_solar: int
    first: str
    last: str
    minutes: int
    slots: int
    notes: tuple[tuple[str, str], ...]
    levels: tuple[int, ...]
    consumed_kwh: float
    metered_kwh: float
    figures: tuple[Figures, ...]
    hours: dict[str, tuple[float | None, ...]]
    seconds: float


def record_of(comparison: Comparison, seconds: float) -> Record:
    """What is kept of a comparison that took `seconds` of processor time."""
    street, community = comparison.street, comparison.community
    calendar, window = street.calendar, street.window
    return Record(
        scenario=plain(comparison.scenario),
        homes=street.names,
        with_solar=int(street.sellers.sum()),
        first=f"{calendar.moment(window.start):%Y-%m-%d}",
        last=f"{calendar.moment(window.stop - 1):%Y-%m-%d}",
        minutes=calendar.minutes,
        slots=len(window),
        notes=tuple((note.en, note.ko) for note in community.notes),
        levels=comparison.scenario.ladder().levels,
        consumed_kwh=street.consumed / 1000,
        metered_kwh=int(comparison.before.slots.imported.sum()) / 1000,
        figures=comparison.figures,
        hours={name: _by_hour(comparison, name) for name in comparison.slots},
        seconds=seconds,
    )


def plain(scenario: Scenario) -> dict[str, Any]:
    """The options as JSON can hold them."""
    options = asdict(scenario)
    options["data"] = [str(path) for path in scenario.data]
    options["start"] = None if scenario.start is None else scenario.start.isoformat()
    return options


def to_json(record: Record) -> dict[str, Any]:
    """For machines."""
    return {"schema": SCHEMA, **asdict(record)}


def attack_json(scenario: Scenario, attack: Attack, outcomes: tuple[Outcome, ...]) -> dict[str, Any]:
    """An attack for machines."""
    return {
        "schema": ATTACK_SCHEMA,
        "scenario": plain(scenario),
        "attack": asdict(attack),
        "outcomes": [asdict(each) for each in outcomes],
    }


def _by_hour(comparison: Comparison, name: str) -> tuple[float | None, ...]:
    """The mean price of the slots in which energy changed hands, by the hour of the day in which they start."""
    slots, street = comparison.slots[name], comparison.street
    hours = np.array([street.calendar.hour(slot) for slot in street.window])
    traded = slots.traded
    means: list[float | None] = []
    for hour in range(24):
        chosen = slots.price[traded & (hours == hour)]
        means.append(float(chosen.mean()) / 1000 if len(chosen) else None)
    return tuple(means)
