"""Bad input at the real command line: one clear line, exit code 2, nothing half-written."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from openmg.demo.folder import DemoFolder
from openmg.demo.scenario import DEFAULT_DATE, Scenario

OPENMG = Path(sys.executable).with_name("openmg")


def refused(folder: Path, *arguments: str) -> str:
    """The one line that the command says."""
    done = subprocess.run([OPENMG, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    line = done.stderr.removesuffix("\n")
    if not line.startswith("openmg: "):
        assert "Usage: openmg" in line, "typer's own"
        return line
    assert "\n" not in line.strip()
    return line


def listing(folder: Path) -> dict[Path, int]:
    return {path: path.lstat().st_mtime_ns for path in folder.rglob("*")}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo whose keys exist and whose first block does not."""
    return DemoFolder.create(tmp_path_factory.mktemp("cli") / "day", Scenario(DEFAULT_DATE, 1, 1)).root


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--date", "nonsense"], "--date nonsense: a date such as"),
        (["--date", "2017-02-30"], "--date 2017-02-30: a date such as"),
        (["--date", "2017-07-31"], "the data covers 2016-08-01 to 2017-07-30"),
        (["--homes", "15"], "--homes 15: 1 to 14"),
        (["--homes", "0"], "--homes 0: 1 to 14"),
        (["--authorities", "0"], "--authorities 0: 1 to 16"),
        (["--authorities", "17"], "--authorities 17: 1 to 16"),
        (["--homes", "nonsense"], "valid integer"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_a_demo_that_cannot_be(tmp_path: Path, arguments: list[str], says: str) -> None:
    assert says in refused(tmp_path, "demo", *arguments, "--out", "day")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_used(tmp_path: Path, fresh: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter").write_text("dear")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "empty").mkdir()
    before = listing(tmp_path), listing(fresh)
    for out, says in (
        (str(fresh), "holds a chain already; choose another --out, or continue it with --resume"),
        ("full", "full: holds something already"),
        ("full/letter/day", "full/letter/day: cannot be made"),
        ("dangling", "dangling: holds something already"),
        ("x" * 300, "cannot be made (File name too long)"),
    ):
        assert says in refused(tmp_path, "demo", "--homes", "1", "--authorities", "1", "--out", out)
    assert "the folder you are in" in refused(tmp_path / "empty", "demo", "--out", ".")
    assert (listing(tmp_path), listing(fresh)) == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["demo", "--resume", "--out", "nowhere"], "nowhere: no chain here"),
        (["demo", "--resume"], "no demo here: run `openmg demo` first"),
        (["replay"], "no demo here"),
        (["replay", "nowhere"], "nowhere: no chain here"),
        (["wallet", "show", "home-01"], "no demo here"),
        (["market", "clear", "nowhere.json"], "nowhere.json: No such file"),
        (["nonsense"], "nonsense"),
    ],
)
def test_where_there_is_no_demo(tmp_path: Path, arguments: list[str], says: str) -> None:
    assert says in refused(tmp_path, *arguments)
    assert not list(tmp_path.iterdir())


def test_wallets_that_do_not_open(tmp_path: Path, fresh: Path) -> None:
    for name, content in (("wrong", b"wrong\n"), ("binary", b"\xff\xfe"), ("none", None)):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        line = refused(tmp_path, "wallet", "show", "home-01", "--dir", str(fresh), "--passphrase-file", name)
        assert ("wrong passphrase" if name == "wrong" else f"{name}: cannot be read as a passphrase") in line
    assert "home-99.wallet: cannot be read" in refused(tmp_path, "wallet", "show", "home-99", "--dir", str(fresh))


def test_a_chain_that_has_not_begun(tmp_path: Path, fresh: Path) -> None:
    assert "slot 99: the chain has no slots yet" in refused(tmp_path, "inspect", "slot", "99", "--dir", str(fresh))
    assert "account ab: the chain has no accounts yet" in refused(
        tmp_path, "inspect", "account", "ab", "--dir", str(fresh)
    )


def test_cases_whose_levels_do_not_increase(tmp_path: Path) -> None:
    def case(levels: Sequence[int]) -> str:
        given = {"levels": levels, "buy": [0, 0], "sell": [0, 0], "reference": 5, "collar_bp": 1000, "pool": None}
        return json.dumps([{"given": given}])

    path = tmp_path / "case.json"
    for text, says in (
        (case([120, 120]), "case.json: case 1: levels"),
        (case([135, 120]), "case.json: case 1: levels"),
        (case([]), "case.json: case 1"),
        ("{", "case.json: not JSON"),
        ("7", "case.json: a list of cases"),
    ):
        path.write_text(text)
        assert says in refused(tmp_path, "market", "clear", "case.json")
