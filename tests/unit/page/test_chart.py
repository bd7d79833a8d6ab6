"""Drawings: round ticks, broken lines, and a span that is never empty."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from openmg.page.chart import Frame, padded, round_ticks, runs, stairs
from openmg.page.readout import framed, written

values = st.floats(-1e6, 1e6, allow_nan=False)


@given(st.lists(values, min_size=1, max_size=20), st.integers(1, 12))
def test_ticks_lie_inside_and_are_evenly_spaced(numbers: list[float], count: int) -> None:
    low, high = padded(numbers)
    assert low < high
    ticks = round_ticks(low, high, count)
    assert all(low - 1e-6 * abs(high - low) <= tick <= high + 1e-6 * abs(high - low) for tick in ticks)
    steps = [b - a for a, b in pairwise(ticks)]
    assert not steps or max(steps) - min(steps) <= 1e-6 * max(abs(low), abs(high), 1)


def test_a_line_is_broken_where_nothing_is_known() -> None:
    assert runs([1.0, None, 2.0, 3.0]) == [(0, [1.0]), (2, [2.0, 3.0])]
    frame = Frame("wide", 960, 200, ("a", "b", "c"), 0.0, 1.0)
    assert stairs(frame, [0.5, None, 1.0], "line").count("M") == 2


def test_a_frame_has_the_height_of_its_width_and_figures_their_dash() -> None:
    draw = framed(("a",), (0.0, 1.0), (180, 240))
    assert [draw("narrow", 340).height, draw("wide", 960).height] == [180, 240]
    assert written([None, 1.25], 1) == ("–", "1.2")
