"""Reports: what must hold before one is accepted, verified together, and what it then changes (MARKET-3..6)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from openmg.chains.slot import NO_EPOCH, Phase, SlotState
from openmg.chains.state import State
from openmg.chains.transactions import Report
from openmg.crypto import Accepted, Pairs, Point, Statement
from openmg.errors import Rejected
from openmg.ledger import Account
from openmg.machine import transaction_id
from openmg.units import Slot

_KEPT_VERDICTS = 16_384
"""Three full mempools; one takes 6 kB."""

Verdict = Accepted | Rejected

MOST_PENDING = 64
"""Reports of one account that may wait for settlement: only a long halt makes so many gates open at once."""


@dataclass(frozen=True)
class Candidate:
    """A report that fits the state; only its proof is still to be verified."""

    report: Report
    identity: bytes
    index: int
    account: Account
    slot: SlotState
    base: Point


@dataclass(frozen=True)
class Entry:
    """An executed report, by the account's index; its slot's sums still lack it."""

    slot: Slot
    index: int
    raw: bytes
    pairs: Pairs


@dataclass(frozen=True)
class Batch:
    """Reports under one epoch key whose proofs are still to be verified, together."""

    statement: Statement
    candidates: tuple[Candidate, ...]

    def verify(self) -> list[Verdict]:
        """Their verdicts; touches no state, so that it may run beside the chain."""
        return self.statement.verify([(each.report.raw, each.base, each.account.meter) for each in self.candidates])


class ReportDesk:
    """Admits reports; remembers verdicts by (transaction, base), because a block brings what was checked before."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._statements: dict[Point, Statement] = {}
        self._verdicts: dict[tuple[bytes, bytes], Verdict] = {}
        self._known: set[bytes] = set()

    def candidate(self, report: Report) -> Candidate:
        """Fit a report to the state.

        Raises:
            Rejected: ACCOUNT-1, SLOT-3, KEY-3, MARKET-6 or ACCOUNT-3.
        """
        state = self._state
        index = state.registry.index_of(report.account)
        account, slot = state.registry[index], state.slot(report.slot)
        if slot is None or slot.phase != Phase.OPEN:
            where = "is not pinned yet" if slot is None else f"is {slot.phase.name.lower()}"
            raise Rejected("SLOT-3", f"the gate of slot {report.slot} is not open: it {where}")
        if slot.epoch == NO_EPOCH:
            raise Rejected("KEY-3", f"slot {slot.slot} was pinned before there was an epoch key")
        if report.epoch != slot.epoch:
            raise Rejected("KEY-3", f"epoch {report.epoch} named, slot {slot.slot} belongs to {slot.epoch}")
        if any(locked.slot == report.slot for locked in account.locked):
            raise Rejected("MARKET-6", f"a report of this account for slot {report.slot} is already there")
        if len(account.locked) >= MOST_PENDING:
            raise Rejected("ACCOUNT-9", f"{MOST_PENDING} reports of this account wait for settlement")
        self._check_checkpoint(report)
        base = account.base(report.version, report.checkpoint)
        return Candidate(report, transaction_id(report.raw), index, account, slot, base)

    def unknown(self, candidates: Sequence[Candidate]) -> list[Batch]:
        """What is still to be verified of these, a batch for each epoch key."""
        fresh: dict[Point, dict[tuple[bytes, bytes], Candidate]] = {}
        for candidate in candidates:
            if (candidate.identity, candidate.base) not in self._verdicts:
                key = self._state.epoch_of(candidate.slot.epoch).key
                fresh.setdefault(key, {})[candidate.identity, candidate.base] = candidate
        return [Batch(self._statement(key), tuple(each.values())) for key, each in fresh.items()]

    def note(self, batch: Batch, verdicts: Sequence[Verdict]) -> None:
        """Remember what verifying a batch gave."""
        for candidate, verdict in zip(batch.candidates, verdicts, strict=True):
            self._verdicts[candidate.identity, candidate.base] = verdict
            self._known.add(candidate.identity)

    def known(self, candidate: Candidate) -> Verdict | None:
        """The remembered verdict, if there is one."""
        return self._verdicts.get((candidate.identity, candidate.base))

    def verdict(self, candidate: Candidate) -> Verdict:
        """The remembered verdict on proof and signatures; verified now when it is not known."""
        for batch in self.unknown([candidate]):
            self.note(batch, batch.verify())
        return self._verdicts[candidate.identity, candidate.base]

    def prepare(self, reports: Sequence[Report]) -> None:
        """Verify together what a block brings, before its transactions are executed one by one."""
        candidates = []
        for report in reports:
            # Known ones were verified when they were offered.
            if transaction_id(report.raw) not in self._known:
                with suppress(Rejected):
                    candidates.append(self.candidate(report))
        for batch in self.unknown(candidates):
            self.note(batch, batch.verify())

    def accept(self, report: Report) -> Entry:
        """Execute a report (MARKET-6), except for its slot's sums.

        Raises:
            Rejected: with the clause that it breaks.
        """
        candidate = self.candidate(report)
        verdict = self.verdict(candidate)
        if isinstance(verdict, Rejected):
            raise verdict
        state, slot = self._state, candidate.slot
        account = candidate.account.with_report(
            slot.slot, report.checkpoint, candidate.identity, verdict.headroom, verdict.locked
        )
        state.registry.replace(candidate.index, account)
        state.reports.setdefault(slot.slot, {})[candidate.index] = report.raw
        return Entry(slot.slot, candidate.index, report.raw, verdict.pairs)

    def forget(self) -> None:
        """Drop the oldest verdicts: no block will ask for them again."""
        excess = len(self._verdicts) - _KEPT_VERDICTS
        for identity, base in [*islice(self._verdicts, max(excess, 0))]:
            del self._verdicts[identity, base]
            self._known.discard(identity)

    def _statement(self, key: Point) -> Statement:
        if key not in self._statements:
            genesis = self._state.genesis
            self._statements[key] = Statement(genesis.chain, key, genesis.ladder.levels, genesis.fee)
        return self._statements[key]

    def _check_checkpoint(self, report: Report) -> None:
        """ACCOUNT-3: not newer than the last final slot, and not older than what was final before T_{s−1}."""
        state = self._state
        if report.checkpoint >= state.head:
            raise Rejected("ACCOUNT-3", f"checkpoint {report.checkpoint} is not settled yet")
        oldest = stale_before(state, report.slot)
        if report.checkpoint < oldest:
            raise Rejected("ACCOUNT-3", f"checkpoint {report.checkpoint} leaves out slot {oldest}, final long since")


