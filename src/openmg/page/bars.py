"""Bars from a common zero, one a row: what is below zero points left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from openmg.page.markup import both, text
from openmg.page.words import Phrase


class Row(NamedTuple):
    """A bar: its name, its value, and the value as the reader sees it."""

    name: str | Phrase
    value: float
    shown: Phrase


def bars(caption: str, heads: Sequence[str], rows: Sequence[Row]) -> str:
    """A table of bars; caption and the three heads (name, drawing, value) are markup, the heads for screen readers."""
    low = min([0.0, *(row.value for row in rows)])
    high = max([0.0, *(row.value for row in rows)])
    span = (high - low) or 1
    drawn = "".join(_drawn(row, -low / span * 100, abs(row.value) / span * 100) for row in rows)
    named = "".join(f'<th scope="col">{head}</th>' for head in heads)
    top = f'<caption>{caption}</caption><thead class="hidden"><tr>{named}</tr></thead>'
    return f'<table class="savings">{top}<tbody>{drawn}</tbody></table>'


def _drawn(row: Row, zero: float, width: float) -> str:
    """`zero` and `width` in per cent of the track."""
    loss = row.value < 0
    start = zero - width if loss else zero
    style = f"--start:{start:.2f}%;--width:{width:.2f}%;--zero:{zero:.2f}%"
    return (
        f'<tr><th scope="row">{text(row.name)}</th><td class="track"><span class="lane" style="{style}">'
        f'<i class="bar{" loss" if loss else ""}"></i></span></td>'
        f'<td class="num{" loss" if loss else ""}">{both(row.shown)}</td></tr>'
    )
