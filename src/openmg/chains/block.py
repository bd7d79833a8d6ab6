"""Blocks (WIRE-11) and the order of their transactions (SLOT-6)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from openmg.chains.transactions import REPORT, Battery
from openmg.encoding import Reader, Writer
from openmg.errors import Malformed

_FIRST_OF_AUTHORITIES = 16


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


def rank(transaction: bytes) -> int:
    """Place in a block: authorities' messages, battery readings, reports, the rest (SLOT-6)."""
    kind = transaction[0] if transaction else 0
    if kind >= _FIRST_OF_AUTHORITIES:
        return 0
    if kind == Battery.kind:
        return 1
    return 2 if kind == REPORT else 3


def is_ordered(transactions: Sequence[bytes]) -> bool:
    """Whether a block may hold the transactions in this order (SLOT-6)."""
    ranks = [rank(transaction) for transaction in transactions]
    return ranks == sorted(ranks)


def in_order(transactions: Sequence[bytes]) -> tuple[bytes, ...]:
    """The transactions as a block must hold them; arrival decides within a rank."""
    return tuple(sorted(transactions, key=rank))
