"""`python -m tests.bench.network`: four authorities as real processes with real CometBFT, real reports, real proofs."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from openmg.chains import Genesis
from tests.bench.network.figures import Figure, Section, as_json, console
from tests.bench.network.households import prove_all, proving_seconds
from tests.bench.network.latency import latency
from tests.bench.network.restart import restarts
from tests.bench.network.settling import settling, settling_section
from tests.bench.network.storing import growth, pruning, stores_of
from tests.bench.network.throughput import Nothing, load_reports, nothing_rate, throughput, verification_rates
from tests.bench.network.town import Timetable, founded, wait_until

PARTS: Final = ("throughput", "latency", "restart", "pruning")


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    homes: int
    slots: int
    seconds: int
    few_homes: int
    few_slots: int
    pace: int
    paced_seconds: int
    blocks: int
    pruned_homes: int
    pruned_slots: int


FULL: Final = Sizes(5000, 5, 60, 1000, 6, 100, 30, 1000, 100, 10)
QUICK: Final = Sizes(240, 4, 8, 120, 3, 20, 5, 30, 20, 3)


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = _parse(arguments)
    sizes = Sizes(**{name: getattr(chosen, name) for name in Sizes.__dataclass_fields__})
    sections: list[Section] = []
    with tempfile.TemporaryDirectory(prefix="openmg-bench-") as root:
        folder = Path(root)
        proving = proving_seconds(_any_genesis())
        console.print(f"a report takes {1000 * proving:.0f} ms to prove with all cores at work")
        settled: list[Figure] = []
        if "throughput" in chosen.only:
            sections += _measure_throughput(folder, sizes, proving, settled)
        if "latency" in chosen.only:
            sections += _measure_latency(folder, sizes, proving, settled)
        if settled:
            sections.append(settling_section(settled))
        if "restart" in chosen.only:
            sections.append(restarts(folder, sizes.blocks))
        if "pruning" in chosen.only:
            sections.append(pruning(folder, sizes.pruned_homes, sizes.pruned_slots, proving))
    for section in sections:
        if not chosen.json:
            section.show()
    if chosen.json:
        sys.stdout.write(as_json(sections) + "\n")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.bench.network", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: whether it runs, not how fast")
    parser.add_argument("--json", action="store_true", help="figures as JSON on standard output")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="some parts alone")
    for name in Sizes.__dataclass_fields__:
        parser.add_argument(f"--{name.replace('_', '-')}", type=int)
    chosen = parser.parse_args(arguments)
    for name in Sizes.__dataclass_fields__:
        if getattr(chosen, name) is None:
            setattr(chosen, name, getattr(QUICK if chosen.quick else FULL, name))
    return chosen


def timetable_of(homes: int, slots: int, proving: float, window: float) -> Timetable:
    """All proofs are made before the first slot; all gates are open together for `window` s, then close in turn."""
    lead = int(20 + homes / 60 + 1.2 * homes * slots * proving)
    period = 5 if homes < 500 else 10
    return Timetable(lead, period, int(slots * period + window))


def _measure_throughput(folder: Path, sizes: Sizes, proving: float, settled: list[Figure]) -> list[Section]:
    window = sizes.seconds + sizes.homes * sizes.slots / 100 + 20
    timetable = timetable_of(sizes.homes, sizes.slots, proving, window)
    with founded(folder / "town", sizes.homes, timetable) as (town, run):
        rows = prove_all(town.homes, town.genesis, town.key, town.slots(sizes.slots))
        reports = [raw for row in rows for raw in row]
        alone = verification_rates(town, rows[0], min(sizes.seconds / 3, 15))
        wait_until(town.opens(sizes.slots - 1), "until all gates are open")
        before = stores_of(town)
        under_load = load_reports(town, run, reports, sizes.seconds, f"reports, for {sizes.seconds} s")
        load_reports(town, run, reports, None, "the rest of them", under_load)
        after = stores_of(town)
        settled += settling(town, sizes.slots)
    nothing = Nothing(*nothing_rate(folder / "nothing", len(reports[0]), min(sizes.seconds, 30)))
    disk = growth(before, after, len(reports), len(reports[0]))
    return [throughput(under_load, alone, nothing), disk]


def _measure_latency(folder: Path, sizes: Sizes, proving: float, settled: list[Figure]) -> list[Section]:
    count = min(sizes.pace * sizes.paced_seconds, sizes.few_homes * sizes.few_slots)
    window = 2 * sizes.paced_seconds + sizes.few_homes * sizes.few_slots / 100 + 20
    timetable = timetable_of(sizes.few_homes, sizes.few_slots, proving, window)
    with founded(folder / "few", sizes.few_homes, timetable) as (town, run):
        rows = prove_all(town.homes, town.genesis, town.key, town.slots(sizes.few_slots))
        reports = [raw for row in rows for raw in row]
        wait_until(town.opens(sizes.few_slots - 1), "until all gates are open")
        section = latency(town, reports[:count], sizes.pace)
        load_reports(town, run, reports[count:], None, "the rest of them")
        settled += settling(town, sizes.few_slots)
    return [section]


def _any_genesis() -> Genesis:
    parameters = Timetable(60, 60, 60).parameters()
    return parameters.genesis(bytes([1]) * 32, bytes([2]) * 32, [bytes([3]) * 32], 0)


if __name__ == "__main__":
    main()
