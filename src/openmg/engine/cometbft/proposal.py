"""What a block may hold: chosen by its proposer, judged by everyone (SLOT-6, SLOT-7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from openmg.errors import Rejected
from openmg.machine import Machine, in_order, is_ordered
from openmg.tendermint.abci import types_pb2 as abci

MOST_BYTES: Final = 2 * 1024 * 1024
"""Of a block's transactions. CometBFT's own limit is four times as much, so that a proposer sees all that waits."""
_FRAMING: Final = 8
"""Bytes that a transaction takes in a block beside its own: a tag and a length."""
_LOOK: Final = 256


def compose(chain: Machine, transactions: Sequence[bytes], most_bytes: int) -> list[bytes]:
    """The transactions of a proposal: authorities' before reports, while there is room.

    A stale share, a report whose gate has closed, whatever would have no effect, is left out.
    """
    chosen: list[bytes] = []
    left = min(most_bytes, MOST_BYTES)
    ordered = in_order(transactions)
    for some in (ordered[at : at + _LOOK] for at in range(0, len(ordered), _LOOK)):
        for raw, verdict in zip(some, chain.inspect(some).verdicts, strict=True):
            if verdict is not None:
                continue
            left -= len(raw) + _FRAMING
            if left < 0:
                return chosen
            chosen.append(raw)
    return chosen


def judge(chain: Machine, request: abci.RequestProcessProposal) -> None:
    """Refuse a proposal that no honest proposer makes; a function of its bytes alone, so that all nodes agree.

    Raises:
        Rejected: `SLOT-6` for another order or too many bytes, bytes that are no transaction, `WIRE-11`
            for a height that does not follow.
    """
    if request.height != chain.height + 1:
        raise Rejected("WIRE-11", f"a proposal for block {request.height} where {chain.height + 1} was expected")
    size = sum(len(raw) + _FRAMING for raw in request.txs)
    if size > MOST_BYTES:
        raise Rejected("SLOT-6", f"{size} bytes of transactions; at most {MOST_BYTES} were expected")
    if not is_ordered(request.txs):
        raise Rejected("SLOT-6", "the transactions are out of order")
    for raw in request.txs:
        chain.decode(raw)
