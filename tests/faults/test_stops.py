"""Processes that stand still, and authorities that are gone."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

from tests.faults.conftest import Say
from tests.faults.judge import judge
from tests.faults.network import ROLES, alliance, last
from tests.faults.people import People

STOPPED = 10.0
"""Seconds."""


def test_one_is_gone_for_good_then_two(tmp_path: Path, dice: random.Random, say: Say) -> None:
    with alliance(tmp_path, dice) as made, People(made) as people:
        people.wait_for_slots(1)
        gone, other = dice.sample(made.stations, 2)
        gone.stop()
        people.wait_for_slots(3)
        say(f"authority {gone.index} is gone for good, slots go on clearing: {judge(made, people)}")
        other.stop()
        last(3)
        height = made.height()
        last(10)
        assert made.height() == height, "two of four authorities decided alone"
        say(f"authority {other.index} too: the chain halts at block {height}")
        other.start()
        made.wait_for_blocks(3)
        people.wait_for_slots(2)
        say(f"authority {other.index} is back: {judge(made, people)}")


def test_a_process_of_each_kind_stands_still_for_ten_seconds(tmp_path: Path, dice: random.Random, say: Say) -> None:
    with alliance(tmp_path, dice) as made, People(made) as people:
        people.wait_for_slots(1)
        for role in ROLES:
            station = dice.choice(made.stations)
            pid = station.signal(role, signal.SIGSTOP)
            assert pid is not None
            last(STOPPED)
            made.wait_for_blocks(2, [each for each in made.stations if each is not station])
            os.kill(pid, signal.SIGCONT)
            made.wait_for_blocks(2)
            people.wait_for_slots(1)
            say(f"{role} of authority {station.index} stood still for {STOPPED:.0f} s: {judge(made, people)}")
