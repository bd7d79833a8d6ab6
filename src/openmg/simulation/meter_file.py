"""Reads a table of homes' meters from CSV or Parquet."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from openmg.errors import BadInput
from openmg.forecast.clock import Floats, Moments
from openmg.simulation.meter_table import MeterTable, laid

TIMES: Final = ("start", "time", "timestamp")


def read_table(path: Path) -> MeterTable:
    """The table in a file whose name ends in .csv or .parquet.

    One column of local times at which readings begin (start, time, timestamp, a Parquet file's pandas index, the first
    one), and for each home its consumption in kWh, NAME_load_kwh or NAME, and, where it has panels, NAME_pv_kwh. An
    empty field is a reading that is missing.

    Raises:
        BadInput: no such file, or not such a table; names the first row or reading that cannot be used.
    """
    if path.suffix not in (".csv", ".parquet"):
        raise BadInput(f"{path}: a name that ends in .csv or .parquet was expected")
    table = _read(path)
    names: list[str] = table.schema.names
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise BadInput(f"{path}: two columns are called {twice}")
    time = _time_column(table)
    starts = _moments(path, time, table.column(time))
    columns = {name: _numbers(path, name, table.column(name), starts) for name in names if name != time}
    return laid(path, starts, columns)


def _read(path: Path) -> Any:  # noqa: ANN401 - a table of pyarrow, which has no types
    import pyarrow as pa  # noqa: PLC0415 - heavy, and the default homes need none of it
    from pyarrow import csv, parquet  # noqa: PLC0415 - as above

    if path.is_dir():
        raise BadInput(f"{path}: a folder; a file was expected")
    try:
        table = parquet.read_table(path) if path.suffix == ".parquet" else csv.read_csv(path)
        _ = table.schema.names, table.schema.pandas_metadata  # decoded only when asked for
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or _first_line(error)})") from error
    except (ValueError, pa.ArrowException) as error:
        raise BadInput(f"{path}: not a {path.suffix[1:]} table ({_first_line(error)})") from error
    return table


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:120]


def _time_column(table: Any) -> str:  # noqa: ANN401 - as above
    names: list[str] = table.schema.names
    pandas = table.schema.pandas_metadata or {}
    index = [name for name in pandas.get("index_columns", []) if isinstance(name, str) and name in names]
    return next((name for name in (*index, *TIMES) if name in names), names[0])


def _moments(path: Path, name: str, column: Any) -> Moments:  # noqa: ANN401 - as above
    """Local times without an offset, in whole minutes."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)  # datetime knows no nanoseconds
        if column.type.tz is not None:
            raise BadInput(f"{path}: {name} has an offset; local times without one were expected")
    moments = []
    for row, given in enumerate(column.to_pylist(), 1):
        try:
            moment = given if isinstance(given, datetime.datetime) else datetime.datetime.fromisoformat(str(given))
        except ValueError as error:
            raise BadInput(
                f"{path}: row {row}, {name}: {str(given)[:40]!r} is no time such as 2026-11-24T13:45"
            ) from error
        if moment.tzinfo is not None:
            raise BadInput(f"{path}: row {row}, {name}: {moment} has an offset; local times without one were expected")
        if moment.second or moment.microsecond:
            raise BadInput(f"{path}: row {row}, {name}: {moment}: a time in whole minutes was expected")
        moments.append(moment)
    return np.array(moments, dtype="datetime64[m]")


def _numbers(
    path: Path,
    name: str,
    column: Any,  # noqa: ANN401 - as above
    starts: Moments,
) -> Floats:
    """kWh, NaN for readings that are missing."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        return np.array(column.to_numpy(), dtype=np.float64)
    numbers = np.empty(len(column))
    for row, given in enumerate(column.to_pylist()):
        try:
            numbers[row] = np.nan if given is None or given == "" else float(given)
        except (TypeError, ValueError) as error:
            when = str(starts[row]).replace("T", " ")
            raise BadInput(f"{path}: {name} at {when} is {str(given)[:40]!r}: a number of kWh was expected") from error
    return numbers
