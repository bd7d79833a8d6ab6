"""The demo as a person runs it: what it prints, what it leaves, and what can be looked at afterwards."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from pathlib import Path

import pytest

from openmg.chains import RelayChain
from openmg.chains.slot import Phase
from openmg.demo.checks import run_checks
from openmg.demo.day import opened
from openmg.demo.folder import DemoFolder
from openmg.demo.record import from_json
from openmg.demo.scenario import DEFAULT_DATE, Scenario
from openmg.engine import LocalEngine
from tests.e2e.conftest import OPENMG, Finished


def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([OPENMG, *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == code, done
    assert "Traceback" not in done.stderr
    return done


def refused(*arguments: str) -> str:
    done = run(*arguments, code=2)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("openmg: ")
    return done.stderr


def test_it_prints_one_document_that_is_the_record(finished: Finished) -> None:
    record = from_json(json.loads(finished.output))
    assert finished.errors == ""
    assert json.loads(finished.folder.record.read_text("utf-8")) == json.loads(finished.output)
    assert (record.homes, record.authorities, record.threshold, len(record.slots)) == (3, 4, 3, 24)
    assert [check.name_en for check in record.checks if not check.passed] == []
    assert len(record.checks) == 6


def test_it_leaves_a_report_and_eight_pictures(finished: Finished) -> None:
    root = finished.folder.root
    pictures = sorted(path.name for path in root.glob("*.png"))
    assert len(pictures) == 8
    assert all((root / name).read_bytes().startswith(b"\x89PNG\r\n\x1a\n") for name in pictures)
    assert "</html>" in finished.folder.report.read_text("utf-8")
    assert not [path.name for path in root.iterdir() if path.name.startswith(".") or path.name.endswith("-wal")]


def test_the_chain_can_be_replayed_and_looked_at(finished: Finished) -> None:
    root = str(finished.folder.root)
    replayed = json.loads(run("replay", root, "--json").stdout)
    engine = LocalEngine.open(finished.folder.chain, RelayChain)
    engine.close()
    assert replayed["root"] == engine.chain.root.hex()
    assert "every state root agrees" in run("replay", root).stdout
    slot = json.loads(run("inspect", "slot", "12", "--dir", root, "--json").stdout)
    assert slot["state"] == "settled"
    assert slot["hour"] == "12:00"
    key = engine.chain.state.registry[0].account.hex()
    account = json.loads(run("inspect", "account", key[:10].upper(), "--dir", root, "--json").stdout)
    assert account["account"] == key
    own = json.loads(run("wallet", "show", "home-01", "--dir", root, "--json").stdout)
    assert own["account"] == key
    assert len(own["trades"]) == 24
    assert own["height"] == replayed["blocks"]


def test_what_is_not_there_is_named(finished: Finished) -> None:
    root = str(finished.folder.root)
    assert "slot 99: the chain has slots 0 to" in refused("inspect", "slot", "99", "--dir", root)
    assert "account zz: 0 of 3 accounts start so" in refused("inspect", "account", "zz", "--dir", root)
    assert "3 of 3 accounts start so" in refused("inspect", "account", "", "--dir", root)
    assert "holds a chain already" in refused("demo", "--out", root)


def test_a_finished_day_may_be_resumed(copied: DemoFolder) -> None:
    before = copied.chain.read_bytes()
    first = from_json(json.loads(copied.record.read_text("utf-8")))
    copied.report.unlink()
    done = run("demo", "--resume", "--json", "--out", str(copied.root))
    again = from_json(json.loads(done.stdout))
    assert all(check.passed for check in again.checks)
    assert again.home_results == first.home_results
    assert copied.report.is_file()
    assert copied.chain.read_bytes() == before


def test_a_damaged_chain_is_refused_in_one_line(copied: DemoFolder) -> None:
    connection = sqlite3.connect(copied.chain, isolation_level=None)
    [[last]] = connection.execute("SELECT max(height) FROM block").fetchall()
    height = last // 2
    [[data]] = connection.execute("SELECT data FROM block WHERE height = ?", (height,)).fetchall()
    changed = data[:-1] + bytes([data[-1] ^ 1])
    connection.execute("UPDATE block SET data = ? WHERE height = ?", (changed, height))
    connection.close()
    assert f"block {height} " in refused("replay", str(copied.root))


@pytest.mark.long
def test_what_cannot_be_written_is_named(copied: DemoFolder) -> None:
    copied.record.unlink()
    copied.record.mkdir()
    (copied.record / "something").write_text("in the way")
    assert "day.json: " in refused("demo", "--resume", "--out", str(copied.root))


def test_a_damaged_file_is_refused_in_one_line(copied: DemoFolder) -> None:
    whole = copied.chain.read_bytes()
    copied.chain.write_bytes(whole[: len(whole) // 2])
    root = str(copied.root)
    for command in (["replay", root], ["inspect", "slot", "1", "--dir", root], ["demo", "--resume", "--out", root]):
        assert "is the first that cannot be read" in refused(*command)
    copied.chain.write_bytes(b"")
    assert "empty, not a chain file" in refused("replay", root)
    copied.chain.write_bytes(b"no database at all " * 999)
    assert "not a chain file" in refused("inspect", "slot", "1", "--dir", root)
    copied.chain.unlink()
    assert "no chain here" in refused("replay", root)


@pytest.mark.long
@pytest.mark.parametrize("authorities", [1, 2, 7])
def test_any_number_of_authorities_makes_a_day(tmp_path: Path, authorities: int) -> None:
    folder = DemoFolder.create(tmp_path / "day", Scenario(DEFAULT_DATE, 1, authorities))
    with opened(folder, lambda *_: None) as day:
        day.run()
        checks = run_checks(day)
        assert [slot.phase for slot in day.chain.state.slots[:24]] == [Phase.SETTLED] * 24
    assert [check.name_en for check in checks if not check.passed] == []
    assert f"{2 * authorities // 3} shares of" in checks[4].detail_en
