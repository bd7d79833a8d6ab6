"""What the homes of the demo learn, by which rules, and on which days they are judged."""

from __future__ import annotations

import datetime
import json
from dataclasses import asdict, dataclass, replace
from typing import Final

from openmg.errors import BadInput
from openmg.forecast import SMALL, start, to_model
from openmg.forecast.citylearn import GOOD
from openmg.learning import Model, Rule, Task, spent

CUT: Final = datetime.date(2017, 7, 1)
"""What is known before it is learnt from; by the days after it the models are judged."""
BEGIN: Final = int(datetime.datetime.combine(CUT, datetime.time(), datetime.UTC).timestamp())
"""The replay clock's first second."""
AUTHORITIES: Final = 4
MOST_ROUNDS: Final = 500
MOST_NOISE: Final = 100.0
DELTA: Final = 5
_ONE: Final = 2**16
_SCALE: Final = 20
_CLIP: Final = round(0.46 * 2**_SCALE)
_RATE: Final = _ONE // 2
_PRESENT: Final = 5 / 7
"""So many of the homes must take part, or a round is void."""
_SCHEMA: Final = "openmg/learning-scenario/1"


@dataclass(frozen=True)
class LearningScenario:
    """What `openmg learn demo` was asked for; `noise`: σ of all homes' noise together, in units of the clip bound.

    Raises:
        BadInput: what cannot be.
    """

    homes: int
    rounds: int
    noise: float

    def __post_init__(self) -> None:
        if not 2 <= self.homes <= len(GOOD):
            raise BadInput(f"--homes {self.homes}: 2 to {len(GOOD)} were expected (so many good homes are in the data)")
        if not 1 <= self.rounds <= MOST_ROUNDS:
            raise BadInput(f"--rounds {self.rounds}: 1 to {MOST_ROUNDS} were expected")
        if not (self.noise == 0 or 0.001 <= self.noise <= MOST_NOISE):
            raise BadInput(f"--noise {self.noise:g}: 0, or 0.001 to {MOST_NOISE:g} was expected")

    def model(self) -> Model:
        """A model that knows nothing: it says what the 28 days before say."""
        return to_model(start(SMALL, seed=1))

    def task(self, model: Model) -> Task:
        """What t authorities vote for; its claim is what its rounds cost."""
        least = max(2, int(self.homes * _PRESENT))
        unclaimed = Task(
            name="load",
            model=model.digest,
            size=len(model),
            chosen=len(model),
            scale=_SCALE,
            bits=24,
            clip=_CLIP,
            evaluated=0,
            most_loss=0,
            noise=round((self.noise * _CLIP) ** 2),
            dishonest=0,
            least=least,
            most=256,
            groups=1,
            rounds=self.rounds,
            releases=self.rounds,
            epsilon=0,
            delta=DELTA,
            rule=Rule.FEDAVG,
            rate=_RATE,
            momentum=0,
            second=0,
            adaptivity=0,
            committee=AUTHORITIES,
            keys=60,
            upload=600,
            check=60,
            unmask=60,
        )
        return claimed(unclaimed)

    def encode(self) -> str:
        """As JSON text."""
        return json.dumps({"schema": _SCHEMA, **asdict(self)}, indent=2)

    @classmethod
    def decode(cls, text: str, where: str) -> LearningScenario:
        """Inverse of `encode`.

        Raises:
            BadInput: not a scenario.
        """
        try:
            content = json.loads(text)
            if content.pop("schema") != _SCHEMA:
                raise KeyError("schema")
            return cls(int(content.pop("homes")), int(content.pop("rounds")), float(content.pop("noise")))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(f"{where}: not a learning demo's scenario") from error


def claimed(task: Task) -> Task:
    """The task with the ε that all of its rounds cost as its claim; none without noise."""
    cost = spent(replace(task, epsilon=0), task.rounds)
    return replace(task, epsilon=cost or 0)


def following(task: Task, name: str, model: Model, rounds: int) -> Task:
    """The same rules for more rounds, from a model on: a task of its own, whose ε comes on top.

    Raises:
        BadInput: no such number of rounds.
    """
    if not 1 <= rounds <= MOST_ROUNDS:
        raise BadInput(f"--rounds {rounds}: 1 to {MOST_ROUNDS} were expected")
    return claimed(replace(task, name=name, model=model.digest, rounds=rounds, releases=rounds))
