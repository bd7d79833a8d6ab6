"""Charts that can be read out: a readout over the drawing doubles as its legend and follows pointer and keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from openmg.page import chart
from openmg.page.chart import Frame, Value
from openmg.page.markup import badge, both, text
from openmg.page.words import Phrase, number


@dataclass(frozen=True)
class Series:
    """What a readout shows of every slot: a name, the class of its mark, and the figures as the reader sees them."""

    name: Phrase
    css: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Axis:
    """What a chart runs over: the name of its labels on the page, the labels, which one is read out at first."""

    place: str
    labels: tuple[str, ...]
    chosen: int


def written(figures: Sequence[Value], digits: int = 1, *, sign: bool = False) -> tuple[str, ...]:
    """Figures as the reader sees them; a dash where there is none."""
    return tuple("–" if value is None else number(value, digits, sign=sign) for value in figures)


def readable(name: str, axis: Axis, head: str, series: Sequence[Series], draw: Callable[[str, int], Frame],
             body: Callable[[Frame], str], extra: str = "") -> str:  # fmt: skip
    """A chart in its three widths under a readout that doubles as the legend, which ends with `extra`."""
    titles = [
        " · ".join([label, *(f"{each.name.en} {each.cells[index]}" for each in series)])
        for index, label in enumerate(axis.labels)
    ]
    pictures = "".join(
        chart.drawing(frame, body(frame), axis.chosen, titles)
        for frame in (draw(size, width) for size, width in chart.SIZES)
    )
    legend = "".join(
        f'<div><dt><i class="mark {each.css}"></i>{both(each.name)}</dt>'
        f'<dd data-row="{row}">{each.cells[axis.chosen]}</dd></div>'
        for row, each in enumerate(series)
    )
    cells = json.dumps([each.cells for each in series], ensure_ascii=False, separators=(",", ":")).replace(
        "<", "\\u003c"
    )
    return (
        f'<figure class="chart" data-chart="{name}" data-labels="{axis.place}">{head}'
        f'<div class="readout"><span class="at">{text(axis.labels[axis.chosen])}</span><dl>{legend}{extra}</dl></div>'
        f'{pictures}<input class="scrub" type="range" min="0" max="{len(axis.labels) - 1}" value="{axis.chosen}" '
        f'step="1" aria-labelledby="{name}-head" hidden><script type="application/json">{cells}</script></figure>'
    )


def head(name: str, title: str, note: str, who: str) -> str:
    """The line above a chart: its title, the unit, and who can know it ("": that is no question here)."""
    told = badge(who) if who else ""
    return f'<figcaption><h3 id="{name}-head">{title}</h3>{told}<p class="note">{note}</p></figcaption>'


def framed(
    labels: tuple[str, ...], span: tuple[float, float], heights: tuple[int, int], right: tuple[int, int] = (8, 8)
) -> Callable[[str, int], Frame]:
    """Frames over these labels: (narrow, wide) heights and right margins, pixels."""

    def draw(size: str, width: int) -> Frame:
        wide = int(size == "wide")
        return Frame(size, width, heights[wide], labels, *span, right=right[int(size != "narrow")])

    return draw
