"""One account as the chain keeps it: commitments and counters, never an amount (ACCOUNT-2, ACCOUNT-3)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

from openmg.crypto import IDENTITY, Point, combine
from openmg.encoding import Reader, Writer
from openmg.errors import Malformed, Rejected
from openmg.units import Slot


@dataclass(frozen=True)
class Locked:
    """The collateral of one report that is not settled yet."""

    slot: Slot
    point: Point
    report: bytes
    """The report transaction's id."""


@dataclass(frozen=True)
class Credit:
    """Prefix sum of all credits up to and including one settled slot (µKRW/65536)."""

    slot: Slot
    point: Point


@dataclass(frozen=True)
class Account:
    """Public state of one pseudonym.

    `available` commits to the spendable balance of `version`, into which credits up to `checkpoint` are folded.
    `credits` holds, in slot order, the prefix sums that a future fold may name.
    """

    account: bytes
    meter: bytes
    enrolled: Slot
    approvals: int
    available: Point
    version: int
    checkpoint: Slot
    reported: Slot
    credits: tuple[Credit, ...]
    locked: tuple[Locked, ...]

    @property
    def latest_credit(self) -> Point:
        """The newest prefix sum."""
        return self.credits[-1].point if self.credits else IDENTITY

    def credit_at(self, checkpoint: Slot) -> Point:
        """The prefix sum of everything credited up to `checkpoint`."""
        point = IDENTITY
        for credit in self.credits:
            if credit.slot > checkpoint:
                break
            point = credit.point
        return point

    def base(self, version: int, checkpoint: Slot) -> Point:
        """What a report that names (version, checkpoint) spends from.

        Raises:
            Rejected: `ACCOUNT-3`, when the version was spent already or the checkpoint goes back.
        """
        if version != self.version:
            raise Rejected("ACCOUNT-3", f"version {version} named, the balance is at version {self.version}")
        if checkpoint < self.checkpoint:
            raise Rejected("ACCOUNT-3", f"checkpoint {checkpoint} is before the folded {self.checkpoint}")
        folded, newer = self.credit_at(self.checkpoint), self.credit_at(checkpoint)
        if folded == newer:
            return self.available
        return combine([1, 1, -1], [self.available, newer, folded])

    def with_report(self, slot: Slot, checkpoint: Slot, report: bytes, headroom: Point, collateral: Point) -> Account:
        """After an accepted report, by its identity (MARKET-6).

        Raises:
            Rejected: `MARKET-6`, when one report of this slot is pending.
        """
        if any(locked.slot == slot for locked in self.locked):
            raise Rejected("MARKET-6", f"a report for slot {slot} is already there")
        return replace(
            self,
            available=headroom,
            version=self.version + 1,
            checkpoint=checkpoint,
            reported=max(self.reported, slot),
            credits=_kept(self.credits, checkpoint),
            locked=(*self.locked, Locked(slot, collateral, report)),
        )

    def settled(self, slot: Slot, prefix: Point) -> Account:
        """After its report of `slot` settled: collateral released, `prefix` the new sum of credits."""
        return replace(
            self,
            credits=(*self.credits, Credit(slot, prefix)),
            locked=tuple(locked for locked in self.locked if locked.slot != slot),
        )

    def encode(self) -> bytes:
        """The account's leaf (WIRE-12)."""
        writer = (
            Writer()
            .fixed(self.account, 32)
            .fixed(self.meter, 32)
            .integer(self.enrolled, 8)
            .integer(self.approvals, 8)
            .fixed(self.available, 32)
            .integer(self.version, 8)
            .integer(self.checkpoint, 8)
            .integer(self.reported, 8)
            .integer(len(self.credits), 2)
        )
        for credit in self.credits:
            writer.integer(credit.slot, 8).fixed(credit.point, 32)
        writer.integer(len(self.locked), 1)
        for locked in self.locked:
            writer.integer(locked.slot, 8).fixed(locked.point, 32).fixed(locked.report, 32)
        return writer.done()

    @classmethod
    def decode(cls, data: bytes) -> Account:
        """Inverse of `encode`.

        Raises:
            Malformed: not one canonical encoding.
        """
        reader = Reader(data, "account")
        account, meter = reader.fixed(32), reader.fixed(32)
        enrolled, approvals = Slot(reader.integer(8)), reader.integer(8)
        available = Point(reader.fixed(32))
        version, checkpoint, reported = reader.integer(8), Slot(reader.integer(8)), Slot(reader.integer(8))
        credits = tuple(Credit(Slot(reader.integer(8)), Point(reader.fixed(32))) for _ in range(reader.integer(2)))
        locked = tuple(
            Locked(Slot(reader.integer(8)), Point(reader.fixed(32)), reader.fixed(32)) for _ in range(reader.integer(1))
        )
        reader.end()
        _increasing([credit.slot for credit in credits], "credits")
        return cls(account, meter, enrolled, approvals, available, version, checkpoint, reported, credits, locked)


def _kept(credits: tuple[Credit, ...], checkpoint: Slot) -> tuple[Credit, ...]:
    """Prefix sums that a later fold can still name: the newest up to the checkpoint, and all after it."""
    folded = [credit for credit in credits if credit.slot <= checkpoint]
    return tuple(folded[-1:]) + tuple(credit for credit in credits if credit.slot > checkpoint)


def _increasing(slots: list[Slot], what: str) -> None:
    if any(left >= right for left, right in itertools.pairwise(slots)):
        raise Malformed(f"account: {what} out of order")
