"""What holders and homes say in a round: keys, uploads, complaints, checks, mask sums (LEARN-2 to LEARN-4)."""

from __future__ import annotations

from functools import partial
from typing import Final

from openmg.chains.ppdl.claim import Claim
from openmg.chains.ppdl.effects import Effects
from openmg.chains.ppdl.registry import MOST_ACCOUNTS
from openmg.chains.ppdl.round import MaskSumIn, Phase, RoundState, Sent
from openmg.chains.ppdl.state import LearningState
from openmg.chains.ppdl.transactions import Checked, MaskSum, RoundKey, SeedComplaint, Upload
from openmg.crypto import check_hidden, check_mask_sum, check_point, judge_seeds
from openmg.errors import Rejected
from openmg.learning import HIDDEN_BYTES, MASK_SUM_BYTES, subsets_of

MOST_CLAIMS: Final = 16
"""Complaints and sums of one authority in a block: one for each group. A false one costs far more than its bytes."""


def _in_phase(round_: RoundState, phase: Phase, clause: str) -> None:
    if round_.phase != phase:
        raise Rejected(clause, f"the round is in {round_.phase.name}, this is for {phase.name}")


def _member(round_: RoundState, authority: int, clause: str) -> int:
    """The authority's position in the committee."""
    if not 1 <= authority <= round_.committee:
        raise Rejected(clause, f"authority {authority} is not in the committee of {round_.committee}")
    return authority - 1


def _holder(round_: RoundState, authority: int, clause: str) -> int:
    """The position of a member that posted a round key."""
    position = _member(round_, authority, clause)
    if round_.keys[position] is None:
        raise Rejected(clause, f"authority {authority} has no key of this round")
    return position


# --- keys
def check_round_key(state: LearningState, message: RoundKey) -> None:
    """Whether a round waits for this key.

    Raises:
        Rejected: `LEARN-3`.
    """
    _, _, round_ = state.round_of(message.task, message.round, "LEARN-3")
    _in_phase(round_, Phase.KEYS, "LEARN-3")
    if round_.keys[_member(round_, message.authority, "LEARN-3")] is not None:
        raise Rejected("LEARN-3", f"authority {message.authority} has a key of this round already")
    try:
        check_point(message.key)  # May be another's: who copied it opens nothing, and keeps nobody out.
    except Rejected as rejected:
        raise Rejected("LEARN-3", rejected.reason) from None


def take_round_key(state: LearningState, message: RoundKey) -> None:
    """Note a key.

    Raises:
        Rejected: `LEARN-3`.
    """
    check_round_key(state, message)
    position, _, round_ = state.round_of(message.task, message.round, "LEARN-3")
    round_.keys[message.authority - 1] = message.key
    state.touch_round(position)


# --- uploads
def claim_upload(state: LearningState, message: Upload, identity: bytes) -> Claim:
    """What is to be verified of an upload that fits the round.

    Raises:
        Rejected: `LEARN-2`.
    """
    _, task, round_ = state.round_of(message.task, message.round, "LEARN-2")
    _in_phase(round_, Phase.UPLOAD, "LEARN-2")
    if message.index in round_.uploads or round_.has(message.account):
        raise Rejected("LEARN-2", f"account {message.account.hex()[:16]} has an upload in this round already")
    if len(round_.uploads) >= task.task.most:
        raise Rejected("LEARN-2", f"{task.task.most} uploads are in, which is all that a round takes")
    state.registries[round_.registry].check_member(message.account, message.index, message.siblings)
    hidden, lanes = message.hidden, task.task.lanes
    for what, given, wanted in (
        ("a hidden vector", len(hidden.y), HIDDEN_BYTES * lanes),
        ("commitments", len(hidden.commitments), 32 * len(subsets_of(round_.committee))),
    ):
        if given != wanted:
            raise Rejected("LEARN-2", f"{what} of {given} bytes: {wanted} were expected")
    place = message.task, message.round, message.account
    return Claim(identity, partial(check_hidden, *place, round_.committee, list(round_.keys), hidden))


def take_upload(state: LearningState, message: Upload, identity: bytes, raw: bytes, effects: Effects) -> None:
    """Take an upload that was verified: it waits for the end of its round."""
    position, _, round_ = state.round_of(message.task, message.round, "LEARN-2")
    round_.add_upload(message.index, Sent(message.account, identity))
    _keep(state, position, message.index, raw, effects)


