"""The relay chain's transactions and their bytes (WIRE-10)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar, Final

from openmg.encoding import Reader, Writer
from openmg.errors import Malformed, Rejected
from openmg.machine import SIGNATURE_BYTES, KindTable, Tick
from openmg.machine import Envelope as Sealed
from openmg.units import Slot, WattHours

COMPLAINT_BYTES: Final = 128
_HEAD: Final = struct.Struct("<B32sQQQI")
"""The head of a report (WIRE-7); thousands are read, so in one call."""
REPORT: Final = 2


@dataclass(frozen=True)
class Enrol:
    """The utility connects an account key with a meter key; both prove possession (ACCOUNT-1)."""

    kind: ClassVar[int] = 1
    account: bytes
    meter: bytes
    deposit: int

    def encode(self) -> bytes:
        return (
            Writer().integer(self.kind, 1).fixed(self.account, 32).fixed(self.meter, 32).integer(self.deposit, 8).done()
        )

    @classmethod
    def read(cls, reader: Reader) -> Enrol:
        return cls(reader.fixed(32), reader.fixed(32), reader.integer(8))


@dataclass(frozen=True)
class Report:
    """The head of a report; the rest is the core's (WIRE-7)."""

    kind: ClassVar[int] = REPORT
    account: bytes
    slot: Slot
    version: int
    checkpoint: Slot
    epoch: int
    raw: bytes

    @classmethod
    def parse(cls, raw: bytes) -> Report:
        """Read the head.

        Raises:
            Malformed: too short, or of another kind.
        """
        if len(raw) < _HEAD.size:
            raise Malformed(f"report: {len(raw)} bytes where a head of {_HEAD.size} was expected")
        kind, account, slot, version, checkpoint, epoch = _HEAD.unpack_from(raw)
        if kind != REPORT:
            raise Malformed("report: another kind of transaction")
        return cls(account, Slot(slot), version, Slot(checkpoint), epoch, raw)


@dataclass(frozen=True)
class Battery:
    """What the community battery's meter signs for one slot (POOL-2)."""

    kind: ClassVar[int] = 3
    slot: Slot
    discharged: WattHours
    charged: WattHours
    stored_start: WattHours
    stored_end: WattHours

    def encode(self) -> bytes:
        writer = Writer().integer(self.kind, 1).integer(self.slot, 8)
        for quantity in (self.discharged, self.charged, self.stored_start, self.stored_end):
            writer.integer(quantity, 4)
        return writer.done()

    @classmethod
    def read(cls, reader: Reader) -> Battery:
        return cls(Slot(reader.integer(8)), *(WattHours(reader.integer(4)) for _ in range(4)))


@dataclass(frozen=True)
class Approval:
    """An authority vouches that an enrolled account is a real connection (KEY-5)."""

    kind: ClassVar[int] = 4
    authority: int
    account: bytes

    def encode(self) -> bytes:
        return Writer().integer(self.kind, 1).integer(self.authority, 1).fixed(self.account, 32).done()

    @classmethod
    def read(cls, reader: Reader) -> Approval:
        return cls(reader.integer(1), reader.fixed(32))


@dataclass(frozen=True)
class KeyAnnouncement:
    """An authority's ephemeral key for one attempt (KEY-2)."""

    kind: ClassVar[int] = 16
    epoch: int
    attempt: int
    authority: int
    ephemeral: bytes

    def encode(self) -> bytes:
        return _key_head(self.kind, self.epoch, self.attempt, self.authority).fixed(self.ephemeral, 32).done()

    @classmethod
    def read(cls, reader: Reader) -> KeyAnnouncement:
        return cls(reader.integer(4), reader.integer(4), reader.integer(1), reader.fixed(32))


@dataclass(frozen=True)
class KeyDeal:
    """A dealer's polynomial, in the exponent, and its sealed shares (KEY-1)."""

    kind: ClassVar[int] = 17
    epoch: int
    attempt: int
    authority: int
    deal: bytes

    def encode(self) -> bytes:
        return _key_head(self.kind, self.epoch, self.attempt, self.authority).sized(self.deal, 4).done()

    @classmethod
    def read(cls, reader: Reader) -> KeyDeal:
        return cls(reader.integer(4), reader.integer(4), reader.integer(1), reader.sized(4))


@dataclass(frozen=True)
class KeyComplaint:
    """An authority shows that a dealer's share to it is wrong (KEY-2)."""

    kind: ClassVar[int] = 18
    epoch: int
    attempt: int
    authority: int
    dealer: int
    complaint: bytes

    def encode(self) -> bytes:
        writer = _key_head(self.kind, self.epoch, self.attempt, self.authority).integer(self.dealer, 1)
        return writer.fixed(self.complaint, COMPLAINT_BYTES).done()

    @classmethod
    def read(cls, reader: Reader) -> KeyComplaint:
        return cls(
            reader.integer(4), reader.integer(4), reader.integer(1), reader.integer(1), reader.fixed(COMPLAINT_BYTES)
        )


