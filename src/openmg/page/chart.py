"""A small builder of inline SVG: charts over the day's slots that follow the page's theme and language.

Shapes carry CSS classes, never colours. A chart is drawn once per screen width, so that its letters stay readable on
a phone; the style sheet shows one of the three.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from openmg.page.words import Phrase, number

Value = float | None

SIZES: Final = (("narrow", 340), ("medium", 620), ("wide", 960))


@dataclass(frozen=True)
class Frame:
    """A plot area in pixels of its own, over `labels` slots and the values `low` to `high`."""

    size: str
    width: int
    height: int
    labels: tuple[str, ...]
    low: float
    high: float
    left: int = 38
    right: int = 8
    top: int = 10
    bottom: int = 24

    @property
    def step(self) -> float:
        """The width of one slot."""
        return (self.width - self.left - self.right) / len(self.labels)

    @property
    def floor(self) -> int:
        """The lower edge of the plot area."""
        return self.height - self.bottom

    def x(self, slot: float) -> str:
        """Where a slot begins."""
        return short(self.left + slot * self.step)

    def y(self, value: float) -> str:
        """Where a value lies."""
        return short(self.top + (self.high - value) / (self.high - self.low) * (self.floor - self.top))


def short(value: float) -> str:
    """A coordinate to a tenth of a pixel, in few letters."""
    return f"{value:.1f}".removesuffix(".0")


def round_ticks(low: float, high: float, count: int) -> list[float]:
    """About `count` round values from `low` to `high`, both inside."""
    raw = (high - low) / max(count, 1)
    scale = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * scale for factor in (1, 2, 2.5, 5, 10) if factor * scale >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [index * step for index in range(first, math.floor(high / step + 1e-9) + 1)]


def padded(values: Iterable[Value], share: float = 0.06, *, zero: bool = False) -> tuple[float, float]:
    """The span of the values with air around it; never empty."""
    known = [value for value in values if value is not None] or [0.0]
    low, high = (min(*known, 0.0), max(*known, 0.0)) if zero else (min(known), max(known))
    air = (high - low) * share or 1.0
    return (low - air if low or not zero else 0.0), high + air


def words(phrase: Phrase, x: str, y: str, css: str) -> str:
    """A label in both languages; the style sheet shows one."""
    return "".join(
        f'<text x="{x}" y="{y}" class="{css}" lang="{lang}">{escape(text)}</text>'
        for lang, text in zip(("en", "ko"), phrase, strict=True)
    )


def axes(frame: Frame, ticks: Sequence[float], digits: int = 0) -> str:
    """Grid lines with their values, a line at zero, and the times underneath."""
    parts = []
    for tick in ticks:
        css = "zero" if tick == 0 and frame.low < 0 else "grid"
        y = frame.y(tick)
        parts.append(f'<path class="{css}" d="M{frame.left} {y}H{frame.width - frame.right}"/>')
        parts.append(f'<text class="tick end" x="{frame.left - 6}" y="{y}" dy=".32em">{number(tick, digits)}</text>')
    every = math.ceil(len(frame.labels) / {"narrow": 4, "medium": 8}.get(frame.size, 12))
    for slot in range(0, len(frame.labels), every):
        label = escape(frame.labels[slot])
        parts.append(f'<text class="tick" x="{frame.x(slot)}" y="{frame.height - 6}">{label}</text>')
        parts.append(f'<path class="notch" d="M{frame.x(slot)} {frame.floor}v4"/>')
    return "".join(parts)


def runs(values: Sequence[Value]) -> list[tuple[int, list[float]]]:
    """The unbroken stretches of known values, each with its first slot."""
    found: list[tuple[int, list[float]]] = []
    for slot, value in enumerate(values):
        if value is None:
            continue
        if found and found[-1][0] + len(found[-1][1]) == slot:
            found[-1][1].append(value)
        else:
            found.append((slot, [value]))
    return found


def stairs(frame: Frame, values: Sequence[Value], css: str) -> str:
    """A line of steps, broken where nothing is known."""
    path = ""
    for first, run in runs(values):
        path += f"M{frame.x(first)} {frame.y(run[0])}"
        path += "".join(f"V{frame.y(value)}H{frame.x(first + index + 1)}" for index, value in enumerate(run))
    return f'<path class="{css}" d="{path}"/>'


def ribbon(frame: Frame, lows: Sequence[Value], highs: Sequence[Value], css: str) -> str:
    """The area between two lines of steps."""
    path = ""
    for (first, low), (_, high) in zip(runs(lows), runs(highs), strict=True):
        path += f"M{frame.x(first)} {frame.y(high[0])}"
        path += "".join(f"V{frame.y(value)}H{frame.x(first + index + 1)}" for index, value in enumerate(high))
        back = reversed(list(enumerate(low)))
        path += "".join(f"V{frame.y(value)}H{frame.x(first + index)}" for index, value in back) + "Z"
    return f'<path class="{css}" d="{path}"/>'


def slope(frame: Frame, points: Sequence[float], css: str) -> str:
    """An area under straight lines through one more point than there are slots."""
    path = f"M{frame.x(0)} {frame.y(0)}" + "".join(f"L{frame.x(i)} {frame.y(v)}" for i, v in enumerate(points))
    line = "M" + "L".join(f"{frame.x(i)} {frame.y(v)}" for i, v in enumerate(points))
    end = f"L{frame.x(len(points) - 1)} {frame.y(0)}Z"
    return f'<path class="area {css}" d="{path}{end}"/><path class="line {css}" d="{line}"/>'


def bars(frame: Frame, values: Sequence[Value], css: Callable[[float], str], span: tuple[float, float]) -> str:
    """A bar per slot from zero, over `span` of the slot's width."""
    parts = []
    for slot, value in enumerate(values):
        if not value:
            continue
        top, end = (frame.y(max(value, 0)), frame.y(min(value, 0)))
        height = short(max(float(end) - float(top), 0.8))
        width = short((span[1] - span[0]) * frame.step)
        x = frame.x(slot + span[0])
        parts.append(f'<rect class="{css(value)}" x="{x}" y="{top}" width="{width}" height="{height}" rx="1.5"/>')
    return "".join(parts)


