"""`python -m tests.bench.ppdl`: what a round of learning costs a home, the chain and the holders.

One round for each case, on the embedded engine, with real cryptography; every round's model is compared with the one
from the same vectors in the clear.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from openmg.crypto import hide, public_point, random_bytes, random_scalar
from openmg.learning import LANE_BYTES
from tests.bench.network.figures import console
from tests.bench.ppdl import cases
from tests.bench.ppdl.cases import Case, cases_of, in_order
from tests.bench.ppdl.plots import write_growth
from tests.bench.ppdl.report import as_json, goals_of, show_costs
from tests.bench.ppdl.rounds import Cost, Round
from tests.bench.ppdl.spent import Stopwatch


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure all cases, or those that are asked for."""
    chosen = _parse(arguments)
    every = cases_of(chosen.homes, chosen.sizes, chosen.shares, chosen.committees)
    if tuple(chosen.homes) == cases.HOMES:
        some = cases_of(cases.MORE_HOMES, [max(chosen.sizes)], [min(chosen.shares)], chosen.committees)
        every = in_order(every + some)
    measured = [case for case in every if hiding_seconds(case) <= chosen.patience]
    _say_first(max(every, key=lambda case: case.task.lanes))
    costs = [_measure(case) for case in measured]
    for case in every:
        if case not in measured:
            console.print(f"not measured: {case}; its homes alone take more than {chosen.patience} s (--patience)")
    costs.sort(key=lambda cost: (cost.case.homes, cost.case.size, -cost.case.share, cost.case.committee))
    sections = goals_of(costs)
    if chosen.json:
        sys.stdout.write(as_json(costs, sections) + "\n")
    else:
        show_costs(costs)
        for section in sections:
            section.show()
    if chosen.plots and costs:
        console.print(f"growth is drawn in {write_growth(costs, chosen.plots)}")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ppdl", description=__doc__)
    quick, full = cases.QUICK, (cases.HOMES, cases.SIZES, cases.SHARES, cases.COMMITTEES)
    parser.add_argument("--quick", action="store_true", help="small sizes: whether it runs, not how fast")
    parser.add_argument("--json", action="store_true", help="figures as JSON on standard output")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw how a round grows, as PNG in there")
    parser.add_argument("--homes", type=int, nargs="+")
    parser.add_argument("--sizes", type=int, nargs="+", help="parameters of the model")
    parser.add_argument("--shares", type=float, nargs="+", help="θ, the part of them that a round has")
    parser.add_argument("--committees", type=int, nargs="+", choices=(1, 4, 7))
    parser.add_argument("--patience", type=float, default=1200.0, help="leave out what takes longer to prepare, in s")
    chosen = parser.parse_args(arguments)
    for at, name in enumerate(("homes", "sizes", "shares", "committees")):
        if getattr(chosen, name) is None:
            setattr(chosen, name, (quick if chosen.quick else full)[at])
    return chosen


def hiding_seconds(case: Case) -> float:
    """About how long all homes of a case take one after another to hide their vectors."""
    subsets = {1: 1, 4: 6, 7: 35}[case.committee]
    return case.homes * (0.0002 + 2.5e-6 * case.task.lanes) * subsets


def _say_first(case: Case) -> None:
    """What only the first round of a process has to do: the generators of the commitments."""
    watch, task = Stopwatch(), case.task
    keys = [public_point(random_scalar()) for _ in range(case.committee)]
    for name in ("first", "later"):
        with watch.on(name):
            hide(bytes(32), 1, bytes(32), bytes(LANE_BYTES * task.lanes), case.committee, keys, random_bytes(32))
    seconds = watch.parts["first"].processor - watch.parts["later"].processor
    console.print(f"once in a process: {task.lanes:,} generators in {max(seconds, 0):.2f} s")


def _measure(case: Case) -> Cost:
    console.print(f"{case}")
    with tempfile.TemporaryDirectory(prefix="openmg-bench-") as folder:
        return Round(Path(folder), case).measure()


if __name__ == "__main__":
    main()
