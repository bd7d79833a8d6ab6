"""A small learning demo, run once: three homes, two rounds, everything in it real."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from openmg.demo.learning.folder import LearningFolder
from openmg.demo.learning.record import LearningRecord
from openmg.demo.learning.scenario import LearningScenario
from openmg.demo.learning.summary import learn_all
from openmg.demo.learning.town import Town, opened


def silent(_what: str, _done: int, _total: int) -> None:
    """Nobody watches."""


@dataclass
class Learnt:
    """What is left when it is over; the town is open while the fixture lasts."""

    folder: LearningFolder
    town: Town
    record: LearningRecord


def learn_small(root: Path, noise: float = 0.5) -> Learnt:
    folder = LearningFolder.create(root, LearningScenario(3, 2, noise))
    with opened(folder, silent) as town:
        record = learn_all(town, silent)
    return Learnt(folder, town, record)
