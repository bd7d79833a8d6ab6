"""What was measured: a value, what it is compared with, the goal beside it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

from rich.console import Console
from rich.table import Table

_WIDTH: Final = 120
console = Console(highlight=False, stderr=True)


@dataclass(frozen=True)
class Figure:
    """One row; `baseline` was measured in the same run, `ratio` is the value over it."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    against: str = ""
    goal: str = ""

    @property
    def ratio(self) -> float | None:
        return self.value / self.baseline if self.baseline else None

    def row(self) -> list[str]:
        compared = f"{_shown(self.baseline)} {self.against}" if self.baseline is not None else ""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        return [self.name, f"{_shown(self.value)} {self.unit}", compared, ratio, self.goal]


@dataclass
class Section:
    """Figures that belong together, and what is to be said about them."""

    title: str
    figures: list[Figure] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def show(self) -> None:
        table = Table(title=self.title, title_justify="left")
        for at, column in enumerate(("", "value", "baseline", "ratio", "goal")):
            table.add_column(column, justify="left" if at in {0, 4} else "right")
        for figure in self.figures:
            table.add_row(*figure.row())
        out = Console(highlight=False)
        if not out.is_terminal:
            out.width = _WIDTH
        out.print(table)
        for remark in self.remarks:
            out.print(f"  {remark}", markup=False)


def as_json(sections: Sequence[Section]) -> str:
    parts = [
        {
            "title": section.title,
            "figures": [{**asdict(figure), "ratio": figure.ratio} for figure in section.figures],
            "remarks": section.remarks,
        }
        for section in sections
    ]
    return json.dumps(parts, indent=2)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of them do not exceed; NaN of none."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else math.nan


def _shown(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
