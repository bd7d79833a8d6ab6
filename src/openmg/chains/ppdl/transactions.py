"""The PPDL chain's transactions and their bytes (WIRE-10)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Final

from openmg.crypto import HiddenVector, sign
from openmg.encoding import Reader, Writer
from openmg.machine import Envelope as Sealed
from openmg.machine import KindTable, Message, Tick, signed_message

COMPLAINT_BYTES: Final = 128


@dataclass(frozen=True)
class Upload:
    """A home's hidden update, and where its account is in the registry of the round (LEARN-2)."""

    kind: ClassVar[int] = 8
    task: bytes
    round: int
    index: int
    account: bytes
    siblings: tuple[bytes, ...]
    """From the account's leaf up to the registry's root."""
    hidden: HiddenVector

    def encode(self) -> bytes:
        hidden = self.hidden
        writer = Writer().integer(self.kind, 1).fixed(self.task, 32).integer(self.round, 4).integer(self.index, 4)
        writer.fixed(self.account, 32).integer(len(self.siblings), 1)
        for sibling in self.siblings:
            writer.fixed(sibling, 32)
        writer.sized(hidden.y, 4).sized(hidden.commitments, 2).integer(len(hidden.boxes), 1)
        for box in hidden.boxes:
            writer.sized(box)
        return writer.fixed(hidden.proof, 64).done()

    @classmethod
    def read(cls, reader: Reader) -> Upload:
        task, number, index, account = reader.fixed(32), reader.integer(4), reader.integer(4), reader.fixed(32)
        siblings = tuple(reader.fixed(32) for _ in range(reader.integer(1)))
        y, commitments = reader.sized(4), reader.sized(2)
        boxes = tuple(reader.sized() for _ in range(reader.integer(1)))
        return cls(task, number, index, account, siblings, HiddenVector(y, commitments, boxes, reader.fixed(64)))


@dataclass(frozen=True)
class TaskVote:
    """An authority is for a task; whoever is first brings the checkpoint that it starts from (LEARN-0)."""

    kind: ClassVar[int] = 32
    authority: int
    task: bytes
    checkpoint: bytes = field(default=b"", repr=False)
    """Empty where the chain has the task already."""

    def encode(self) -> bytes:
        writer = Writer().integer(self.kind, 1).integer(self.authority, 1)
        return writer.sized(self.task).sized(self.checkpoint, 4).done()

    @classmethod
    def read(cls, reader: Reader) -> TaskVote:
        return cls(reader.integer(1), reader.sized(), reader.sized(4))


@dataclass(frozen=True)
class RegistryVote:
    """An authority is for a list of accounts: the root of their tree, and how many they are (LEARN-2)."""

    kind: ClassVar[int] = 33
    authority: int
    root: bytes
    size: int

    def encode(self) -> bytes:
        writer = Writer().integer(self.kind, 1).integer(self.authority, 1)
        return writer.fixed(self.root, 32).integer(self.size, 4).done()

    @classmethod
    def read(cls, reader: Reader) -> RegistryVote:
        return cls(reader.integer(1), reader.fixed(32), reader.integer(4))


@dataclass(frozen=True)
class RoundKey:
    """A holder's key of one round, to which homes seal their seeds (LEARN-3)."""

    kind: ClassVar[int] = 34
    authority: int
    task: bytes
    round: int
    key: bytes

    def encode(self) -> bytes:
        return _place(self.kind, self.authority, self.task, self.round).fixed(self.key, 32).done()

    @classmethod
    def read(cls, reader: Reader) -> RoundKey:
        return cls(reader.integer(1), reader.fixed(32), reader.integer(4), reader.fixed(32))


@dataclass(frozen=True)
class SeedComplaint:
    """A holder says that a home's box, or a seed in it, is not what the home committed to (LEARN-3)."""

    kind: ClassVar[int] = 35
    authority: int
    task: bytes
    round: int
    index: int
    """The home's, in the registry."""
    complaint: bytes

    def encode(self) -> bytes:
        writer = _place(self.kind, self.authority, self.task, self.round).integer(self.index, 4)
        return writer.fixed(self.complaint, COMPLAINT_BYTES).done()

    @classmethod
    def read(cls, reader: Reader) -> SeedComplaint:
        place = reader.integer(1), reader.fixed(32), reader.integer(4)
        return cls(*place, reader.integer(4), reader.fixed(COMPLAINT_BYTES))


@dataclass(frozen=True)
class Checked:
    """A holder opened all its boxes, and what is not excluded is right (LEARN-3)."""

    kind: ClassVar[int] = 36
    authority: int
    task: bytes
    round: int

    def encode(self) -> bytes:
        return _place(self.kind, self.authority, self.task, self.round).done()

    @classmethod
    def read(cls, reader: Reader) -> Checked:
        return cls(reader.integer(1), reader.fixed(32), reader.integer(4))


@dataclass(frozen=True)
class MaskSum:
    """The sum over a group's homes, and over some of its holder's masks, with its blinding (LEARN-4)."""

    kind: ClassVar[int] = 37
    authority: int
    task: bytes
    round: int
    group: int
    subsets: int
    """Bit T for the T-th subset of the committee."""
    masks: bytes = field(repr=False)
    """31 bytes a lane."""
    blinding: bytes = field(repr=False)

    def encode(self) -> bytes:
        writer = _place(self.kind, self.authority, self.task, self.round).integer(self.group, 1)
        return writer.integer(self.subsets, 8).sized(self.masks, 4).fixed(self.blinding, 32).done()

    @classmethod
    def read(cls, reader: Reader) -> MaskSum:
        place = reader.integer(1), reader.fixed(32), reader.integer(4)
        return cls(*place, reader.integer(1), reader.integer(8), reader.sized(4), reader.fixed(32))


Unsigned = Upload | TaskVote | RegistryVote | RoundKey | SeedComplaint | Checked | MaskSum | Tick
Envelope = Sealed[Unsigned]

_KINDS: Final[KindTable[Unsigned]] = KindTable.of(
    "WIRE-10", [Upload, TaskVote, RegistryVote, RoundKey, SeedComplaint, Checked, MaskSum, Tick]
)


def decode(raw: bytes) -> Envelope:
    """Take a transaction apart.

    Raises:
        Rejected: `WIRE-10`, when the bytes are no canonical transaction.
    """
    return _KINDS.decode(raw)


def signed(message: Message, chain: bytes, secret: bytes) -> bytes:
    """The transaction: `secret` is the Ed25519 seed of the account or of the authority."""
    unsigned = message.encode()
    return unsigned + sign(secret, signed_message(chain, unsigned))


def _place(kind: int, authority: int, task: bytes, number: int) -> Writer:
    return Writer().integer(kind, 1).integer(authority, 1).fixed(task, 32).integer(number, 4)
