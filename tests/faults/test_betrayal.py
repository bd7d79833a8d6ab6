"""An authority that lies, with its key file in its hand."""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from pathlib import Path

from openmg.network.programs import APPLICATION, DAEMON
from openmg.network.supervisor import Group
from tests.faults.conftest import Say
from tests.faults.judge import judge
from tests.faults.network import Alliance, Station, alliance
from tests.faults.people import People

HOUSE = Path(__file__).parents[2]


def betrayed(station: Station, lies: Path, urls: list[str]) -> None:
    """From its next start on, its daemon is the liar."""
    command = (sys.executable, "-m", "tests.faults.byzantine", str(lies), *urls)

    def change(group: Group) -> Group:
        programs = tuple(
            replace(each, command=("env", f"PYTHONPATH={HOUSE}", *command)) if each.role == DAEMON else each
            for each in group.programs
        )
        return replace(group, programs=programs)

    station.change = change


def test_an_authority_posts_wrong_shares_none_or_two(tmp_path: Path, dice: random.Random, say: Say) -> None:
    lies = tmp_path / "lies"
    lies.write_text("equivocating", "utf-8")
    index = dice.randrange(1, 5)

    def prepare(made: Alliance) -> None:
        traitor = made.stations[index - 1]
        urls = [traitor.url, *(each.url for each in made.stations if each is not traitor)]
        betrayed(traitor, lies, urls)

    with alliance(tmp_path, dice, prepare=prepare) as made, People(made) as people:
        traitor, before = made.stations[index - 1], 0
        for kind in ("equivocating", "wrong", "none"):
            lies.write_text(kind, "utf-8")
            people.wait_for_slots(3)
            posted = traitor.events(DAEMON, "posted")
            refused = [each for each in made.live[0].events(APPLICATION, "share refused") if each["authority"] == index]
            found = judge(made, people, byzantine={index})
            say(
                f"authority {index} posts {kind}: {len(posted) - before} posts, {len(refused)} refused in blocks, "
                f"the rest before: {found}"
            )
            assert kind == "none" or len(posted) > before, traitor.log(DAEMON)
            before = len(posted)
