"""From a round's sums to the next model: read, judge, average, move (LEARN-5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Final

from openmg.errors import BadInput, Rejected
from openmg.learning.lanes import subtract, unpack
from openmg.learning.model import UNIT_BITS, Model, Optimiser, fits
from openmg.learning.rounding import half_even, half_up
from openmg.learning.task import ONE, Rule, Task

MEDIAN_FROM: Final = 3
"""So many groups, and the median is taken instead of the mean."""
NOISE_WIDTH: Final = 8
"""Standard deviations of its noise by which a sum may pass its bound."""


@dataclass(frozen=True)
class GroupSum:
    """What one group of `homes` homes published: the task's K sums in quanta, evaluation numbers last."""

    homes: int
    sums: tuple[int, ...]


def reveal(task: Task, hidden: Sequence[bytes], masks: Iterable[bytes]) -> GroupSum:
    """The sum of a group's uploads (each its y) without their masks.

    Raises:
        Rejected: `LEARN-5`, when the group is discarded: no honest homes have this sum.
        BadInput: a vector is not `task.lanes` long, or the group is empty.
    """
    if not hidden:
        raise BadInput("a group without homes has no sum")
    values = unpack(subtract(hidden, masks, task.lanes), len(hidden), task.values, task.bits)
    group = GroupSum(len(hidden), tuple(values))
    check_bounds(task, group)
    return group


def check_bounds(task: Task, group: GroupSum) -> None:
    """That no sum is past group size × bound by more than eight standard deviations of the group's noise.

    Raises:
        Rejected: `LEARN-5`, when one is: the group is discarded.
    """
    slack = isqrt(NOISE_WIDTH * NOISE_WIDTH * group.homes * task.share_variance)
    moved, losses = group.sums[: task.chosen], group.sums[task.chosen :]
    most = group.homes * task.clip + slack
    if not (-most <= min(moved) and max(moved) <= most):
        raise Rejected("LEARN-5", f"a coordinate of {group.homes} homes is past their bound of {most} quanta")
    most = group.homes * task.most_loss + slack
    if losses and not (-slack <= min(losses) and max(losses) <= most):
        raise Rejected("LEARN-5", f"an evaluation number of {group.homes} homes is past their bound of {most}")


def average(task: Task, groups: Sequence[GroupSum]) -> list[int]:
    """g: how far each chosen coordinate is to move, in 2^−32.

    The coordinate-wise median of the groups' means when there are three groups or more, the mean of all homes
    otherwise.

    Raises:
        Rejected: `LEARN-5`, when no group is left.
    """
    if not groups:
        raise Rejected("LEARN-5", "every group was discarded")
    shift = UNIT_BITS - task.scale
    if len(groups) < MEDIAN_FROM:
        homes = sum(group.homes for group in groups)
        columns = zip(*(group.sums[: task.chosen] for group in groups), strict=True)
        return [half_even(sum(column) << shift, homes) for column in columns]
    means = [[half_even(total << shift, group.homes) for total in group.sums[: task.chosen]] for group in groups]
    return [_median(sorted(column)) for column in zip(*means, strict=True)]


def mean_losses(task: Task, groups: Sequence[GroupSum]) -> tuple[int, ...]:
    """The evaluation numbers' means over all homes of these groups, in 1/65536 of their unit.

    Raises:
        Rejected: `LEARN-5`, when no group is left.
    """
    if not groups:
        raise Rejected("LEARN-5", "every group was discarded")
    homes = sum(group.homes for group in groups)
    columns = zip(*(group.sums[task.chosen :] for group in groups), strict=True)
    return tuple(half_even(sum(column) * ONE, homes) for column in columns)


def step(
    task: Task, model: Model, optimiser: Optimiser, coordinates: Sequence[int], groups: Sequence[GroupSum]
) -> tuple[Model, Optimiser]:
    """The model and the optimiser's memory after a round; only the chosen coordinates move.

    Raises:
        Rejected: `LEARN-5`, when no group is left or a value leaves 64 bits: the round is void.
        BadInput: model, memory, coordinates and sums are not of this task.
    """
    _check_shape(task, model, optimiser, coordinates, groups)
    moves = average(task, groups)
    w, u, v = list(model.parameters), list(optimiser.u), list(optimiser.v)
    for i, g in zip(coordinates, moves, strict=True):
        if task.rule is Rule.FEDAVG:
            u[i] = (task.momentum * u[i] >> 16) + g
            w[i] += half_up(task.rate * u[i], ONE)
        else:
            u[i] = (task.momentum * u[i] + (ONE - task.momentum) * g) >> 16
            v[i] = (task.second * v[i] + (ONE - task.second) * (g * g >> 16)) >> 16
            w[i] += half_up(task.rate * u[i] << 16, isqrt(v[i] << 16) + (task.adaptivity << 16))
    if not (fits(w) and fits(u) and fits(v)):
        raise Rejected("LEARN-5", "the step leaves 64 bits")
    return Model(tuple(w)), Optimiser(tuple(u), tuple(v))


def _median(ordered: Sequence[int]) -> int:
    """The middle of an odd number of values, the two middle ones' mean (a tie to even) of an even number."""
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return half_even(ordered[middle - 1] + ordered[middle], 2)


def _check_shape(
    task: Task, model: Model, optimiser: Optimiser, coordinates: Sequence[int], groups: Sequence[GroupSum]
) -> None:
    if not len(model) == len(optimiser.u) == task.size:
        raise BadInput(f"a model of {len(model)} and a memory of {len(optimiser.u)}: {task.size} were expected")
    if len(set(coordinates)) != task.chosen or not 0 <= min(coordinates) <= max(coordinates) < task.size:
        raise BadInput(f"{len(coordinates)} coordinates: {task.chosen} different ones of {task.size} were expected")
    if any(len(group.sums) != task.values for group in groups):
        raise BadInput(f"a group's sums are not of this task: {task.values} values were expected")
