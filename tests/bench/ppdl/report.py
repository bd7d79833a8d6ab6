"""The figures: one table of all cases, the goals beside what was measured, and everything as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.bench.network.figures import Figure, Section
from tests.bench.ppdl.cases import GOAL
from tests.bench.ppdl.rounds import Cost
from tests.bench.ppdl.spent import Spent

COLUMNS: Final = (
    "homes",
    "parameters",
    "θ",
    "members",
    "one home",
    "chain",
    "one holder",
    "chain + holders",
    "kB a home",
    "MB a round",
)
_WIDTH: Final = 140
FLOAT_BYTES: Final = 4
"""Of one value, were it sent as it is."""


def show_costs(costs: Sequence[Cost]) -> None:
    """One row for each case; one holder is the busiest."""
    table = Table(title="A round, seconds on the wall (of the processor)", title_justify="left")
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for cost in costs:
        case = cost.case
        table.add_row(
            f"{case.homes:,}",
            f"{case.size:,}",
            f"{case.share:g}",
            f"{case.committee}",
            *map(str, (cost.client, cost.chain, cost.busiest, cost.together)),
            f"{cost.upload_bytes / 1000:.1f}",
            f"{cost.round_bytes / 1e6:.2f}",
        )
    out = Console(highlight=False)
    if not out.is_terminal:
        out.width = _WIDTH
    out.print(table)


def goals_of(costs: Sequence[Cost]) -> list[Section]:
    """The goal's model, one section for each committee."""
    sections = []
    for cost in costs:
        case = cost.case
        if (case.homes, case.size, case.share) != (GOAL.homes, GOAL.size, GOAL.share):
            continue
        clear, sent, values = cost.clear.processor, cost.upload_bytes, case.task.values
        figures = [
            Figure("chain and all holders", cost.together.processor, "s", clear, "in the clear", "≤ 1 s"),
            Figure("… on the wall, one after another", cost.together.wall, "s", cost.clear.wall, "in the clear"),
            Figure("chain and the busiest holder", (cost.chain + cost.busiest).processor, "s", clear, "in the clear"),
            Figure("one home", cost.client.processor, "s", goal="≤ 0.2 s"),
            Figure("bytes of a home", sent, "B", FLOAT_BYTES * values, "as floats"),
            Figure("bytes of the round", cost.round_bytes, "B", FLOAT_BYTES * values * case.homes, "as floats"),
        ]
        sections.append(Section(str(case), figures))
    if sections:
        sections[-1].remarks.append(
            "Seconds of the processor unless it says wall. In the clear: the same sum and step of the same vectors."
        )
    return sections


def as_json(costs: Sequence[Cost], sections: Sequence[Section]) -> str:
    """All that was measured, and the parts of it."""
    rows = [
        {**asdict(cost), "all_holders": asdict(_holders(cost)), "together": asdict(cost.together)} for cost in costs
    ]
    goals = [{"title": s.title, "figures": [{**asdict(f), "ratio": f.ratio} for f in s.figures]} for s in sections]
    return json.dumps({"costs": rows, "goals": goals}, indent=2)


def _holders(cost: Cost) -> Spent:
    return sum(cost.holders, Spent())
