"""Which messages belong to a block that this node has not seen yet: others may be ahead of it."""

from __future__ import annotations

from openmg.chains.ppdl.round import Phase
from openmg.chains.ppdl.state import LearningState
from openmg.chains.ppdl.transactions import Checked, MaskSum, RoundKey, SeedComplaint, Unsigned
from openmg.learning import MASK_SUM_BYTES


def is_ahead(state: LearningState, message: Unsigned) -> bool:
    """Whether a holder says it for the phase after the one that its round is in, no larger than it must be."""
    if not isinstance(message, RoundKey | SeedComplaint | Checked | MaskSum):
        return False
    at = state.position_of(message.task)
    if at is None or not 1 <= message.authority <= state.tasks[at].task.committee:
        return False
    task = state.tasks[at]
    if isinstance(message, RoundKey):
        return message.round == task.next and bool(task.adopted)
    if task.running is None or state.rounds[task.running].number != message.round:
        return False
    phase = state.rounds[task.running].phase
    if isinstance(message, MaskSum):
        return phase == Phase.CHECK and len(message.masks) == MASK_SUM_BYTES * task.task.lanes
    return phase == Phase.UPLOAD
