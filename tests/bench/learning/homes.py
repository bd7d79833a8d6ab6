"""The benchmark's homes: 70 of the Smart Grid, Smart City trial, New South Wales, from where OPENMG_DATA points."""

from __future__ import annotations

import csv
import datetime
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from pyarrow import parquet

from openmg.errors import BadInput
from openmg.forecast import History, Windows, history_of, windows_of
from openmg.forecast.citylearn import GOOD, load_history
from openmg.forecast.features import join

TEST: Final = datetime.date(2013, 9, 1)
"""The first day of the test; it ends with the data, on 30 November."""
VALIDATION: Final = datetime.date(2013, 7, 1)
"""The first day of the two months by which all choices were made."""
_CLOCK: Final = datetime.timezone(datetime.timedelta(hours=10))
_ZONE: Final = ZoneInfo("Australia/Sydney")


@dataclass(frozen=True)
class BenchHome:
    """A home's windows: what it learns from, and what it is judged by (issued at midnight)."""

    name: str
    judged: bool
    training: Windows
    test: Windows


@dataclass(frozen=True)
class Street:
    """All homes, and the public ones that a model may start from."""

    homes: tuple[BenchHome, ...]
    public: Windows

    @property
    def judged(self) -> tuple[BenchHome, ...]:
        """The 45 whose data is good enough to judge by."""
        return tuple(home for home in self.homes if home.judged)

    @property
    def training(self) -> Windows:
        """Everybody's, as nobody should have it."""
        return join([home.training for home in self.homes])


def load_street(hours: Sequence[int], validate: bool) -> Street:
    """The homes, hourly; `hours`: when the days ahead that are learnt from begin.

    Raises:
        BadInput: OPENMG_DATA does not point at the data.
    """
    folder = Path(os.environ.get("OPENMG_DATA", "."))
    table, described = folder / "sgsc70_load_30min.parquet", folder / "sgsc70_homes.csv"
    if not table.is_file() or not described.is_file():
        raise BadInput(
            f"{table} or {described.name} is missing: point OPENMG_DATA at the folder with the homes of the benchmark "
            "(70 homes of the Smart Grid, Smart City trial; they are not part of this repository)"
        )
    first, after = (VALIDATION, TEST) if validate else (TEST, None)
    homes = []
    for name, judged, history in _histories(table, described):
        training = windows_of(history, hours).between(after=first)
        # A day ahead that begins in the evening ends after the first test day began.
        training = training.take(np.asarray(training.starts + 24 * 60 <= np.datetime64(first, "m")))
        homes.append(BenchHome(name, judged, training, windows_of(history).between(first, after)))
    kept = tuple(home for home in homes if len(home.training) >= 20)
    return Street(kept, join([windows_of(load_history(number), hours) for number in GOOD]))


def _histories(table: Path, described: Path) -> list[tuple[str, bool, History]]:
    columns = parquet.read_table(table)
    starts = [
        moment.replace(tzinfo=_CLOCK).astimezone(_ZONE).replace(tzinfo=None)
        for moment in columns.column("ts_start_aest").to_pylist()
    ]
    local = np.array(starts, dtype="datetime64[m]")
    with described.open(newline="", encoding="utf-8") as file:
        good = {row["home"]: row["benchmark_ok"] == "True" for row in csv.DictReader(file)}
    return [
        (name, good[name], history_of(name, local, 1000 * columns.column(name).to_numpy().astype(np.float64)).every(60))
        for name in columns.schema.names
        if name in good
    ]
