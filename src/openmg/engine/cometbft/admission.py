"""Which transactions may wait in this node's mempool: a flood must not keep out those that open sums (SLOT-6)."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Final

from openmg.chains import RelayChain
from openmg.chains.relay_chain import Inspection
from openmg.chains.reports import Batch, Candidate, Verdict
from openmg.chains.transactions import SIGNATURE_BYTES, signed_message
from openmg.crypto import verify_signature
from openmg.engine.cometbft.beside import beside
from openmg.errors import Rejected

MOST_WAITING: Final = 4_000
"""Reports in a mempool of 5,000: there is always room for what the authorities post."""
_EXILE: Final = 100
"""Blocks for which a node asks nothing more of an account that signed a false proof."""


class Busy(Rejected):
    """This node holds all the reports it can; another time or another node."""


class Admission:
    """One node's own judgement. It forgets everything at each block; CometBFT then offers again what still waits."""

    def __init__(self, chain: RelayChain, executor: Executor) -> None:
        self._chain = chain
        self._executor = executor
        self._waiting: dict[tuple[int, int], bytes] = {}
        self._exiled: dict[int, int] = {}
        self._wary = False

    @property
    def waiting(self) -> int:
        """Reports that wait for a block."""
        return len(self._waiting)

    def block_passed(self) -> None:
        """A block was committed: whatever it left is offered again."""
        self._waiting.clear()
        height = self._chain.height
        self._exiled = {index: until for index, until in self._exiled.items() if until > height}

    async def check(self, transactions: Sequence[bytes]) -> list[Rejected | None]:
        """A verdict on each; proofs are verified together, beside the event loop."""
        inspection = self._chain.inspect(transactions, lagging=True)
        self._sift(inspection)
        batches = inspection.batches
        proofs = [await beside(self._executor, batch.verify) for batch in batches]
        for batch, verdicts in zip(batches, proofs, strict=True):
            self._note_liars(batch, verdicts)
        return self._chain.conclude(inspection, proofs)

    def _sift(self, inspection: Inspection) -> None:
        """Refuse what needs no proof to be refused, before any is verified."""
        kept: list[tuple[int, Candidate]] = []
        for at, candidate in inspection.reports:
            try:
                self._admit(candidate)
                kept.append((at, candidate))
            except Rejected as rejected:
                inspection.verdicts[at] = rejected
        if len(kept) != len(inspection.reports):
            inspection.reports[:] = kept
            inspection.batches[:] = self._chain.unknown([candidate for _, candidate in kept])

    def _admit(self, candidate: Candidate) -> None:
        place = (candidate.index, candidate.slot.slot)
        known = self._waiting.get(place)
        if known is not None and known != candidate.identity:
            raise Rejected("ACCOUNT-9", f"another report of this account for slot {candidate.slot.slot} waits already")
        if known is None and len(self._waiting) >= MOST_WAITING:
            raise Busy("SLOT-6", f"{MOST_WAITING} reports wait already; try again later")
        if candidate.index in self._exiled:
            raise Rejected("ACCOUNT-9", f"this account sent a false proof; try again after {_EXILE} blocks")
        if self._wary:
            self._check_sender(candidate)
        self._waiting[place] = candidate.identity

    def _check_sender(self, candidate: Candidate) -> None:
        """While false reports come in: who did not sign it does not get its proof verified."""
        raw = candidate.report.raw
        message = signed_message(self._chain.chain, raw[:-SIGNATURE_BYTES])
        verify_signature(candidate.report.account, message, raw[-SIGNATURE_BYTES:], "ACCOUNT-8")

    def _note_liars(self, batch: Batch, verdicts: Sequence[Verdict]) -> None:
        self._wary = False
        for candidate, verdict in zip(batch.candidates, verdicts, strict=True):
            if not isinstance(verdict, Rejected):
                continue
            self._wary = True
            self._waiting.pop((candidate.index, candidate.slot.slot), None)
            try:
                self._check_sender(candidate)
            except Rejected:
                continue
            self._exiled[candidate.index] = self._chain.height + _EXILE
