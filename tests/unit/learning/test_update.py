"""LEARN-2: nothing that a home sends is longer than the clip."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openmg.errors import BadInput
from openmg.learning import add_noise, clip_and_quantise, contribution, pack
from tests.reference import learning as reference
from tests.unit.learning.tasks import a_task

GOLDEN = json.loads((Path(__file__).resolve().parents[2] / "vectors" / "learning" / "rounds.json").read_text("utf-8"))
I64 = st.integers(-(2**63), 2**63 - 1)
UPDATES = st.lists(st.integers(-(2**31), 2**31) | st.integers(-5, 5) | I64, min_size=1, max_size=40)
CLIPS, SCALES = st.integers(1, 2**23 - 1), st.integers(0, 30)


@pytest.mark.parametrize("case", GOLDEN["update"], ids=lambda case: str(case["case"]))
def test_golden_updates(case: dict[str, Any]) -> None:
    quanta = clip_and_quantise(case["update"], case["clip"], case["scale"])
    assert quanta == case["quanta"]
    assert pack(quanta, case["bits"]).hex() == case["packed"]


@given(UPDATES, CLIPS, SCALES)
@example([2**63 - 1] * 40, 1, 30)
@example([1 << 31] * 9, 1, 0)  # each a half, together a norm of 1.5
@example([0, 0], 1, 0)
def test_an_update_never_passes_the_clip(update: list[int], clip: int, scale: int) -> None:
    quanta = clip_and_quantise(update, clip, scale)
    assert sum(x * x for x in quanta) <= clip * clip
    assert quanta == reference.quantised(update, clip, scale)


@given(UPDATES, CLIPS, SCALES)
def test_it_is_less_than_a_quantum_from_the_paper_s_clip(update: list[int], clip: int, scale: int) -> None:
    exact = reference.clipped([value / 2**32 for value in update], clip / 2**scale)
    for quanta, wanted in zip(clip_and_quantise(update, clip, scale), exact, strict=True):
        assert abs(quanta - wanted * 2**scale) <= 1 + 1e-9 * abs(quanta)


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=30), st.integers(0, 12))
def test_a_small_update_is_rounded_to_the_nearest_quantum(update: list[int], scale: int) -> None:
    shifted = [value << 22 for value in update]
    exact = [value * 2**scale / 1024 for value in update]
    if math.fsum(value * value for value in exact) < 2**40:
        assert clip_and_quantise(shifted, 2**23, scale) == [round(value) for value in exact]


@given(st.lists(st.tuples(st.integers(-8, 7), st.integers(-100, 100)), min_size=1))
def test_noise_stays_in_the_field(pairs: list[tuple[int, int]]) -> None:
    values, noise = [value for value, _ in pairs], [extra for _, extra in pairs]
    noisy = add_noise(values, noise, 4)
    assert all(-8 <= x < 8 for x in noisy)
    assert all(x == v + n for x, v, n in zip(noisy, values, noise, strict=True) if -8 <= v + n < 8)


def test_a_contribution_has_the_evaluation_numbers_last() -> None:
    task = a_task(size=9, chosen=3, evaluated=2)
    sent = contribution(task, [1 << 20, 0, -(1 << 20)], [0, 1000], [1, 2, 3, 4, 5])
    assert sent == [2, 2, 2, 4, 1005]


@pytest.mark.parametrize(
    ("update", "losses", "noise"),
    [
        ([0, 0], [0], [0] * 4),
        ([0, 0, 0], [], [0] * 4),
        ([0, 0, 0], [0], [0] * 3),
        ([0, 0, 0], [-1], [0] * 4),
        ([0, 0, 0], [1001], [0] * 4),
    ],
)
def test_a_contribution_of_another_shape_is_refused(update: list[int], losses: list[int], noise: list[int]) -> None:
    with pytest.raises(BadInput):
        contribution(a_task(size=9, chosen=3), update, losses, noise)


def test_a_task_may_evaluate_nothing() -> None:
    assert contribution(a_task(size=2, chosen=2, evaluated=0, most_loss=0), [0, 0], [], [-3, 3]) == [-3, 3]
