"""Meter histories: what is read, what is refused, and in which words."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from openmg.errors import BadInput
from openmg.forecast import history_of, read_history
from tests.unit.forecast.meters import FIRST, a_history, a_load, times


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(["start,wh", *lines, ""]), "utf-8")
    return path


def days_of_lines(days: int) -> list[str]:
    load = a_load(days).reshape(-1)
    return [f"{start},{wh}" for start, wh in zip(times(len(load)), load, strict=True)]


@pytest.mark.parametrize("minutes", [15, 30, 60])
def test_a_history_has_whole_local_days(minutes: int) -> None:
    history = a_history(3, minutes)
    assert (history.first, history.minutes, history.slots) == (FIRST, minutes, 1440 // minutes)
    assert np.array_equal(history.load, a_load(3, minutes))
    assert history.complete_days == 3
    assert history.until(FIRST + datetime.timedelta(days=2)).complete_days == 2


def test_longer_steps_add_up() -> None:
    quarters = a_history(3, 15)
    quarters.load[1, 9] = np.nan
    hours = quarters.every(60)
    assert hours.load[0, 5] == pytest.approx(quarters.load[0, 20:24].sum())
    assert np.flatnonzero(np.isnan(hours.load)).tolist() == [26]
    for minutes in (15, 45):
        with pytest.raises(BadInput, match=f"readings of 30 minutes do not add up to {minutes}"):
            a_history(3, 30).every(minutes)


def test_what_comes_before_the_first_reading_is_not_known() -> None:
    load = a_load(3).reshape(-1)
    history = history_of("meter", times(len(load))[7:], load[7:])
    assert np.isnan(history.load[0, :7]).all()
    assert history.complete_days == 2


def test_a_gap_of_an_hour_is_filled_and_a_longer_one_stays() -> None:
    load = a_load(3, 15).reshape(-1)
    load[40:44] = np.nan
    load[130:135] = np.nan
    history = history_of("meter", times(len(load), 15), load).load.reshape(-1)
    assert np.allclose(history[40:44], np.interp([1, 2, 3, 4], [0, 5], [load[39], load[44]]))
    assert np.isnan(history[130:135]).all()


def test_an_hour_that_a_clock_change_repeats_counts_once() -> None:
    load = a_load(40, 30).reshape(-1)
    starts = times(len(load), 30)
    at = np.r_[0:52, 50:100]
    history = history_of("meter", starts[at], np.r_[load[0:52], load[50:52] + 100, load[52:100]])
    assert np.allclose(history.load.reshape(-1)[49:53], [load[49], load[50] + 50, load[51] + 50, load[52]])


def test_an_hour_that_a_clock_change_skips_is_filled() -> None:
    load = a_load(3).reshape(-1)
    keep = np.arange(len(load)) != 26
    history = history_of("meter", times(len(load))[keep], load[keep])
    assert history.load[1, 2] == pytest.approx((load[25] + load[27]) / 2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda load: load.__setitem__(30, -1.5), r"meter: -1.5 Wh at 2025-01-07T06:00: 0 to 65535 Wh"),
        (lambda load: load.__setitem__(slice(30, 33), -1), r"-1 Wh at 2025-01-07T06:00 \(and 2 more\)"),
        (lambda load: load.__setitem__(30, np.inf), r"inf Wh at 2025-01-07T06:00"),
        (lambda load: load.__setitem__(30, 65_536), r"65536 Wh at 2025-01-07T06:00"),
        (lambda load: load.__setitem__(slice(-24, None), 123.5), r"meter: the meter shows 123.5 Wh again and again"),
        (lambda load: load.__setitem__(slice(24, 96), 123.5), r"for 72 hours the meter showed one reading"),
    ],
)
def test_a_meter_that_cannot_be_right_is_refused_in_one_line(change: object, words: str) -> None:
    load = a_load(20).reshape(-1)
    assert callable(change)
    change(load)
    with pytest.raises(BadInput, match=words) as refused:
        history_of("meter", times(len(load)), load)
    assert "\n" not in str(refused.value)


def test_a_day_of_zeros_is_left_out_and_no_more() -> None:
    load = a_load(20).reshape(-1)
    load[48:96] = 0
    load[-24:] = 0
    history = history_of("meter", times(len(load)), load)
    assert np.isnan(history.load[2:4]).all()
    assert history.complete_days == 17


def test_times_that_no_clock_shows_are_refused() -> None:
    load = a_load(30).reshape(-1)
    starts = times(len(load))
    with pytest.raises(BadInput, match="a reading every 5 minutes: every 15, 30 or 60"):
        history_of("meter", times(len(load), 5), load)
    with pytest.raises(BadInput, match="every 60 minutes from midnight was expected"):
        history_of("meter", starts + (np.arange(len(load)) > 100) * 7, load)
    with pytest.raises(BadInput, match="time goes back from 2025-01-08T01:00 to 2025-01-07T02:00"):
        history_of("meter", starts[np.r_[0:50, 26:60]], load[np.r_[0:50, 26:60]])
    often = np.sort(np.r_[np.arange(len(load)), 26, 50, 74])
    with pytest.raises(BadInput, match="the clock goes back on 3 of 30 days, first at 2025-01-07T02:00"):
        history_of("meter", starts[often], load[often])
    thrice = np.sort(np.r_[np.arange(len(load)), 26, 26])
    with pytest.raises(BadInput, match="one clock change a year was expected"):
        history_of("meter", starts[thrice], load[thrice])
    with pytest.raises(BadInput, match="1 readings at 1 times"):
        history_of("meter", starts[:1], load[:1])


# --- files
def test_csv_and_parquet_say_the_same(tmp_path: Path) -> None:
    lines = days_of_lines(3)
    lines[30] = lines[30].split(",")[0] + ","
    text = read_history(written(tmp_path / "meter.csv", *lines))
    starts, wh = zip(*(line.split(",") for line in lines), strict=True)
    table = pa.table(
        {
            "start": [datetime.datetime.fromisoformat(each) for each in starts],
            "wh": [float(e) if e else None for e in wh],
        }
    )
    parquet.write_table(table, tmp_path / "meter.parquet")
    columns = read_history(tmp_path / "meter.parquet")
    assert np.array_equal(text.load, columns.load)
    assert text.load[1, 6] == pytest.approx((text.load[1, 5] + text.load[1, 7]) / 2)


def test_times_with_an_offset_become_the_homes_own(tmp_path: Path) -> None:
    path = written(tmp_path / "meter.csv", *(f"2026-10-24T{hour:02}:00+00:00,{hour}" for hour in range(24)))
    assert read_history(path, "Asia/Seoul").load[0, 9:].tolist() == list(range(15))
    with pytest.raises(BadInput, match=r"meter.csv:2: 2026-10-24T00:00\+00:00: a time with an offset needs"):
        read_history(path)
    with pytest.raises(BadInput, match="Asia/Nowhere: a time zone such as Asia/Seoul was expected"):
        read_history(path, "Asia/Nowhere")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("2025-01-07T00:00,nan", r"meter.csv:4: 'nan': a number of Wh was expected"),
        ("2025-01-07T00:00,much", r"meter.csv:4: 'much': a number of Wh was expected"),
        ("yesterday,5", r"meter.csv:4: 'yesterday': a time such as"),
        ("2025-01-07T00:00", r"a number of Wh was expected|readings"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, words: str) -> None:
    path = written(tmp_path / "meter.csv", "2025-01-06T22:00,5", "2025-01-06T23:00,6", line, "2025-01-07T01:00,4")
    if line == "2025-01-07T00:00":
        assert read_history(path).load[1, 0] == 5
        return
    with pytest.raises(BadInput, match=words):
        read_history(path)


def test_a_file_that_is_no_history_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"a name that ends in .csv or .parquet was expected"):
        read_history(tmp_path / "meter.txt")
    with pytest.raises(BadInput, match=r"none.csv: cannot be read \(No such file"):
        read_history(tmp_path / "none.csv")
    (tmp_path / "other.csv").write_text("when,kwh\n1,2\n")
    with pytest.raises(BadInput, match="no column 'start': start and wh were expected, not when, kwh"):
        read_history(tmp_path / "other.csv")
    (tmp_path / "other.parquet").write_bytes(b"no columns")
    with pytest.raises(BadInput, match="not a Parquet file"):
        read_history(tmp_path / "other.parquet")
