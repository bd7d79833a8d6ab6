"""Which blocks a node that is no archive still keeps: those of its last days, whole and final ones gone."""

from __future__ import annotations

from typing import Final

from openmg.chains import RelayChain
from openmg.units import Slot

_DAY: Final = 86_400


def retain_height(chain: RelayChain, keep_days: int | None) -> int:
    """The first block to keep, 0 to keep all; `keep_days` None for an archive.

    A block goes when every slot whose gate was open in it or before it ended more than `keep_days` ago and is final.
    """
    if keep_days is None:
        return 0
    state = chain.state
    newest = min(state.clock.time - keep_days * _DAY, chain.genesis.starts(state.head))
    slot = state.slot(Slot(chain.genesis.slot_at(max(newest, 0)) - 1))
    return 0 if slot is None or not slot.final else slot.gate.opened_height
