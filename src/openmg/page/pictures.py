"""Pictures of a report as PNGs, each in English and in Korean: their letters, colours and sheets."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontEntry, fontManager
from matplotlib.patches import Patch

from openmg.files import READABLE, write_atomically
from openmg.page.words import Phrase, number

LANGUAGES: Final = ("en", "ko")
DPI: Final = 130
FAMILY: Final = "NanumGothic"

PAPER, INK, SOFT, EDGE, AXIS = "#ffffff", "#16202b", "#515d69", "#e2dfd7", "#8d949b"
POOL, NEED, SPARE, COLLAR, BAD = "#00795c", "#b85c00", "#1f74b5", "#dbe7ec", "#b3261e"
SECRET, SECRET_SOFT, PUBLIC, PUBLIC_SOFT = "#66479a", "#f4effb", "#0b5a78", "#e9f2f6"

Say = Callable[[Phrase], str]


def write_pictures(
    pictures: Mapping[str, Callable[[Say], Figure]], folder: Path, kinds: Sequence[str] = ("png",)
) -> tuple[Path, ...]:
    """Draw each picture in every language, as `<name>.<language>.<kind>` into the folder; return their paths."""
    register_fonts()
    written = []
    with style():
        for language in LANGUAGES:
            for name, draw in pictures.items():
                figure = draw(speaker(language))
                for kind in kinds:
                    path = folder / f"{name}.{language}.{kind}"
                    write_atomically(path, drawn(figure, kind), READABLE)
                    written.append(path)
    return tuple(written)


def speaker(language: str) -> Say:
    """Picks one language of a phrase."""
    return lambda phrase: phrase.ko if language == "ko" else phrase.en


def style() -> AbstractContextManager[None]:
    """The house's look for the figures that are drawn inside."""
    return mpl.rc_context({
    "font.family": [FAMILY, "DejaVu Sans"], "font.size": 10.5, "text.color": INK, "axes.edgecolor": EDGE,
    "axes.labelcolor": SOFT, "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False,
    "axes.grid": True, "axes.grid.axis": "y", "axes.axisbelow": True, "grid.color": EDGE, "grid.linewidth": 0.7,
    "xtick.color": SOFT, "ytick.color": SOFT, "ytick.major.size": 0, "figure.facecolor": PAPER,
    "legend.frameon": False, "hatch.linewidth": 0.7, "hatch.color": AXIS,
"text.parse_math": False,
    })  # fmt: skip


@cache
def register_fonts() -> None:
    """Make the Korean letters known that ship with the package koreanize-matplotlib, without running its code."""
    spec = find_spec("koreanize_matplotlib")
    places = spec.submodule_search_locations if spec else None
    for place in places or ():
        fonts = Path(place) / "fonts"
        # Read from its file, the bold face calls itself semi-bold, which matplotlib warns about.
        bold = FontEntry(
            fname=str(fonts / "NanumGothicBold.ttf"), name=FAMILY, weight=700, stretch="normal", size="scalable"
        )
        fontManager.ttflist.append(bold)
        fontManager.addfont(fonts / "NanumGothic.ttf")


def png(figure: Figure) -> bytes:
    """The figure as the bytes of a PNG."""
    return drawn(figure, "png")


def drawn(figure: Figure, kind: str) -> bytes:
    """The figure as the bytes of a PNG or an SVG, which carries no date."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=DPI, metadata={"Date": None} if kind == "svg" else None)
    return buffer.getvalue()


def sheet(title: str, note: str, height: float, rows: Sequence[float] = (1,)) -> tuple[Figure, list[Axes]]:
    """A figure ten inches wide with a headline, a line below it, and axes under one another."""
    figure = Figure(figsize=(10, height), dpi=DPI)
    figure.text(0.06, 1 - 0.42 / height, title, fontsize=17, fontweight="bold", va="center")
    figure.text(0.06, 1 - 0.78 / height, note, fontsize=10.5, color=SOFT, va="center")
    axes = figure.subplots(len(rows), 1, height_ratios=rows, squeeze=False)
    figure.subplots_adjust(left=0.06, right=0.9, top=1 - 1.35 / height, bottom=0.5 / height, hspace=0.55)
    return figure, [row[0] for row in axes]


def legend(axes: Axes, extra: Sequence[Patch]) -> None:
    """The marks above the axes, in one row."""
    handles = [*axes.get_legend_handles_labels()[0], *extra]
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(-0.012, 1.0), ncols=len(handles), columnspacing=1.6)


def mark_level(axes: Axes, name: str, value: float, dashes: str) -> None:
    """A horizontal line, named in the right margin."""
    axes.axhline(value, color=AXIS, linewidth=1, linestyle=dashes)
    axes.annotate(f"{name}\n{number(value)}", (1, value), (6, 0), ("axes fraction", "data"), textcoords="offset points",
                  va="center", fontsize=9, color=SOFT, linespacing=1.15, annotation_clip=False)  # fmt: skip


def signed_bars(title: str, note: str, names: Sequence[str], values: Sequence[float], left: float) -> Figure:
    """A sheet with a bar for each name, the first one at the foot; what is below zero points left and is hatched.

    `left` is the share of the sheet's width that the names take.
    """
    figure, (axes,) = sheet(title, note, 2 + 0.3 * len(names))
    figure.subplots_adjust(left=left, right=0.94, bottom=0.05)
    bars = axes.barh(range(len(names)), values, 0.68, color=[POOL if value >= 0 else BAD for value in values])
    for bar, value in zip(bars, values, strict=True):
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
