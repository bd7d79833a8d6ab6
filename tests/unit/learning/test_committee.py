"""LEARN-1: every set of w members has a mask."""

from __future__ import annotations

import pytest

from openmg.errors import BadInput
from openmg.learning import holders_of, subsets_of
from tests.reference import learning as reference


@pytest.mark.parametrize(("members", "holders", "count"), [(1, 1, 1), (4, 2, 6), (7, 3, 35)])
def test_subsets_are_numbered_in_lexicographic_order(members: int, holders: int, count: int) -> None:
    subsets = subsets_of(members)
    assert len(subsets) == count
    assert holders_of(members) == holders
    assert list(subsets) == reference.subsets(members)


@pytest.mark.parametrize("members", [1, 4, 7])
def test_f_members_lack_a_mask_and_t_have_all(members: int) -> None:
    subsets, w = [set(subset) for subset in subsets_of(members)], holders_of(members)
    for few in subsets_of(members):
        assert any(subset.isdisjoint(few[: w - 1]) for subset in subsets)
        gone = set(few[: w - 1])
        assert all(subset - gone for subset in subsets)


@pytest.mark.parametrize("members", [0, 2, 3, 5, 10])
def test_no_other_committee_holds_masks(members: int) -> None:
    with pytest.raises(BadInput, match="1, 4 or 7"):
        subsets_of(members)
