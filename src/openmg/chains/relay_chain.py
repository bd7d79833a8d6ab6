"""The relay chain: accounts, the market's slots, the epoch key, as a pure function of blocks (SLOT, KEY, MARKET).

A block is executed as: the clock's consequences, then its transactions in SLOT-6 order, then what they made possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar, Self

from openmg.chains.day import DayPhase
from openmg.chains.enrolment import approve, enrol
from openmg.chains.epoch import EpochState, KeyPhase
from openmg.chains.gates import begin_slots, next_due, note_room, take_battery
from openmg.chains.gossip import check_fits, key_step
from openmg.chains.openings import pending_functional, ready_to_open, take_opening, take_share
from openmg.chains.parameters import Genesis
from openmg.chains.reports import Batch, Candidate, Entry, ReportDesk, Verdict
from openmg.chains.settling import settle_day, settle_slot, void_slot
from openmg.chains.slot import Phase
from openmg.chains.state import TREES, State
from openmg.chains.transactions import (
    Approval,
    Battery,
    DecryptionShare,
    Enrol,
    Envelope,
    OpeningClaim,
    Report,
    Unsigned,
    decode,
)
from openmg.errors import Corrupt, Rejected
from openmg.lightclient import Proof
from openmg.machine import (
    Block,
    Inspection,
    Kept,
    Leaf,
    Outcome,
    Tick,
    Waiting,
    check_follows,
    check_tick,
    transaction_id,
)


class RelayChain:
    """The state machine; it knows neither the engine that runs it nor any clock but its blocks'.

    `height` is the newest block's; the clock's is that of the newest block that changed anything (SLOT-7).
    """

    kind: ClassVar[str] = "relay chain"
    tree_names: ClassVar[Sequence[str]] = TREES

    def __init__(self, genesis: Genesis, state: State | None = None, height: int | None = None) -> None:
        self.genesis = genesis
        self.chain = genesis.chain
        self.state = state or State(genesis)
        self._desk = ReportDesk(self.state)
        self.root = self.state.commit()[0] if state is None else state.root()
        self.height = self.state.clock.height if height is None else height
        self._ticked = self.state.clock.height

    @classmethod
    def begin(cls, genesis: bytes) -> Self:
        """A chain before its first block.

        Raises:
            Malformed: no genesis of a relay chain.
        """
        return cls(Genesis.decode(genesis))

    @classmethod
    def resume(cls, genesis: bytes, leaves: Iterable[Leaf], waiting: Waiting, height: int) -> Self:
        """As `load`, from encoded parameters.

        Raises:
            Malformed: no genesis of a relay chain.
            Corrupt: the leaves are damaged.
        """
        return cls.load(Genesis.decode(genesis), leaves, waiting, height)

    @classmethod
    def load(cls, genesis: Genesis, leaves: Iterable[Leaf], reports: Waiting, height: int | None = None) -> Self:
        """A chain from what a store kept; `height` when blocks followed that changed nothing.

        Raises:
            Corrupt: the leaves are damaged.
        """
        return cls(genesis, State.load(genesis, leaves, reports), height)

    @property
    def time(self) -> int:
        """Seconds since the Unix epoch, of the newest block that changed anything."""
        return self.state.clock.time

    @property
    def changed(self) -> tuple[int, bytes]:
        """Height and digest of the newest block that changed anything."""
        return self.state.clock.height, self.state.clock.block

    @property
    def due(self) -> int:
        """The time (s) at which time alone next moves something (SLOT-7)."""
        return next_due(self.state)

    def size(self, tree: str) -> int:
        """How many leaves a tree of the state has."""
        return self.state.size(tree)

    def prove(self, tree: str, index: int) -> tuple[bytes, Proof, bytes, Proof]:
        """(leaf, its proof in its tree, that tree's leaf of the root, its proof in the root).

        Raises:
            IndexError: no such leaf.
        """
        return self.state.prove(tree, index)

    def decode(self, raw: bytes) -> Envelope:
        """Take a transaction apart.

        Raises:
            Rejected: `MARKET-3`, when the bytes are no canonical transaction.
        """
        return decode(raw)

    def check_waiting(self) -> None:
        """The reports at hand are those whose settlement the accounts wait for; they are under the root by their ids.

        Raises:
            Corrupt: they are others.
        """
        waiting = {
            (locked.slot, index): locked.report
            for index, account in enumerate(self.state.registry)
            for locked in account.locked
        }
        held = {
            (slot, index): transaction_id(report)
            for slot, reports in self.state.reports.items()
            for index, report in reports.items()
        }
        if waiting != held:
            raise Corrupt("the reports that wait for settlement are not those that the accounts name")

    def check(self, transactions: Sequence[bytes]) -> list[Rejected | None]:
        """Whether each transaction may be gossiped now; reports are verified together and remembered."""
        inspection = self.inspect(transactions)
        batches = self.unverified(inspection)
        return self.conclude(inspection, batches, [batch.verify() for batch in batches])

    def inspect(self, transactions: Sequence[bytes], *, lagging: bool = False) -> Inspection[Candidate]:
        """The first half of `check`: all but the proofs.

        `lagging`: other nodes may be a block ahead, so what an authority signed for that block is not refused.
        """
        verdicts: list[Rejected | None] = []
        envelopes: list[Envelope | None] = []
        claims: list[tuple[int, Candidate]] = []
        for at, raw in enumerate(transactions):
            envelope = None
            try:
                envelope = decode(raw)
                self._check_signatures(envelope)
                message = envelope.transaction
                if isinstance(message, Report):
                    claims.append((at, self._desk.candidate(message)))
                else:
                    check_fits(self.state, message, lagging=lagging)
                verdicts.append(None)
            except Rejected as rejected:
                verdicts.append(rejected)
            envelopes.append(envelope)
        return Inspection(envelopes, verdicts, claims)

    def unverified(self, inspection: Inspection[Candidate]) -> list[Batch]:
        """What is still to be verified of the reports that an inspection still has."""
        return self._desk.unknown([candidate for _, candidate in inspection.claims])

    def known(self, claim: Candidate) -> Rejected | bool:
        """What is remembered of a report's proof: its rejection, True when it was verified, False when neither."""
        verdict = self._desk.known(claim)
        return verdict if isinstance(verdict, Rejected) else verdict is not None

    def conclude(
        self, inspection: Inspection[Candidate], batches: Sequence[Batch], proofs: Sequence[Sequence[Verdict]]
    ) -> list[Rejected | None]:
        """The second half of `check`: the verdicts, from those on each of the batches."""
        for batch, verdicts in zip(batches, proofs, strict=True):
            self._desk.note(batch, verdicts)
        for at, candidate in inspection.claims:
            verdict = self._desk.verdict(candidate)
            inspection.verdicts[at] = verdict if isinstance(verdict, Rejected) else None
        return inspection.verdicts

    def execute(self, block: Block) -> Outcome:
        """Execute the next block.

        Raises:
            Rejected: `WIRE-11` or `SLOT-6`, when the block does not follow; nothing is changed then.
        """
        state, before = self.state, self.state.clock
        count = len(self.genesis.authorities)
        check_follows(block, height=self.height, root=self.root, time=before.time, authorities=count)
        head = state.head
        state.clock = replace(before, height=block.height, time=block.time, block=block.digest)
        self._ticked = before.height
        self._begin(block)
        verdicts, entries = self._execute_all(block)
        note_room(state, block)
        self._end(block)
        self._desk.forget()
        self.height = block.height
        if not block.transactions and not state.changed and not self._waits():
            state.rest(before)
        self.root, leaves = state.commit()
        kept: list[Kept] = [(entry.slot, entry.index, entry.raw) for entry in entries if entry.slot >= state.head]
        return Outcome(self.root, verdicts, leaves, kept, tuple(range(head, state.head)))

    def _waits(self) -> bool:
        """Whether anything is pending whose time is counted in blocks (SLOT-7)."""
        epoch, slot = self.state.epoch, self.state.slot(self.state.head)
        making = epoch is None or epoch.phase != KeyPhase.READY
        return (
            making
            or (slot is not None and slot.phase == Phase.CLOSED)
            or any(day.phase == DayPhase.OPENING for day in self.state.days())
        )

    def _begin(self, block: Block) -> None:
        state = self.state
        if state.epoch is None:
            count = len(self.genesis.authorities)
            state.put_epoch(EpochState(0, count, 0, KeyPhase.ANNOUNCING, block.height))
        begin_slots(state)
        for day in state.days():
            if day.phase == DayPhase.OPENING and block.height > day.since + self.genesis.open_ttl:
                state.put_day(replace(day, phase=DayPhase.GIVEN_UP, board=day.board.without_shares()))
        slot = state.slot(state.head)
        if slot is not None and slot.phase == Phase.CLOSED:
            before = state.slot(state.head - 1)
            since = max(slot.gate.closed_height, 0 if before is None else before.final_height)
            if block.height > since + self.genesis.open_ttl:
                void_slot(state, slot)

    def _execute_all(self, block: Block) -> tuple[tuple[Rejected | None, ...], list[Entry]]:
        envelopes: list[Envelope | Rejected] = []
        for raw in block.transactions:
            try:
                envelopes.append(decode(raw))
            except Rejected as rejected:
                envelopes.append(rejected)
        self._desk.prepare(
            [
                envelope.transaction
                for envelope in envelopes
                if not isinstance(envelope, Rejected) and isinstance(envelope.transaction, Report)
            ]
        )
        entries: list[Entry] = []
        verdicts = [self._execute_one(envelope, entries) for envelope in envelopes]
        for number in sorted({entry.slot for entry in entries}):
            pairs = [entry.pairs for entry in entries if entry.slot == number]
            state = self.state.slot(number)
            if state is not None:
                self.state.put_slot(replace(state, sums=state.sums.added(pairs), cohort=state.cohort + len(pairs)))
        return tuple(verdicts), entries

    def _execute_one(self, envelope: Envelope | Rejected, entries: list[Entry]) -> Rejected | None:
        if isinstance(envelope, Rejected):
            return envelope
        try:
            message = envelope.transaction
            if isinstance(message, Report):
                entries.append(self._desk.accept(message))
            else:
                self._check_signatures(envelope)
                self._apply(message)
        except Rejected as rejected:
            return rejected
        return None

    def _apply(self, message: Unsigned) -> None:
        state = self.state
        match message:
            case Enrol():
                enrol(state, message)
            case Approval():
                approve(state, message)
            case Battery():
                take_battery(state, message)
            case DecryptionShare():
                take_share(state, message)
            case OpeningClaim():
                take_opening(state, message)
            case Tick():
                check_tick(message, self._ticked)
            case _:
                state.put_epoch(key_step(state, message))

    def _check_signatures(self, envelope: Envelope) -> None:
        """Who must have signed; a report's own signature is verified with its proof.

        Raises:
            Rejected: by the clause of the transaction.
        """
        genesis, message = self.genesis, envelope.transaction
        match message:
            case Report() | OpeningClaim():
                return
            case Enrol():
                for index, public in enumerate((genesis.utility, message.meter, message.account)):
                    envelope.check_signature(self.chain, index, public, "ACCOUNT-1")
            case Battery():
                if genesis.pool is None:
                    raise Rejected("POOL-2", "this chain has no community battery")
                envelope.check_signature(self.chain, 0, genesis.pool.meter, "POOL-2")
            case _:
                clause = _SIGNATURE_CLAUSES.get(type(message), "KEY-2")
                envelope.check_authority(self.chain, genesis.authorities, message.authority, clause)

    def _end(self, block: Block) -> None:
        state = self.state
        epoch = state.epoch
        if epoch is not None and epoch.phase != KeyPhase.READY:
            advanced = epoch.advanced(block.height, self.genesis.key_wait)
            if advanced is not epoch:
                state.put_epoch(advanced)
        while self._finish_head():
            pass
        for day in state.days():
            if day.phase == DayPhase.OPENING:
                settle_day(state, day)

    def _finish_head(self) -> bool:
        """Settle or void the first slot that is not final, when nothing is missing for it (SLOT-5)."""
        slot = self.state.slot(self.state.head)
        if slot is None or slot.phase != Phase.CLOSED:
            return False
        if slot.counted < slot.quorum:
            void_slot(self.state, slot)
            return True
        if ready_to_open(self.state, slot) and pending_functional(self.state, slot) is None:
            settle_slot(self.state, slot)
            return True
        return False


_SIGNATURE_CLAUSES: dict[type, str] = {Approval: "KEY-5", DecryptionShare: "KEY-6", Tick: "SLOT-7"}
