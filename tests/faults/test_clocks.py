"""One node's clock is an hour off.

CometBFT is one static program that asks the kernel's own page for the time: no library can be put between. So it is
built once more from the same sources, with a Go library whose `time.Now` adds what the environment says.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from dataclasses import replace
from pathlib import Path

from openmg.client.node import Node
from openmg.network.programs import VALIDATOR
from openmg.network.readiness import find_cometbft
from openmg.network.supervisor import Group
from tests.faults.conftest import Say
from tests.faults.judge import judge
from tests.faults.network import Alliance, Programs, alliance
from tests.faults.people import People

HOUSE = Path(__file__).parents[2]
SHIFTED = Path(__file__).parent / "shifted"
HOUR = 3_600
BUILT = HOUSE / "target" / "faults"
NOW = "func Now() Time {\n\tsec, nsec, mono := "


def shifted_cometbft() -> Path:
    """CometBFT with a clock that can be wrong; kept from one run to the next."""
    program = BUILT / "cometbft-shifted"
    if program.exists() and program.stat().st_mtime > find_cometbft().stat().st_mtime:
        return program
    BUILT.mkdir(parents=True, exist_ok=True)
    library = Path(subprocess.run(["go", "env", "GOROOT"], check=True, capture_output=True, text=True).stdout.strip())
    source = library / "src" / "time" / "time.go"
    head, found, tail = source.read_text("utf-8").partition(NOW)
    assert found, f"{source}: another Now than expected"
    call, _, rest = tail.partition("\n")
    (BUILT / "time.go").write_text(f"{head}{found}{call}\n\tsec += shift\n{rest}", "utf-8")
    replaced = {str(source): str(BUILT / "time.go"), str(source.with_name("shift.go")): str(SHIFTED / "shift.go")}
    (BUILT / "overlay.json").write_text(json.dumps({"Replace": replaced}), "utf-8")
    build: list[str | Path] = ["go", "build", "-mod=readonly", "-trimpath", "-overlay", BUILT / "overlay.json"]
    subprocess.run(
        [*build, "-o", program, "github.com/cometbft/cometbft/cmd/cometbft"],
        cwd=HOUSE / "requirements" / "cometbft",
        env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"},
        check=True,
    )
    return program


def off_by(seconds: int, cometbft: Path) -> Programs:
    """The same processes with another clock."""

    def change(group: Group) -> Group:
        programs = []
        for each in group.programs:
            command = list(each.command)
            if each.role == VALIDATOR:
                command[command.index(str(find_cometbft()))] = str(cometbft)
            clock = ("env", f"CLOCK_SHIFT={seconds}", f"PYTHONPATH={SHIFTED}")
            programs.append(replace(each, command=(*clock, *command)))
        return replace(group, programs=tuple(programs))

    return change


def newest_time(made: Alliance) -> int:
    """The newest block's time, in seconds."""
    with Node(made.stations[-1].url) as node:
        return node.status().time_ns // 10**9


def test_a_clock_is_an_hour_off(tmp_path: Path, dice: random.Random, say: Say) -> None:
    cometbft = shifted_cometbft()
    # Older than the hour: a node whose clock is before the first block's time would wait for that.
    with alliance(tmp_path, dice, age=2 * HOUR) as made, People(made) as people:
        people.wait_for_slots(1)
        station = dice.choice(made.stations[:-1])
        for seconds in (HOUR, -HOUR):
            station.stop()
            station.change = off_by(seconds, cometbft)
            station.start()
            others = [each for each in made.stations if each is not station]
            made.wait_for_blocks(2, others)
            people.wait_for_slots(3)
            assert abs(newest_time(made) - time.time()) < HOUR // 2, "one clock turned the network's"
            behind = made.height() - station.height()
            station.stop()
            say(f"authority {station.index} off by {seconds} s, {behind} blocks behind: {judge(made, people)}")
        station.change = lambda group: group
        station.start()
        made.wait_for_blocks(2)
        say(f"right again: {judge(made, people)}")
