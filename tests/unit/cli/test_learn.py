"""`openmg learn`: join, status and run on a folder, for people and for machines; bad input in one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from openmg.cli.late import Late
from openmg.cli.learn import Commands, app, find_learning
from openmg.errors import BadInput
from openmg.forecast.citylearn import load_history

RUN = CliRunner()


def ask(*arguments: object) -> dict[str, object]:
    done = RUN.invoke(app, [*map(str, arguments), "--json"], catch_exceptions=False)
    assert done.exit_code == 0
    found: dict[str, object] = json.loads(done.stdout)
    return found


def refused(*arguments: object) -> str:
    with pytest.raises(BadInput) as caught:
        RUN.invoke(app, [*map(str, arguments)], catch_exceptions=False)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def write_meter(path: Path, days: int) -> Path:
    history = load_history(1)
    first = np.datetime64(history.first, "m")
    rows = [f"{first + 60 * hour},{wh:.0f}" for hour, wh in enumerate(history.load[1 : days + 1].reshape(-1))]
    path.write_text("start,wh\n" + "\n".join(rows) + "\n")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made by `openmg learn demo` itself: two homes, one round."""
    root = tmp_path_factory.mktemp("learn") / "demo"
    record = ask("demo", "--homes", 2, "--rounds", 1, "--out", root)
    assert record["homes"] == 2
    assert all(check["passed"] for check in record["checks"])  # type: ignore[attr-defined]
    return root


def test_the_demo_leaves_everything_behind(folder: Path) -> None:
    assert json.loads((folder / "learning.json").read_text())["schema"] == "openmg/learning-demo/1"
    assert (folder / "report.html").is_file()
    assert len(list(folder.glob("*.png"))) == 8
    assert len(list((folder / "models").glob("*.model"))) == 2


def test_a_home_joins_and_takes_part(folder: Path, tmp_path: Path) -> None:
    before = ask("status", "--dir", folder)
    joined = ask("join", write_meter(tmp_path / "meter.csv", 40), "--name", "new", "--dir", folder)
    assert joined["days_to_learn_from"] == 26
    assert ask("status", "--dir", folder)["homes"] == 3
    after = ask("run", "--dir", folder, "--rounds", 1)
    assert (after["rounds_now"], after["releases"], after["task"], after["absent"]) == (1, 1, "load-2", {})
    assert after["model"] != before["model"]
    spent = after["epsilon_of_each_home"]
    assert isinstance(spent, dict)
    assert spent["new"] < spent["home-01"]
    assert "there is a home with this name already" in refused(
        "join", tmp_path / "meter.csv", "--name", "new", "--dir", folder
    )
    told = RUN.invoke(app, ["status", "--dir", str(folder)], catch_exceptions=False).stdout
    assert "1 of 1, 0 void" in told


def test_what_cannot_be_is_refused_in_one_line(folder: Path, tmp_path: Path) -> None:
    short = write_meter(tmp_path / "short.csv", 20)
    assert "keep collecting" in refused("join", short, "--name", "x", "--dir", folder)
    assert "cannot be read" in refused("join", tmp_path / "none.csv", "--name", "x", "--dir", folder)
    whole = write_meter(tmp_path / "whole.csv", 40)
    assert "--name ../x" in refused("join", whole, "--name", "../x", "--dir", folder)
    assert not (folder / "homes" / "x").exists()
    assert "no chain here" in refused("status", "--dir", tmp_path)
    assert "--rounds 0" in refused("run", "--dir", folder, "--rounds", 0)
    assert "--homes 1" in refused("demo", "--homes", 1, "--out", tmp_path / "new")
    assert "holds a chain already" in refused("demo", "--out", folder)


def test_no_folder_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match="run `openmg learn demo` first"):
        find_learning(None)


@pytest.mark.parametrize(("name", "late"), Commands.late.items())
def test_the_list_says_what_the_command_says(name: str, late: Late) -> None:
    assert " ".join(late.load(name).help.split("\n\n")[0].split()) == late.says
