"""Blocks (WIRE-11), what every chain asks of the next one, and the order of their transactions (SLOT-6)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from openmg.encoding import Reader, Writer
from openmg.errors import Malformed, Rejected

LATEST: Final = 2**37
"""Seconds since the Unix epoch, in the year 6325: the calendar goes on long after it."""
_FIRST_OF_AUTHORITIES: Final = 16
_RANKS: Final = {3: 1, 2: 2}
"""Battery readings, then reports; whatever else no authority sends comes last."""
_LAST: Final = 3


@dataclass(frozen=True)
class Block:
    """One block: `time` in seconds since the Unix epoch, `previous` the state root it builds on."""

    height: int
    time: int
    proposer: int
    previous: bytes
    transactions: tuple[bytes, ...]

    def encode(self) -> bytes:
        """Canonical bytes."""
        writer = Writer().integer(self.height, 8).integer(self.time, 8).integer(self.proposer, 1)
        writer.fixed(self.previous, 32).integer(len(self.transactions), 4)
        for transaction in self.transactions:
            writer.sized(transaction, 4)
        return writer.done()

    @classmethod
    def decode(cls, data: bytes) -> Block:
        """Inverse of `encode`.

        Raises:
            Malformed: not one canonical encoding, or transactions out of order.
        """
        reader = Reader(data, "block")
        height, time, proposer = reader.integer(8), reader.integer(8), reader.integer(1)
        previous = reader.fixed(32)
        transactions = tuple(reader.sized(4) for _ in range(reader.integer(4)))
        reader.end()
        if not is_ordered(transactions):
            raise Malformed("block: transactions out of order (SLOT-6)")
        return cls(height, time, proposer, previous, transactions)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the block's bytes."""
        return hashlib.sha256(self.encode()).digest()


def check_follows(block: Block, *, height: int, root: bytes, time: int, authorities: int) -> None:
    """Whether a block may be executed after block `height`, on the state with this root, not before `time`.

    Raises:
        Rejected: `WIRE-11`, or `SLOT-6` when its transactions are out of order.
    """
    if block.height != height + 1:
        raise Rejected("WIRE-11", f"block {block.height} where {height + 1} was expected")
    if block.previous != root:
        raise Rejected("WIRE-11", f"block {block.height} builds on another state")
    if block.time < time:
        raise Rejected("WIRE-11", f"block {block.height} is older than the block before it")
    if block.time >= LATEST:
        raise Rejected("WIRE-11", f"block {block.height} lies beyond the calendar")
    if not is_ordered(block.transactions):
        raise Rejected("SLOT-6", f"the transactions of block {block.height} are out of order")
    if not 1 <= block.proposer <= authorities:
        raise Rejected("WIRE-11", f"block {block.height} has no authority {block.proposer} as proposer")


def rank(transaction: bytes) -> int:
    """Place in a block: authorities' messages, battery readings, reports, the rest (SLOT-6)."""
    kind = transaction[0] if transaction else 0
    return 0 if kind >= _FIRST_OF_AUTHORITIES else _RANKS.get(kind, _LAST)


def is_ordered(transactions: Sequence[bytes]) -> bool:
    """Whether a block may hold the transactions in this order (SLOT-6)."""
    ranks = [rank(transaction) for transaction in transactions]
    return ranks == sorted(ranks)


def in_order(transactions: Sequence[bytes]) -> tuple[bytes, ...]:
    """The transactions as a block must hold them; arrival decides within a rank."""
    return tuple(sorted(transactions, key=rank))
