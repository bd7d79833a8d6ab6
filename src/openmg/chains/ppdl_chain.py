"""The PPDL chain: tasks, rounds and models, as a pure function of blocks (LEARN).

A block is executed as: the clock's consequences, then its transactions in SLOT-6 order, then what they made possible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final, Self

from openmg.chains.ppdl.claim import Claim, ClaimBatch, Verdict, Verdicts
from openmg.chains.ppdl.course import advance, next_due
from openmg.chains.ppdl.effects import Effects
from openmg.chains.ppdl.genesis import PPDLGenesis
from openmg.chains.ppdl.gossip import is_ahead
from openmg.chains.ppdl.rounds import (
    MOST_CLAIMS,
    check_checked,
    check_round_key,
    claim_complaint,
    claim_mask_sum,
    claim_upload,
    take_checked,
    take_complaint,
    take_mask_sum,
    take_round_key,
    take_upload,
)
from openmg.chains.ppdl.state import TREES, Clock, LearningState
from openmg.chains.ppdl.transactions import (
    Checked,
    Envelope,
    MaskSum,
    RegistryVote,
    RoundKey,
    SeedComplaint,
    TaskVote,
    Upload,
    decode,
)
from openmg.chains.ppdl.votes import check_registry_vote, check_task_vote, take_registry_vote, take_task_vote
from openmg.errors import Rejected
from openmg.lightclient import Proof
from openmg.machine import (
    Block,
    Inspection,
    Leaf,
    Outcome,
    Tick,
    Waiting,
    check_follows,
    check_tick,
    transaction_id,
)

_CLAUSES: Final[dict[type, str]] = {TaskVote: "LEARN-0", RegistryVote: "LEARN-2", MaskSum: "LEARN-4", Tick: "SLOT-7"}
"""Of an authority's signature; the others' is LEARN-3."""


class PPDLChain:
    """The state machine; it knows neither the engine that runs it nor any clock but its blocks'."""

    kind: ClassVar[str] = "PPDL chain"
    tree_names: ClassVar[Sequence[str]] = TREES

    def __init__(self, genesis: PPDLGenesis, state: LearningState | None = None, height: int | None = None) -> None:
        self.genesis = genesis
        self.chain = genesis.chain
        self.state = state or LearningState(genesis)
        self.root = self.state.commit()[0] if state is None else state.root()
        self.height = self.state.clock.height if height is None else height
        self._ticked = self.state.clock.height
        self._verdicts = Verdicts()

    @classmethod
    def begin(cls, genesis: bytes) -> Self:
        """A chain before its first block.

        Raises:
            Malformed: no genesis of a PPDL chain.
        """
        return cls(PPDLGenesis.decode(genesis))

    @classmethod
    def resume(cls, genesis: bytes, leaves: Iterable[Leaf], waiting: Waiting, height: int) -> Self:
        """A chain from what a store kept.

        Raises:
            Malformed: no genesis of a PPDL chain.
            Corrupt: the leaves are damaged.
        """
        parameters = PPDLGenesis.decode(genesis)
        return cls(parameters, LearningState.load(parameters, leaves, waiting), height)

    @property
    def time(self) -> int:
        """Seconds since the Unix epoch, of the newest block that changed anything."""
        return self.state.clock.time

    @property
    def changed(self) -> tuple[int, bytes]:
        """Height and digest of the newest block that changed anything."""
        return self.state.clock.height, self.state.clock.block

    @property
    def due(self) -> int | None:
        """The time (s) at which time alone next moves a round; None when none runs (SLOT-7)."""
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
            Rejected: `WIRE-10`, when the bytes are no canonical transaction.
        """
        return decode(raw)

    def check_waiting(self) -> None:
        """Whether the uploads and sums at hand are those that the running rounds name by their ids.

        Raises:
            Corrupt: they are others.
        """
        self.state.check_waiting()

    def check(self, transactions: Sequence[bytes]) -> list[Rejected | None]:
        """Whether each transaction may be gossiped now."""
        inspection = self.inspect(transactions)
        batches = self.unverified(inspection)
        return self.conclude(inspection, batches, [batch.verify() for batch in batches])

    def inspect(self, transactions: Sequence[bytes], *, lagging: bool = False) -> Inspection[Claim]:
        """The first half of `check`: all but the proofs.

        `lagging`: other nodes may be a block ahead, so what a holder signed for that block is not refused.
        """
        inspection: Inspection[Claim] = Inspection([], [], [])
        claimed: Counter[int] = Counter()
        for at, raw in enumerate(transactions):
            envelope, verdict = None, None
            try:
                envelope = decode(raw)
                self._check_signature(envelope)
                if not (lagging and is_ahead(self.state, envelope.transaction)):
                    claim = self._admit(envelope, self.state.clock.height, lagging=lagging)
                    if claim is not None:
                        _count(envelope, claimed)
                        inspection.claims.append((at, claim))
            except Rejected as rejected:
                verdict = rejected
            inspection.envelopes.append(envelope)
            inspection.verdicts.append(verdict)
        return inspection

    def unverified(self, inspection: Inspection[Claim]) -> list[ClaimBatch]:
        """What is still to be verified of the claims of an inspection."""
        return self._verdicts.unknown([claim for _, claim in inspection.claims])

    def conclude(
        self, inspection: Inspection[Claim], batches: Sequence[ClaimBatch], proofs: Sequence[Sequence[Verdict]]
    ) -> list[Rejected | None]:
        """The second half of `check`: the verdicts, from those on each of the batches."""
        for batch, verdicts in zip(batches, proofs, strict=True):
            self._verdicts.note(batch, verdicts)
        for at, claim in inspection.claims:
            inspection.verdicts[at] = self._verdicts.of(claim)
        return inspection.verdicts

    def execute(self, block: Block) -> Outcome:
        """Execute the next block.

        Raises:
            Rejected: `WIRE-11` or `SLOT-6`, when the block does not follow; nothing is changed then.
        """
        state, before, effects = self.state, self.state.clock, Effects()
        count = len(self.genesis.authorities)
        check_follows(block, height=self.height, root=self.root, time=before.time, authorities=count)
        state.clock = Clock(block.height, block.time, block.digest)
        self._ticked = before.height
        advance(state, block.time, effects)
        claimed: Counter[int] = Counter()
        verdicts = tuple(self._execute_one(raw, effects, claimed) for raw in block.transactions)
        advance(state, block.time, effects)
        self.height = block.height
        if before.height and not block.transactions and not state.changed:
            state.rest(before)  # Not in block 1: a store has no clock before it.
        self.root, leaves = state.commit()
        kept = [entry for entry in effects.kept if entry[0] not in effects.ended]
        return Outcome(self.root, verdicts, leaves, kept, tuple(effects.ended), tuple(effects.models))

    def _execute_one(self, raw: bytes, effects: Effects, claimed: Counter[int]) -> Rejected | None:
        try:
            envelope = decode(raw)
            self._check_signature(envelope)
            claim = self._admit(envelope, self._ticked)
            if claim is not None:
                _count(envelope, claimed)
        except Rejected as rejected:
            return rejected
        verdict = None if claim is None else self._verdicts.of(claim)
        if verdict is None:
            self._apply(envelope, effects)
        return verdict

    def _check_signature(self, envelope: Envelope) -> None:
        """Who must have signed.

        Raises:
            Rejected: by the clause of the transaction.
        """
        message = envelope.transaction
        if isinstance(message, Upload):
            envelope.check_signature(self.chain, 0, message.account, "LEARN-2")
        else:
            clause = _CLAUSES.get(type(message), "LEARN-3")
            envelope.check_authority(self.chain, self.genesis.authorities, message.authority, clause)

    def _admit(self, envelope: Envelope, ticked: int, *, lagging: bool = False) -> Claim | None:
        """Whether a message fits the state, and what is still to be verified of it.

        Raises:
            Rejected: by the clause of the transaction.
        """
        state, message = self.state, envelope.transaction
        match message:
            case Upload():
                return claim_upload(state, message, transaction_id(envelope.raw))
            case SeedComplaint():
                return claim_complaint(state, message, transaction_id(envelope.raw))
            case MaskSum():
                return claim_mask_sum(state, message, transaction_id(envelope.raw))
            case TaskVote():
                check_task_vote(state, message)
            case RegistryVote():
                check_registry_vote(state, message)
            case RoundKey():
                check_round_key(state, message)
            case Checked():
                check_checked(state, message)
            case Tick():
                check_tick(message, ticked, lagging=lagging)
        return None

    def _apply(self, envelope: Envelope, effects: Effects) -> None:
        """The effects of a message that was admitted and verified."""
        state, message, raw = self.state, envelope.transaction, envelope.raw
        match message:
            case Upload():
                take_upload(state, message, transaction_id(raw), raw, effects)
            case SeedComplaint():
                take_complaint(state, message)
            case MaskSum():
                take_mask_sum(state, message, transaction_id(raw), raw, effects)
            case TaskVote():
                take_task_vote(state, message, effects)
            case RegistryVote():
                take_registry_vote(state, message)
            case RoundKey():
                take_round_key(state, message)
            case Checked():
                take_checked(state, message)
            case Tick():
                pass


def _count(envelope: Envelope, claimed: Counter[int]) -> None:
    """Bound what one authority may have verified in a block.

    Raises:
        Rejected: `LEARN-3` or `LEARN-4`, by the kind of the message.
    """
    message = envelope.transaction
    if isinstance(message, Upload):
        return
    claimed[message.authority] += 1
    if claimed[message.authority] > MOST_CLAIMS:
        clause = _CLAUSES.get(type(message), "LEARN-3")
        raise Rejected(clause, f"authority {message.authority} has {MOST_CLAIMS} complaints and sums in this block")
