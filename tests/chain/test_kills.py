"""Kill the whole demo anywhere, continue it, and lose nothing that was acknowledged."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from openmg.chains import Block, Outcome, RelayChain
from openmg.chains.transactions import REPORT, Report
from openmg.demo.checks import run_checks
from openmg.demo.day import opened
from openmg.demo.folder import DemoFolder
from openmg.demo.homes import HOURS
from openmg.demo.scenario import DEFAULT_DATE, Scenario
from openmg.engine import replay
from openmg.storage import ChainFile

HOUSE = Path(__file__).resolve().parents[2]
OPENMG = Path(sys.executable).with_name("openmg")
DRIVER = """
import sys
from pathlib import Path
from openmg.demo.day import opened
from openmg.demo.folder import DemoFolder

with opened(DemoFolder(Path(sys.argv[1])), lambda *_: None) as day:
    day.run()
"""
PATIENCE = 120.0


def stored(path: Path) -> dict[int, bytes]:
    """Every block on disk."""
    if not path.is_file():
        return {}
    with ChainFile.open(path) as file:
        return {block.height: block.kept for block in file.blocks()}


def height_of(path: Path) -> int:
    """The newest height, read beside a running writer."""
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        [[height]] = connection.execute("SELECT coalesce(max(height), 0) FROM block").fetchall()
        connection.close()
    except sqlite3.DatabaseError:
        return 0
    return int(height)


def wait_until(done: Callable[[], bool], process: subprocess.Popen[str], pause: float = 0.02) -> None:
    """Poll until `done`, or until the process has ended."""
    limit = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < limit, "the demo makes no progress"
        try:
            process.wait(pause)
        except subprocess.TimeoutExpired:
            continue
        return


def ended(process: subprocess.Popen[str]) -> tuple[str, str]:
    """All output. Authorities inherit standard error, so its end shows that none of them is left."""
    return process.communicate(timeout=PATIENCE)


def start(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(command, cwd=HOUSE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def kill_and_continue(folder: DemoFolder, command: list[str], kills: int) -> None:
    """Kill the day `kills` times, a few blocks apart, anywhere inside a block; let it end; look at everything."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    acknowledged: dict[int, bytes] = {}
    for _ in range(kills):
        target = len(acknowledged) + chance.randint(0, max(1, 2 * 160 // kills - 1))
        process = start(*command)
        wait_until(lambda target=target: height_of(folder.chain) >= target, process)  # type: ignore[misc]
        try:
            process.wait(chance.random() * 0.3)
        except subprocess.TimeoutExpired:
            process.kill()
        said = ended(process)[1]
        assert "Traceback" not in said
        assert process.returncode in {-signal.SIGKILL, 0}, said
        now = stored(folder.chain)
        assert {height: now[height] for height in acknowledged} == acknowledged
        acknowledged = now
    last = start(*command)
    assert ended(last)[1] == ""
    assert last.returncode == 0
    now = stored(folder.chain)
    assert {height: now[height] for height in acknowledged} == acknowledged
    look_at(folder)


def look_at(folder: DemoFolder) -> None:
    """The day is whole: every home's report of every slot once, a replay agrees, nothing is created or lost."""
    accepted: Counter[tuple[bytes, int]] = Counter()

    def count(block: Block, outcome: Outcome, _chain: RelayChain) -> None:
        for raw, verdict in zip(block.transactions, outcome.verdicts, strict=True):
            if verdict is None and raw[0] == REPORT:
                report = Report.parse(raw)
                accepted[report.account, report.slot] += 1

    chain = replay(folder.chain, RelayChain, count)
    homes = folder.scenario().homes
    assert len(accepted) == homes * HOURS
    assert set(accepted.values()) == {1}
    assert all(slot.final for slot in chain.state.slots[:HOURS])
    with opened(folder, lambda *_: None) as day:
        day.run()
        assert day.chain.root == chain.root
        assert [check.name_en for check in run_checks(day) if not check.passed] == []


def test_five_kills_and_the_day_is_whole(tmp_path: Path) -> None:
    folder = DemoFolder.create(tmp_path / "day", Scenario(DEFAULT_DATE, 2, 2))
    kill_and_continue(folder, [sys.executable, "-c", DRIVER, str(folder.root)], 5)


@pytest.mark.long
def test_fifty_kills_and_the_day_is_whole(tmp_path: Path) -> None:
    root = tmp_path / "day"
    process = start(str(OPENMG), "demo", "--homes", "4", "--out", str(root))
    wait_until(lambda: height_of(root / "chain.db") > 0, process)
    process.kill()
    ended(process)
    kill_and_continue(DemoFolder(root), [str(OPENMG), "demo", "--resume", "--out", str(root)], 50)
    assert (root / "report.html").is_file()


def test_ctrl_c_leaves_a_day_that_continues(tmp_path: Path) -> None:
    """Ctrl-C goes to everyone in the terminal's foreground; the demo says how to go on and leaves nobody behind."""
    root = tmp_path / "day"
    commands = [
        [str(OPENMG), "demo", "--homes", "1", "--authorities", "1", "--out", str(root)],
        [str(OPENMG), "demo", "--resume", "--out", str(root)],
    ]
    for command, blocks in zip(commands, (1, 60), strict=True):
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        wait_until(lambda blocks=blocks: height_of(root / "chain.db") >= blocks, process)  # type: ignore[misc]
        os.killpg(process.pid, signal.SIGINT)
        output, errors = ended(process)
        assert process.returncode == 130
        assert output == ""
        said = " ".join(errors.split())
        assert said == f"Stopped. Continue with: openmg demo --resume --out {root}"
    assert not [path for path in root.parent.iterdir() if path != root], "nothing half-made lies beside it"
    shown = subprocess.run(
        [str(OPENMG), "wallet", "show", "home-01", "--dir", str(root)], capture_output=True, text=True, check=True
    )
    assert "00:00" in shown.stdout, "the wallet learns from the chain what it had not saved"
    assert f"{height_of(root / 'chain.db')}" in shown.stdout
    process = start(*commands[1], "--json")
    assert '"passed": false' not in ended(process)[0]
    assert process.returncode == 0


def test_ctrl_c_before_the_chain_exists_leaves_nothing(tmp_path: Path) -> None:
    root = tmp_path / "day"
    process = subprocess.Popen(
        [str(OPENMG), "demo", "--homes", "14", "--authorities", "16", "--out", str(root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: any(tmp_path.iterdir()), process, 0.001)
    process.send_signal(signal.SIGINT)
    _, errors = ended(process)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert not list(tmp_path.iterdir())
