"""What was learnt as PNGs, each in English and in Korean."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from openmg.demo.learning.charts import WIDE
from openmg.demo.learning.record import DayAhead, LearningRecord
from openmg.demo.words import WORDS
from openmg.page.pictures import (
    AXIS,
    COLLAR,
    INK,
    NEED,
    PAPER,
    POOL,
    SECRET,
    SOFT,
    SPARE,
    Say,
    legend,
    mark_level,
    sheet,
    write_pictures,
)
from openmg.page.words import Phrase, number

_FIELD = 2**32


def write_plots(record: LearningRecord, folder: Path) -> tuple[Path, ...]:
    """Write errors, days, update and costs as `<name>.<language>.png` into the folder; return their paths."""
    return write_pictures({draw.__name__: partial(draw, record) for draw in (errors, days, update, costs)}, folder)


def errors(record: LearningRecord, say: Say) -> Figure:
    """The common model's error after every round."""
    figure, (axes,) = sheet(say(WORDS["learn_errors_head"]), say(WORDS["learn_percent"]), 5.2)
    numbers = [each.number for each in record.rounds]
    axes.plot(numbers, [100 * each.error for each in record.rounds], color=POOL, linewidth=2.4, marker="o",
              markersize=3.5, label=say(WORDS["learn_common"]))  # fmt: skip
    mark_level(axes, say(WORDS["learn_median"]), 100 * record.median_error, "--")
    mark_level(axes, say(WORDS["learn_own"]), 100 * record.own_error, "-.")
    week = f"{say(WORDS['learn_week'])}\n{number(100 * record.week_error)}"
    axes.annotate(week, (1, 1), (6, 0), "axes fraction", textcoords="offset points", va="top", fontsize=9, color=SOFT)
    axes.set_xlabel(say(WORDS["learn_round"]))
    figure.subplots_adjust(right=0.84, bottom=0.13)
    legend(axes, [])
    return figure


def days(record: LearningRecord, say: Say) -> Figure:
    """Three homes' days under one another."""
    figure, rows = sheet(say(WORDS["learn_days_title"]), say(WORDS["learn_wh"]), 10.2, (1,) * len(record.ahead))
    figure.subplots_adjust(hspace=0.7, top=0.84)
    for axes, day in zip(rows, record.ahead, strict=True):
        draw_day(axes, day, say)
    return figure


def draw_day(axes: Axes, day: DayAhead, say: Say) -> None:
    """The band, its median, the 28-day median, and what happened."""
    edges = range(len(day.happened) + 1)
    axes.stairs(day.high, edges, baseline=day.low, fill=True, color=COLLAR, label=say(WORDS["learn_band"]))
    axes.stairs(day.naive, edges, baseline=None, color=AXIS, linewidth=1.4, linestyle=":",
                label=say(WORDS["learn_median"]))  # fmt: skip
    axes.stairs(day.median, edges, baseline=None, color=POOL, linewidth=2, label=say(WORDS["learn_forecast"]))
    axes.stairs(day.happened, edges, baseline=None, color=INK, linewidth=2.2, label=say(WORDS["learn_happened"]))
    axes.set_xlim(0, len(day.happened))
    axes.set_ylim(bottom=0)
    hours = range(0, len(day.happened), 3)
    axes.set_xticks(hours, [f"{hour:02}:00" for hour in hours], ha="left")
    place = WORDS[f"learn_place_{day.place}"]
    title = say(Phrase(f"{place.en}: {day.home}, {day.date}", f"{place.ko}: {day.home}, {day.date}"))
    axes.annotate(title, (0, 1), (0, 26), "axes fraction", textcoords="offset points", fontweight="bold")
    legend(axes, [])


def update(record: LearningRecord, say: Say) -> Figure:
    """The true update above what one authority sees in its place."""
    view = record.view
    note = f"{view.home} · {say(WORDS['learn_round'])} {view.round}"
    figure, (above, below) = sheet(say(WORDS["learn_views_title"]), note, 8.6, (1, 1))
    figure.subplots_adjust(right=0.96, hspace=0.3, top=0.82)
    most = float(np.quantile(np.abs(view.update), 0.98)) or 1.0
    colours = LinearSegmentedColormap.from_list("updates", [SPARE, PAPER, NEED])
    sides = (
        (above, WORDS["learn_view_true"], np.array(view.update) / most, SECRET),
        (
            below,
            WORDS["learn_view_seen"].fill(authority=str(view.authority)),
            2 * np.array(view.seen) / _FIELD - 1,
            INK,
        ),
    )
    for axes, name, values, ink in sides:
        full = np.zeros(-(-len(values) // WIDE) * WIDE)
        full[: len(values)] = values
        axes.imshow(full.reshape(-1, WIDE), cmap=colours, vmin=-1, vmax=1, aspect="equal", interpolation="nearest")
        axes.set_title(say(name), loc="left", fontsize=12, fontweight="bold", color=ink)
        axes.set_axis_off()
    return figure


def costs(record: LearningRecord, say: Say) -> Figure:
    """Who spent how long in every round."""
    figure, (axes,) = sheet(say(WORDS["learn_seconds_head"]), say(WORDS["learn_costs_lead"]), 4.8)
    numbers, floor = [each.number for each in record.rounds], np.zeros(len(record.rounds))
    for key, colour, values in (
        ("learn_by_homes", SPARE, [each.seconds_homes for each in record.rounds]),
        ("learn_by_holders", NEED, [each.seconds_holders for each in record.rounds]),
        ("learn_by_chain", POOL, [each.seconds_chain for each in record.rounds]),
    ):
        axes.bar(numbers, values, 0.8, bottom=floor, color=colour, label=say(WORDS[key]))
        floor = floor + np.array(values)
    axes.set_xlabel(say(WORDS["learn_round"]))
    figure.subplots_adjust(bottom=0.14)
    legend(axes, [])
    return figure
