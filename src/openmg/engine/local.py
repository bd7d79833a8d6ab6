"""The embedded engine: a mempool, a block maker and a chain file, in one process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

from openmg.chains import machine_of
from openmg.errors import BadInput, Corrupt, Malformed, Rejected
from openmg.machine import Block, Machine, Outcome, in_order
from openmg.storage import ChainFile, StoredBlock

M = TypeVar("M", bound=Machine)
N = TypeVar("N", bound=Machine)

Follower = Callable[[Block, Outcome], None]
"""Told of every block once it is on disk."""
Keeper = Callable[[Outcome], None]
"""Writes those effects of a block that the chain file has no table for."""


class LocalEngine(Generic[M]):
    """Runs one chain of any kind. Time is whatever the caller says it is: the replay clock (SLOT-3)."""

    def __init__(self, chain: M, file: ChainFile) -> None:
        self.chain = chain
        self.file = file
        self._mempool: dict[bytes, None] = {}
        self._followers: list[Follower] = []
        self._keepers: list[Keeper] = []
        self._behind = False

    @classmethod
    def create(cls, path: Path, chain: M) -> LocalEngine[M]:
        """A new file for a chain that has no block yet.

        Raises:
            BadInput: the file exists already.
        """
        assert chain.height == 0, "a chain begins with its first block"
        return cls(chain, ChainFile.create(path, chain.genesis))

    @overload
    @classmethod
    def open(cls, path: Path) -> LocalEngine[Machine]: ...

    @overload
    @classmethod
    def open(cls, path: Path, kind: type[N]) -> LocalEngine[N]: ...

    @classmethod
    def open(cls, path: Path, kind: type[Machine] | None = None) -> LocalEngine[Any]:
        """A chain as the last block left it; `kind` is the only one that will do.

        Raises:
            BadInput: there is none, or one of another kind.
            Corrupt: its state does not agree with its last block.
        """
        file = ChainFile.open(path)
        try:
            return LocalEngine(stored_chain(file, kind), file)
        except BaseException:
            file.close()
            raise

    def follow(self, follower: Follower) -> None:
        """Tell `follower` of every block from now on."""
        self._followers.append(follower)

    def keep(self, keeper: Keeper) -> None:
        """Have `keeper` write each block's models before the block itself: no stored state then names a lost one.

        It may be given again what it has: a block that did not reach the disk is made again.
        """
        self._keepers.append(keeper)

    def submit(self, transactions: Sequence[bytes]) -> list[Rejected | None]:
        """Offer transactions; those that may be gossiped wait for the next block."""
        verdicts = self.chain.check(transactions)
        for transaction, verdict in zip(transactions, verdicts, strict=True):
            if verdict is None:
                self._mempool[transaction] = None
        return verdicts

    def produce(self, time: int) -> Outcome:
        """Make the next block at `time` (seconds) from all that waits; it is on disk when this returns.

        Raises:
            Corrupt: an earlier block did not reach the disk; the chain must be opened again.
        """
        height = self.chain.height + 1
        count = len(self.chain.genesis.authorities)
        block = Block(
            height=height,
            time=max(time, self.chain.time),
            proposer=height % count + 1,
            previous=self.chain.root,
            transactions=in_order(list(self._mempool)),
        )
        self._mempool.clear()
        return self.take(block)

    def take(self, block: Block) -> Outcome:
        """Execute a block, also one that another engine made; it is on disk when this returns.

        Raises:
            Corrupt: an earlier block did not reach the disk; the chain must be opened again.
            Rejected: `WIRE-11` or `SLOT-6`, when the block does not follow.
        """
        if self._behind:
            raise Corrupt(f"{self.file.path}: the last block did not reach the disk; open the chain again")
        outcome = self.chain.execute(block)
        stored = StoredBlock(block.height, block.encode(), outcome.root)
        self._behind = True
        for keeper in self._keepers:
            keeper(outcome)
        self.file.append(stored, outcome.leaves, outcome.kept, outcome.final)
        self._behind = False
        for follower in self._followers:
            follower(block, outcome)
        return outcome

    def close(self) -> None:
        """Close the chain file."""
        self.file.close()


def kind_in(file: ChainFile, wanted: type[Machine] | None) -> type[Machine]:
    """The kind of chain in a file; `wanted` is the only one that will do.

    Raises:
        BadInput: it is another.
        Corrupt: the genesis cannot be read.
    """
    kind = file.genesis(machine_of)
    if wanted is not None and wanted is not kind:
        raise BadInput(f"{file.path}: a {kind.kind}, where a {wanted.kind} was expected")
    return kind


@overload
def stored_chain(file: ChainFile) -> Machine: ...


@overload
def stored_chain(file: ChainFile, kind: type[N]) -> N: ...


@overload
def stored_chain(file: ChainFile, kind: type[Machine] | None) -> Machine: ...


def stored_chain(file: ChainFile, kind: type[Machine] | None = None) -> Machine:
    """The chain as the file's state says; `kind` is the only one that will do.

    Raises:
        BadInput: it is of another kind.
        Corrupt: that state does not agree with the last block.
    """
    kind = kind_in(file, kind)
    begun, last = file.genesis(kind.begin), file.last()
    if last is None:
        return begun
    if last.data is not None:
        try:
            Block.decode(last.data)
        except Malformed as malformed:
            raise Corrupt(f"{file.path}: block {last.height} cannot be read ({malformed})") from malformed
    leaves, waiting = file.leaves(), file.waiting()
    try:
        chain = kind.resume(begun.genesis.encode(), leaves, waiting, last.height)
    except Corrupt as corrupt:
        raise Corrupt(f"{file.path}: {corrupt}") from corrupt
    height, digest = chain.changed
    if chain.root != last.root or file.digest(height) != digest:
        raise Corrupt(f"{file.path}: the stored state is not the one that block {last.height} led to")
    try:
        chain.check_waiting()
    except Corrupt as corrupt:
        raise Corrupt(f"{file.path}: after block {last.height}, {corrupt}") from corrupt
    return chain
