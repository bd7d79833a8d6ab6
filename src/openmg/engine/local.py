"""The embedded engine: a mempool, a block maker and a chain file, in one process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from openmg.chains import Block, Genesis, Outcome, RelayChain
from openmg.errors import Corrupt, Malformed, Rejected
from openmg.machine import in_order
from openmg.storage import ChainFile, StoredBlock

Follower = Callable[[Block, Outcome], None]
"""Told of every block once it is on disk."""


class LocalEngine:
    """Runs one relay chain. Time is whatever the caller says it is: the replay clock (SLOT-3)."""

    def __init__(self, chain: RelayChain, file: ChainFile) -> None:
        self.chain = chain
        self.file = file
        self._mempool: dict[bytes, None] = {}
        self._followers: list[Follower] = []
        self._behind = False

    @classmethod
    def create(cls, path: Path, genesis: Genesis) -> LocalEngine:
        """A new chain.

        Raises:
            BadInput: the file exists already.
        """
        return cls(RelayChain(genesis), ChainFile.create(path, genesis))

    @classmethod
    def open(cls, path: Path) -> LocalEngine:
        """A chain as the last block left it.

        Raises:
            BadInput: there is none.
            Corrupt: its state does not agree with its last block.
        """
        file = ChainFile.open(path)
        try:
            return cls(stored_chain(file), file)
        except BaseException:
            file.close()
            raise

    def follow(self, follower: Follower) -> None:
        """Tell `follower` of every block from now on."""
        self._followers.append(follower)

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
            time=max(time, self.chain.state.clock.time),
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
        self.file.append(stored, outcome.leaves, outcome.kept, self.chain.state.head)
        self._behind = False
        for follower in self._followers:
            follower(block, outcome)
        return outcome

    def close(self) -> None:
        """Close the chain file."""
        self.file.close()


def stored_chain(file: ChainFile) -> RelayChain:
    """The chain as the file's state says.

    Raises:
        Corrupt: that state does not agree with the last block.
    """
    genesis, last = file.genesis(), file.last()
    if last is None:
        return RelayChain(genesis)
    if last.data is not None:
        try:
            Block.decode(last.data)
        except Malformed as malformed:
            raise Corrupt(f"{file.path}: block {last.height} cannot be read ({malformed})") from malformed
    reports = file.reports()
    try:
        chain = RelayChain.load(genesis, file.leaves(), reports, last.height)
    except Corrupt as corrupt:
        raise Corrupt(f"{file.path}: {corrupt}") from corrupt
    clock = chain.state.clock
    if chain.root != last.root or file.digest(clock.height) != clock.block:
        raise Corrupt(f"{file.path}: the stored state is not the one that block {last.height} led to")
    try:
        chain.check_waiting()
    except Corrupt as corrupt:
        raise Corrupt(f"{file.path}: after block {last.height}, {corrupt}") from corrupt
    return chain
