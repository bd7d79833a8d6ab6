"""The charts of the learning report: errors and seconds over rounds, days ahead, one update from both sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from openmg.demo.learning.record import DayAhead, LearningRecord
from openmg.demo.words import WORDS, say
from openmg.page import chart
from openmg.page.chart import Frame, short
from openmg.page.markup import badge
from openmg.page.readout import Axis, Series, head, readable, written
from openmg.page.words import Phrase, number

WIDE = 44
"""Squares in a row: what one hidden unit has, 40 weights, its bias, 3 weights of the head."""
_CELL = 10
_SHADES = 10
_FIELD = 2**32


def frames(labels: tuple[str, ...], span: tuple[float, float], heights: tuple[int, int],
           right: tuple[int, int] = (8, 8)) -> Callable[[str, int], Frame]:  # fmt: skip
    """Frames in each width: (narrow, wide) heights and right margins, pixels."""

    def draw(size: str, width: int) -> Frame:
        return Frame(size, width, heights[int(size == "wide")], labels, *span, right=right[int(size != "narrow")])

    return draw


def rounds_axis(record: LearningRecord) -> Axis:
    """The rounds; the last one is read out at first."""
    labels = tuple(str(each.number) for each in record.rounds)
    return Axis("rounds", labels, len(labels) - 1)


def error_chart(record: LearningRecord) -> str:
    """The error after every round, the 28-day median's and that of the homes' own models.

    The last week's is read out only: it lies so far above that the rest would be a line.
    """
    axis = rounds_axis(record)
    errors = [100 * each.error for each in record.rounds]
    levels = [
        (100 * record.median_error, WORDS["learn_median"], "feed-in"),
        (100 * record.own_error, WORDS["learn_own"], "line own"),
    ]
    span = chart.padded([*errors, *(value for value, _, _ in levels)])

    def body(frame: Frame) -> str:
        marks = "".join(chart.level(frame, value, name, css) for value, name, css in levels)
        return chart.axes(frame, chart.round_ticks(*span, 5), 1) + marks + chart.stairs(frame, errors, "line common")

    week = (100 * record.week_error,) * len(errors)
    series = [
        Series(WORDS["learn_common"], "common", written(errors, 2)),
        Series(WORDS["learn_week"], "week", written(week, 2)),
    ]
    top = head("errors-chart", say("learn_errors_head"), say("learn_percent"), "homes_alone")
    return readable("errors-chart", axis, top, series, frames(axis.labels, span, (280, 360), (88, 104)), body)


def seconds_chart(record: LearningRecord) -> str:
    """Who spent how long in every round."""
    axis = rounds_axis(record)
    parts = [
        (WORDS["learn_by_homes"], "homes", [each.seconds_homes for each in record.rounds]),
        (WORDS["learn_by_holders"], "holders", [each.seconds_holders for each in record.rounds]),
        (WORDS["learn_by_chain"], "chain", [each.seconds_chain for each in record.rounds]),
    ]
    # The first round compiles: it may leave the picture, its figure is read out.
    usual = sorted(each.seconds for each in record.rounds)
    span = (0.0, 1.25 * usual[max(0, len(usual) - 2)] or 1.0)

    def body(frame: Frame) -> str:
        drawn = chart.axes(frame, chart.round_ticks(*span, 4), 1)
        for place, (_, css, values) in enumerate(parts):
            shown = [min(value, span[1]) for value in values]
            drawn += chart.bars(frame, shown, lambda _, css=css: css, (0.1 + place * 0.27, 0.37 + place * 0.27))  # type: ignore[misc]
        return drawn

    series = [Series(name, css, written(values, 2)) for name, css, values in parts]
    top = head("seconds-chart", say("learn_seconds_head"), say("learn_seconds_note"), "")
    return readable("seconds-chart", axis, top, series, frames(axis.labels, span, (190, 220)), body)


def day_chart(day: DayAhead) -> str:
    """One home's day: the band, its median, the 28-day median, and what happened."""
    hours = tuple(f"{hour:02}:00" for hour in range(len(day.happened)))
    axis = Axis("hours", hours, 18)
    span = (0.0, chart.padded([*day.high, *day.happened, *day.naive], zero=True)[1])

    def body(frame: Frame) -> str:
        return (
            chart.axes(frame, chart.round_ticks(*span, 4))
            + chart.ribbon(frame, day.low, day.high, "band")
            + chart.stairs(frame, day.naive, "line usual")
            + chart.stairs(frame, day.median, "line said")
            + chart.stairs(frame, day.happened, "line happened")
        )

    band = tuple(f"{number(low, 0)}–{number(high, 0)}" for low, high in zip(day.low, day.high, strict=True))
    series = [
        Series(WORDS["learn_happened"], "happened", written(day.happened, 0)),
        Series(WORDS["learn_forecast"], "common", written(day.median, 0)),
        Series(WORDS["learn_band"], "band", band),
        Series(WORDS["learn_median"], "usual", written(day.naive, 0)),
    ]
    place = WORDS[f"learn_place_{day.place}"]
    title = Phrase(f"{place.en}: {day.home}, {day.date}", f"{place.ko}: {day.home}, {day.date}")
    name = f"day-{day.place}"
    top = head(name, chart_title(title), say("learn_wh"), "homes_alone")
    return readable(name, axis, top, series, frames(hours, span, (200, 230)), body)


def chart_title(phrase: Phrase) -> str:
    """A heading in both languages."""
    return f'<span lang="en">{phrase.en}</span><span lang="ko">{phrase.ko}</span>'


def update_views(record: LearningRecord) -> str:
    """The true update beside what one authority sees in its place, a square for every parameter."""
    view = record.view
    most = sorted(abs(value) for value in view.update)[int(len(view.update) * 0.98)] or 1
    true = [max(-1.0, min(1.0, value / most)) for value in view.update]
    seen = [2 * value / _FIELD - 1 for value in view.seen]
    left = f"<h3>{say('learn_view_true')}</h3>{badge('homes_alone')}{squares(true)}"
    right = f"<h3>{say('learn_view_seen', authority=str(view.authority))}</h3>{squares(seen)}"
    return f'<div class="views"><div class="card secret">{left}</div><div class="card">{right}</div></div>'


def squares(values: Sequence[float]) -> str:
    """Values from −1 to 1 as squares, in rows of 44: the stronger the farther from 0."""
    parts = []
    for at, value in enumerate(values):
        shade = round(abs(value) * _SHADES)
        if shade:
            css, x, y = "up" if value > 0 else "down", at % WIDE * _CELL, at // WIDE * _CELL
            opacity = short(shade / _SHADES)
            parts.append(f'<rect class="{css}" x="{x}" y="{y}" width="9" height="9" fill-opacity="{opacity}"/>')
    height = -(-len(values) // WIDE) * _CELL
    return f'<svg viewBox="0 0 {WIDE * _CELL} {height}" aria-hidden="true" focusable="false">{"".join(parts)}</svg>'
