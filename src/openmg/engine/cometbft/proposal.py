"""What a block may hold: chosen by its proposer, judged by everyone (SLOT-6, SLOT-7)."""

from __future__ import annotations

from collections.abc import Sequence

from openmg.chains import RelayChain
from openmg.chains.block import in_order, is_ordered
from openmg.chains.relay_chain import Inspection
from openmg.chains.transactions import decode
from openmg.errors import Rejected
from openmg.tendermint.abci import types_pb2 as abci

_FRAMING = 8
"""Bytes that a transaction takes in a block beside its own: a tag and a length."""


def compose(transactions: Sequence[bytes], most_bytes: int, inspection: Inspection) -> list[bytes]:
    """The transactions of a proposal: none that is refused already, authorities' before reports, while there is room.

    `inspection` is of the same transactions: a stale share, a report whose gate has closed, are left out.
    """
    fresh = [raw for raw, verdict in zip(transactions, inspection.verdicts, strict=True) if verdict is None]
    chosen, left = [], most_bytes
    for raw in in_order(fresh):
        left -= len(raw) + _FRAMING
        if left < 0:
            break
        chosen.append(raw)
    return chosen


def judge(chain: RelayChain, request: abci.RequestProcessProposal) -> None:
    """Refuse a proposal that no honest proposer makes; a function of its bytes alone, so that all nodes agree.

    Raises:
        Rejected: `SLOT-6` for another order, `MARKET-3` for bytes that are no transaction, `WIRE-11` for a height
            that does not follow.
    """
    if request.height != chain.height + 1:
        raise Rejected("WIRE-11", f"a proposal for block {request.height} where {chain.height + 1} was expected")
    if not is_ordered(request.txs):
        raise Rejected("SLOT-6", "the transactions are out of order")
    for raw in request.txs:
        decode(raw)
