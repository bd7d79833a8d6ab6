"""A line for each slot of a relay chain, and what Prometheus is told of slots."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Histogram

from openmg.chains import RelayChain
from openmg.chains.slot import Phase
from openmg.chains.transactions import DecryptionShare, Subject, decode
from openmg.engine.cometbft.journal import Journal
from openmg.engine.cometbft.metrics import SECONDS
from openmg.machine import Block, Outcome
from openmg.units import Slot


class SlotFigures:
    """Figures of slots, reports and shares."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.reports = Counter("openmg_reports", "Reports accepted in blocks", registry=registry)
        self.settle_seconds = Histogram(
            "openmg_settle_seconds",
            "From a gate's closure to its slot's settlement",
            buckets=SECONDS,
            registry=registry,
        )
        self.shares_late = Counter(
            "openmg_shares_late", "Decryption shares that came too late or were wrong", registry=registry
        )
        self.voids = Counter("openmg_voids", "Slots that ended void", registry=registry)


class SlotLog:
    """Follows gates, shares and settlements. It reads the clock, which no state machine may."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._figures = SlotFigures(journal.metrics.registry)
        self._closed: dict[Slot, float] = {}
        self._shared: dict[Slot, set[int]] = {}
        self._next = Slot(0)

    def begin(self, chain: RelayChain) -> None:
        """The chain stands here now."""
        self._next = chain.state.head

    def committed(self, chain: RelayChain, block: Block, outcome: Outcome) -> None:
        """A block is on disk."""
        self._figures.reports.inc(len(outcome.kept))
        self._follow_shares(block, outcome)
        self._follow_gates(chain)
        for number in outcome.final:
            self._end(chain, Slot(number))

    def _follow_shares(self, block: Block, outcome: Outcome) -> None:
        for raw, verdict in zip(block.transactions, outcome.verdicts, strict=True):
            if raw[:1] != bytes([DecryptionShare.kind]) or (verdict is not None and verdict.clause == "MARKET-3"):
                continue
            message = decode(raw).transaction
            if not isinstance(message, DecryptionShare):
                continue
            if verdict is not None:
                self._figures.shares_late.inc()
                self._journal.note(
                    "share refused", authority=message.authority, height=block.height, reason=str(verdict)
                )
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
            self._figures.voids.inc()
        else:
            self._figures.settle_seconds.observe(seconds)
            facts |= {
                "price": slot.clearing.price,
                "kind": slot.clearing.kind.value,
                "opened": len(slot.opened),
                "shares": sorted(shared),
            }
        self._journal.note("slot", **facts)
