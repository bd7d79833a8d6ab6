"""Transactions: their ids, what their signatures cover, and how a chain's kinds are told apart (WIRE-10)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, Generic, Protocol, Self, TypeVar

from openmg.crypto import verify_signature
from openmg.encoding import Reader
from openmg.errors import Malformed, Rejected

SIGNATURE_BYTES: Final = 64


def transaction_id(transaction: bytes) -> bytes:
    """SHA-256 of the whole transaction."""
    return hashlib.sha256(transaction).digest()


def signed_message(chain: bytes, unsigned: bytes) -> bytes:
    """What every signature of a transaction covers; `unsigned` is kind ‖ body."""
    return b"openmg/1/tx" + chain + unsigned


class Message(Protocol):
    """A kind of transaction: its first byte, and its body."""

    kind: ClassVar[int]

    def encode(self) -> bytes:
        """Kind and body."""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """The body; the kind is read already.

        Raises:
            Malformed: it is cut short.
        """


T_co = TypeVar("T_co", covariant=True)
M = TypeVar("M", bound=Message)


@dataclass(frozen=True)
class Envelope(Generic[T_co]):
    """A decoded transaction, the bytes that its signatures cover, and the signatures."""

    raw: bytes
    transaction: T_co
    unsigned: bytes
    signatures: tuple[bytes, ...]

    def check_signature(self, chain: bytes, index: int, public: bytes, clause: str) -> None:
        """Check one signature.

        Raises:
            Rejected: with `clause`.
        """
        verify_signature(public, signed_message(chain, self.unsigned), self.signatures[index], clause)

    def check_authority(self, chain: bytes, authorities: Sequence[bytes], authority: int, clause: str) -> None:
        """Check the only signature, of an authority by its index from 1.

        Raises:
            Rejected: with `clause`, also when there is no such authority.
        """
        if not 1 <= authority <= len(authorities):
            raise Rejected(clause, f"there is no authority {authority}")
        self.check_signature(chain, 0, authorities[authority - 1], clause)


@dataclass(frozen=True)
class KindTable(Generic[M]):
    """All kinds of transactions of one chain but those that it reads in its own way.

    `clause` refuses bytes that are none; `signatures` where a kind has another number of them than one.
    """

    clause: str
    kinds: Mapping[int, type[M]]
    signatures: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, clause: str, kinds: Sequence[type[M]], signatures: Mapping[int, int] | None = None) -> Self:
        """The table of these kinds, each under its own byte."""
        table = {kind.kind: kind for kind in kinds}
        assert len(table) == len(kinds), "two kinds share a byte"
        return cls(clause, table, signatures or {})

    def decode(self, raw: bytes) -> Envelope[M]:
        """Take a transaction apart.

        Raises:
            Rejected: with the table's clause, when the bytes are no canonical transaction.
        """
        try:
            kind = self.kinds.get(raw[0]) if raw else None
            if kind is None:
                raise Malformed(f"transaction of unknown kind {raw[:1].hex() or 'nothing'}")
            count = self.signatures.get(kind.kind, 1)
            split = len(raw) - count * SIGNATURE_BYTES
            unsigned, tail = raw[: max(split, 0)], raw[max(split, 0) :]
            reader = Reader(unsigned, kind.__name__)
            reader.integer(1)
            transaction = kind.read(reader)
            reader.end()
        except Malformed as malformed:
            raise Rejected(self.clause, str(malformed)) from None
        signatures = tuple(tail[at : at + SIGNATURE_BYTES] for at in range(0, len(tail), SIGNATURE_BYTES))
        return Envelope(raw, transaction, unsigned, signatures)
