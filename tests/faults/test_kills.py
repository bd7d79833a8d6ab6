"""Sudden death, fifty times."""

from __future__ import annotations

import random
import signal
from collections import Counter
from pathlib import Path

from tests.faults.conftest import Say
from tests.faults.judge import judge
from tests.faults.network import ROLES, alliance, last
from tests.faults.people import People

KILLS = 50
LONGEST = 3.0
"""Seconds between two kills at most; at least nothing."""


def test_fifty_kills_at_random_moments(tmp_path: Path, dice: random.Random, say: Say) -> None:
    with alliance(tmp_path, dice) as made, People(made) as people:
        people.wait_for_slots(1)
        killed: Counter[str] = Counter()
        while killed.total() < KILLS:
            last(dice.random() * LONGEST)
            people.check()
            station, role = dice.choice(made.stations), dice.choice(ROLES)
            if station.signal(role, signal.SIGKILL) is not None:
                killed[role] += 1
        made.wait_for_blocks(3)
        people.wait_for_slots(2)
        say(f"{dict(killed)}: {judge(made, people)}")
