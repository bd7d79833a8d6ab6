"""No fault at all: what the judge sees must hold then too."""

from __future__ import annotations

import random
from pathlib import Path

from tests.faults.conftest import Say
from tests.faults.judge import judge
from tests.faults.network import alliance
from tests.faults.people import People


def test_a_calm_day(tmp_path: Path, dice: random.Random, say: Say) -> None:
    with alliance(tmp_path, dice) as made, People(made) as people:
        people.wait_for_reports(12)
        say(judge(made, people))
        for station in made.stations:
            print("\n".join(station.lines))
        print(people.troubles)
