"""LEARN-1, LEARN-5: vectors in lanes, their sums, and sums that no homes have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.errors import BadInput, Rejected
from openmg.learning import LANE_BYTES, add_lanes, lanes_of, pack, subtract, unpack
from tests.reference import learning as reference

BITS = st.integers(4, 24)


def lanes(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + LANE_BYTES], "little") for at in range(0, len(data), LANE_BYTES)]


@st.composite
def vectors(draw: st.DrawFn) -> tuple[int, list[list[int]]]:
    """Bits, and vectors of one length."""
    bits, width, homes = draw(BITS), draw(st.integers(1, 17)), draw(st.integers(1, 6))
    value = st.integers(-(1 << bits - 1), (1 << bits - 1) - 1)
    return bits, [draw(st.lists(value, min_size=width, max_size=width)) for _ in range(homes)]


@given(vectors())
def test_a_sum_of_packed_vectors_is_the_sum_of_vectors(drawn: tuple[int, list[list[int]]]) -> None:
    bits, several = drawn
    packed = [pack(vector, bits) for vector in several]
    assert [lanes(data) for data in packed] == [reference.packed(vector, bits) for vector in several]
    width = len(several[0])
    sums = add_lanes(packed, LANE_BYTES, lanes_of(width))
    assert unpack(sums, len(several), width, bits) == [sum(column) for column in zip(*several, strict=True)]


@given(BITS, st.integers(1, 12), st.booleans())
def test_as_many_homes_as_a_task_may_have_fill_no_field(bits: int, width: int, high: bool) -> None:
    homes, value = 1 << (32 - bits), (1 << bits - 1) - 1 if high else -(1 << bits - 1)
    sums = [homes * lane for lane in reference.packed([value] * width, bits)]
    assert unpack(sums, homes, width, bits) == [homes * value] * width


@given(st.lists(st.binary(min_size=21, max_size=21), max_size=9))
def test_lanes_are_added_as_integers(several: list[bytes]) -> None:
    columns = [[int.from_bytes(each[at : at + 3], "little") for each in several] for at in range(0, 21, 3)]
    assert add_lanes(several, 3, 7) == [sum(column) for column in columns]


@given(st.lists(st.integers(-100, 100), min_size=3, max_size=3), st.integers(0, 2**200))
def test_masks_come_off(values: list[int], mask: int) -> None:
    packed = lanes(pack(values, 8))
    hidden = (packed[0] + 3 * mask).to_bytes(30, "little")
    assert subtract([hidden], [mask.to_bytes(31, "little"), (2 * mask).to_bytes(31, "little")], 1) == packed


@pytest.mark.parametrize("values", [[8], [-9], [0, 0, 0, 0, 0, 8]])
def test_a_value_out_of_its_bits_is_not_packed(values: list[int]) -> None:
    with pytest.raises(BadInput, match="do not fit 4 bits"):
        pack(values, 4)


@pytest.mark.parametrize(
    ("sums", "values"),
    [
        ([-1], 1),
        ([1 << 160], 5),
        ([2 * 15 + 1], 1),  # one more than two homes can have
        ([(2 * 15 + 1) << 32], 2),
        ([1 << 32], 1),  # in the second field, where nothing belongs
        ([0, 1 << 96], 8),
    ],
)
def test_a_sum_that_no_homes_have_is_refused(sums: list[int], values: int) -> None:
    with pytest.raises(Rejected, match="LEARN-5"):
        unpack(sums, 2, values, 4)


def test_vectors_of_another_length_are_no_vectors_of_this_round() -> None:
    with pytest.raises(BadInput):
        unpack([0], 1, 6, 4)
    with pytest.raises(BadInput):
        add_lanes([bytes(40), bytes(20)], 20, 2)
