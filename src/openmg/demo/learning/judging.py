"""How good the models are, on the days after everything they were made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np

from openmg.demo.learning.record import DayAhead, HomeErrors
from openmg.demo.learning.scenario import CUT
from openmg.demo.learning.town import LearningHome
from openmg.errors import BadInput
from openmg.forecast import Forecast, Windows, forecast, last_week, naive, score, to_floats, windows_of
from openmg.forecast.citylearn import GOOD, load_history
from openmg.learning import Model


@dataclass(frozen=True)
class Judged:
    """One home of the public data, with the days that it did not learn from."""

    home: LearningHome
    building: int
    windows: Windows

    def own(self, task_id: bytes, model: Model) -> Forecast:
        """By the model that the home made its own; by the common one where there is none."""
        own = self.home.file.memory.models.get(task_id)
        if own is None:
            return forecast(to_floats(model.parameters), self.windows)
        return forecast(np.frombuffer(own.parameters, dtype="<f4"), self.windows, own.blend)


def judged_homes(homes: Sequence[LearningHome]) -> list[Judged]:
    """The demo's homes with the days after `CUT`."""
    return [
        Judged(home, building, windows_of(load_history(building)).between(CUT))
        for home, building in zip(homes, GOOD, strict=False)
    ]


def error_of(homes: Sequence[Judged], say: Callable[[Judged], Forecast]) -> float:
    """The mean over homes of the error of a forecast."""
    return mean(score(each.windows, say(each)).mae for each in homes)


def model_error(homes: Sequence[Judged], model: Model) -> float:
    """The mean over homes of a common model's error."""
    flat = to_floats(model.parameters)
    return error_of(homes, lambda each: forecast(flat, each.windows))


def errors_by_home(homes: Sequence[Judged], task_id: bytes, model: Model) -> tuple[HomeErrors, ...]:
    """Each home's errors by what forecast it."""
    flat = to_floats(model.parameters)
    return tuple(
        HomeErrors(
            each.home.name,
            f"Building_{each.building}",
            score(each.windows, naive(each.windows)).mae,
            score(each.windows, last_week(each.windows)).mae,
            score(each.windows, forecast(flat, each.windows)).mae,
            score(each.windows, each.own(task_id, model)).mae,
        )
        for each in homes
    )


def days_ahead(
    homes: Sequence[Judged], errors: Sequence[HomeErrors], task_id: bytes, model: Model
) -> tuple[DayAhead, ...]:
    """A day of the home that was helped most, of the middle one and of the one helped least."""
    ranked = sorted(range(len(homes)), key=lambda at: errors[at].own / errors[at].median)
    chosen = dict(zip(("best", "middle", "worst"), (ranked[0], ranked[len(ranked) // 2], ranked[-1]), strict=True))
    return tuple(_day(homes[at], place, task_id, model) for place, at in chosen.items())


def _day(each: Judged, place: str, task_id: bytes, model: Model) -> DayAhead:
    """The day whose error is the median of all: neither a lucky one nor an unlucky one.

    Raises:
        BadInput: there is none.
    """
    windows = each.windows
    if not len(windows):
        raise BadInput(f"{each.home.name}: no day to judge by")
    said, happened = each.own(task_id, model), windows.targets * windows.scales[:, None]
    off = np.abs(happened - said.median).mean(axis=1)
    row = int(np.argsort(off, kind="stable")[len(off) // 2])
    low, median, high = (_rounded(said.quantiles[row, :, at]) for at in range(3))
    usual = _rounded(naive(windows).median[row])
    date = str(windows.starts[row].astype("datetime64[D]"))
    return DayAhead(each.home.name, place, date, low, median, high, usual, _rounded(happened[row]))


def _rounded(values: np.ndarray[tuple[int, ...], np.dtype[np.floating]]) -> tuple[float, ...]:
    return tuple(round(float(value), 1) for value in values)
