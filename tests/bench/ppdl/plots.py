"""How a round grows with its homes and with its model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from openmg.files import READABLE, write_atomically
from openmg.page.pictures import DPI, NEED, POOL, SOFT, SPARE, png, register_fonts, style
from tests.bench.ppdl.cases import GOAL, Case
from tests.bench.ppdl.rounds import Cost

FILE: Final = "ppdl-growth.png"
_LINES: Final[tuple[tuple[str, str, Callable[[Cost], float]], ...]] = (
    ("one home", SPARE, lambda cost: cost.client.processor),
    ("the chain, one authority", POOL, lambda cost: cost.chain.processor),
    ("the busiest holder", NEED, lambda cost: cost.busiest.processor),
)
_MARKS: Final = {4: ("o", "-"), 7: ("s", "--")}


def write_growth(costs: Sequence[Cost], folder: Path) -> Path:
    """Two rows, θ = 1 and θ = 0.1: over homes with the largest model, over parameters with 100 homes (or most)."""
    register_fonts()
    size = max(cost.case.size for cost in costs)
    homes = GOAL.homes if any(cost.case.homes == GOAL.homes for cost in costs) else costs[-1].case.homes
    shares = sorted({cost.case.share for cost in costs}, reverse=True)
    with style():
        figure = Figure(figsize=(10, 1.6 + 3.6 * len(shares)), dpi=DPI, layout="constrained")
        figure.suptitle("Processor seconds of a round")
        rows = figure.subplots(len(shares), 2, squeeze=False, sharey="row")
        for (left, right), share in zip(rows, shares, strict=True):
            some = [cost for cost in costs if cost.case.share == share]
            _draw(left, [cost for cost in some if cost.case.size == size], lambda case: case.homes)
            left.set(title=f"{size:,} parameters, θ = {share:g}", xlabel="homes", ylabel="seconds")
            _draw(right, [cost for cost in some if cost.case.homes == homes], lambda case: case.size)
            right.set(title=f"{homes:,} homes, θ = {share:g}", xlabel="parameters")
        figure.legend(*rows[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / FILE, png(figure), READABLE)
    return folder / FILE


def _draw(axes: Axes, costs: Sequence[Cost], along: Callable[[Case], int]) -> None:
    for committee in sorted({cost.case.committee for cost in costs}):
        marker, dashes = _MARKS[committee]
        some = sorted((cost for cost in costs if cost.case.committee == committee), key=lambda cost: along(cost.case))
        for name, colour, seconds in _LINES:
            axes.plot(
                [along(cost.case) for cost in some],
                [seconds(cost) for cost in some],
                color=colour,
                marker=marker,
                linestyle=dashes,
                label=f"{name}, committee of {committee}",
            )
    axes.axhline(1.0, color=SOFT, linewidth=0.8, linestyle=":")
    axes.set(xscale="log", yscale="log")
    places = sorted({along(cost.case) for cost in costs})
    axes.set_xticks(places, [f"{place:,}" for place in places])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda seconds, _: f"{seconds:g}"))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
