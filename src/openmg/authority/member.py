"""What one authority posts after a block, decided from its own copy of the chain alone (KEY-1, KEY-2, KEY-4, KEY-6)."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice

from openmg.authority.keyfile import AuthorityKeys, Making
from openmg.chains import RelayChain
from openmg.chains.day import BOUGHT, DayState
from openmg.chains.epoch import EpochState, KeyPhase
from openmg.chains.openings import Step, has_ended, opened_point, steps
from openmg.chains.transactions import (
    Approval,
    DecryptionShare,
    KeyAnnouncement,
    KeyComplaint,
    KeyConfirmation,
    KeyDeal,
    OpeningClaim,
    Subject,
    Unsigned,
)
from openmg.crypto import GENERATOR, DiscreteLog, combine, make_share, public_point, random_scalar, sign
from openmg.crypto.key import add_shares
from openmg.encoding import Reader
from openmg.errors import BadInput, Corrupt, Rejected
from openmg.machine import Tick, signed_message

_NEAR = 2**33
"""Up to here the small table is quicker than building a large one."""
_NEAR_BITS, _FAR_BITS = 16, 20
_MOST_APPROVALS = 200
"""Posted at once; the rest after the next block."""
_MOST_MADE = 64
"""Shares remembered: of more steps than may be open at once."""


class Authority:
    """One authority's judgement. `index` starts at 1."""

    def __init__(self, chain: RelayChain, keys: AuthorityKeys) -> None:
        if keys.public not in chain.genesis.authorities:
            raise BadInput("this key file belongs to no authority of the chain")
        self.index = chain.genesis.authorities.index(keys.public) + 1
        self._chain = chain
        self._keys = keys
        self._tables: dict[int, DiscreteLog] = {}
        self._made: dict[bytes, bytes] = {}
        self._bind_to_chain()

    def observe(self) -> None:
        """Learn from one block, also while catching up: the shares of deals, and whether this is the history known.

        Raises:
            Corrupt: another block stands where this authority posted a share after one.
        """
        clock, secrets, epoch = self._chain.state.clock, self._keys.secrets, self._chain.state.epoch
        if secrets.block and clock.height == secrets.height and clock.block.hex() != secrets.block:
            raise Corrupt(f"block {clock.height} is not the one after which this authority posted a share (KEY-4)")
        making = secrets.making
        if epoch is None or making is None or making.epoch != epoch.epoch:
            return
        if epoch.phase == KeyPhase.JUDGING and making.attempt == epoch.attempt:
            self._open_shares(epoch, making)
        elif epoch.phase == KeyPhase.READY and making.attempt <= epoch.attempt:
            if making.attempt == epoch.attempt:
                self._open_shares(epoch, making)
            self._keep_share(epoch, making)

    def respond(self) -> list[bytes]:
        """Observe the newest block; the transactions that it asks of this authority.

        Raises:
            Corrupt: as `observe`.
        """
        return [*self.messages(), *self.openings()]

    def messages(self) -> list[bytes]:
        """Observe the newest block; what it asks for and takes no long thought: key messages, shares, approvals.

        Raises:
            Corrupt: as `observe`.
        """
        self.observe()
        return [*self._key_messages(), *self._shares(), *self._approvals()]

    def tick(self) -> bytes:
        """Ask for a block, because of the time (SLOT-7)."""
        return self._signed(Tick(self.index, self._chain.state.clock.height))

    def _bind_to_chain(self) -> None:
        chain, secrets = self._chain.chain.hex(), self._keys.secrets
        if secrets.chain not in {"", chain}:
            raise BadInput("this key file serves another chain")
        if not secrets.chain:
            secrets.chain = chain
            self._keys.save()

    # --- enrolment
    def _approvals(self) -> list[bytes]:
        """What the utility enrolled is approved; an operator who wants to look first runs its own rule here."""
        bit = 1 << (self.index - 1)
        registry = self._chain.state.registry
        waiting = list(islice((each.account for each in registry if not each.approvals & bit), _MOST_APPROVALS))
        return [self._signed(Approval(self.index, account)) for account in waiting]

    # --- key generation
    def _key_messages(self) -> list[bytes]:
        epoch = self._chain.state.epoch
        if epoch is None:
            return []
        if epoch.phase == KeyPhase.READY or self._chain.state.clock.height < self._keys.secrets.height:
            return []
        if str(epoch.epoch) in self._keys.secrets.epochs:
            # Made already: a node that replays is not there yet. No second one is ever made, on whatever history.
            return []
        making = self._making(epoch)
        messages: list[Unsigned] = []
        if epoch.phase == KeyPhase.ANNOUNCING:
            messages = self._announcement(epoch, making)
        elif not self._announced(epoch, making):
            return []
        elif epoch.phase == KeyPhase.DEALING:
            messages = self._deal(epoch, making)
        else:
            messages = self._judgement(epoch, making)
        if messages:
            self._pin()
        return [self._signed(message) for message in messages]

    def _announced(self, epoch: EpochState, making: Making) -> bool:
        """Whether the key that the chain has of this authority is the one whose secret is in its file."""
        return dict(epoch.announced).get(self.index) == public_point(bytes.fromhex(making.ephemeral))

    def _making(self, epoch: EpochState) -> Making:
        making = self._keys.secrets.making
        if making is None or (making.epoch, making.attempt) != (epoch.epoch, epoch.attempt):
            making = Making(epoch.epoch, epoch.attempt, random_scalar().hex())
            self._keys.secrets.making = making
            self._keys.save()
        return making

    def _announcement(self, epoch: EpochState, making: Making) -> list[Unsigned]:
        if self.index in dict(epoch.announced):
            return []
        public = public_point(bytes.fromhex(making.ephemeral))
        return [KeyAnnouncement(epoch.epoch, epoch.attempt, self.index, public)]

    def _deal(self, epoch: EpochState, making: Making) -> list[Unsigned]:
        if self.index in dict(epoch.deals):
            return []
        if not making.deal:
            making.deal = epoch.context(self._chain.chain).deal(self.index, epoch.ephemerals).hex()
            self._keys.save()
        return [KeyDeal(epoch.epoch, epoch.attempt, self.index, bytes.fromhex(making.deal))]

    def _judgement(self, epoch: EpochState, making: Making) -> list[Unsigned]:
        """Complain about every deal whose share is wrong; confirm once no such deal stands."""
        if self.index in epoch.confirmed:
            return []
        self._open_shares(epoch, making)
        context, secret = epoch.context(self._chain.chain), bytes.fromhex(making.ephemeral)
        complaints: list[Unsigned] = [
            KeyComplaint(
                epoch.epoch, epoch.attempt, self.index, dealer, context.complain(self.index, dealer, secret, deal)
            )
            for dealer, deal in epoch.deals
            if dealer not in epoch.excluded and str(dealer) not in making.shares
        ]
        if self.index in epoch.excluded:
            return []
        return complaints or [KeyConfirmation(epoch.epoch, epoch.attempt, self.index)]

    def _open_shares(self, epoch: EpochState, making: Making) -> None:
        """Open this authority's share of every deal, and keep those that are right."""
        if not self._announced(epoch, making):
            return
        context, secret, known = epoch.context(self._chain.chain), bytes.fromhex(making.ephemeral), len(making.shares)
        for dealer, deal in epoch.deals:
            if str(dealer) not in making.shares:
                with suppress(Rejected):
                    making.shares[str(dealer)] = context.open_share(dealer, self.index, secret, deal).hex()
        if len(making.shares) != known:
            self._keys.save()

    def _keep_share(self, epoch: EpochState, making: Making) -> None:
        """Sum the shares of the qualified dealers, and erase what made them (KEY-3)."""
        shares = [making.shares.get(str(dealer)) for dealer in epoch.dealers]
        complete = [bytes.fromhex(share) for share in shares if share is not None]
        if making.attempt == epoch.attempt and len(complete) == len(shares):
            share = add_shares(complete)
            if public_point(share) != epoch.verification[self.index - 1]:
                raise Corrupt("the sum of this authority's shares is not the share that the chain computed (KEY-1)")
            self._keys.secrets.epochs[str(epoch.epoch)] = share.hex()
        self._keys.secrets.making = None
        self._keys.save()

    # --- decryption
    def _shares(self) -> list[bytes]:
        made = []
        for step in steps(self._chain.state):
            secret = self._keys.secrets.epochs.get(str(step.subject.epoch))
            if secret is None or any(self.index in step.board.shares_of(name) for name, _ in step.missing):
                continue
            if not step.missing:
                continue
            epoch = self._chain.state.epoch_of(step.subject.epoch)
            if public_point(bytes.fromhex(secret)) != epoch.verification[self.index - 1]:
                raise Corrupt(f"this authority's share of epoch {epoch.epoch} belongs to another history (KEY-6)")
            if not self._may_emit(step):
                continue
            made.append(self._share(step, bytes.fromhex(secret)))
        return made

    def _share(self, step: Step, secret: bytes) -> bytes:
        """The share of a step; the same bytes as before when it was made already, for whoever keeps what waits."""
        names, subject = tuple(name for name, _ in step.sums), step.subject.encode()
        place = subject + step.cohort + b"".join(names)
        if place not in self._made:
            share = make_share(self._chain.chain, step.subject.epoch, subject, secret, step.sums)
            if len(self._made) > _MOST_MADE:
                self._made.clear()
            self._made[place] = self._signed(DecryptionShare(self.index, step.subject, names, share))
        return self._made[place]

    def _may_emit(self, step: Step) -> bool:
        """Note durably what is emitted; False where a share of another cohort is out, or of a later block (KEY-4)."""
        secrets, clock = self._keys.secrets, self._chain.state.clock
        if clock.height < secrets.height:
            return False
        subject, cohort = step.subject.encode().hex(), step.cohort.hex()
        if secrets.emitted.get(subject, cohort) != cohort:
            return False
        self._forget_what_ended()
        new = subject not in secrets.emitted
        secrets.emitted[subject] = cohort
        self._pin(new=new)
        return True

    def _pin(self, *, new: bool = True) -> None:
        """Note durably after which block this authority posts: from now on no other history is answered."""
        secrets, clock = self._keys.secrets, self._chain.state.clock
        place = (clock.height, clock.block.hex())
        if new or place != (secrets.height, secrets.block):
            secrets.height, secrets.block = place
            self._keys.save()

    def _forget_what_ended(self) -> None:
        """Drop what is final after the block that is about to be pinned: no share of it is ever asked for again."""
        emitted = self._keys.secrets.emitted
        for name in list(emitted):
            if has_ended(self._chain.state, Subject.read(Reader(bytes.fromhex(name), "subject"))):
                del emitted[name]

    def openings(self) -> list[bytes]:
        """Post the values of sums with t shares; duty goes round, so that a dead authority only delays."""
        state = self._chain.state
        if state.clock.height % len(self._chain.genesis.authorities) != self.index - 1:
            return []
        claims = []
        for step in steps(state):
            for name, _ in step.missing:
                if len(step.board.shares_of(name)) < self._chain.genesis.threshold:
                    continue
                value = self._solve(step, name)
                if value is not None:
                    claims.append(OpeningClaim(step.subject, name, value).encode())
        return claims

    def _solve(self, step: Step, functional: bytes) -> int | None:
        point = opened_point(self._chain.state, step, functional)
        known = self._known(step, functional)
        rest = combine([1, -known], [point, GENERATOR])
        bound = step.bound(functional) + known
        value = self._table(_NEAR_BITS).solve(rest, min(bound, _NEAR))
        if value is None and bound > _NEAR:
            value = self._table(_FAR_BITS).solve(rest, bound)
        return None if value is None else value + known

    def _table(self, bits: int) -> DiscreteLog:
        if bits not in self._tables:
            self._tables[bits] = DiscreteLog(bits)
        return self._tables[bits]

    def _known(self, step: Step, functional: bytes) -> int:
        """The part of a day's bought energy that is public already: it makes the logarithm small (KEY-6)."""
        if step.subject.scope != Subject.DAY or functional != BOUGHT:
            return 0
        day: DayState = self._chain.state.day(step.subject.index, step.subject.epoch)
        return day.known_bought

    def _signed(self, message: Unsigned) -> bytes:
        unsigned = message.encode()
        return unsigned + sign(self._keys.signing, signed_message(self._chain.chain, unsigned))
