"""What a node does for one kind of chain beside running it: what may wait, what it answers, what it keeps and tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, Generic, TypeVar

from openmg.encoding import Reader
from openmg.engine.cometbft.journal import Journal
from openmg.errors import Rejected
from openmg.machine import Block, Envelope, Machine, Outcome, transaction_id

MOST_SAID: Final = 64
"""Messages of one authority that may wait, unless a kind of them has a bound of its own."""
MOST_CLAIMS: Final = 2_500
"""Transactions with a proof: they and all that authorities may have waiting fit into what a proposer sees at once."""

M = TypeVar("M", bound=Machine)
Finder = Callable[[M, Reader], tuple[str, int]]
"""Which leaf a question asks for, its tree and its index; raises IndexError, Rejected or Malformed."""


class Busy(Rejected):
    """This node holds all that it can; another time or another node."""


class Conduct(Generic[M]):
    """How a node treats any machine; a kind of chain of which it knows more has a conduct of its own.

    One for a node. `begin` comes first, and again when a snapshot replaces the chain.
    """

    chain: M

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._claims: set[bytes] = set()

    def begin(self, chain: M) -> dict[str, object]:
        """The chain stands here now; what the log says of it beside height and root."""
        self.chain = chain
        self._claims.clear()
        return {}

    # --- what may wait
    @property
    def waiting(self) -> int:
        """Claims that wait for a block."""
        return len(self._claims)

    def admit(self, envelope: Envelope[Any], _claim: Any) -> None:  # noqa: ANN401 - the machine's own
        """Give a transaction that brings a proof its place, before the proof is verified.

        Raises:
            Rejected: it has none; `Busy` when there is none left.
        """
        identity = transaction_id(envelope.raw)
        if identity not in self._claims and len(self._claims) >= MOST_CLAIMS:
            raise Busy("SLOT-6", f"{MOST_CLAIMS} transactions with proofs wait already; try again later")
        self._claims.add(identity)

    def banish(self, envelope: Envelope[Any], _claim: Any) -> None:  # noqa: ANN401 - the machine's own
        """Its proof was false."""
        self._claims.discard(transaction_id(envelope.raw))

    def bound(self, _message: object) -> int:
        """How many of an authority's messages may wait; those with the same bound are counted together."""
        return MOST_SAID

    def block_passed(self) -> None:
        """A block was committed: whatever it left is offered again."""
        self._claims.clear()

    # --- what is answered
    @property
    def questions(self) -> Mapping[str, Finder[M]]:
        """By path: every tree's leaves by their index."""
        return {f"/{name}": partial(leaf_by_index, tree=name) for name in self.chain.tree_names}

    def status(self) -> dict[str, object]:
        """Where the chain stands, for operators."""
        chain = self.chain
        return {"height": chain.height, "root": chain.root.hex(), "time": chain.time, "waiting": self.waiting}

    # --- what is kept, and told
    def retain_height(self, _keep_days: int | None) -> int:
        """The first block to keep, 0 to keep all; `keep_days` None for an archive."""
        return 0

    def keep(self, outcome: Outcome) -> None:
        """Write those effects of a block that the chain file has no table for; the block itself is written after it.

        Raises:
            BadInput: the disk takes no more.
        """

    def committed(self, block: Block, outcome: Outcome) -> None:
        """A block is on disk."""


def leaf_by_index(chain: Machine, reader: Reader, tree: str) -> tuple[str, int]:
    """The leaf of a tree whose index is the whole question.

    Raises:
        IndexError: there is none.
        Malformed: another length.
    """
    index = reader.integer(8)
    reader.end()
    size = chain.size(tree)
    if index >= size:
        raise IndexError(f"no leaf {index} of {tree}, there are {size}")
    return tree, index
