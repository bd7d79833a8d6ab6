"""Enrolment by the utility and approval by authorities (ACCOUNT-1, KEY-5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from openmg.chains.state import State
from openmg.chains.transactions import Approval, Enrol
from openmg.crypto import commit
from openmg.crypto.group import GENERATOR
from openmg.errors import Rejected
from openmg.ledger import Account
from openmg.units import ONE, LedgerMicroWon, Slot

MOST_DEPOSIT: Final = 2**48 - 1
"""µKRW (281 million won): a spendable balance must stay below 2^64 µKRW/65536."""


def check_enrolment(state: State, message: Enrol) -> None:
    """Whether an account may be opened.

    Raises:
        Rejected: `ACCOUNT-1`, when either key is in use or the deposit is too large.
    """
    if message.deposit > MOST_DEPOSIT:
        raise Rejected("ACCOUNT-1", f"a deposit of {message.deposit} µKRW is above {MOST_DEPOSIT}")
    state.registry.check_new(message.account, message.meter)


def enrol(state: State, message: Enrol) -> None:
    """Open an account whose prepaid deposit has a public opening (until there is a bank).

    Raises:
        Rejected: as `check_enrolment`.
    """
    check_enrolment(state, message)
    deposit = ONE * message.deposit
    account = Account(
        account=message.account,
        meter=message.meter,
        enrolled=state.genesis.slot_at(state.clock.time),
        approvals=0,
        # The blinding is zero, so that any base gives the same commitment, even before there is an epoch key.
        available=commit(deposit, 0, GENERATOR),
        version=0,
        checkpoint=Slot(state.head - 1),
        reported=Slot(0),
        credits=(),
        locked=(),
    )
    state.registry.enrol(account)
    state.clock = replace(state.clock, deposits=LedgerMicroWon(state.clock.deposits + deposit))


def check_approval(state: State, message: Approval) -> int:
    """The index of an account that this authority may still approve.

    Raises:
        Rejected: `ACCOUNT-1` for an unknown account, `KEY-5` for a second approval.
    """
    index = state.registry.index_of(message.account)
    if state.registry[index].approvals & 1 << (message.authority - 1):
        raise Rejected("KEY-5", f"authority {message.authority} approved this account already")
    return index


def approve(state: State, message: Approval) -> None:
    """Note an authority's approval.

    Raises:
        Rejected: as `check_approval`.
    """
    index = check_approval(state, message)
    account = state.registry[index]
    state.registry.replace(index, replace(account, approvals=account.approvals | 1 << (message.authority - 1)))
