"""Wires that are cut, slow or bad."""

from __future__ import annotations

import random
from pathlib import Path

from tests.faults.conftest import Say
from tests.faults.judge import judge
from tests.faults.network import alliance, last
from tests.faults.people import People
from tests.faults.proxy import Weather

STORM = Weather(delay=0.08, loss=0.05, again=0.4, tear=0.0005)


def test_a_partition_heals_and_bad_wires_are_borne(tmp_path: Path, dice: random.Random, say: Say) -> None:
    with alliance(tmp_path, dice) as made, People(made) as people:
        people.wait_for_slots(1)
        ones = sorted(dice.sample(range(1, 5), 2))
        others = [index for index in range(1, 5) if index not in ones]
        wires = made.between(ones, others)
        for wire in wires:
            wire.cut()
        last(3)
        heights = [station.height() for station in made.stations]
        last(12)
        assert [station.height() for station in made.stations] == heights, "half of the authorities decided alone"
        for wire in wires:
            wire.heal()
        made.wait_for_blocks(3)
        people.wait_for_slots(2)
        say(f"partition {ones} | {others} at {max(heights)}, healed: {judge(made, people)}")
        made.change(STORM)
        people.wait_for_slots(3)
        say(f"{STORM}: {judge(made, people)}")
        made.change(Weather())
        people.wait_for_slots(1)
        say(f"fine again: {judge(made, people)}")
