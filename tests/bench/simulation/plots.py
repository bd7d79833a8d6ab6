"""How the cost of a street grows with its homes and with its slots."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from openmg.files import READABLE, write_atomically
from openmg.page.pictures import DPI, NEED, POOL, png, register_fonts, style

FILE: Final = "simulation-growth.png"
HOMES_SLOTS: Final = 2_880
SLOTS_HOMES: Final = 200
Cost = dict[str, float]


def write_growth(costs: Sequence[Cost], folder: Path) -> Path:
    """Seconds of processor time over homes (30 days of 15 minutes) and over slots (200 homes), market and no market."""
    register_fonts()
    with style():
        figure = Figure(figsize=(10, 4.6), dpi=DPI, layout="constrained")
        figure.suptitle("Processor seconds of a simulated street")
        left, right = figure.subplots(1, 2)
        _draw(left, [cost for cost in costs if cost["slots"] == HOMES_SLOTS], "homes")
        left.set(title=f"{HOMES_SLOTS:,} slots", xlabel="homes", ylabel="seconds")
        _draw(right, [cost for cost in costs if cost["homes"] == SLOTS_HOMES], "slots")
        right.set(title=f"{SLOTS_HOMES} homes", xlabel="slots")
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2)
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / FILE, png(figure), READABLE)
    return folder / FILE


def _draw(axes: Axes, costs: Sequence[Cost], along: str) -> None:
    ordered = sorted(costs, key=lambda cost: cost[along])
    for name, colour, key in (("our market", POOL, "market"), ("no market", NEED, "without")):
        axes.plot(
            [cost[along] for cost in ordered], [cost[key] for cost in ordered], color=colour, marker="o", label=name
        )
    axes.set(xscale="log", yscale="log")
    axes.set_xticks([cost[along] for cost in ordered])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
