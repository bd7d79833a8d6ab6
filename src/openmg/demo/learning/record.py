"""The record of what was learnt: what `openmg learn demo --json` prints and what its report is drawn from.

Errors are mean absolute errors divided by the mean load, on days that nobody learnt from. Loads are in Wh an hour, ε in
1/1000, updates in quanta (2^−20 of a parameter's unit). What the homes alone know is here because the demo plays all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from openmg.demo.record import Check, Json, Timing, plain

SCHEMA: Final = "openmg/learning-demo/1"


@dataclass(frozen=True, slots=True)
class RoundRecord:
    """One round. `error` of its model is a mean over the homes; bytes of one upload and of all blocks; seconds by whom.

    A void round has no model of its own: `model` is the one before.
    """

    number: int
    done: bool
    homes: int
    model: str
    error: float
    upload_bytes: int
    block_bytes: int
    seconds_homes: float
    seconds_holders: float
    seconds_chain: float

    @property
    def seconds(self) -> float:
        """All of it."""
        return self.seconds_homes + self.seconds_holders + self.seconds_chain


@dataclass(frozen=True, slots=True)
class HomeErrors:
    """One home's errors: the 28-day median, the last week, the common model, and the model that it made its own."""

    home: str
    source: str
    median: float
    last_week: float
    common: float
    own: float


@dataclass(frozen=True, slots=True)
class DayAhead:
    """One home's day: forecast with its own model at midnight, the 28-day median, and what happened; Wh an hour.

    `place` says why this home: "best", "middle" or "worst" by how much the model helped it over all days.
    """

    home: str
    place: str
    date: str
    low: tuple[float, ...]
    median: tuple[float, ...]
    high: tuple[float, ...]
    naive: tuple[float, ...]
    happened: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class UpdateView:
    """One home's update in one round, and what one authority makes of its upload with all that it knows.

    `update`: quanta before the noise. `seen`: the same places, 32 bits each; `correlation` of the two.
    """

    home: str
    round: int
    authority: int
    update: tuple[int, ...]
    seen: tuple[int, ...]
    correlation: float


@dataclass(frozen=True, slots=True)
class Privacy:
    """What it cost. ε None: nothing hides it. `noise`: σ of the sum in units of `clip`, the bound of one update.

    `crowd_epsilon`: what the same noise in the average would cost with `crowd` homes.
    """

    epsilon: int | None
    delta: int
    releases: int
    noise: float
    clip: int
    crowd: int
    crowd_epsilon: int | None


@dataclass(frozen=True, slots=True)
class LearningRecord:
    """What was learnt, from whom, and what it cost."""

    cut: str
    days: int
    homes: int
    authorities: int
    parameters: int
    median_error: float
    week_error: float
    rounds: tuple[RoundRecord, ...]
    own_error: float
    home_errors: tuple[HomeErrors, ...]
    ahead: tuple[DayAhead, ...]
    view: UpdateView
    privacy: Privacy
    model: str
    root: str
    checks: tuple[Check, ...]
    timings: tuple[Timing, ...]
    schema: str = SCHEMA

    @property
    def error(self) -> float:
        """Of the last model."""
        return self.rounds[-1].error

    @property
    def helped(self) -> int:
        """Homes whose own model beats the 28-day median."""
        return sum(home.own < home.median for home in self.home_errors)


def to_json(record: LearningRecord) -> dict[str, Json]:
    """The record as plain JSON values, the schema first."""
    content = cast("dict[str, Json]", plain(record))
    return {"schema": content["schema"], **content}
