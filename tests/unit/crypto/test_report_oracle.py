"""Our report verifier against the range proof library's, and against the slow reference's verdicts."""

import pytest

from openmg import _core
from tests.unit.crypto.cases import Case, cases, joined, raw, title

Item = tuple[bytes, bytes, bytes]
SHARED = ("chain", "keys", "levels", "fee")


def statement(case: Case) -> _core.Statement:
    return _core.Statement(raw(case["chain"]), joined(case["keys"]), case["levels"], case["fee"])


def item(case: Case) -> Item:
    data = bytearray(raw(case["tx"]))
    for at, text in case["edits"]:
        data[at : at + len(text) // 2] = raw(text)
    return bytes(data), raw(case["base"]), raw(case["meter_key"])


@pytest.mark.parametrize("case", cases("report"), ids=title)
def test_both_say_the_same_of_every_vector(case: Case) -> None:
    shared, batch = statement(case), [item(case)]
    [answer] = shared.verify_by_library(batch)
    assert shared.verify(batch) == [answer]
    assert len(answer) == 3 if case["accept"] else answer[0] == case["clause"]


@pytest.mark.parametrize("size", [2, 5, 16, 1000])
def test_both_name_the_same_culprits(size: int) -> None:
    found = cases("report")
    alike = [case for case in found if all(case[name] == found[0][name] for name in SHARED)]
    shared, batch = statement(found[0]), [item(case) for case in alike]
    for first in range(0, len(batch), size):
        part = batch[first : first + size]
        assert shared.verify(part) == shared.verify_by_library(part)


def test_no_reports_have_no_answers() -> None:
    shared = statement(cases("report")[0])
    assert shared.verify([]) == shared.verify_by_library([]) == []
