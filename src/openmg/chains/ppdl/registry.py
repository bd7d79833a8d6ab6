"""Who may take part: a tree of account keys that t authorities voted for (LEARN-2, RFC 6962)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from openmg.encoding import Reader, Writer
from openmg.errors import Rejected
from openmg.lightclient import MerkleTree, Proof, root_of, verify_inclusion

MOST_ACCOUNTS: Final = 2**31
"""Payloads that wait count homes below it and mask sums from it on."""


@dataclass(frozen=True)
class Registered:
    """A list of accounts; `votes` has bit i−1 for authority i, `adopted` is the height of the t-th vote (0 before)."""

    root: bytes
    size: int
    votes: int = 0
    adopted: int = 0

    def voted(self, authority: int, threshold: int, height: int) -> Registered:
        """With one more vote; adopted by the t-th."""
        votes = self.votes | 1 << (authority - 1)
        return replace(self, votes=votes, adopted=height if votes.bit_count() >= threshold else 0)

    def check_member(self, account: bytes, index: int, siblings: tuple[bytes, ...]) -> None:
        """Whether the account stands at this index.

        Raises:
            Rejected: `LEARN-2`, when it does not.
        """
        try:
            verify_inclusion(account, Proof(index, self.size, siblings), self.root)
        except Rejected as rejected:
            raise Rejected("LEARN-2", f"account {account.hex()[:16]} is a stranger ({rejected.reason})") from None

    def encode(self) -> bytes:
        """The leaf (WIRE-12)."""
        writer = Writer().fixed(self.root, 32).integer(self.size, 4)
        return writer.integer(self.votes, 8).integer(self.adopted, 8).done()

    @classmethod
    def decode(cls, data: bytes) -> Registered:
        """Inverse of `encode`.

        Raises:
            Malformed: not one canonical encoding.
        """
        reader = Reader(data, "registry")
        registered = cls(reader.fixed(32), reader.integer(4), reader.integer(8), reader.integer(8))
        reader.end()
        return registered


def registry_root(accounts: Sequence[bytes]) -> bytes:
    """The root over account keys in the order of their indices."""
    return root_of(accounts)


def siblings_of(accounts: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """What an upload shows of the registry.

    Raises:
        IndexError: no such account.
    """
    tree = MerkleTree()
    tree.update(enumerate(accounts))
    return tree.prove(index).siblings
