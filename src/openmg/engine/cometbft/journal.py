"""What an operator sees: a line of JSON for each slot and each trouble, and figures for Prometheus."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from openmg.chains import Block, Outcome, RelayChain
from openmg.chains.slot import Phase
from openmg.chains.transactions import DecryptionShare, Subject, decode
from openmg.client.document import NetworkGenesis
from openmg.engine.cometbft.metrics import Metrics
from openmg.tendermint.abci import types_pb2 as abci
from openmg.units import Slot

_MISBEHAVIOR: Final = {1: "two votes at one height", 2: "an attack on light clients"}
_SHARE: Final = 20


class Journal:
    """One node's log and metrics. It reads the clock, which no state machine may."""

    def __init__(self, metrics: Metrics, stream: TextIO = sys.stdout) -> None:
        self._metrics = metrics
        self._stream = stream
        self._closed: dict[Slot, float] = {}
        self._shared: dict[Slot, set[int]] = {}
        self._next = Slot(0)

    def note(self, event: str, **facts: object) -> None:
        """Write one line."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._stream.write(json.dumps({"time": moment, "event": event, **facts}, default=str) + "\n")
        self._stream.flush()

    def begin(self, chain: RelayChain) -> None:
        """The chain stands here now."""
        self._next = chain.state.head
        self._metrics.height.set(chain.height)
        self.note("begin", height=chain.height, root=chain.root.hex(), slot=chain.state.head)

    @contextmanager
    def checking(self, count: int) -> Iterator[None]:
        """While a batch of transactions is checked for the mempool."""
        self._metrics.batch.observe(count)
        with self._metrics.check_seconds.time():
            yield

    @contextmanager
    def executing(self, block: Block) -> Iterator[None]:
        """While a block is executed."""
        self._metrics.transactions.observe(len(block.transactions))
        with self._metrics.execute_seconds.time():
            yield

    def misbehaved(self, document: NetworkGenesis, misbehavior: abci.Misbehavior) -> None:
        """CometBFT proved that an authority broke the rules of consensus."""
        authority = document.index_of(misbehavior.validator.address)
        what = _MISBEHAVIOR.get(misbehavior.type, "unknown")
        self._metrics.evidence.inc()
        self.note("evidence", authority=authority, height=misbehavior.height, what=what)

    def committed(self, chain: RelayChain, block: Block, outcome: Outcome) -> None:
        """A block is on disk."""
        self._metrics.blocks.inc()
        self._metrics.height.set(block.height)
        self._metrics.reports.inc(len(outcome.kept))
        self._metrics.rejected.inc(sum(verdict is not None for verdict in outcome.verdicts))
        self._follow_shares(block, outcome)
        self._follow_gates(chain)
        for number in outcome.final:
            self._end(chain, Slot(number))

    def _follow_shares(self, block: Block, outcome: Outcome) -> None:
        for raw, verdict in zip(block.transactions, outcome.verdicts, strict=True):
            if raw[:1] != bytes([_SHARE]) or (verdict is not None and verdict.clause == "MARKET-3"):
                continue
            message = decode(raw).transaction
            if not isinstance(message, DecryptionShare):
                continue
            if verdict is not None:
                self._metrics.shares_late.inc()
                self.note("share refused", authority=message.authority, height=block.height, reason=str(verdict))
            elif message.subject.scope == Subject.SLOT:
                self._shared.setdefault(Slot(message.subject.index), set()).add(message.authority)

    def _follow_gates(self, chain: RelayChain) -> None:
        """Note when each gate closed here, so that the wait for its settlement can be told."""
        while (slot := chain.state.slot(self._next)) is not None and slot.phase >= Phase.CLOSED:
            self._closed[slot.slot] = time.monotonic()
            self._next = Slot(self._next + 1)

    def _end(self, chain: RelayChain, number: Slot) -> None:
        slot = chain.state.slot(number)
        if slot is None:
            return
        seconds = time.monotonic() - self._closed.pop(number, time.monotonic())
        shared = self._shared.pop(number, set())
        facts: dict[str, object] = {
            "slot": number,
            "end": slot.phase.name.lower(),
            "reports": slot.cohort,
            "counted": slot.counted,
            "quorum": slot.quorum,
            "height": slot.final_height,
            "seconds": round(seconds, 3),
        }
        if slot.clearing is None:
            self._metrics.voids.inc()
        else:
            self._metrics.settle_seconds.observe(seconds)
            facts |= {
                "price": slot.clearing.price,
                "kind": slot.clearing.kind.value,
                "opened": len(slot.opened),
                "shares": sorted(shared),
            }
        self.note("slot", **facts)
