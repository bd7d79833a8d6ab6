"""`python -m tests.bench.simulation`: what streets cost to simulate; a year of 54 homes, and attacks on it."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from openmg.cli.progress import progress_bar
from openmg.cli.simulate_tables import TITLES
from openmg.errors import BadInput
from openmg.simulation.community import Community
from tests.bench.simulation.plots import write_growth
from tests.bench.simulation.year import ATTACKS, community, compared, rigged
from tests.bench.stopwatch import console, show

GOALS: Final = {(50, 96, 15): (1.0, None), (54, 8_760, 60): (20.0, None), (1_000, 35_040, 15): (120.0, 1024.0)}
"""Homes, slots and minutes of a slot, with the seconds of processor time and the MiB that they may take."""
GROWTH: Final = ((50, 2_880, 15), (100, 2_880, 15), (200, 2_880, 15), (500, 2_880, 15), (1_000, 2_880, 15),
                 (200, 5_760, 15), (200, 11_520, 15), (200, 23_040, 15))  # fmt: skip
QUICK: Final = ((50, 96, 15), (20, 192, 15))
Cost = dict[str, float]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for; 2 when the data is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.simulation", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two small streets: whether it runs, not how fast")
    parser.add_argument("--year", action="store_true", help="the year of 54 homes; OPENMG_DATA names its folder")
    parser.add_argument("--attacks", action="store_true", help="the same year under every attack")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw how cost grows, as PNG in there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    chosen = parser.parse_args(arguments)
    found: dict[str, object] = {}
    try:
        if chosen.year or chosen.attacks:
            found |= _year(attacks=chosen.attacks)
        else:
            found["costs"] = _costs(QUICK if chosen.quick else (*GOALS, *GROWTH), chosen.plots)
    except BadInput as error:
        sys.stderr.write(f"bench: {error}\n")
        return 2
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(found, indent=1), "utf-8")
    return 0


def _costs(cases: Sequence[tuple[int, int, int]], plots: Path | None) -> list[Cost]:
    costs = [_measured(case) for case in cases]
    rows = []
    for case, cost in zip(cases, costs, strict=True):
        seconds, peak = GOALS.get(case, (None, None))
        goal = "" if seconds is None else f"≤ {seconds:g} s" + ("" if peak is None else f", {peak:,.0f} MiB")
        rows.append(
            [f"{case[0]:,} × {case[1]:,}", f"{cost['market']:.2f}", f"{1e6 * cost['market'] / case[1]:.0f}",
             f"{cost['without']:.2f}", f"{cost['homes_read']:.2f}", f"{cost['all']:.2f}", f"{cost['peak']:.0f}", goal]
        )  # fmt: skip
    show(
        "A street with our market (seconds of processor time)",
        ["homes × slots", "market", "µs a slot", "no market", "homes", "whole process", "peak MiB", "goal"],
        rows,
    )
    if plots is not None:
        console.print(f"growth is drawn in {write_growth(costs, plots)}")
    return costs


def _measured(case: tuple[int, int, int]) -> Cost:
    command = [sys.executable, "-m", "tests.bench.simulation.case", *map(str, case)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    cost: Cost = json.loads(ran.stdout)
    return cost


def _year(*, attacks: bool) -> dict[str, object]:
    street = community()
    for note in street.notes:
        console.print(f"[dim]- {note.en}[/dim]")
    if attacks:
        return {"attacks": _attacks(street)}
    began = time.process_time()
    with progress_bar("reading homes", 1) as watch:
        comparison = compared(street, watch)
    rows = []
    for each in comparison.figures:
        price, held = each.prices, each.providers
        rows.append(
            [TITLES[each.mechanism], f"{each.saving_share:.1%}", f"{each.bill_share:.1%}", f"{each.saving / 1e6:.2f}",
             str(each.losers), f"{each.local_share:.1%}", f"{price.mean:.0f}", f"{price.move:.1f}",
             f"{price.jumps:.1%}",
             "" if held is None else f"{(held.traded + held.apart + held.stock) / 1e6:+.2f}"]
        )  # fmt: skip
    show(
        f"A year of {len(street.names)} homes, {time.process_time() - began:.0f} s of processor time",
        ["", "saving", "of bills", "M won", "losers", "local", "price", "move", "> 50", "battery M won"],
        rows,
    )
    return {"year": [asdict(each) for each in comparison.figures]}


def _attacks(street: Community) -> list[object]:
    rows: list[list[str]] = []
    kept: list[object] = []
    for attack in ATTACKS:
        with progress_bar(f"{attack.who} {attack.how}", 1) as watch:
            outcomes = rigged(street, attack, watch)
        for each in outcomes:
            impact = "no trade" if each.impact is None else f"{each.impact:+.1f}"
            rows.append(
                [f"{attack.share:.0%} {attack.who}", attack.how, TITLES[each.mechanism], f"{each.gain:+,.0f}",
                 f"{each.loss:+,.0f}", impact, f"{each.providers:+,.0f}", f"{each.utility:+,.0f}"]
            )  # fmt: skip
            kept.append({"attack": asdict(attack), "outcome": asdict(each)})
    show(
        "Attacks on the same year, won against the run without them",
        ["who", "how", "mechanism", "they gain", "others lose", "price", "battery", "utility"],
        rows,
    )
    return kept


if __name__ == "__main__":
    sys.exit(main())
