"""Meter histories on disk: CSV or Parquet with the columns `start` and `wh`."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from openmg.errors import BadInput
from openmg.forecast.history import History, history_of

COLUMNS: Final = ("start", "wh")


def read_history(path: Path, zone: str | None = None) -> History:
    """The history in a file whose name ends in .csv or .parquet.

    `start` is the local time at which a reading begins, or a time with its offset, which needs the home's `zone`, such
    as ``Asia/Seoul``. `wh` is what was consumed; an empty field (Parquet: null) is a reading that is missing.

    Raises:
        BadInput: no such file or zone, or a file without these columns; names the line that cannot be read. Or as
            `history_of` does.
    """
    if path.suffix not in (".csv", ".parquet"):
        raise BadInput(f"{path}: a name that ends in .csv or .parquet was expected")
    try:
        rows = _csv_rows(path) if path.suffix == ".csv" else _parquet_rows(path)
        clock = None if zone is None else ZoneInfo(zone)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadInput(f"{zone}: a time zone such as Asia/Seoul was expected") from error
    starts, readings = [], []
    for where, start, reading in rows:
        starts.append(_local(where, start, clock))
        readings.append(_number(where, reading))
    return history_of(str(path), np.array(starts, dtype="datetime64[m]"), np.array(readings, dtype=np.float64))


def _csv_rows(path: Path) -> list[tuple[str, object, object]]:
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        reader = csv.DictReader(file)
        _check_columns(path, reader.fieldnames or ())
        return [(f"{path}:{reader.line_num}", row["start"], row["wh"]) for row in reader]


def _parquet_rows(path: Path) -> list[tuple[str, object, object]]:
    from pyarrow import ArrowInvalid, parquet  # noqa: PLC0415 - heavy, and most histories are CSV

    try:
        schema = parquet.read_schema(path)
        _check_columns(path, schema.names)
        table = parquet.read_table(path, columns=list(COLUMNS))
    except ArrowInvalid as error:
        raise BadInput(f"{path}: not a Parquet file") from error
    columns = (table.column(name).to_pylist() for name in COLUMNS)
    return [
        (f"{path}: row {row}", start, reading) for row, (start, reading) in enumerate(zip(*columns, strict=True), 1)
    ]


def _check_columns(path: Path, names: object) -> None:
    given = list(names) if isinstance(names, list | tuple) else []
    for name in COLUMNS:
        if name not in given:
            raise BadInput(f"{path}: no column {name!r}: start and wh were expected, not {', '.join(given) or 'none'}")


def _local(where: str, start: object, clock: ZoneInfo | None) -> datetime.datetime:
    """The local time without an offset."""
    try:
        moment = start if isinstance(start, datetime.datetime) else datetime.datetime.fromisoformat(str(start))
    except ValueError as error:
        raise BadInput(f"{where}: {start!r}: a time such as 2026-11-24T13:45 was expected") from error
    if moment.tzinfo is None:
        return moment
    if clock is None:
        raise BadInput(f"{where}: {start}: a time with an offset needs the home's time zone")
    return moment.astimezone(clock).replace(tzinfo=None)


def _number(where: str, reading: object) -> float:
    """Wh, NaN for a reading that is missing."""
    if reading is None or reading == "":
        return float("nan")
    try:
        value = float(str(reading))
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise BadInput(f"{where}: {str(reading)[:40]!r}: a number of Wh was expected, or nothing where it is missing")
    return value
