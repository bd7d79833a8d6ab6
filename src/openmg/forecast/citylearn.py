"""Public homes: measured in Fontana, California; from the CityLearn package (MIT licence), 14 of 17 are good."""

from __future__ import annotations

import csv
import datetime
import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from openmg.errors import BadInput
from openmg.forecast.clock import Floats
from openmg.forecast.history import History, history_of

_FOLDER: Final = Path("data/citylearn_challenge_2022_phase_all")
_BAD: Final = (12, 14, 15)
"""Homes with thousands of repeated hours (12, 15) or implausible solar data (14, 15)."""
_LOAD: Final = "Equipment Electric Power [kWh]"
_SUN: Final = "Solar Generation [W/kW]"
GOOD: Final = tuple(number for number in range(1, 18) if number not in _BAD)
FIRST_HOUR: Final = datetime.datetime(2016, 7, 31, 23)  # noqa: DTZ001 - the data's local clock


def read_energies(number: int) -> tuple[Floats, Floats]:
    """One home's year, an hour each from `FIRST_HOUR` on: consumption in kWh, and W that a kW of panels gives.

    Raises:
        BadInput: the data package is not installed.
    """
    with (_folder() / f"Building_{number}.csv").open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        names = next(rows)
        load, sun = names.index(_LOAD), names.index(_SUN)
        both = np.array([(row[load], row[sun]) for row in rows], dtype=np.float64)
    return both[:, 0], both[:, 1]


def load_history(number: int) -> History:
    """One home's consumption, without its solar power.

    Raises:
        BadInput: the data package is not installed.
    """
    kwh, _ = read_energies(number)
    starts = np.datetime64(FIRST_HOUR, "m") + 60 * np.arange(len(kwh))
    return history_of(f"Building_{number}", starts, 1000 * kwh)


@cache
def solar_kw() -> dict[str, float]:
    """Each home's panels, kW by its name in the data set."""
    schema = json.loads((_folder() / "schema.json").read_text(encoding="utf-8"))
    return {name: float(each["pv"]["attributes"]["nominal_power"]) for name, each in schema["buildings"].items()}


@cache
def _folder() -> Path:
    spec = importlib.util.find_spec("citylearn")
    if spec is None or not spec.submodule_search_locations:
        raise BadInput("the homes' data is missing: run `make setup`, or pip install --no-deps CityLearn==2.1.2")
    return Path(spec.submodule_search_locations[0]) / _FOLDER
