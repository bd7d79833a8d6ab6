"""A home's own part: its update clipped, rounded to quanta and given its share of noise (LEARN-2)."""

from __future__ import annotations

from collections.abc import Sequence

from openmg.errors import BadInput
from openmg.learning.model import UNIT_BITS
from openmg.learning.rounding import half_even, root_up, toward_zero
from openmg.learning.task import Task


def clip_and_quantise(update: Sequence[int], clip: int, scale: int) -> list[int]:
    """Quanta (2^−scale) of an update in 2^−32; their L2 norm is at most `clip` quanta, whatever the update.

    Nearest integers, ties to even; toward zero where the rounding alone would pass the bound.
    """
    exact = [value << scale for value in update]  # in 2^−32 of a quantum
    squared = sum(value * value for value in exact)
    numerator, denominator = 1, 1 << UNIT_BITS
    if squared > (clip << UNIT_BITS) ** 2:
        numerator, denominator = clip, root_up(squared)
    rounded = [half_even(value * numerator, denominator) for value in exact]
    if sum(value * value for value in rounded) <= clip * clip:
        return rounded
    return [toward_zero(value * numerator, denominator) for value in exact]


def add_noise(values: Sequence[int], noise: Sequence[int], bits: int) -> list[int]:
    """Values and their noise, kept in −2^(bits−1) ≤ x < 2^(bits−1)."""
    half = 1 << (bits - 1)
    return [max(-half, min(half - 1, value + extra)) for value, extra in zip(values, noise, strict=True)]


def contribution(task: Task, update: Sequence[int], losses: Sequence[int], noise: Sequence[int]) -> list[int]:
    """The task's K values that a home packs and hides.

    `update` is the change of the round's chosen coordinates in 2^−32, `losses` the evaluation numbers, `noise` K
    draws of variance `task.share_variance` in quanta.

    Raises:
        BadInput: a wrong number of any of them, or a loss outside 0..most_loss.
    """
    for what, given, wanted in (
        ("coordinates", len(update), task.chosen),
        ("evaluation numbers", len(losses), task.evaluated),
        ("draws of noise", len(noise), task.values),
    ):
        if given != wanted:
            raise BadInput(f"{given} {what}: {wanted} were expected")
    if losses and not (min(losses) >= 0 and max(losses) <= task.most_loss):
        raise BadInput(f"evaluation numbers {tuple(losses)}: 0 to {task.most_loss} were expected")
    return add_noise([*clip_and_quantise(update, task.clip, task.scale), *losses], noise, task.bits)