# --- complaints and checks
def claim_complaint(state: LearningState, message: SeedComplaint, identity: bytes) -> Claim:
    """What is to be verified of a complaint that fits the round.

    Raises:
        Rejected: `LEARN-3`.
    """
    position, task, round_ = state.round_of(message.task, message.round, "LEARN-3")
    _in_phase(round_, Phase.CHECK, "LEARN-3")
    holder = _holder(round_, message.authority, "LEARN-3")
    if message.index not in round_.uploads:
        raise Rejected("LEARN-3", f"home {message.index} has no upload in this round")
    if message.index in round_.excluded:
        raise Rejected("LEARN-3", f"home {message.index} is excluded already")
    upload, key = state.upload(position, message.index), round_.keys[holder]
    assert key is not None, "a holder has a key"
    box = upload.hidden.boxes[round_.holders.index(holder)]
    place = message.task, message.round, upload.account, message.authority, round_.committee
    judge = partial(
        judge_seeds,
        key,
        *place,
        box=box,
        commitments=upload.hidden.commitments,
        complaint=message.complaint,
        count=task.task.lanes,
    )
    return Claim(identity, partial(_convict, judge, message.index))


def _convict(judge: partial[bool], index: int) -> None:
    if not judge():
        raise Rejected("LEARN-3", f"home {index} sealed what it committed to: the complaint is false")


def take_complaint(state: LearningState, message: SeedComplaint) -> None:
    """Exclude the home of a complaint that was verified."""
    position, _, round_ = state.round_of(message.task, message.round, "LEARN-3")
    round_.excluded[message.index] = message.authority
    state.touch_round(position)


def check_checked(state: LearningState, message: Checked) -> None:
    """Whether a round waits for this.

    Raises:
        Rejected: `LEARN-3`.
    """
    _, _, round_ = state.round_of(message.task, message.round, "LEARN-3")
    _in_phase(round_, Phase.CHECK, "LEARN-3")
    if round_.checked >> _holder(round_, message.authority, "LEARN-3") & 1:
        raise Rejected("LEARN-3", f"authority {message.authority} checked this round already")


def take_checked(state: LearningState, message: Checked) -> None:
    """Note that a holder is content.

    Raises:
        Rejected: `LEARN-3`.
    """
    check_checked(state, message)
    position, _, round_ = state.round_of(message.task, message.round, "LEARN-3")
    round_.checked |= 1 << (message.authority - 1)
    state.touch_round(position)


# --- mask sums
def claim_mask_sum(state: LearningState, message: MaskSum, identity: bytes) -> Claim:
    """What is to be verified of a mask sum that fits the round.

    Raises:
        Rejected: `LEARN-4`.
    """
    position, task, round_ = state.round_of(message.task, message.round, "LEARN-4")
    _in_phase(round_, Phase.UNMASK, "LEARN-4")
    holder = _holder(round_, message.authority, "LEARN-4")
    if message.group >= task.task.groups:
        raise Rejected("LEARN-4", f"group {message.group}, the task has {task.task.groups}")
    if not message.subsets or message.subsets & ~round_.owed(message.group, holder):
        raise Rejected("LEARN-4", f"authority {message.authority} is not due for sums of all these masks")
    if len(message.masks) != MASK_SUM_BYTES * task.task.lanes:
        raise Rejected(
            "LEARN-4", f"{len(message.masks)} bytes: {MASK_SUM_BYTES * task.task.lanes} were expected of a mask sum"
        )
    members = round_.groups(task.identity, task.task.groups)[message.group]
    commitments = [state.upload(position, index).hidden.commitments for index in members]
    check = partial(check_mask_sum, message.masks, message.blinding, commitments, message.subsets, round_.committee)
    return Claim(identity, check)


def take_mask_sum(state: LearningState, message: MaskSum, identity: bytes, raw: bytes, effects: Effects) -> None:
    """Take a mask sum that was verified: it waits for the others."""
    position, _, round_ = state.round_of(message.task, message.round, "LEARN-4")
    _keep(state, position, MOST_ACCOUNTS + len(round_.sums), raw, effects)
    round_.sums.append(MaskSumIn(message.authority, message.group, message.subsets, identity))


def _keep(state: LearningState, position: int, index: int, raw: bytes, effects: Effects) -> None:
    state.keep(position, index, raw)
    state.touch_round(position)
    effects.kept.append((position, index, raw))
