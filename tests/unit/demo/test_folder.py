"""The demo's folder: whole or not there, and refused when it was tampered with."""

from __future__ import annotations

from pathlib import Path

import pytest

from openmg.demo.day import opened
from openmg.demo.folder import DemoFolder
from openmg.demo.homes import check_date, load_homes
from openmg.demo.scenario import DEFAULT_DATE, Scenario
from openmg.errors import BadInput
from openmg.forecast.citylearn import GOOD
from openmg.home.wallet_file import WalletFile


@pytest.fixture
def fresh(tmp_path: Path) -> DemoFolder:
    return DemoFolder.create(tmp_path / "day", Scenario(DEFAULT_DATE, 1, 1))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"schema": "openmg/demo-scenario/1"}',
        b'{"schema": "openmg/demo-scenario/2", "date": "2017-06-04", "homes": 1, "authorities": 1}',
        b'{"schema": "openmg/demo-scenario/1", "date": "someday", "homes": 1, "authorities": 1}',
        b'{"schema": "openmg/demo-scenario/1", "date": "2017-06-04", "homes": 1.5, "authorities": 1}',
        b'{"schema": "openmg/demo-scenario/1", "date": "2017-06-04", "homes": "1", "authorities": 1}',
        b'{"schema": "openmg/demo-scenario/1", "date": "2017-06-04", "homes": 1, "authorities": 0}',
        b'{"schema": "openmg/demo-scenario/1", "date": "2017-06-04", "homes": 2, "authorities": 1}',
        b'{"schema": "openmg/demo-scenario/1", "date": "2017-06-04", "homes": 1, "authorities": 2}',
        b'{"schema": "openmg/demo-scenario/1", "date": "2017-06-05", "homes": 1, "authorities": 1}',
        b'{"schema": "openmg/demo-scenario/1", "date": "1066-10-14", "homes": 1, "authorities": 1}',
    ],
)
def test_a_demo_whose_scenario_was_edited_does_not_continue(fresh: DemoFolder, content: bytes) -> None:
    fresh.scenario_file.write_bytes(content)
    with pytest.raises(BadInput, match=str(fresh.root)) as caught, opened(fresh, lambda *_: None):
        pass
    assert "\n" not in str(caught.value)


def test_an_unreadable_passphrase_is_named(fresh: DemoFolder) -> None:
    (fresh.root / "passphrase").write_bytes(b"\xff")
    with pytest.raises(BadInput, match="passphrase: cannot be read"):
        fresh.passphrase()
    (fresh.root / "passphrase").unlink()
    with pytest.raises(BadInput, match="passphrase: cannot be read"), opened(fresh, lambda *_: None):
        pass


def test_what_was_opened_is_let_go_when_the_rest_cannot_be(tmp_path: Path) -> None:
    folder = DemoFolder.create(tmp_path / "day", Scenario(DEFAULT_DATE, 2, 1))
    whole = folder.wallet("home-02").read_bytes()
    folder.wallet("home-02").write_bytes(whole[:-1])
    with pytest.raises(BadInput, match="home-02"), opened(folder, lambda *_: None):
        pass
    WalletFile.open(folder.wallet("home-01"), folder.passphrase()).close()
    folder.wallet("home-02").write_bytes(whole)
    with opened(folder, lambda *_: None), pytest.raises(BadInput, match="another program has this wallet open"):
        WalletFile.open(folder.wallet("home-01"), folder.passphrase())
    with opened(folder, lambda *_: None):
        pass


def test_a_folder_is_made_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert DemoFolder.create(Path("empty"), Scenario(DEFAULT_DATE, 1, 1)).chain.is_file()
    assert DemoFolder.create(Path("a/b/day"), Scenario(DEFAULT_DATE, 1, 1)).chain.is_file()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadInput, match="holds a chain already"):
        DemoFolder.create(Path("empty"), Scenario(DEFAULT_DATE, 1, 1))
    assert sorted(tmp_path.rglob("*")) == before


def test_the_first_and_the_last_day_have_24_hours_and_a_policy() -> None:
    homes = load_homes(len(GOOD))
    for date in (check_date("2016-08-01"), check_date("2016-12-31"), check_date("2017-07-30")):
        for home in homes:
            readings = home.day(date)
            assert len(readings) == 24
            assert all(
                min(imported, exported) == 0 and max(imported, exported) < 65_536 for imported, exported in readings
            )
            assert home.policy(date).value > 0
