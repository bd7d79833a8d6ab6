"""Whether a transaction that is no report fits the state: what does not is neither gossiped nor proposed.

A refused transaction in a block costs everyone its room, so what can be known beforehand is.
"""

from __future__ import annotations

from openmg.chains.enrolment import check_approval, check_enrolment
from openmg.chains.epoch import EpochState, KeyPhase
from openmg.chains.gates import check_battery
from openmg.chains.openings import check_claim, is_ahead, step_for
from openmg.chains.slot import Phase
from openmg.chains.state import State
from openmg.chains.transactions import (
    Approval,
    Battery,
    DecryptionShare,
    Enrol,
    KeyAnnouncement,
    KeyComplaint,
    KeyConfirmation,
    KeyDeal,
    OpeningClaim,
    Subject,
    Unsigned,
)
from openmg.crypto.key import deal_bytes
from openmg.errors import Rejected
from openmg.machine import Tick, check_tick

KeyMessage = KeyAnnouncement | KeyDeal | KeyComplaint | KeyConfirmation


def check_fits(state: State, message: Unsigned, *, lagging: bool) -> None:
    """Refuse what would have no effect in the next block.

    `lagging`: other nodes may be a block ahead; what is signed for their block is kept until this node is there too.

    Raises:
        Rejected: by the clause of the transaction.
    """
    match message:
        case Enrol():
            check_enrolment(state, message)
        case Approval():
            check_approval(state, message)
        case Battery():
            if not (lagging and _gate_is_open(state, message)):
                check_battery(state, message)
        case DecryptionShare():
            if not (lagging and _share_is_ahead(state, message)):
                step_for(state, message.subject)
        case OpeningClaim():
            check_claim(state, message)
        case Tick():
            check_tick(message, state.clock.height, lagging=lagging)
        case _:
            if not (lagging and _is_for_next_phase(state.epoch, message)):
                key_step(state, message)


def key_step(state: State, message: KeyMessage) -> EpochState:
    """The making of the key with one more message.

    Raises:
        Rejected: `KEY-1`, `KEY-2`.
    """
    epoch, chain = state.epoch, state.genesis.chain
    if epoch is None:
        raise Rejected("KEY-1", "no epoch key is being made")
    match message:
        case KeyAnnouncement():
            return epoch.announce(message)
        case KeyDeal():
            return epoch.take_deal(chain, message)
        case KeyComplaint():
            return epoch.judge(chain, message)
        case KeyConfirmation():
            return epoch.confirm(message)


def _gate_is_open(state: State, message: Battery) -> bool:
    slot = state.slot(message.slot)
    return slot is not None and slot.phase == Phase.OPEN


def _share_is_ahead(state: State, message: DecryptionShare) -> bool:
    if message.subject.scope == Subject.SLOT and len(message.functionals) != 1:
        return False
    return is_ahead(state, message.subject)


def _is_for_next_phase(epoch: EpochState | None, message: KeyMessage) -> bool:
    """Of the attempt that is being made, one phase on, and not larger than it must be."""
    if epoch is None or (message.epoch, message.attempt) != (epoch.epoch, epoch.attempt):
        return False
    match message:
        case KeyDeal():
            fits = len(message.deal) == deal_bytes(epoch.authorities)
            return fits and epoch.phase == KeyPhase.ANNOUNCING
        case KeyComplaint() | KeyConfirmation():
            return epoch.phase == KeyPhase.DEALING
        case _:
            return False
