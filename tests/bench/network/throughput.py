"""Accepted real reports a second on four authorities, and where the processors' time goes."""

from __future__ import annotations

import os
import re
import secrets
import statistics
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from openmg.crypto import signing_public
from openmg.network.programs import VALIDATOR
from openmg.network.supervisor import Group
from tests.bench.network import noop
from tests.bench.network.figures import Figure, Section
from tests.bench.network.gauges import MAIN, Scraper, change, median_of_histogram, work_of
from tests.bench.network.households import first_base
from tests.bench.network.loader import Load, hand_in
from tests.bench.network.town import AUTHORITIES, Running, Timetable, Town, answers, found, holding, status, until
from tests.bench.network.verification import Item, verification_rate

GOAL: Final = 300
_MOST_RATE: Final = 2500
"""Transactions each second that no four nodes on two cores reach."""
_BATCHES: Final = (64, 256)
_ITEMS: Final = 256
_WINDOW: Final = 800
"""Reports handed in and not in a block yet: two blocks full, so that there is always enough to do. CometBFT offers all
that waits to the application again after every block."""
_CALL: Final = re.compile(r"abci_connection_method_timing_seconds_sum\{.*method=(\w+)")
_NOTHING: Final = Timetable(3600, 60, 60)
_ROOT: Final = Path(noop.__file__).resolve().parents[3]


@dataclass(frozen=True)
class UnderLoad:
    """A load and what it cost: processor seconds by role and thread, what applications and validators counted.

    `counted`: the reports in blocks before it began.
    """

    load: Load
    counted: int
    spent: Mapping[str, float]
    applications: Sequence[Mapping[str, float]]
    validators: Sequence[Mapping[str, float]]


@dataclass(frozen=True)
class Nothing:
    """The same with an application that does nothing."""

    load: Load
    spent: Mapping[str, float]


def verification_rates(town: Town, reports: Sequence[bytes], seconds: float) -> dict[int, tuple[float, float]]:
    """By batch size, while the network rests."""
    count = min(_ITEMS, len(reports))
    base = first_base(town.key)
    items: list[Item] = [
        (raw, base, signing_public(home.meter)) for raw, home in zip(reports[:count], town.homes[:count], strict=True)
    ]
    return {
        batch: verification_rate(AUTHORITIES, items, town.genesis, town.key, min(batch, count), seconds)
        for batch in _BATCHES
    }


