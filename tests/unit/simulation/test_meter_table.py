"""Tables of homes' meters: read as they are, filled where little is missing, and refused by home and hour."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyarrow import parquet

from openmg.errors import BadInput
from openmg.simulation.community import Community
from openmg.simulation.meter_file import read_table
from openmg.simulation.meter_table import laid

FIRST = datetime.datetime(2017, 3, 6)  # noqa: DTZ001 - local clock
Floats = NDArray[np.float64]
Columns = Mapping[str, Iterable[object]]


def times(slots: int, minutes: int = 60, first: datetime.datetime = FIRST) -> list[datetime.datetime]:
    return [first + datetime.timedelta(minutes=minutes * slot) for slot in range(slots)]


def load(slots: int, seed: int = 1) -> Floats:
    return np.round(np.random.default_rng(seed).uniform(0.1, 3.0, slots), 3)


def written(folder: Path, columns: Columns, name: str = "homes.csv") -> Path:
    path = folder / name
    if path.suffix == ".parquet":
        parquet.write_table(pa.table(dict(columns)), path)
        return path
    cells = [["" if _is_nan(cell) else str(cell) for cell in column] for column in columns.values()]
    rows = zip(*cells, strict=True)
    lines = [",".join(columns), *(",".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def _is_nan(cell: object) -> bool:
    return isinstance(cell, float) and np.isnan(cell)


def read(folder: Path, columns: Columns, name: str = "homes.csv") -> Community:
    return read_table(written(folder, columns, name)).community()


@pytest.mark.parametrize("name", ["homes.csv", "homes.parquet"])
def test_a_table_is_read_as_it_is(tmp_path: Path, name: str) -> None:
    a, b, sun = load(48, 1), load(48, 2), load(48, 3)
    found = read(tmp_path, {"start": times(48), "a_load_kwh": a, "a_pv_kwh": sun, "b": b}, name)
    assert (found.names, found.first, found.minutes, found.days) == (("a", "b"), FIRST.date(), 60, 2)
    assert np.array_equal(found.load_wh, np.rint(1000 * np.stack([a, b], axis=1)))
    assert np.array_equal(found.solar_wh[:, 0], np.rint(1000 * sun))
    assert not found.solar_wh[:, 1].any()
    assert found.notes == ()


def test_numbers_may_be_whole_decimal_text_or_missing(tmp_path: Path) -> None:
    kwh = np.arange(48) % 5
    columns = {
        "whole": pa.array([None, *kwh[1:].tolist()], pa.int32()),
        "decimal": pa.array([None, *(Decimal(int(each)) for each in kwh[1:])], pa.decimal128(9, 3)),
        "text": ["", *(str(each) for each in kwh[1:])],
        "half": pa.array([None, *kwh[1:].astype(np.float32)], pa.float32()),
    }
    table = read_table(written(tmp_path, {"start": times(48), **columns}, "homes.parquet"))
    assert table.names == tuple(columns)
    assert np.isnan(table.load[0]).all()
    assert (table.load[1:] == kwh[1:, np.newaxis]).all()


def test_the_time_column_may_be_a_parquet_files_index_or_the_first(tmp_path: Path) -> None:
    schema = pa.schema([("x", pa.float64()), ("when", pa.timestamp("us"))]).with_metadata(
        {"pandas": '{"index_columns": ["when"], "columns": []}'}
    )
    parquet.write_table(pa.table({"x": load(24), "when": times(24)}, schema=schema), tmp_path / "x.parquet")
    assert read_table(tmp_path / "x.parquet").names == ("x",)
    assert read(tmp_path, {"moment": times(24), "y": load(24)}).names == ("y",)


def test_only_whole_days_are_taken(tmp_path: Path) -> None:
    begin = FIRST - datetime.timedelta(hours=1)
    found = read(tmp_path, {"start": times(1 + 48 + 5, first=begin), "a": load(54)})
    assert (found.first, found.days) == (FIRST.date(), 2)


def test_a_clock_change_repeats_an_hour_and_skips_one(tmp_path: Path) -> None:
    """Autumn: the repeated hour is the mean of both. Spring: the skipped one lies between its neighbours."""
    clock = times(48)
    autumn = [*clock[:2], clock[1], *clock[2:]]
    values = np.ones(49)
    values[1], values[2] = 2.0, 4.0
    twice = read(tmp_path, {"start": autumn, "a": values + load(49) / 1e6})
    assert twice.load_wh[1, 0] == 3_000
    spring = [*clock[:2], *clock[3:]]
    jump = np.linspace(1.0, 2.0, 47)
    skipped = read(tmp_path, {"start": spring, "a": jump})
    assert skipped.load_wh[2, 0] == pytest.approx((skipped.load_wh[1, 0] + skipped.load_wh[3, 0]) / 2, abs=1)


def test_short_gaps_are_filled_between_neighbours(tmp_path: Path) -> None:
    values = load(24 * 10)
    values[30:33] = np.nan
    found = read(tmp_path, {"start": times(240), "a": values, "b": load(240, 2)})
    between = np.rint(1000 * np.interp([30, 31, 32], [29, 33], [values[29], values[33]]))
    assert np.array_equal(found.load_wh[30:33, 0], between)
    assert [note.en for note in found.notes] == [
        "homes.csv: 3 missing slots were filled between their neighbours, in 1 of the homes, most of them in a (3)."
    ]


def test_a_home_with_many_short_gaps_is_left_out_by_name(tmp_path: Path) -> None:
    """Half of its readings would be made up, though no gap is longer than what may be filled."""
    values = load(24 * 20)
    values[np.arange(480) % 6 < 3] = np.nan
    found = read(tmp_path, {"start": times(480), "a": load(480, 2), "b": values})
    assert found.names == ("a",)
    assert [note.en for note in found.notes] == [
        "b was left out: 240 of 480 readings are missing, the first at 2017-03-06 00:00."
    ]


def test_a_slot_of_the_day_that_no_day_has_leaves_the_home_out(tmp_path: Path) -> None:
    lacking = load(96)
    lacking[0] = np.nan
    found = read(tmp_path, {"start": times(96, 15), "a": load(96, 2), "b": lacking})
    assert found.names == ("a",)
    assert found.notes[0].en == "b was left out: 1 of 96 readings are missing, the first at 2017-03-06 00:00."


def test_a_midnight_that_the_clock_skips_can_be_the_only_one_asked_for(tmp_path: Path) -> None:
    """Some clocks change at midnight: that day alone has no reading in its first hour to fill it from."""
    clock = times(24 * 370)
    at = clock.index(datetime.datetime(2017, 10, 15))  # noqa: DTZ001
    table = read_table(written(tmp_path, {"start": clock[:at] + clock[at + 1 :], "b": load(24 * 370 - 1)}))
    day = read(tmp_path, {"start": times(24, first=clock[at]), "a": load(24)}, "day.csv")
    with pytest.raises(BadInput, match="b was left out: 1 of 24 readings are missing, the first at 2017-10-15 00:00"):
        table.beside(day, 0)
    assert table.community().homes == 1


def test_missing_solar_readings_count_as_well(tmp_path: Path) -> None:
    sun = load(24 * 20, 3)
    sun[100:120] = np.nan
    found = read(tmp_path, {"start": times(480), "a_load_kwh": load(480), "a_pv_kwh": sun, "b": load(480, 2)})
    assert found.names == ("b",)
    assert found.notes[0].en == "a was left out: 20 of 480 readings are missing, the first at 2017-03-10 04:00."


def test_one_home_that_was_metered_first_does_not_push_out_the_others(tmp_path: Path) -> None:
    late = {name: np.r_[np.full(24 * 50, np.nan), load(24 * 50, seed)] for seed, name in enumerate("bcd", 2)}
    found = read(tmp_path, {"start": times(2400), "a": load(2400), **late})
    assert (found.names, found.days) == (("a", "b", "c", "d"), 50)
    assert found.first == FIRST.date() + datetime.timedelta(days=50)
    (note,) = found.notes
    assert note.en.startswith(
        "homes.csv: 2017-04-25 to 2017-06-13 are taken; of 50 days before and 0 after, most homes"
    )


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 24 * 60 - 1), max_size=25))
@settings(max_examples=25)
def test_what_was_read_is_never_changed_and_what_was_not_is_told_of(seed: int, lost: list[int]) -> None:
    """Conservation: only missing slots are made up, and every one of them is in a note or its home is left out."""
    dice = np.random.default_rng(seed)
    values = np.round(dice.uniform(0.1, 3.0, 24 * 60), 3)
    holes = values.copy()
    holes[lost] = np.nan
    starts = np.datetime64(FIRST, "m") + 60 * np.arange(len(values))
    found = laid(Path("x.csv"), starts, {"a": values, "b": holes}).community()
    assert np.array_equal(found.load_wh[:, 0], np.rint(1000 * values))
    missing = len(set(lost))
    if "b" in found.names:
        kept = np.isfinite(holes)
        assert np.array_equal(found.load_wh[kept, 1], np.rint(1000 * values[kept]))
        told = sum(int(re.findall(r": (\d+) missing slots", note.en)[0]) for note in found.notes)
        assert told == missing <= 0.02 * len(values)
    else:
        assert [note.en.split(",")[0] for note in found.notes] == [
            f"b was left out: {missing} of 1440 readings are missing"
        ]


def test_longer_gaps_come_from_the_nearest_day_and_are_told_of(tmp_path: Path) -> None:
    values = load(24 * 100)
    values[240:264] = np.nan
    found = read(tmp_path, {"start": times(2_400), "a": values, "b": load(2_400, 2)})
    assert np.array_equal(found.load_wh[240:264, 0], found.load_wh[216:240, 0])
    assert [note.en for note in found.notes] == [
        "a: 24 missing slots were filled from the same time of the nearest day."
    ]
    assert "a: 빠진 24칸" in found.notes[0].ko


def test_a_home_of_which_too_much_is_missing_is_left_out_by_name(tmp_path: Path) -> None:
    values = load(240)
    values[100:110] = np.nan
    found = read(tmp_path, {"start": times(240), "a": load(240, 2), "b": values})
    assert found.names == ("a",)
    assert [note.en for note in found.notes] == [
        "b was left out: 10 of 240 readings are missing, the first at 2017-03-10 04:00."
    ]


def test_a_home_whose_readings_repeat_is_left_out_by_name(tmp_path: Path) -> None:
    stuck = np.repeat(load(120, 3), 2)
    found = read(tmp_path, {"start": times(240), "a": load(240, 2), "b": stuck})
    assert found.names == ("a",)
    assert found.notes[0].en.startswith(
        "b was left out: 120 of 240 readings repeat the one before, the first at 2017-03-06"
    )


def test_where_no_home_is_good_enough_nothing_is_simulated(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"homes.csv: no home is good enough; a was left out: 23 of 24 readings"):
        read(tmp_path, {"start": times(24), "a": np.full(24, 1.25)})


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"start": times(1), "a": load(1)}, "homes.csv: 1 rows: at least 2 were expected"),
        ({"start": times(24)}, "no column NAME_load_kwh or NAME"),
        ({"start": times(24), "a_pv_kwh": load(24)}, "no column NAME_load_kwh or NAME"),
        ({"start": times(24), "a": load(24), "b_pv_kwh": load(24)}, "b_pv_kwh without b_load_kwh"),
        ({"start": times(24), "a": [*load(23), -0.5]}, "a at 2017-03-06 23:00 is -0.5: 0 to 65.535 kWh"),
        ({"start": times(24), "a": [70.0, *load(23)]}, "a at 2017-03-06 00:00 is 70: 0 to 65.535 kWh"),
        ({"start": times(24), "a": ["much", *load(23)]}, "a at 2017-03-06 00:00 is 'much': a number of kWh"),
        ({"start": ["noon", *times(23)], "a": load(24)}, "row 1, start: 'noon' is no time such as"),
        (
            {"start": [*times(12), *times(12)], "a": load(24)},
            "time goes back from 2017-03-06T11:00 to 2017-03-06T00:00",
        ),
        ({"start": times(24, 7), "a": load(24)}, "a reading every 7 minutes: every 15, 30 or 60 minutes"),
        (
            {"start": [*times(24), *times(40, 30, FIRST + datetime.timedelta(days=1))], "a": load(64)},
            "readings every 30 minutes and, first at 2017-03-06T00:00, every 60: one resolution was expected",
        ),
        ({"start": [f"{each}+09:00" for each in times(24)], "a": load(24)}, "has an offset; local times without one"),
        (
            {"start": [*times(480, 30), *times(48, 60, FIRST + datetime.timedelta(days=10))], "a": load(528)},
            "readings every 30 minutes and, first at 2017-03-16T00:00, every 60: one resolution was expected",
        ),
        (
            {"start": [*times(480, 30), *times(40, 60, FIRST + datetime.timedelta(days=10))], "a": load(520)},
            "readings every 30 minutes and, first at 2017-03-16T00:00, every 60: one resolution was expected",
        ),
        ({"start": [f"{each}.5" for each in times(24)], "a": load(24)}, "row 1, start: 2017-03-06 00:00:00.500000: a"),
        (
            {"start": times(24), "a": load(24), "a_load_kwh": load(24)},
            "2 times a home 'a': each needs a name of its own",
        ),
        ({"start": times(24), "_load_kwh": load(24)}, "1 times a home ''"),
        ({"start": times(10), "a": load(10)}, "no whole day: readings from midnight to midnight were expected"),
    ],
)
def test_a_table_that_is_none_is_refused_in_one_line(tmp_path: Path, columns: Columns, says: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(tmp_path, columns)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_duplicated_hours_are_named(tmp_path: Path) -> None:
    thrice = [*times(24)[:6], times(24)[5], times(24)[5], *times(24)[6:]]
    with pytest.raises(BadInput, match="2017-03-06T05:00"):
        read(tmp_path, {"start": thrice, "a": load(26)})


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("homes.txt", "x", "a name that ends in .csv or .parquet was expected"),
        ("homes.csv", "", "not a csv table"),
        ("homes.csv", "start,a,a\n2017-03-06T00:00,1,1\n", "two columns are called a"),
        ("homes.parquet", "nonsense", "not a parquet table"),
        ("homes.csv", b"start,\xc7\xcf\n2017-03-06T00:00,1\n", "not a csv table"),
        ("homes.csv", "start,a\n2017-03-06T00:00,1,2\n", "Expected 2 columns, got 3"),
        ("homes.csv", "start,a\n2017-03-06T00:00+00:00,1\n", "start has an offset; local times without one"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_one_line(
    tmp_path: Path, name: str, content: str | bytes, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(BadInput) as refused:
        read_table(path)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_table(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("name", ["homes.csv", "homes.parquet"])
def test_a_folder_is_no_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(BadInput, match="a folder; a file was expected"):
        read_table(tmp_path / name)


def test_a_parquet_file_may_be_odd_or_broken(tmp_path: Path) -> None:
    path = tmp_path / "homes.parquet"
    starts = np.array(times(24), dtype="datetime64[ns]") + np.timedelta64(1, "ns")
    parquet.write_table(pa.table({"start": starts, "a": load(24)}), path)
    assert read_table(path).names == ("a",), "nanoseconds, as a float's rounding leaves them"
    whole = path.read_bytes()
    path.write_bytes(whole[:-100] + b"\xff" * 60 + whole[-40:])
    with pytest.raises(BadInput, match=r"homes\.parquet: cannot be read") as refused:
        read_table(path)
    assert "\n" not in str(refused.value)
    broken = pa.schema([("a", pa.float64())]).with_metadata({"pandas": "{"})
    parquet.write_table(pa.table({"a": load(24)}, schema=broken), path)
    with pytest.raises(BadInput, match=r"homes\.parquet: not a parquet table"):
        read_table(path)
    far = pa.table({"start": pa.array(times(24), pa.timestamp("us", "Far/Away")), "a": load(24)})
    parquet.write_table(far, path)
    with pytest.raises(BadInput, match="start has an offset"):
        read_table(path)


def test_a_home_that_is_not_there_is_named(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, {"start": times(24), "a": load(24), "b": load(24)}))
    assert table.keeping(["b"]).names == ("b",)
    with pytest.raises(BadInput, match="no home c: a, b"):
        table.keeping(["c"])
    with pytest.raises(BadInput, match="every home is left out"):
        table.keeping([])


def test_another_year_lies_beside_the_first_on_the_same_weekdays_and_season(tmp_path: Path) -> None:
    """A meter year that says which day it is: 2013 beside 2016, also turned by half a year."""
    first = read(tmp_path, {"start": times(24 * 28, first=datetime.datetime(2016, 8, 1)), "a": load(672)})  # noqa: DTZ001
    begin = datetime.datetime(2012, 11, 5)  # noqa: DTZ001
    hours = times(24 * 400, first=begin)
    day = np.array([(hour.timetuple().tm_yday + hour.hour / 100) / 10 for hour in hours])
    table = read_table(written(tmp_path, {"start": hours, "b": day}, "other.csv"))
    summer, winter = table.beside(first, 0), table.beside(first, 26)
    for found, month in ((summer, 8), (winter, 1)):
        assert (found.first, found.days, found.minutes) == (first.first, 28, 60)
        source = [
            datetime.date(2013, 1, 1) + datetime.timedelta(days=int(each) // 100 - 1) for each in found.load_wh[::24, 0]
        ]
        assert abs((source[0].replace(year=2013) - datetime.date(2013, month, 1)).days) % 365 <= 31
        assert [each.weekday() for each in source] == [
            (first.first + datetime.timedelta(days=at)).weekday() for at in range(28)
        ]
    assert "its 52 weeks from 2012-12-11 on lie beside the others as a circle" in summer.notes[0].en


def test_beside_others_a_table_needs_a_year_and_a_resolution_that_fits(tmp_path: Path) -> None:
    first = read(tmp_path, {"start": times(24), "a": load(24)})
    short = read_table(written(tmp_path, {"start": times(48, first=FIRST + datetime.timedelta(1)), "b": load(48)}))
    with pytest.raises(BadInput, match="2 whole days; 364 were expected"):
        short.beside(first, 0)
    fine = read(tmp_path, {"start": times(96, 15), "a": load(96)})
    with pytest.raises(BadInput, match="slots of 60 minutes beside slots of 15"):
        short.beside(fine, 0)


def test_the_same_days_lie_beside_each_other_as_they_are(tmp_path: Path) -> None:
    first = read(tmp_path, {"start": times(240, first=FIRST + datetime.timedelta(2)), "a": load(240)})
    values = load(480 * 2, 2)
    table = read_table(written(tmp_path, {"start": times(480 * 2, 30), "b": values}))
    found = table.beside(first, 0)
    assert (found.first, found.days, found.minutes, found.notes) == (first.first, 10, 60, ())
    assert found.load_wh.sum() == np.rint(1000 * values[96:576]).sum()


@pytest.mark.long
def test_the_benchmarks_homes_are_read_as_they_are() -> None:
    folder = Path(os.environ.get("OPENMG_DATA", "."))
    if not (folder / "fontana17_load_pv_hourly.parquet").is_file():
        pytest.fail("point OPENMG_DATA at the folder with the homes of the benchmark")
    fontana = read_table(folder / "fontana17_load_pv_hourly.parquet").community()
    assert fontana.homes == 15
    assert [note.en.split()[0] for note in fontana.notes] == ["h12", "h15"]
    table = read_table(folder / "sgsc70_load_30min.parquet")
    loads = table.beside(fontana, 26)
    assert loads.homes == 45
    assert loads.minutes == 60
    assert table.community().homes == 32
