"""LEARN-5: from the sums to the next model."""

from __future__ import annotations

import json
from fractions import Fraction
from hashlib import shake_256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.errors import BadInput, Rejected
from openmg.learning import (
    GroupSum,
    Model,
    Optimiser,
    Rule,
    Task,
    average,
    check_bounds,
    mean_losses,
    pack,
    reveal,
    step,
)
from tests.reference import learning as reference
from tests.unit.learning.tasks import a_plain_task, a_task, group

GOLDEN = json.loads((Path(__file__).resolve().parents[2] / "vectors" / "learning" / "rounds.json").read_text("utf-8"))
ADAM = {"rule": Rule.FEDADAM, "second": 64_881, "adaptivity": 66}


def mask(name: bytes, lanes: int) -> list[int]:
    stream = shake_256(name).digest(28 * lanes)
    return [int.from_bytes(stream[at : at + 28], "little") for at in range(0, len(stream), 28)]


def round_of(task: Task, vectors: list[list[int]]) -> tuple[list[bytes], list[bytes]]:
    """Uploads of homes under two masks each, and the sums of both masks."""
    hidden, sums = [], [[0] * task.lanes, [0] * task.lanes]
    for home, vector in enumerate(vectors):
        packed, masks = pack(vector, task.bits), [mask(b"%d %d" % (home, T), task.lanes) for T in range(2)]
        plain = [int.from_bytes(packed[at : at + 20], "little") for at in range(0, len(packed), 20)]
        lanes = [sum(each) for each in zip(plain, *masks, strict=True)]
        hidden.append(b"".join(lane.to_bytes(30, "little") for lane in lanes))
        sums = [[a + b for a, b in zip(*pair, strict=True)] for pair in zip(sums, masks, strict=True)]
    return hidden, [b"".join(lane.to_bytes(31, "little") for lane in each) for each in sums]


def test_golden_values_are_the_slow_reference_s() -> None:
    assert reference.golden() == GOLDEN


@pytest.mark.parametrize("case", GOLDEN["step"])
def test_golden_steps(case: dict[str, Any]) -> None:
    names = ("rate", "momentum", "second", "adaptivity", "scale")
    task = a_plain_task(6, rule=Rule(case["rule"]), **{name: case[name] for name in names})
    groups = [group(homes, *sums) for homes, sums in zip(case["homes"], case["sums"], strict=True)]
    w, u, v = (tuple(column) for column in case["before"])
    assert average(task, groups) == case["average"]
    model, memory = step(task, Model(w), Optimiser(u, v), range(6), groups)
    assert [list(model.parameters), list(memory.u), list(memory.v)] == case["after"]


@given(st.lists(st.lists(st.integers(-150, 150), min_size=8, max_size=8), min_size=1, max_size=9))
def test_what_homes_hid_comes_out_as_their_sum(vectors: list[list[int]]) -> None:
    task = a_plain_task(8, clip=150, bits=9)
    found = reveal(task, *round_of(task, vectors))
    assert found == group(len(vectors), *(sum(column) for column in zip(*vectors, strict=True)))


def test_a_missing_mask_leaves_a_group_that_is_discarded() -> None:
    task = a_plain_task(8, clip=150, bits=9)
    hidden, masks = round_of(task, [[1] * 8, [2] * 8])
    with pytest.raises(Rejected, match="LEARN-5"):
        reveal(task, hidden, masks[:1])
    with pytest.raises(Rejected, match="LEARN-5"):
        reveal(task, hidden[:1], masks)


def test_a_group_without_homes_has_no_sum() -> None:
    with pytest.raises(BadInput):
        reveal(a_plain_task(8), [], [])


def test_a_home_past_its_bound_has_its_group_discarded() -> None:
    task = a_plain_task(8, clip=100, bits=9)
    assert reveal(task, *round_of(task, [[100] * 8, [100] * 8])).sums == (200,) * 8
    with pytest.raises(Rejected, match="past their bound of 200"):
        reveal(task, *round_of(task, [[101] + [100] * 7, [100] * 8]))
    with pytest.raises(Rejected, match="past their bound of 200"):
        reveal(task, *round_of(task, [[-101] + [-100] * 7, [-100] * 8]))


