"""What an operator sees: a line of JSON for what happens and each trouble, and figures for Prometheus."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from openmg.client.document import NetworkGenesis
from openmg.engine.cometbft.metrics import Metrics
from openmg.machine import Block, Machine, Outcome
from openmg.tendermint.abci import types_pb2 as abci

_MISBEHAVIOR: Final = {1: "two votes at one height", 2: "an attack on light clients"}


class Journal:
    """One node's log and metrics. It reads the clock, which no state machine may."""

    def __init__(self, metrics: Metrics, stream: TextIO = sys.stdout) -> None:
        self.metrics = metrics
        self._stream = stream

    def note(self, event: str, **facts: object) -> None:
        """Write one line."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._stream.write(json.dumps({"time": moment, "event": event, **facts}, default=str) + "\n")
        self._stream.flush()

    def begin(self, chain: Machine, facts: dict[str, object]) -> None:
        """The chain stands here now."""
        self.metrics.height.set(chain.height)
        self.note("begin", height=chain.height, root=chain.root.hex(), **facts)

    @contextmanager
    def checking(self, count: int) -> Iterator[None]:
        """While a batch of transactions is checked for the mempool."""
        self.metrics.batch.observe(count)
        with self.metrics.check_seconds.time():
            yield

    @contextmanager
    def executing(self, block: Block) -> Iterator[None]:
        """While a block is executed."""
        self.metrics.transactions.observe(len(block.transactions))
        with self.metrics.execute_seconds.time():
            yield

    def misbehaved(self, document: NetworkGenesis, misbehavior: abci.Misbehavior) -> None:
        """CometBFT proved that an authority broke the rules of consensus."""
        authority = document.index_of(misbehavior.validator.address)
        what = _MISBEHAVIOR.get(misbehavior.type, "unknown")
        self.metrics.evidence.inc()
        self.note("evidence", authority=authority, height=misbehavior.height, what=what)

    def committed(self, block: Block, outcome: Outcome) -> None:
        """A block is on disk."""
        self.metrics.blocks.inc()
        self.metrics.height.set(block.height)
        self.metrics.rejected.inc(sum(verdict is not None for verdict in outcome.verdicts))