def stale_before(state: State, slot: Slot) -> Slot:
    """The newest slot that was final before T_{s−1}: every report for s folds at least that far (ACCOUNT-3)."""
    limit = state.genesis.starts(Slot(slot - 1))
    newest = Slot(state.head - 1)
    while (final := state.slot(newest)) is not None and final.final_time >= limit:
        newest = Slot(newest - 1)
    return newest


def counts(state: State, account: Account, slot: Slot) -> bool:
    """Whether an account counts toward quorums: approved by t authorities, and aged or there from the start (KEY-5)."""
    genesis = state.genesis
    aged = account.enrolled < genesis.first_slot or slot - account.enrolled >= genesis.min_age
    return aged and account.approvals.bit_count() >= genesis.threshold


def counted(state: State, slot: Slot) -> int:
    """How many of a slot's reports count, by what holds when its gate closes (KEY-5)."""
    return sum(counts(state, state.registry[index], slot) for index in state.reports.get(slot, {}))


def quorum(state: State, slot: Slot) -> int:
    """max(min_reports, ⌈2/3 · active⌉); active: reported in this slot or the `active_window` before (KEY-5)."""
    genesis = state.genesis
    since = slot - genesis.active_window
    active = sum(1 for account in state.registry if account.reported >= since and counts(state, account, slot))
    return max(genesis.min_reports, -(-2 * active // 3))
