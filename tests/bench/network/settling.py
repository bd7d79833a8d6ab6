"""From a gate's closure to the slot's settlement, as each node's own log tells it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from openmg.network.home import AuthorityHome
from tests.bench.network.figures import Figure, Section, percentile
from tests.bench.network.gauges import Scraper, change
from tests.bench.network.town import Town, until, wait_until

GOAL_SECONDS: Final = 5
_PATIENCE: Final = 300.0


@dataclass(frozen=True)
class Settled:
    """One slot's end on one node."""

    slot: int
    reports: int
    seconds: float
    end: str


def ends_of(home: AuthorityHome) -> list[Settled]:
    lines = home.log("application").read_text("utf-8").splitlines()
    told: list[dict[str, Any]] = [json.loads(line) for line in lines if line.startswith("{")]
    return [
        Settled(each["slot"], each["reports"], each["seconds"], each["end"]) for each in told if each["event"] == "slot"
    ]


def settling(town: Town, slots: int) -> list[Figure]:
    """Wait for the gates to close one after another; every report is in its block already."""
    scrapers = [Scraper(home.settings().metrics) for home in town.network.homes]
    before = [each.read() for each in scrapers]
    wait_until(town.closes(slots - 1), f"gates of {len(town.homes):,} homes close")
    last = town.genesis.first_slot + slots - 1
    until(lambda: all(any(end.slot == last for end in ends_of(home)) for home in town.network.homes), _PATIENCE)
    figures = [change(old, each.read()) for old, each in zip(before, scrapers, strict=True)]
    ends = [end for home in town.network.homes for end in ends_of(home) if end.slot <= last]
    counted = [end.seconds for end in ends if (end.end, end.reports) == ("settled", len(town.homes))]
    executing = sum(each["openmg_execute_seconds_sum"] for each in figures) / len(figures) / slots
    name = f"gate closed to settled, {len(town.homes):,} homes, {len(counted) // len(figures)} of {slots} slots"
    against = "s in FinalizeBlock"
    return [
        Figure(f"{name}, median", percentile(counted, 0.5), "s", executing, against, f"≤ {GOAL_SECONDS} s at 5,000"),
        Figure(f"{name}, p99", percentile(counted, 0.99), "s", executing, against),
    ]


def settling_section(figures: Sequence[Figure]) -> Section:
    remarks = [
        "every node's own figure for every slot with all its reports; the baseline: their execution, for a slot",
        "the best published private auction needs 4 min 10 s for 5,000 bids (arXiv 2602.23698)",
    ]
    return Section("Gate closure to settlement, four authorities", list(figures), remarks)
