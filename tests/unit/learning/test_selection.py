"""LEARN-1: what chance decides is the same for everybody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.errors import BadInput, Malformed
from openmg.learning import beacon_of, coordinates_of, groups_of
from tests.reference import learning as reference

GOLDEN = json.loads((Path(__file__).resolve().parents[2] / "vectors" / "learning" / "rounds.json").read_text("utf-8"))
WORD = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize("case", GOLDEN["selection"])
def test_golden_selections(case: dict[str, Any]) -> None:
    keys = [key and bytes.fromhex(key) for key in case["keys"]]
    beacon = beacon_of(bytes.fromhex(case["task"]), case["round"], keys)
    assert beacon.hex() == case["beacon"]
    assert list(coordinates_of(beacon, case["chosen"], case["size"])) == case["coordinates"]
    groups = groups_of(beacon, case["homes"], len(case["groups"]))
    assert [list(group) for group in groups] == case["groups"]


@given(WORD, st.integers(0, 2**32 - 1), st.lists(st.none() | WORD, max_size=7))
def test_a_beacon_depends_on_all_that_it_names(task: bytes, number: int, keys: list[bytes | None]) -> None:
    beacon = beacon_of(task, number, keys)
    assert beacon == reference.beacon(task, number, keys)
    assert beacon != beacon_of(task, number ^ 1, keys)
    assert beacon != beacon_of(task, number, [*keys, None])


def test_a_beacon_takes_whole_keys_only() -> None:
    with pytest.raises(Malformed):
        beacon_of(bytes(32), 0, [bytes(31)])
    with pytest.raises(Malformed):
        beacon_of(bytes(31), 0, [])
    with pytest.raises(Malformed):
        beacon_of(bytes(32), 2**32, [])


@given(WORD, st.integers(1, 200), st.data())
def test_coordinates_are_distinct_and_rise(beacon: bytes, size: int, data: st.DataObject) -> None:
    chosen = data.draw(st.integers(1, size))
    taken = coordinates_of(beacon, chosen, size)
    assert len(set(taken)) == chosen
    assert list(taken) == sorted(taken)
    assert set(taken) <= set(range(size))
    assert list(taken) == reference.coordinates(beacon, chosen, size)


def test_every_coordinate_gets_its_turn() -> None:
    seen = {i for number in range(200) for i in coordinates_of(beacon_of(bytes(32), number, []), 5, 50)}
    assert seen == set(range(50))


@pytest.mark.parametrize(("chosen", "size"), [(0, 5), (6, 5), (0, 0)])
def test_more_than_all_cannot_be_chosen(chosen: int, size: int) -> None:
    with pytest.raises(BadInput):
        coordinates_of(bytes(32), chosen, size)


@given(WORD, st.sets(st.integers(0, 2**32 - 1), max_size=60), st.integers(1, 16))
def test_groups_are_a_partition_into_equal_parts(beacon: bytes, homes: set[int], count: int) -> None:
    groups = groups_of(beacon, homes, count)
    assert len(groups) == count
    assert sorted(home for group in groups for home in group) == sorted(homes)
    sizes = [len(group) for group in groups]
    assert max(sizes) - min(sizes) <= 1
    assert min(sizes) == len(homes) // count
    assert [list(group) for group in groups] == reference.groups(beacon, sorted(homes), count)


def test_there_is_a_group() -> None:
    with pytest.raises(BadInput):
        groups_of(bytes(32), [1], 0)
