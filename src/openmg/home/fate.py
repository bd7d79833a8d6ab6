"""What became of a report that was sent: read from proved leaves, never from a node's word (HOME-3)."""

from __future__ import annotations

from enum import Enum

from openmg.chains import Genesis
from openmg.chains.slot import Phase, SlotState
from openmg.chains.transactions import Report
from openmg.ledger import Account
from openmg.machine import transaction_id
from openmg.units import Slot


class Fate(Enum):
    """Accepted; or not yet, but it may still be; or no block can ever accept it."""

    ACCEPTED = "accepted"
    WAITING = "waiting"
    DEAD = "dead"


def fate_of(
    report: Report, account: Account, height: int, slot: SlotState, after: SlotState | None, genesis: Genesis
) -> Fate:
    """The fate of an own report.

    `account` is the account's leaf after block `height`; `slot` the leaf of the report's slot and `after` that of the
    slot after the report's checkpoint (None when the chain does not have it), each from whatever height.

    `DEAD` is final, because what it is read from never goes back: a version that was spent, a closed gate, a
    checkpoint that leaves out what was final before the slot began.
    """
    if any(locked.report == transaction_id(report.raw) for locked in account.locked):
        return Fate.ACCEPTED
    if account.version > report.version:
        # Its collateral is released once its slot is final; the credit that took its place names the slot. It is
        # there as long as no later report folded it, and this wallet makes none before it knows this one's fate.
        credited = any(credit.slot == report.slot for credit in account.credits)
        return Fate.ACCEPTED if credited else Fate.DEAD
    # A gate that closed after `height` may have taken the report in between.
    closed = slot.phase not in {Phase.RUNNING, Phase.OPEN} and slot.gate.closed_height <= height
    return Fate.DEAD if closed or _is_stale(report, after, genesis) else Fate.WAITING


def _is_stale(report: Report, after: SlotState | None, genesis: Genesis) -> bool:
    """Whether the checkpoint leaves out a slot that was final before T_{s−1} (ACCOUNT-3)."""
    return after is not None and after.final and after.final_time < genesis.starts(Slot(report.slot - 1))
