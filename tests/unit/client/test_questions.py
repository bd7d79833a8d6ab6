"""What can be asked, and which leaf is the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.chains.clock import Clock
from openmg.chains.day import DayState
from openmg.chains.epoch import EpochState
from openmg.chains.slot import SlotState
from openmg.client.questions import (
    Question,
    about_account,
    about_clock,
    about_day,
    about_epoch,
    about_genesis,
    about_month,
    about_slot,
    question_of,
)
from openmg.errors import BadInput, Malformed, Rejected
from openmg.ledger import Account, Accumulators
from tests.chain.town import FIRST, genesis_of, seed
from tests.unit.chains.leaves import ACCOUNTS, CLOCKS, DAYS, EPOCHS, MONTHS, SLOTS

GENESIS = genesis_of([seed("authority")])


def refused(question: Question[Any], index: int, leaf: bytes) -> None:
    with pytest.raises(Rejected, match=r"^WIRE-14: the answer is about "):
        question.read(index, leaf)


@given(CLOCKS)
def test_the_clock_is_the_second_leaf(clock: Clock) -> None:
    assert about_clock().read(1, clock.encode()) == clock
    refused(about_clock(), 0, clock.encode())


def test_the_genesis_is_the_documents() -> None:
    question = about_genesis(GENESIS)
    assert question.read(0, GENESIS.encode()) == GENESIS
    refused(question, 1, GENESIS.encode())
    refused(question, 0, replace(GENESIS, name="elsewhere").encode())


@given(EPOCHS)
def test_an_epoch_has_its_number(epoch: EpochState) -> None:
    question, leaf = about_epoch(epoch.epoch), epoch.encode()
    assert question.read(epoch.epoch, leaf) == epoch
    refused(question, epoch.epoch + 1, leaf)
    refused(about_epoch(epoch.epoch + 1), epoch.epoch + 1, leaf)


@given(SLOTS, st.integers(FIRST, 2**63))
def test_a_slot_has_its_number_and_place(state: SlotState, number: int) -> None:
    slot = replace(state, slot=type(FIRST)(number))
    question, leaf = about_slot(GENESIS, number), slot.encode()
    assert question.read(number - FIRST, leaf) == slot
    refused(question, number - FIRST + 1, leaf)
    refused(about_slot(GENESIS, number + 1), number - FIRST + 1, leaf)


@given(ACCOUNTS, st.integers(0, 2**32))
def test_an_account_has_its_key(account: Account, index: int) -> None:
    assert about_account(account.account).read(index, account.encode()) == (index, account)
    refused(about_account(seed("another")), index, account.encode())


@given(DAYS, MONTHS, st.integers(0, 2**32))
def test_days_and_months_are_not_taken_for_one_another(day: DayState, month: Accumulators, index: int) -> None:
    about_this_day, about_this_month = about_day(day.day, day.epoch), about_month(month.month, month.index)
    assert about_this_day.read(index, b"D" + day.encode()) == day
    assert about_this_month.read(index, b"M" + month.encode()) == month
    refused(about_this_day, index, b"M" + month.encode())
    refused(about_this_month, index, b"D" + day.encode())
    refused(about_day(day.day ^ 1, day.epoch), index, b"D" + day.encode())
    refused(about_day(day.day, day.epoch ^ 1), index, b"D" + day.encode())
    refused(about_month(month.month ^ 1, month.index), index, b"M" + month.encode())
    refused(about_month(month.month, month.index ^ 1), index, b"M" + month.encode())


@pytest.mark.parametrize(
    "question",
    [
        *(about_genesis(GENESIS), about_clock(), about_epoch(7), about_slot(GENESIS, FIRST + 9)),
        *(about_account(seed("me")), about_day(20_000, 3), about_month(24_311, 12)),
    ],
    ids=lambda question: str(question.path),
)
def test_a_question_is_known_by_its_bytes(question: Question[object]) -> None:
    found = question_of(GENESIS, question.path, question.data)
    assert (found.path, found.data, found.tree) == (question.path, question.data, question.tree)
    with pytest.raises((Malformed, Rejected)):
        found.read(0, b"D")
    for data in (question.data[:-1], question.data + b"\0"):
        with pytest.raises(BadInput, match=f"^query {question.path}: "):
            question_of(GENESIS, question.path, data)


@pytest.mark.parametrize(("path", "data"), [("/status", b""), ("", b""), ("/parameters", b"\2" + bytes(7))])
def test_other_questions_are_none(path: str, data: bytes) -> None:
    with pytest.raises(BadInput, match=r"was expected$"):
        question_of(GENESIS, path, data)


@pytest.mark.parametrize(
    "ask",
    [lambda: about_account(b"short"), lambda: about_epoch(-1), lambda: about_day(1, 2**32), lambda: about_month(-1, 0)],
)
def test_what_does_not_fit_the_wire_is_refused(ask: Callable[[], Question[object]]) -> None:
    with pytest.raises(Malformed):
        ask()