def load_reports(
    town: Town,
    run: Running,
    reports: Sequence[bytes],
    seconds: float | None,
    what: str,
    before: UnderLoad | None = None,
) -> UnderLoad:
    """Hand in; `before`: a load that stopped before the end of the same reports, which this one goes on with."""
    applications = [Scraper(home.settings().metrics) for home in town.network.homes]
    validators = [Scraper(home.settings().validator_metrics) for home in town.network.homes]
    figures = [each.read() for each in applications], [each.read() for each in validators]
    work = work_of(run.pids())
    first = before.load.handed_in if before else 0
    # What the load before has left waiting may be in a block by now: only what came before both is known.
    counted = before.counted + first if before else int(figures[0][0]["openmg_reports_total"])
    load = hand_in(
        town.urls,
        reports[first:],
        what,
        lambda: int(applications[0].read()["openmg_reports_total"]) - counted,
        # Nobody's next report may come before the one it spends from is in a block.
        window=min(_WINDOW, max(len(town.homes) // 2, 1)),
        seconds=seconds,
    )
    return UnderLoad(
        load,
        counted,
        work_of(run.pids()).since(work),
        [change(old, each.read()) for old, each in zip(figures[0], applications, strict=True)],
        [change(old, each.read()) for old, each in zip(figures[1], validators, strict=True)],
    )


def throughput(under: UnderLoad, alone: Mapping[int, tuple[float, float]], nothing: Nothing) -> Section:
    best = max(alone, key=lambda batch: alone[batch][0])
    rate = under.load.rate()
    section = Section(f"Accepted real reports a second, four authorities, {os.cpu_count()} cores")
    section.figures += [
        Figure("reports accepted", rate, "/s", alone[best][0], f"/s verified ({best})", f"≥ {GOAL}/s, ≥ 0.50"),
        Figure("against a no-op application", rate, "/s", nothing.load.rate(), "/s no-op"),
    ]
    section.figures += [
        Figure(f"verification alone, batches of {batch}", found[0], "/s") for batch, found in alone.items()
    ]
    batches = [median_of_histogram("openmg_check_batch", each) for each in under.applications]
    section.figures += [
        Figure("CheckTx batch, median", statistics.median(batches), "", goal="≥ 40"),
        Figure("CheckTx batch, mean", _mean("openmg_check_batch", under.applications), ""),
        Figure("transactions in a block, mean", _mean("openmg_block_transactions", under.applications), ""),
    ]
    each = min(worked for _, worked in alone.values())
    section.remarks = [*_where(under, each), *_in_calls(under), *_distribution(under), *_cores(under, nothing)]
    return section


def _mean(name: str, figures: Sequence[Mapping[str, float]]) -> float:
    count = sum(each[f"{name}_count"] for each in figures)
    return sum(each[f"{name}_sum"] for each in figures) / count if count else float("nan")


def _where(under: UnderLoad, each: float) -> list[str]:
    """Processor time for one report on all four nodes together, by role and by thread."""
    load, spent = under.load, under.spent
    count, cores = max(load.committed, 1), os.cpu_count() or 1
    roles = {name: value for name, value in spent.items() if "/" not in name}
    total = sum(roles.values()) + load.worked
    threads = sorted(((value, name) for name, value in spent.items() if "/" in name), reverse=True)
    return [
        f"{load.committed:,} reports in {load.seconds:.0f} s, {load.handed_in:,} handed in, all again {load.again}×",
        f"processors {100 * total / load.seconds / cores:.0f} % busy; loader's part {100 * load.worked / total:.1f} %",
        "processor ms for one report on all four nodes: "
        + ", ".join(f"{role} {1000 * value / count:.2f}" for role, value in sorted(roles.items()))
        + f", loader {1000 * load.worked / count:.2f}, all {1000 * total / count:.2f}; "
        + f"verification alone {1000 * AUTHORITIES * each:.2f}",
        "by thread (an application's main thread is Python, its others verify): "
        + ", ".join(f"{name} {1000 * value / count:.2f}" for value, name in threads),
    ]


def _in_calls(under: UnderLoad) -> list[str]:
    """How long CometBFT waited for each kind of call, and its rounds."""
    seconds = under.load.seconds
    calls: defaultdict[str, float] = defaultdict(float)
    for node in under.validators:
        for name, value in node.items():
            found = _CALL.search(name)
            if found and value:
                calls[found[1]] += value
    heights = sum(each["openmg_blocks_total"] for each in under.applications) / AUTHORITIES
    rejected = under.applications[0]["openmg_rejected_total"]
    blocked = ", ".join(
        f"{name} {100 * value / AUTHORITIES / seconds:.0f} %"
        for name, value in sorted(calls.items(), key=lambda call: -call[1])
        if value > 0.01
    )
    return [
        f"share of the time in which a call is open, mean of the nodes: {blocked}",
        f"blocks {heights / seconds:.2f}/s; transactions in blocks without effect: {rejected:.0f}",
    ]


def _distribution(under: UnderLoad) -> list[str]:
    counts: defaultdict[float, float] = defaultdict(float)
    for node in under.applications:
        for name, value in node.items():
            if name.startswith("openmg_check_batch_bucket{"):
                counts[float(name.partition("{")[2].rstrip("}"))] += value
    total, below, shares = max(counts.values(), default=0), 0.0, []
    for bound in sorted(counts):
        if total and counts[bound] > below:
            shares.append(f"≤ {bound:.0f}: {100 * (counts[bound] - below) / total:.0f} %")
        below = counts[bound]
    return ["CheckTx batches by size: " + ", ".join(shares)] if shares else []


def _cores(under: UnderLoad, nothing: Nothing) -> list[str]:
    """What a node with cores of its own could do, from the parts measured here."""
    count = max(under.load.committed, 1)
    whole = sum(value for name, value in under.spent.items() if "/" not in name) / AUTHORITIES / count
    serial = under.spent.get(f"application/{MAIN}", 0.0) / AUTHORITIES / count
    if not whole or not serial:
        return []
    told = [f"{cores} cores {min(cores / whole, 1 / serial):,.0f}/s" for cores in (1, 2, 4, 8)]
    free = ", ".join(
        f"{role} {1000 * value / max(nothing.load.committed, 1):.2f}"
        for role, value in sorted(nothing.spent.items())
        if "/" not in role
    )
    return [
        f"a node needs {1000 * whole:.2f} ms of processor for a report, {1000 * serial:.2f} in one Python thread",
        f"computed from that, each node with its own {', '.join(told)}",
        f"with the no-op application, processor ms for one transaction on all four nodes: {free}",
    ]


def nothing_rate(folder: Path, size: int, seconds: float) -> tuple[Load, dict[str, float]]:
    """The same loader, as many bytes, the same CometBFT, and an application that does nothing."""
    network = found(folder, _NOTHING)

    def without(group: Group) -> Group:
        if len(group.programs) == 1:
            return group
        application, validator = group.programs
        command = ("env", f"PYTHONPATH={_ROOT}", sys.executable, "-m", noop.__name__)
        return replace(group, programs=(replace(application, command=command), validator))

    with holding(network.homes, without) as run:
        urls = network.urls()
        for at in range(AUTHORITIES):
            run.start(at, VALIDATOR)
        for url in urls:
            until(partial(answers, url))
        noise = secrets.token_bytes(size - 8)
        transactions = [number.to_bytes(8, "little") + noise for number in range(int(seconds * _MOST_RATE))]
        before = work_of(run.pids())
        load = hand_in(
            urls,
            transactions,
            "the same with a no-op application",
            lambda: int(str(status(urls[0])["executed"])),
            seconds=seconds,
        )
        return load, work_of(run.pids()).since(before)