@dataclass(frozen=True)
class KeyConfirmation:
    """An authority holds a right share of every deal it does not complain about (KEY-2)."""

    kind: ClassVar[int] = 19
    epoch: int
    attempt: int
    authority: int

    def encode(self) -> bytes:
        return _key_head(self.kind, self.epoch, self.attempt, self.authority).done()

    @classmethod
    def read(cls, reader: Reader) -> KeyConfirmation:
        return cls(reader.integer(4), reader.integer(4), reader.integer(1))


@dataclass(frozen=True)
class Subject:
    """What is opened: a slot or a day, of one epoch (WIRE-9)."""

    SLOT: ClassVar[int] = 0
    DAY: ClassVar[int] = 1
    BYTES: ClassVar[int] = 13
    scope: int
    index: int
    epoch: int

    def encode(self) -> bytes:
        return Writer().integer(self.scope, 1).integer(self.index, 8).integer(self.epoch, 4).done()

    @classmethod
    def read(cls, reader: Reader) -> Subject:
        return cls(reader.integer(1), reader.integer(8), reader.integer(4))


@dataclass(frozen=True)
class DecryptionShare:
    """One authority's shares for all sums of one step, with one proof (KEY-6)."""

    kind: ClassVar[int] = 20
    authority: int
    subject: Subject
    functionals: tuple[bytes, ...]
    share: bytes

    def encode(self) -> bytes:
        writer = Writer().integer(self.kind, 1).integer(self.authority, 1).fixed(self.subject.encode(), Subject.BYTES)
        writer.integer(len(self.functionals), 1)
        for functional in self.functionals:
            writer.fixed(functional, 2)
        return writer.fixed(self.share, share_bytes(len(self.functionals))).done()

    @classmethod
    def read(cls, reader: Reader) -> DecryptionShare:
        authority, subject = reader.integer(1), Subject.read(reader)
        functionals = tuple(reader.fixed(2) for _ in range(reader.integer(1)))
        return cls(authority, subject, functionals, reader.fixed(share_bytes(len(functionals))))


@dataclass(frozen=True)
class OpeningClaim:
    """The value of one sum; it proves itself against the shares on the chain (KEY-6)."""

    kind: ClassVar[int] = 21
    subject: Subject
    functional: bytes
    value: int

    def encode(self) -> bytes:
        writer = Writer().integer(self.kind, 1).fixed(self.subject.encode(), Subject.BYTES)
        return writer.fixed(self.functional, 2).signed(self.value, 16).done()

    @classmethod
    def read(cls, reader: Reader) -> OpeningClaim:
        return cls(Subject.read(reader), reader.fixed(2), reader.signed(16))


Unsigned = (
    Enrol
    | Battery
    | Approval
    | KeyAnnouncement
    | KeyDeal
    | KeyComplaint
    | KeyConfirmation
    | DecryptionShare
    | OpeningClaim
    | Tick
)
Transaction = Unsigned | Report

Envelope = Sealed[Transaction]

_KINDS: Final[KindTable[Unsigned]] = KindTable.of(
    "MARKET-3",
    (
        Enrol,
        Battery,
        Approval,
        KeyAnnouncement,
        KeyDeal,
        KeyComplaint,
        KeyConfirmation,
        DecryptionShare,
        OpeningClaim,
        Tick,
    ),
    {Enrol.kind: 3, OpeningClaim.kind: 0},
)


def decode(raw: bytes) -> Envelope:
    """Take a transaction apart.

    Raises:
        Rejected: `MARKET-3`, when the bytes are no canonical transaction.
    """
    if raw[:1] != bytes([REPORT]):
        return _KINDS.decode(raw)
    try:
        if len(raw) < _HEAD.size + SIGNATURE_BYTES:
            raise Malformed(f"report: {len(raw)} bytes where a head and a signature were expected")
        return Sealed(raw, Report.parse(raw), raw[:-SIGNATURE_BYTES], (raw[-SIGNATURE_BYTES:],))
    except Malformed as malformed:
        raise Rejected("MARKET-3", str(malformed)) from None


def share_bytes(functionals: int) -> int:
    """Length of `D… ‖ T1 ‖ T2 ‖ z`."""
    return 32 * (functionals + 3)


def _key_head(kind: int, epoch: int, attempt: int, authority: int) -> Writer:
    return Writer().integer(kind, 1).integer(epoch, 4).integer(attempt, 4).integer(authority, 1)
