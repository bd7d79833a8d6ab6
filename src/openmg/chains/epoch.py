"""The making of an epoch key on the chain: announcements, deals, complaints, confirmations (KEY-1, KEY-2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

from openmg.chains.transactions import KeyAnnouncement, KeyComplaint, KeyConfirmation, KeyDeal
from openmg.crypto import GENERATOR, IDENTITY, KeyContext, Point, check_point, epoch_key
from openmg.crypto.key import faults_of
from openmg.encoding import Reader, Writer
from openmg.errors import Malformed, Rejected


class KeyPhase(IntEnum):
    """Where the making of a key stands."""

    ANNOUNCING = 0
    DEALING = 1
    JUDGING = 2
    READY = 3


@dataclass(frozen=True)
class EpochState:
    """One epoch's key, or the attempt at it.

    Indices of authorities start at 1. `since` is the height at which the phase began. The deals of the attempt that
    succeeded stay, so that an authority that slept through it finds its shares.
    """

    epoch: int
    authorities: int
    attempt: int
    phase: KeyPhase
    since: int
    announced: tuple[tuple[int, Point], ...] = ()
    deals: tuple[tuple[int, bytes], ...] = ()
    excluded: tuple[int, ...] = ()
    confirmed: tuple[int, ...] = ()
    dealers: tuple[int, ...] = ()
    key: Point = IDENTITY
    verification: tuple[Point, ...] = ()

    def context(self, chain: bytes) -> KeyContext:
        """What every message of this attempt is bound to."""
        return KeyContext(chain, self.epoch, self.attempt, self.authorities)

    @property
    def ephemerals(self) -> list[Point]:
        """One key for every authority; a silent one's box is sealed to a point whose logarithm nobody knows."""
        announced = dict(self.announced)
        return [announced.get(index, GENERATOR) for index in range(1, self.authorities + 1)]

    def announce(self, message: KeyAnnouncement) -> EpochState:
        """Take an ephemeral key.

        Raises:
            Rejected: `KEY-2`.
        """
        self._expect(message.epoch, message.attempt, KeyPhase.ANNOUNCING)
        if message.authority in dict(self.announced):
            raise Rejected("KEY-2", f"authority {message.authority} announced a key already")
        return replace(self, announced=(*self.announced, (message.authority, check_point(message.ephemeral))))

    def take_deal(self, chain: bytes, message: KeyDeal) -> EpochState:
        """Take a deal whose proof of knowledge holds.

        Raises:
            Rejected: `KEY-1`, `KEY-2`.
        """
        self._expect(message.epoch, message.attempt, KeyPhase.DEALING)
        ephemeral = dict(self.announced).get(message.authority)
        if ephemeral is None:
            raise Rejected("KEY-2", f"authority {message.authority} announced no key")
        if message.authority in dict(self.deals):
            raise Rejected("KEY-2", f"authority {message.authority} dealt already")
        self.context(chain).check_deal(message.authority, ephemeral, message.deal)
        return replace(self, deals=(*self.deals, (message.authority, message.deal)))

    def judge(self, chain: bytes, message: KeyComplaint) -> EpochState:
        """Exclude the liar that a complaint shows: the dealer, or the accuser.

        Raises:
            Rejected: `KEY-2`.
        """
        self._expect(message.epoch, message.attempt, KeyPhase.JUDGING)
        deal, ephemeral = dict(self.deals).get(message.dealer), dict(self.announced).get(message.authority)
        if deal is None or ephemeral is None:
            raise Rejected("KEY-2", f"authority {message.authority} complains about no deal to it")
        if message.authority in self.confirmed or message.authority in self.excluded:
            raise Rejected("KEY-2", f"authority {message.authority} has no more complaints")
        if message.dealer in self.excluded:
            raise Rejected("KEY-2", f"dealer {message.dealer} is excluded already")
        liar = self.context(chain).judge(message.authority, message.dealer, ephemeral, deal, message.complaint)
        return replace(self, excluded=(*self.excluded, liar))

    def confirm(self, message: KeyConfirmation) -> EpochState:
        """Note that an authority holds all its shares of the deals that stand.

        Raises:
            Rejected: `KEY-2`.
        """
        self._expect(message.epoch, message.attempt, KeyPhase.JUDGING)
        if message.authority not in dict(self.announced) or message.authority in {*self.confirmed, *self.excluded}:
            raise Rejected("KEY-2", f"authority {message.authority} has nothing to confirm")
        return replace(self, confirmed=(*self.confirmed, message.authority))

    def advanced(self, height: int, wait: int) -> EpochState:
        """At a block's end: the next phase once all spoke or `wait` blocks passed; a new attempt if too few did."""
        waited = height - self.since >= wait
        if self.phase == KeyPhase.ANNOUNCING:
            if len(self.announced) == self.authorities or (waited and len(self.announced) >= self._least):
                return replace(self, phase=KeyPhase.DEALING, since=height)
        elif self.phase == KeyPhase.DEALING:
            if len(self.deals) == len(self.announced):
                return replace(self, phase=KeyPhase.JUDGING, since=height)
            if waited:
                enough = len(self.deals) >= self._least
                return replace(self, phase=KeyPhase.JUDGING, since=height) if enough else self._restarted(height)
        elif self.phase == KeyPhase.JUDGING:
            spoken = set(self.confirmed) | set(self.excluded)
            if waited or spoken >= set(dict(self.announced)):
                return self._finished(height)
        return self

    @property
    def _least(self) -> int:
        return self.authorities - faults_of(self.authorities)

    def _finished(self, height: int) -> EpochState:
        qualified = [(dealer, deal) for dealer, deal in sorted(self.deals) if dealer not in self.excluded]
        holders = set(self.confirmed) - set(self.excluded)
        if len(qualified) < self._least or len(holders) < self._least:
            return self._restarted(height)
        try:
            key, verification = epoch_key(self.authorities, [deal for _, deal in qualified])
        except Rejected:
            return self._restarted(height)
        return replace(
            self,
            phase=KeyPhase.READY,
            since=height,
            dealers=tuple(dealer for dealer, _ in qualified),
            key=key,
            verification=verification,
        )

    def _restarted(self, height: int) -> EpochState:
        return EpochState(self.epoch, self.authorities, self.attempt + 1, KeyPhase.ANNOUNCING, height)

    def _expect(self, epoch: int, attempt: int, phase: KeyPhase) -> None:
        if (epoch, attempt) != (self.epoch, self.attempt):
            raise Rejected("KEY-1", f"epoch {epoch}, attempt {attempt}: {self.epoch}, {self.attempt} is being made")
        if phase != self.phase:
            raise Rejected("KEY-2", f"a message for {phase.name.lower()} while {self.phase.name.lower()}")

    def encode(self) -> bytes:
        """The epoch's leaf (WIRE-12)."""
        writer = Writer().integer(self.epoch, 4).integer(self.authorities, 1).integer(self.attempt, 4)
        writer.integer(self.phase, 1).integer(self.since, 8).integer(len(self.announced), 1)
        for authority, point in self.announced:
            writer.integer(authority, 1).fixed(point, 32)
        writer.integer(len(self.deals), 1)
        for dealer, deal in self.deals:
            writer.integer(dealer, 1).sized(deal, 4)
        for indices in (self.excluded, self.confirmed, self.dealers):
            writer.sized(bytes(indices), 1)
        writer.fixed(self.key, 32).sized(b"".join(self.verification))
        return writer.done()

    @classmethod
    def decode(cls, data: bytes) -> EpochState:
        """Inverse of `encode`.

        Raises:
            Malformed: not one canonical encoding.
        """
        reader = Reader(data, "epoch")
        epoch, authorities, attempt = reader.integer(4), reader.integer(1), reader.integer(4)
        phase, since = reader.integer(1), reader.integer(8)
        if phase >= len(KeyPhase):
            raise Malformed(f"epoch: phase {phase}")
        announced = tuple((reader.integer(1), Point(reader.fixed(32))) for _ in range(reader.integer(1)))
        deals = tuple((reader.integer(1), reader.sized(4)) for _ in range(reader.integer(1)))
        excluded, confirmed, dealers = (tuple(reader.sized(1)) for _ in range(3))
        key, joined = Point(reader.fixed(32)), reader.sized()
        reader.end()
        if len(joined) not in {0, 32 * authorities}:
            raise Malformed("epoch: one verification key for each authority was expected")
        verification = tuple(Point(joined[at : at + 32]) for at in range(0, len(joined), 32))
        return cls(
            epoch, authorities, attempt, KeyPhase(phase), since,
            announced, deals, excluded, confirmed, dealers, key, verification,
        )  # fmt: skip