def level(frame: Frame, value: float, name: Phrase, css: str) -> str:
    """A horizontal line over the whole day, named in the right margin."""
    y = float(frame.y(value))
    x = str(frame.width - frame.right + 6)
    return (
        f'<path class="{css}" d="M{frame.left} {short(y)}H{frame.width - frame.right}"/>'
        + words(name, x, short(y - 2), "level")
        + f'<text class="level strong" x="{x}" y="{short(y + 10)}">{number(value, 1)}</text>'
    )


def hatches(frame: Frame, empty: Sequence[bool], name: Phrase) -> str:
    """Slots without a market: hatched over the whole height, and named on hover."""
    return "".join(
        f'<rect class="hatched" x="{frame.x(slot)}" y="{frame.top}" width="{short(frame.step)}" '
        f'height="{frame.floor - frame.top}"><title>{escape(frame.labels[slot])} · {escape(" · ".join(name))}</title>'
        "</rect>"
        for slot, is_empty in enumerate(empty)
        if is_empty
    )


def drawing(frame: Frame, body: str, chosen: int, titles: Sequence[str]) -> str:
    """The SVG of one width: the body, a marker on the chosen slot, and a hover title for every slot."""
    height = frame.floor - frame.top
    hits = "".join(
        f'<rect class="hit" x="{frame.x(slot)}" y="{frame.top}" width="{short(frame.step)}" height="{height}">'
        f"<title>{escape(title)}</title></rect>"
        for slot, title in enumerate(titles)
    )
    return (
        f'<svg class="{frame.size}" viewBox="0 0 {frame.width} {frame.height}" aria-hidden="true" focusable="false" '
        f'data-left="{frame.left}" data-step="{frame.step:.3f}" data-width="{frame.width}">'
        f'<rect class="cursor" x="{frame.x(chosen)}" y="{frame.top}" width="{short(frame.step)}" '
        f'height="{height}"/>{body}{hits}</svg>'
    )
