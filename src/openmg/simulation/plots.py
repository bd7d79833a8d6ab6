"""The simulation as pictures, each in English and in Korean, as PNG and SVG."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from openmg.page.pictures import (
    AXIS,
    BAD,
    INK,
    NEED,
    POOL,
    SOFT,
    SPARE,
    Say,
    legend,
    sheet,
    signed_bars,
    write_pictures,
)
from openmg.page.words import number
from openmg.simulation.mechanisms import NONE
from openmg.simulation.record import Record
from openmg.simulation.report import DRAWN, chosen, hours
from openmg.simulation.words import WORDS, mechanism_name

MOST_NAMES: Final = 40
_STYLES: Final = {"pool": (INK, "-", 2.4), "no-collar": (NEED, "--", 1.8), "mid-market": (SPARE, "-", 1.8),
           "auction": (SOFT, ":", 1.8)}  # fmt: skip


def write_plots(record: Record, folder: Path) -> tuple[Path, ...]:
    """Write savings, prices and homes as `<name>.<language>.png` and `.svg` into the folder; return their paths."""
    pictures = {"homes": partial(homes, record)}
    if any(each.mechanism != NONE for each in record.figures):
        pictures["savings"] = partial(savings, record)
    if any(name in record.hours for name in DRAWN):
        pictures["prices"] = partial(prices, record)
    return write_pictures(pictures, folder, kinds=("png", "svg"))


def savings(record: Record, say: Say) -> Figure:
    """A bar a mechanism."""
    shown = [each for each in record.figures if each.mechanism != NONE][::-1]
    return signed_bars(
        say(WORDS["savings_title"]),
        say(WORDS["savings_figure"]),
        [say(mechanism_name(each.mechanism)) for each in shown],
        [each.saving for each in shown],
        left=0.3,
    )


def homes(record: Record, say: Say) -> Figure:
    """A bar a home, the largest on top; without names where there are too many to write."""
    pairs = sorted(zip(chosen(record).savings, record.homes, strict=True))
    values = [value for value, _ in pairs]
    if len(values) <= MOST_NAMES:
        names = [home for _, home in pairs]
        return signed_bars(say(WORDS["homes_title"]), say(WORDS["homes_figure"]), names, values, left=0.18)
    figure, (axes,) = sheet(say(WORDS["homes_title"]), say(WORDS["homes_figure"]), 5.2)
    ordered = values[::-1]
    axes.bar(range(len(ordered)), ordered, 1.0, color=[POOL if value >= 0 else BAD for value in ordered])
    axes.axhline(0, color=AXIS, linewidth=1)
    axes.set_xticks([])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, 0)))
    figure.subplots_adjust(left=0.11, right=0.96)
    return figure


def prices(record: Record, say: Say) -> Figure:
    """Mean prices over the hours of the day."""
    figure, (axes,) = sheet(say(WORDS["prices_title"]), say(WORDS["prices_figure"]), 5.2)
    for name in DRAWN:
        if name in record.hours:
            colour, dashes, width = _STYLES[name]
            line = [float("nan") if value is None else value for value in record.hours[name]]
            axes.stairs(line, range(25), baseline=None, color=colour, linestyle=dashes, linewidth=width,
                        label=say(mechanism_name(name)))  # fmt: skip
    axes.set_xlim(0, 24)
    axes.set_xticks(range(0, 24, 3), hours()[::3], ha="left")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, 0)))
    legend(axes, [])
    return figure
