"""What was learnt as a record: from the chain, the shelf of models and the homes."""

from __future__ import annotations

import time
from fractions import Fraction
from statistics import fmean, median
from typing import Final

from openmg.demo.learning.checks import Opened, correlation, open_round, opened_values, run_checks
from openmg.demo.learning.judging import days_ahead, error_of, errors_by_home, judged_homes, model_error
from openmg.demo.learning.record import LearningRecord, Privacy, RoundRecord, UpdateView
from openmg.demo.learning.scenario import CUT, DELTA
from openmg.demo.learning.town import Cost, Town, Watch
from openmg.demo.learning.view import subsets_with
from openmg.demo.record import Timing
from openmg.errors import BadInput
from openmg.forecast import last_week, naive
from openmg.learning import epsilon_of, spent

CROWD: Final = 1000


def learn_all(town: Town, watch: Watch) -> LearningRecord:
    """The demo's rounds from the first to the last, and what came of them.

    Raises:
        BadInput: a home cannot take part.
    """
    scenario = town.scenario
    model = scenario.model()
    town.shown = (scenario.rounds + 1) // 2
    watch("agreeing on a task", 0, scenario.rounds)
    town.enrol()
    town.adopt(scenario.task(model), model)
    started = time.perf_counter()
    town.learn()
    seconds = time.perf_counter() - started
    if town.absent:
        raise BadInput(next(iter(town.absent.values())))
    town.personalise()
    watch("checking", scenario.rounds, scenario.rounds)
    return summarise(town, seconds)


def summarise(town: Town, seconds: float) -> LearningRecord:
    """The record of the newest task's rounds, which took so many seconds."""
    task = town.task
    homes = judged_homes(town.homes)
    rounds = _rounds(town)
    errors = errors_by_home(homes, task.identity, task.model)
    return LearningRecord(
        cut=CUT.isoformat(),
        days=min(len(each.windows) for each in homes),
        homes=len(town.homes),
        authorities=len(town.chain.genesis.authorities),
        parameters=len(task.model),
        median_error=error_of(homes, lambda each: naive(each.windows)),
        week_error=error_of(homes, lambda each: last_week(each.windows)),
        rounds=rounds,
        own_error=fmean(each.own for each in errors),
        home_errors=errors,
        ahead=days_ahead(homes, errors, task.identity, task.model),
        view=_view(town, open_round(town)),
        privacy=_privacy(town),
        model=task.model.digest.hex(),
        root=town.chain.root.hex(),
        checks=run_checks(town),
        timings=_timings(rounds, seconds, len(town.homes)),
    )


def _rounds(town: Town) -> tuple[RoundRecord, ...]:
    """Every round of the newest task, with the error of the model that it ended in."""
    state, homes = town.chain.state, judged_homes(town.homes)
    position = len(state.tasks) - 1
    made = {each.round: each.digest for each in state.checkpoints if each.task == position}
    digest, error = made[0], model_error(homes, town.folder.shelf.read(made[0]))
    found = []
    for round_ in (each for each in state.rounds if each.task == position and each.over):
        done = round_.number in made
        if done:
            digest = made[round_.number]
            error = model_error(homes, town.folder.shelf.read(digest))
        cost = town.costs.get((position, round_.number), Cost())
        found.append(
            RoundRecord(
                round_.number,
                done,
                len(round_.included),
                digest.hex(),
                error,
                max(cost.uploads, default=0),
                cost.blocks,
                cost.homes,
                cost.holders,
                cost.chain,
            )
        )
    return tuple(found)


def _view(town: Town, opened: Opened) -> UpdateView:
    """The home that moved most in the shown round, and the first authority."""
    name, update = max(town.secrets.values.items(), key=lambda each: sum(value * value for value in each[1]))
    seen = opened_values(town, opened, name, subsets_with((1,), town.task.task.committee))
    return UpdateView(name, town.shown, 1, update, tuple(seen), correlation(update, seen))


def _privacy(town: Town) -> Privacy:
    task, releases = town.task.task, town.task.releases
    crowd = None
    if task.noise:
        # n homes: σ grows with n where the average keeps its noise; what one home can be does not.
        loss = Fraction(releases * task.sensitivity_squared, task.noise) * Fraction(len(town.homes), CROWD) ** 2
        crowd = epsilon_of(loss, Fraction(0), DELTA)
    noise = (task.noise**0.5) / task.clip
    return Privacy(spent(task, releases), DELTA, releases, noise, task.clip, CROWD, crowd)


def _timings(rounds: tuple[RoundRecord, ...], seconds: float, homes: int) -> tuple[Timing, ...]:
    def middle(values: list[float]) -> float:
        return median(values) if values else 0.0

    rows: list[tuple[str, str, float, str, str]] = [
        ("All rounds", "모든 라운드", seconds, "s", f"{len(rounds)} rounds, everybody on this machine; no set-up"),
        ("A round", "라운드 하나", middle([each.seconds for each in rounds]), "s", "median, all of it"),
        (
            "A home's part of a round",
            "라운드에서 집 하나의 몫",
            1000 * middle([each.seconds_homes for each in rounds]) / homes,
            "ms",
            "median: train, draw noise, hide, keep on disk",
        ),
        (
            "All holders' part of a round",
            "라운드에서 기관들의 몫",
            1000 * middle([each.seconds_holders for each in rounds]),
            "ms",
            "median: open, check, sum",
        ),
        (
            "The chain's part of a round",
            "라운드에서 체인의 몫",
            1000 * middle([each.seconds_chain for each in rounds]),
            "ms",
            "median: verify, unmask, step, write",
        ),
        ("An upload", "업로드 하나", middle([float(each.upload_bytes) for each in rounds]), "bytes", "proofs included"),
        ("A round's blocks", "라운드의 블록", middle([each.block_bytes / 1000 for each in rounds]), "kB", "median"),
    ]
    return tuple(Timing(*row) for row in rows if row[2])
