"""Which transactions may wait in this node's mempool: a flood must not keep out those that open sums (SLOT-6)."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any, Final

from openmg.client.document import Timeline
from openmg.engine.cometbft.beside import beside
from openmg.engine.cometbft.conduct import Busy, Conduct
from openmg.errors import Rejected
from openmg.machine import Envelope, Inspection, Machine, Tick

_EARLY: Final = 5 * 10**9
"""ns by which a tick may come before its time: clocks differ."""


class Admission:
    """One node's own judgement. It forgets what waits at each block; CometBFT then offers again what still does."""

    def __init__(
        self,
        chain: Machine,
        conduct: Conduct[Any],
        timeline: Timeline,
        executor: Executor,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._chain = chain
        self._conduct = conduct
        self._timeline = timeline
        self._executor = executor
        self._clock = clock
        self._said: Counter[tuple[int, int]] = Counter()
        self._verifying = asyncio.Lock()

    @property
    def waiting(self) -> int:
        """Transactions with a proof that wait for a block."""
        return self._conduct.waiting

    def block_passed(self) -> None:
        """A block was committed: whatever it left is offered again."""
        self._conduct.block_passed()
        self._said.clear()

    async def check(self, transactions: Sequence[bytes], *, again: bool) -> list[Rejected | None]:
        """A verdict on each; proofs are verified together, beside the event loop.

        `again`: they wait already, and a block has passed.
        """
        inspection = self._chain.inspect(transactions, lagging=not again)
        self._sift(inspection)
        verdicts = await self.verify(inspection)
        for at, claim in inspection.claims:
            envelope = inspection.envelopes[at]
            if verdicts[at] is not None and envelope is not None:
                self._conduct.banish(envelope, claim)
        return verdicts

    async def verify(self, inspection: Inspection[Any]) -> list[Rejected | None]:
        """Verify what is not known yet, one batch after another, so that no proof is verified twice at once."""
        async with self._verifying:
            batches = self._chain.unverified(inspection)
            proofs = [await beside(self._executor, batch.verify) for batch in batches]
            return self._chain.conclude(inspection, batches, proofs)

    def _sift(self, inspection: Inspection[Any]) -> None:
        """Refuse what needs no proof to be refused, before any is verified."""
        claims = dict(inspection.claims)
        for at, envelope in enumerate(inspection.envelopes):
            if envelope is None or inspection.verdicts[at] is not None:
                continue
            try:
                self._hear(envelope)
                if at in claims:
                    self._conduct.admit(envelope, claims[at])
            except Rejected as rejected:
                inspection.verdicts[at] = rejected
                claims.pop(at, None)
        inspection.claims[:] = claims.items()

    def _hear(self, envelope: Envelope[Any]) -> None:
        """Bound what one authority may have waiting, and refuse ticks that nothing is due for."""
        message = envelope.transaction
        authority = getattr(message, "authority", None)
        if authority is None:
            return
        if isinstance(message, Tick):
            due = self._chain.due
            if due is None or self._clock() + _EARLY < self._timeline.moment_of(due):
                raise Rejected("SLOT-7", "by this node's clock nothing is due")
        most = self._conduct.bound(message)
        if self._said[authority, most] >= most:
            raise Busy("SLOT-6", f"{most} messages of authority {authority} wait already; try again later")
        self._said[authority, most] += 1
