"""What an engine asks of a chain: a state machine, a function of its blocks, that knows neither engine nor clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from openmg.errors import Rejected
from openmg.lightclient import Proof
from openmg.machine.block import Block
from openmg.machine.envelope import Envelope
from openmg.machine.outcome import Outcome, Waiting
from openmg.machine.trees import Leaf

C = TypeVar("C")


class Batch(Protocol):
    """Proofs that are still to be verified, together."""

    def verify(self) -> Sequence[object]:
        """Their verdicts; touches no state, so that it may run beside the chain, in another thread."""


@dataclass(frozen=True)
class Inspection(Generic[C]):
    """Transactions that were looked at without verifying proofs: verdicts so far, and those whose proof is to come.

    `envelopes`: None for what cannot be decoded; `claims`: (position, what the machine wants to verify) of all that fit
    the state and bring a proof.
    """

    envelopes: list[Envelope[Any] | None]
    verdicts: list[Rejected | None]
    claims: list[tuple[int, C]]


class Birth(Protocol):
    """The parameters that a chain is born with."""

    @property
    def authorities(self) -> Sequence[bytes]:
        """Their signing keys, by index from 1."""

    @property
    def chain(self) -> bytes:
        """The chain id, 32 bytes (WIRE-3)."""

    def encode(self) -> bytes:
        """Canonical bytes; their beginning says which kind of chain it is."""


class Machine(Protocol):
    """One chain; `kind` is what people call its kind.

    `height` is the newest block's; blocks that change nothing leave the root, and what `changed` says, as they were
    (SLOT-7). `tree_names` has the trees of the state in order; the first leaf of the first one is the genesis.
    """

    kind: ClassVar[str]
    tree_names: ClassVar[Sequence[str]]
    chain: bytes
    root: bytes
    height: int

    @property
    def genesis(self) -> Birth:
        """The parameters."""

    @property
    def time(self) -> int:
        """Seconds since the Unix epoch, of the newest block that changed anything."""

    @property
    def changed(self) -> tuple[int, bytes]:
        """Height and digest of the newest block that changed anything."""

    @property
    def due(self) -> int | None:
        """The time (s) at which time alone next moves something; None when nothing waits for it (SLOT-7)."""

    @classmethod
    def begin(cls, genesis: bytes) -> Self:
        """A chain before its first block.

        Raises:
            Malformed: no genesis of this kind.
        """

    @classmethod
    def resume(cls, genesis: bytes, leaves: Iterable[Leaf], waiting: Waiting, height: int) -> Self:
        """A chain from what a store kept of the state after block `height`.

        Raises:
            Malformed: no genesis of this kind.
            Corrupt: the leaves are damaged.
        """

    def check_waiting(self) -> None:
        """Whether the payloads at hand are those that the state waits for.

        Raises:
            Corrupt: they are others.
        """

    def decode(self, raw: bytes) -> Envelope[Any]:
        """Take a transaction apart; a function of its bytes alone.

        Raises:
            Rejected: the bytes are no canonical transaction of this chain.
        """

    def check(self, transactions: Sequence[bytes]) -> list[Rejected | None]:
        """Whether each transaction may be gossiped now: `inspect`, verify what is `unverified`, `conclude`, in one."""

    def inspect(self, transactions: Sequence[bytes], *, lagging: bool = False) -> Inspection[Any]:
        """The first half of `check`: all but the proofs.

        `lagging`: other nodes may be a block ahead, so what an authority signed for that block is not refused.
        """

    def unverified(self, inspection: Inspection[Any]) -> Sequence[Batch]:
        """What is still to be verified of the claims of an inspection; it may be done anywhere."""

    def conclude(
        self, inspection: Inspection[Any], batches: Sequence[Any], proofs: Sequence[Sequence[Any]]
    ) -> list[Rejected | None]:
        """The second half of `check`: the verdicts, from what verifying each of the batches gave."""

    def execute(self, block: Block) -> Outcome:
        """Execute the next block.

        Raises:
            Rejected: `WIRE-11` or `SLOT-6`, when the block does not follow; nothing is changed then.
        """

    def size(self, tree: str) -> int:
        """How many leaves a tree of the state has."""

    def prove(self, tree: str, index: int) -> tuple[bytes, Proof, bytes, Proof]:
        """(leaf, its proof in its tree, that tree's leaf of the root, its proof in the root).

        Raises:
            IndexError: no such leaf.
        """
