"""`openmg simulate` as a person calls it."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.unit.cli.test_bad_input import OPENMG, listing, refused

WEEK = ("--start", "2017-05-01", "--days", "7")


def said(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [OPENMG, "simulate", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done
    return done.stdout


def test_a_run_writes_a_report_and_its_figures(tmp_path: Path) -> None:
    told = said(tmp_path, "run", *WEEK, "--homes", "16", "--mechanism", "pool", "--mechanism", "auction")
    folder = tmp_path / "openmg-simulation"
    assert {"report.html", "result.json", "slots.parquet", "savings.ko.png", "prices.en.svg"} <= {
        path.name for path in folder.iterdir()
    }
    assert "2 of the 16 homes are copies" in " ".join(told.split())
    assert "Unserved: 0 kWh" in told
    result = json.loads((folder / "result.json").read_text("utf-8"))
    assert [each["mechanism"] for each in result["figures"]] == ["pool", "auction"]
    assert len(result["homes"]) == 16


def test_a_run_for_machines_is_the_same_again(tmp_path: Path) -> None:
    once, again = (json.loads(said(tmp_path, "run", *WEEK, "--json")) for _ in range(2))
    for each in (once, again):
        each.pop("seconds")
    assert once == again
    assert len(list(tmp_path.iterdir())) == 2, "a second run takes a name of its own"


def test_a_street_without_any_market_is_told_too(tmp_path: Path) -> None:
    told = said(tmp_path, "run", *WEEK, "--mechanism", "none")
    assert "Unserved: 0 kWh" in told
    assert "no market" in told


def test_an_attack_is_told_mechanism_by_mechanism(tmp_path: Path) -> None:
    told = said(tmp_path, "attack", "--who", "sellers", "--how", "overask", "--share", "0.3", *WEEK)
    assert "4 homes (30% of the sellers) ask at least the middle of the ladder" in " ".join(told.split())
    machine = json.loads(said(tmp_path, "attack", "--who", "buyers", "--how", "shade", *WEEK, "--json"))
    assert [each["mechanism"] for each in machine["outcomes"]] == ["pool", "no-collar", "no-battery", "auction"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["run", "attack"])
def test_the_help_has_an_example(tmp_path: Path, command: str) -> None:
    assert f"Example: openmg simulate {command}" in said(tmp_path, command, "--help")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "--start", "yesterday"), "--start yesterday: a date such as 2017-03-01 was expected"),
        (("run", "--start", "2019-01-01"), "--start 2019-01-01: the homes' data covers 2016-08-01 to 2017-07-30"),
        (("run", "--band", "133"), "--band 133: two prices such as 133,245 were expected"),
        (("run", "--levels", "120,a"), "--levels 120,a: numbers with commas between them were expected"),
        (("run", "--levels", "200,120"), "levels must increase"),
        (("run", "--battery", "0"), "--battery 0: above 0"),
        (("run", "--reference", "500"), "--reference 500: 133 to 245 KRW/kWh"),
        (("run", "--homes", "0"), "--homes 0: 1 to 100,000"),
        (("run", "--data", "nowhere.csv"), "nowhere.csv: cannot be read"),
        (("run", "--data", "homes.csv"), "no home exports anything"),
        (("run", "--data", "homes.csv", "--leave-out", "b"), "--leave-out b: no file has such a home"),
        (("run", "--out", "full"), "full: holds something already; name a new folder"),
        (("attack", "--who", "cats", "--how", "withhold"), "--who cats: sellers or buyers was expected"),
        (("attack", "--who", "sellers", "--how", "withhold", "--mechanism", "mid-market"), "asks homes for no price"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept").write_text("kept")
    hours = "".join(f"2017-03-06T{hour:02}:00,{0.5 + hour / 100}\n" for hour in range(24))
    (tmp_path / "homes.csv").write_text("start,a\n" + hours)
    before = listing(tmp_path)
    assert says in refused(tmp_path, "simulate", *arguments)
    assert listing(tmp_path) == before


def test_ctrl_c_leaves_nothing_half_written(tmp_path: Path) -> None:
    with subprocess.Popen(
        [OPENMG, "simulate", "run"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        while not any(tmp_path.iterdir()):
            assert run.poll() is None
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []
