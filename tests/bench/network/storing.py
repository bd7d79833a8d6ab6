"""Bytes on disk: for a thousand reports, and after nodes pruned."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from openmg.client.node import Node
from openmg.network.readiness import find_cometbft
from tests.bench.network.figures import Figure, Section
from tests.bench.network.gauges import bytes_of
from tests.bench.network.households import prove_all
from tests.bench.network.settling import ends_of
from tests.bench.network.throughput import load_reports
from tests.bench.network.town import AUTHORITIES, Timetable, Town, founded, until, wait_until

_THOUSAND = 1000
_DAY = 86_400
_PATIENCE = 300.0


def stores_of(town: Town) -> dict[str, float]:
    """Mean of the nodes, by store."""
    each = [bytes_of(home) for home in town.network.homes]
    return {name: sum(one[name] for one in each) / len(each) for name in each[0]}


def growth(before: Mapping[str, float], after: Mapping[str, float], reports: int, size: int) -> Section:
    section = Section(f"Bytes on disk of one node for 1,000 reports, from {reports:,}")
    grown = {name: (after[name] - before[name]) * _THOUSAND / reports for name in after}
    raw = float(size * _THOUSAND)
    section.figures = [
        Figure(name, value / 1e6, "MB", raw / 1e6, "MB of reports")
        for name, value in [*grown.items(), ("all of it", sum(grown.values()))]
    ]
    section.remarks = [
        "chain.db holds reports only until their slot settles; files that are kept for reuse count whole"
    ]
    return section


def pruning(folder: Path, homes: int, slots: int, proving: float) -> Section:
    """A day passes in half a minute; three nodes keep one day of blocks, the first keeps all."""
    lead = int(30 + homes / 20 + 1.3 * proving * homes * slots)
    timetable = Timetable(lead, 1, slots + int(15 + homes * slots / 100), slot_seconds=3600)
    with founded(folder / "pruning", homes, timetable, archives=1) as (town, run):
        rows = prove_all(town.homes, town.genesis, town.key, town.slots(slots))
        wait_until(town.opens(slots - 1), "gates open")
        before = [bytes_of(home) for home in town.network.homes]
        flat = [raw for row in rows for raw in row]
        load_reports(town, run, flat, None, f"{len(flat):,} reports")
        filled = [bytes_of(home) for home in town.network.homes]
        last = town.genesis.first_slot + slots - 1
        wait_until(town.closes(slots - 1), "gates close")
        until(lambda: any(end.slot >= last for end in ends_of(town.network.homes[0])), _PATIENCE)
        wait_until(time.time() + 1.5 * _DAY / timetable.rate, "more than a day passes")
        until(lambda: all(_earliest(url) > 1 for url in town.urls[1:]), _PATIENCE)
        kept = [_earliest(url) for url in town.urls]
        after = [bytes_of(home) for home in town.network.homes]
        for at in range(AUTHORITIES):
            run.stop(at)
        # The engine's database gives room back late, or when it is told to.
        for home in town.network.homes:
            command: list[str | Path] = [find_cometbft(), "experimental-compact-goleveldb", "--home", home.cometbft]
            subprocess.run(command, check=True, capture_output=True)
        again = [bytes_of(home) for home in town.network.homes]
    return _pruned(before, filled, after, again, kept, len(flat))


def _pruned(
    before: Sequence[Mapping[str, int]],
    filled: Sequence[Mapping[str, int]],
    after: Sequence[Mapping[str, int]],
    again: Sequence[Mapping[str, int]],
    kept: Sequence[int],
    reports: int,
) -> Section:
    def of(node: Mapping[str, int]) -> float:
        return node["block store"] / 1e6

    archive, others = of(after[0]), [of(node) for node in after[1:]]
    stopped = [of(node) for node in again[1:]]
    section = Section(f"Block store after pruning, {reports:,} reports a day and more ago")
    section.figures = [
        Figure("before the reports", of(before[0]), "MB"),
        Figure("with the reports", of(filled[0]), "MB"),
        Figure("nodes that keep one day", sum(others) / len(others), "MB", archive, "MB of the archive"),
        Figure("the same, ended and compacted", sum(stopped) / len(stopped), "MB", of(again[0]), "MB of the archive"),
    ]
    section.remarks = [f"first block kept: {', '.join(str(height) for height in kept)} (the first node is the archive)"]
    return section


def _earliest(url: str) -> int:
    with Node(url) as node:
        return node.status().earliest
