"""The simulation as pictures, each in English and in Korean, as PNG and SVG."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from openmg.page.pictures import AXIS, BAD, INK, NEED, POOL, SOFT, SPARE, Say, legend, sheet, write_pictures
from openmg.page.words import number
from openmg.simulation.mechanisms import NONE
from openmg.simulation.record import Record
from openmg.simulation.report import DRAWN, chosen, hours
from openmg.simulation.words import WORDS, mechanism_name

_STYLES = {"pool": (INK, "-", 2.4), "no-collar": (NEED, "--", 1.8), "mid-market": (SPARE, "-", 1.8),
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
    return _bars(
        say(WORDS["savings_title"]),
        say(WORDS["savings_figure"]),
        [say(mechanism_name(each.mechanism)) for each in shown],
        [each.saving for each in shown],
        left=0.3,
    )


def homes(record: Record, say: Say) -> Figure:
    """A bar a home, the largest on top; without names where there are too many to write."""
    values = sorted(chosen(record).savings)
    named = dict(zip(chosen(record).savings, record.homes, strict=True))
    if len(values) <= 40:
        names = [named[value] for value in values]
        return _bars(say(WORDS["homes_title"]), say(WORDS["homes_figure"]), names, values, left=0.18)
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


def _bars(title: str, note: str, names: list[str], values: list[float], left: float) -> Figure:
    figure, (axes,) = sheet(title, note, 2 + 0.3 * len(names))
    figure.subplots_adjust(left=left, right=0.94, bottom=0.05)
    drawn = axes.barh(range(len(names)), values, 0.68, color=[POOL if value >= 0 else BAD for value in values])
    for bar, value in zip(drawn, values, strict=True):
        bar.set_hatch("" if value >= 0 else "////")
        axes.annotate(number(value, 0, sign=True), (max(value, 0), bar.get_y() + bar.get_height() / 2), (6, 0),
                      textcoords="offset points", va="center", color=INK if value >= 0 else BAD)  # fmt: skip
    axes.set_yticks(range(len(names)), names)
    axes.axvline(0, color=AXIS, linewidth=1)
    axes.grid(visible=False)
    axes.margins(y=0.02)
    axes.set_xlim(min(0.0, *values) * 1.05, max(1.0, *values) * 1.18)
    axes.spines["bottom"].set_visible(False)
    axes.set_xticks([])
    return figure
