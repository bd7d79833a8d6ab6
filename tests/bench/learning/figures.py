"""Every figure of the benchmark, over seeds, beside the 28-day median."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openmg.forecast import LARGE, SMALL, Windows, fit_blend, forecast, last_week, naive, score, start
from openmg.forecast.model import Singles
from openmg.forecast.training import PERSONAL, train
from tests.bench.learning import plans
from tests.bench.learning.boosting import boost, boosted_median
from tests.bench.learning.federation import Federation, Plan
from tests.bench.learning.homes import Street
from tests.bench.stopwatch import show

Floats = NDArray[np.float64]
COLUMNS: Final = ["", "mean", "median", "to 28 days", "homes better", "seeds ±", "s", "MB"]


@dataclass(frozen=True)
class Run:
    """One seed's errors, MAE/mean by home, and the seconds it took."""

    errors: Floats
    seconds: float


class Bench:
    """All parts over one street; what one part learnt another may use."""

    def __init__(self, street: Street, seeds: Sequence[int]) -> None:
        self.street = street
        self.seeds = seeds
        self._rows: list[list[str]] = []

    def run(self, parts: Sequence[str]) -> None:
        """Run these parts and print the table."""
        homes = self.street
        print(f"{len(homes.homes)} homes learn from {len(homes.training):,} days, {len(homes.judged)} are judged")
        for part in PARTS:
            if part in parts:
                PARTS[part](self)
        show("MAE / mean load, 24 hours ahead, hourly, issued at midnight", COLUMNS, self._rows)

    # --- parts
    def naives(self) -> None:
        """The forecasts that learn nothing."""
        for name, said in (("28-day median", naive), ("last week", last_week)):
            errors = np.array([score(home.test, said(home.test)).mae for home in self.street.judged])
            self._add(name, [Run(errors, 0.0)])

    def boosted(self) -> None:
        """LightGBM, everybody's data in one place."""
        runs = []
        for seed in self.seeds:
            began = time.perf_counter()
            trees = boost(self.street.training, seed)
            errors = []
            for home in self.street.judged:
                happened = home.test.targets * home.test.scales[:, None]
                errors.append(np.abs(boosted_median(trees, home.test) - happened).mean() / happened.mean())
            runs.append(Run(np.array(errors), time.perf_counter() - began))
        self._add("LightGBM, centralised", runs)

    def central(self) -> None:
        """Everybody's data in one place."""
        for size in (SMALL, LARGE):
            self._add(f"{size:,} parameters, centralised", [self._central(size, seed) for seed in self.seeds])

    def federated(self) -> None:
        """Homes learn together, then each makes the model its own."""
        runs, own, models = [], [], []
        federation = Federation([home.training for home in self.street.homes], plans.FEDERATED.course)
        for seed in self.seeds:
            began = time.perf_counter()
            learnt = federation.learn(self._pretrained(LARGE, seed), plans.FEDERATED, seed)
            runs.append(Run(self._errors(learnt.flat), time.perf_counter() - began))
            began = time.perf_counter()
            models = [train(learnt.flat, home.training, seed, PERSONAL) for home in self.street.judged]
            own.append(Run(self._errors(*models), time.perf_counter() - began))
        self._add(f"{LARGE:,}, federated, {plans.FEDERATED.rounds} rounds", runs)
        self._add(f"{LARGE:,}, federated and personalised", own)
        self._sum_of_homes(models)

    def private(self) -> None:
        """Pseudo-clients of 24 days, with noise and without."""
        clients = self._chunks()
        for size, plan in plans.PRIVATE.items():
            federation = Federation(clients, plan.course)
            for epsilon in (None, 8.0, 4.0):
                noisy = replace(plan, epsilon=epsilon)
                name = f"{size:,}, {len(clients):,} pseudo-clients, {_shown(epsilon)}"
                self._add(name, self._rounds(federation, size, noisy))

    def homes(self) -> None:
        """The real homes as clients, with noise."""
        federation = Federation([home.training for home in self.street.homes], plans.HOMES.course)
        for epsilon in (None, 8.0):
            runs = self._rounds(federation, SMALL, replace(plans.HOMES, epsilon=epsilon))
            self._add(f"{SMALL}, {len(self.street.homes)} homes as clients, {_shown(epsilon)}", runs)

    def gateway(self) -> None:
        """What one home's computer needs."""
        for size in (SMALL, LARGE):
            command = [sys.executable, "-m", "tests.bench.learning.gateway", str(size)]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(
                f"One gateway, {size:,} parameters, a year of days: features {found['features']:.2f} s, a round "
                f"{found['round']:.2f} s (the first, compiled, {found['first']:.1f} s), a model of its own "
                f"{found['personal']:.1f} s, {found['memory']:.0f} MB"
            )

    # --- steps
    def _central(self, size: int, seed: int) -> Run:
        began = time.perf_counter()
        flat = start(size, seed)
        for course in plans.CENTRAL:
            flat = train(flat, self._everybody, seed, course)
        return Run(self._errors(flat), time.perf_counter() - began)

    @cached_property
    def _everybody(self) -> Windows:
        return self.street.training

    def _pretrained(self, size: int, seed: int) -> Singles:
        """A model that learnt from the public homes alone."""
        flat = start(size, seed)
        for course in plans.PUBLIC:
            flat = train(flat, self.street.public, seed, course)
        return flat

    def _rounds(self, federation: Federation, size: int, plan: Plan) -> list[Run]:
        runs = []
        for seed in self.seeds:
            began = time.perf_counter()
            learnt = federation.learn(self._pretrained(size, seed), plan, seed)
            runs.append(Run(self._errors(learnt.flat), time.perf_counter() - began))
        return runs

    def _chunks(self) -> list[Windows]:
        """Every home's days in pieces, each a pseudo-client; a last piece that is too short is left out."""
        pieces = []
        for home in self.street.homes:
            for at in range(0, len(home.training), plans.CHUNK):
                rows = np.arange(at, min(at + plans.CHUNK, len(home.training)))
                if len(rows) >= plans.LEAST_CHUNK:
                    pieces.append(home.training.take(rows))
        return pieces

    def _errors(self, *models: Singles) -> Floats:
        """By home: one model for all, or one for each."""
        judged = self.street.judged
        each = models if len(models) > 1 else models * len(judged)
        return np.array(
            [score(home.test, forecast(flat, home.test)).mae for home, flat in zip(judged, each, strict=True)]
        )

    def _sum_of_homes(self, models: Sequence[Singles]) -> None:
        """How far sums of medians and of means are from what all homes together consumed."""
        said = dict.fromkeys(("medians", "means"), 0.0)
        happened = 0.0
        for home, flat in zip(self.street.judged, models, strict=True):
            days = forecast(flat, home.test, fit_blend(flat, home.training))
            said["medians"] += days.median.sum()
            said["means"] += days.mean.sum()
            happened += float((home.test.targets * home.test.scales[:, None]).sum())
        off = ", ".join(f"{name} {100 * (total / happened - 1):+.1f} %" for name, total in said.items())
        print(f"All judged homes together, against what they consumed: {off}")

    def _add(self, name: str, runs: Sequence[Run]) -> None:
        """One row: the mean over seeds, and how far the seeds are apart."""
        base = np.array([score(home.test, naive(home.test)).mae for home in self.street.judged])
        means = [float(run.errors.mean()) for run in runs]
        mean = statistics.mean(means)
        self._rows.append(
            [
                name,
                f"{mean:.4f}",
                f"{statistics.mean(float(np.median(run.errors)) for run in runs):.4f}",
                f"{100 * (mean / base.mean() - 1):+.2f} %",
                f"{100 * statistics.mean(float((run.errors < base).mean()) for run in runs):.0f} %",
                f"{(max(means) - min(means)) / 2:.4f}",
                f"{statistics.mean(run.seconds for run in runs):.0f}",
                f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f}",
            ]
        )
        print("  ".join(self._rows[-1]), flush=True)


def _shown(epsilon: float | None) -> str:
    return "no noise" if epsilon is None else f"ε = {epsilon:g}"


PARTS: Final[dict[str, Callable[[Bench], None]]] = {
    "naive": Bench.naives,
    "central": Bench.central,
    "boosting": Bench.boosted,
    "federated": Bench.federated,
    "private": Bench.private,
    "homes": Bench.homes,
    "gateway": Bench.gateway,
}