def test_noise_widens_the_bound_by_eight_of_its_deviations() -> None:
    task = a_task(size=1, chosen=1, clip=100, most_loss=50, noise=14 * 100 * 8 // 10)
    assert task.share_variance == 100
    slack = 8 * 3 * 10  # nine homes
    for low, high, column in ((-900 - slack, 900 + slack, 0), (-slack, 450 + slack, 1)):
        for value, past in ((low, False), (low - 1, True), (high, False), (high + 1, True)):
            found = GroupSum(9, (value, 0) if column == 0 else (0, value))
            if past:
                with pytest.raises(Rejected, match="LEARN-5"):
                    check_bounds(task, found)
            else:
                check_bounds(task, found)


SUMS = st.lists(
    st.tuples(st.integers(1, 50), st.lists(st.integers(-50_000, 50_000), min_size=3, max_size=3)),
    min_size=1,
    max_size=9,
)


@given(SUMS, st.integers(0, 30))
def test_the_average_is_the_mean_of_homes_or_the_median_of_groups(
    drawn: list[tuple[int, list[int]]], scale: int
) -> None:
    task = a_plain_task(3, scale=scale)
    moves = average(task, [group(homes, *sums) for homes, sums in drawn])
    assert moves == reference.averaged(drawn, scale)
    for move, *column in zip(moves, *(sums for _, sums in drawn), strict=True):
        means = sorted(Fraction(s << 32, homes << scale) for s, (homes, _) in zip(column, drawn, strict=True))
        assert means[0] - 1 <= move <= means[-1] + 1


@given(
    st.lists(st.integers(-100, 100), min_size=2, max_size=7),
    st.lists(st.integers(-(10**6), 10**6), max_size=6),
    st.integers(1, 20),
)
def test_a_minority_of_groups_moves_no_median_past_the_honest_ones(
    honest: list[int], dishonest: list[int], homes: int
) -> None:
    liars = dishonest[: len(honest) - 1]
    task = a_plain_task(1, scale=0)
    groups = [group(homes, value * homes) for value in (*honest, *liars)]
    if len(groups) >= 3:
        assert min(honest) << 32 <= average(task, groups)[0] <= max(honest) << 32


def test_without_a_group_there_is_no_step() -> None:
    task = a_plain_task(1)
    for attempt in (average, mean_losses):
        with pytest.raises(Rejected, match="every group was discarded"):
            attempt(task, [])
    with pytest.raises(Rejected, match="LEARN-5"):
        step(task, Model((0,)), Optimiser.start(1), [0], [])


def test_evaluation_numbers_are_means_over_all_homes() -> None:
    task = a_task(size=1, chosen=1, evaluated=2)
    assert mean_losses(task, [group(2, 9, 1, 7), group(1, 9, 1, -3)]) == (43691, 87381)


SMALL = st.integers(-(2**36), 2**36)
SIXTEENTHS = st.integers(0, 2**16 - 1)


@given(SMALL, SMALL, st.integers(-1000, 1000), st.integers(1, 2**18), SIXTEENTHS)
def test_fedavg_is_the_paper_s_within_its_rounding(w: int, u: int, total: int, rate: int, momentum: int) -> None:
    task = a_plain_task(1, rate=rate, momentum=momentum)
    model, memory = step(task, Model((w,)), Optimiser((u,), (0,)), [0], [group(3, total)])
    unit = 2.0**-32
    wanted_w, wanted_u = reference.fedavg_float(w * unit, u * unit, total / 3 / 2**12, rate / 2**16, momentum / 2**16)
    assert abs(memory.u[0] * unit - wanted_u) <= 1.5 * unit + 1e-12
    assert abs(model.parameters[0] * unit - wanted_w) <= (1.5 * rate / 2**16 + 0.5) * unit + 1e-11
    assert (model.parameters[0], memory.u[0]) == reference.fedavg(
        w, u, average(task, [group(3, total)])[0], rate, momentum
    )


@given(SMALL, SMALL, st.integers(0, 2**44), st.integers(-1000, 1000), st.integers(1, 2**16), SIXTEENTHS)
def test_fedadam_is_the_paper_s_within_its_rounding(
    w: int, u: int, v: int, total: int, rate: int, momentum: int
) -> None:
    task = a_plain_task(1, rate=rate, momentum=momentum, **ADAM)
    model, memory = step(task, Model((w,)), Optimiser((u,), (v,)), [0], [group(3, total)])
    unit = 2.0**-32
    tau = task.adaptivity / 2**16
    wanted_w, wanted_u, wanted_v = reference.fedadam_float(
        w * unit, u * unit, v * 2.0**-48, total / 3 / 2**12, rate / 2**16, momentum / 2**16, task.second / 2**16, tau
    )
    assert abs(memory.u[0] * unit - wanted_u) <= 2 * unit + 1e-12
    assert abs(memory.v[0] * 2.0**-48 - wanted_v) <= 2 * 2.0**-48 + abs(total) / 3 / 2**12 * unit + 1e-12
    # What u and √v are off by (2 units, and 2^−23 for a v of almost nothing), over τ or more.
    off = rate / 2**16 * (2 * unit + abs(wanted_u) / tau * 2.0**-22) / tau
    assert abs(model.parameters[0] * unit - wanted_w) <= off + unit
    g = average(task, [group(3, total)])[0]
    assert (model.parameters[0], memory.u[0], memory.v[0]) == reference.fedadam(
        w, u, v, g, rate, momentum, task.second, task.adaptivity
    )


@pytest.mark.parametrize("rule", [{}, ADAM])
def test_only_the_chosen_coordinates_move(rule: dict[str, object]) -> None:
    task = a_plain_task(3, size=9, momentum=60_000, **rule)
    before, memory = Model(tuple(range(9))), Optimiser((5 << 30,) * 9, (7 << 30,) * 9)
    after, kept = step(task, before, memory, (1, 4, 8), [group(2, 9, -9, 9)])
    for old, new in ((before.parameters, after.parameters), (memory.u, kept.u)):
        assert {i for i in range(9) if old[i] != new[i]} == {1, 4, 8}
    assert {i for i in range(9) if memory.v[i] != kept.v[i]} == ({1, 4, 8} if rule else set())


def test_homes_that_move_nothing_leave_the_model_as_it_was() -> None:
    for rule in ({}, ADAM):
        task = a_plain_task(2, **rule)
        model = Model((1 << 40, -1))
        assert step(task, model, Optimiser.start(2), (0, 1), [group(4, 0, 0)]) == (model, Optimiser.start(2))


@pytest.mark.parametrize(
    ("rule", "w", "u", "v"),
    [({}, 2**63 - 1, 0, 0), ({"momentum": 65_535}, 0, 2**63 - 1, 0), (ADAM | {"second": 65_535}, 0, 0, 2**63 - 1)],
)
def test_a_step_past_64_bits_voids_the_round(rule: dict[str, object], w: int, u: int, v: int) -> None:
    task = a_plain_task(1, scale=0, bits=24, most=256, clip=2**23 - 1, **rule)
    with pytest.raises(Rejected, match="LEARN-5: the step leaves 64 bits"):
        step(task, Model((w,)), Optimiser((u,), (v,)), [0], [group(1, 2**23 - 1)])


@pytest.mark.parametrize(
    ("size", "memory", "coordinates", "width"),
    [
        (4, 3, (0, 1), 2),
        (3, 4, (0, 1), 2),
        (3, 3, (0,), 2),
        (3, 3, (1, 1), 2),
        (3, 3, (1, 3), 2),
        (3, 3, (-1, 1), 2),
        (3, 3, (0, 1), 3),
    ],
)
def test_parts_of_another_task_are_refused(size: int, memory: int, coordinates: tuple[int, ...], width: int) -> None:
    task = a_plain_task(2, size=3)
    with pytest.raises(BadInput):
        step(task, Model((0,) * size), Optimiser.start(memory), coordinates, [group(1, *[0] * width)])
