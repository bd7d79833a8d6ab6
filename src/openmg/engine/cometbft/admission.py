"""Which transactions may wait in this node's mempool: a flood must not keep out those that open sums (SLOT-6)."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Final

from openmg.chains import RelayChain
from openmg.chains.gates import next_due
from openmg.chains.reports import Candidate
from openmg.chains.transactions import Approval, Envelope
from openmg.client.document import Timeline
from openmg.crypto import verify_signature
from openmg.engine.cometbft.beside import beside
from openmg.errors import Rejected
from openmg.machine import SIGNATURE_BYTES, Inspection, Tick, signed_message

MOST_WAITING: Final = 2_500
"""Reports: they and all that authorities may have waiting fit into what CometBFT shows a proposer at once."""
MOST_SAID: Final = 64
"""Messages of one authority that may wait, approvals aside."""
MOST_APPROVALS: Final = 400
_EXILE: Final = 100
"""Blocks for which a node asks nothing more of an account that signed a false proof."""
_EARLY: Final = 5 * 10**9
"""ns by which a tick may come before its time: clocks differ."""


class Busy(Rejected):
    """This node holds all that it can; another time or another node."""


class Admission:
    """One node's own judgement. It forgets what waits at each block; CometBFT then offers again what still does."""

    def __init__(
        self, chain: RelayChain, timeline: Timeline, executor: Executor, clock: Callable[[], int] = time.time_ns
    ) -> None:
        self._chain = chain
        self._timeline = timeline
        self._executor = executor
        self._clock = clock
        self._waiting: dict[tuple[int, int], bytes] = {}
        self._said: Counter[tuple[int, bool]] = Counter()
        self._exiled: dict[int, int] = {}
        self._verifying = asyncio.Lock()

    @property
    def waiting(self) -> int:
        """Reports that wait for a block."""
        return len(self._waiting)

    def block_passed(self) -> None:
        """A block was committed: whatever it left is offered again."""
        self._waiting.clear()
        self._said.clear()
        height = self._chain.height
        self._exiled = {index: until for index, until in self._exiled.items() if until > height}

    async def check(self, transactions: Sequence[bytes], *, again: bool) -> list[Rejected | None]:
        """A verdict on each; proofs are verified together, beside the event loop.

        `again`: they wait already, and a block has passed.
        """
        inspection = self._chain.inspect(transactions, lagging=not again)
        self._sift(inspection)
        verdicts = await self.verify(inspection)
        for at, candidate in inspection.claims:
            if verdicts[at] is not None:
                self._banish(candidate)
        return verdicts

    async def verify(self, inspection: Inspection[Candidate]) -> list[Rejected | None]:
        """Verify what is not known yet, one batch after another, so that no report is verified twice at once."""
        async with self._verifying:
            batches = self._chain.unverified(inspection)
            proofs = [await beside(self._executor, batch.verify) for batch in batches]
            return self._chain.conclude(inspection, batches, proofs)

    def _sift(self, inspection: Inspection[Candidate]) -> None:
        """Refuse what needs no proof to be refused, before any is verified."""
        kept: list[tuple[int, Candidate]] = []
        for at, candidate in inspection.claims:
            try:
                self._admit(candidate)
                kept.append((at, candidate))
            except Rejected as rejected:
                inspection.verdicts[at] = rejected
        if len(kept) != len(inspection.claims):
            inspection.claims[:] = kept
        for at, envelope in enumerate(inspection.envelopes):
            if envelope is not None and inspection.verdicts[at] is None:
                try:
                    self._hear(envelope)
                except Rejected as rejected:
                    inspection.verdicts[at] = rejected

    def _admit(self, candidate: Candidate) -> None:
        """Give a report its place. Only its own account can take it: nobody shuts anyone else out."""
        place, known = (candidate.index, candidate.slot.slot), self._chain.known(candidate)
        if isinstance(known, Rejected):
            raise known
        if candidate.index in self._exiled:
            raise Rejected("ACCOUNT-9", f"this account sent a false proof; try again after {_EXILE} blocks")
        if not known:
            self._check_sender(candidate)
        held = self._waiting.get(place)
        if held is not None and held != candidate.identity:
            raise Rejected("ACCOUNT-9", f"another report of this account for slot {candidate.slot.slot} waits already")
        if held is None and len(self._waiting) >= MOST_WAITING:
            raise Busy("SLOT-6", f"{MOST_WAITING} reports wait already; try again later")
        self._waiting[place] = candidate.identity

    def _check_sender(self, candidate: Candidate) -> None:
        raw = candidate.report.raw
        message = signed_message(self._chain.chain, raw[:-SIGNATURE_BYTES])
        verify_signature(candidate.report.account, message, raw[-SIGNATURE_BYTES:], "ACCOUNT-8")

    def _banish(self, candidate: Candidate) -> None:
        """Its account signed a false proof."""
        self._waiting.pop((candidate.index, candidate.slot.slot), None)
        self._exiled[candidate.index] = self._chain.height + _EXILE

    def _hear(self, envelope: Envelope) -> None:
        """Bound what one authority may have waiting, and refuse ticks that nothing is due for."""
        message = envelope.transaction
        authority = getattr(message, "authority", None)
        if authority is None:
            return
        if isinstance(message, Tick) and self._clock() + _EARLY < self._due():
            raise Rejected("SLOT-7", "by this node's clock nothing is due")
        approves = isinstance(message, Approval)
        most = MOST_APPROVALS if approves else MOST_SAID
        if self._said[authority, approves] >= most:
            raise Busy("SLOT-6", f"{most} messages of authority {authority} wait already; try again later")
        self._said[authority, approves] += 1

    def _due(self) -> int:
        """The moment (ns) at which time alone next moves something."""
        return self._timeline.moment_of(next_due(self._chain.state))
