"""One round as the chain keeps it: its phase, who said what in it, and how it ended (LEARN-3, LEARN-4)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from hashlib import sha256

from openmg.crypto import IDENTITY
from openmg.encoding import Reader, Writer
from openmg.errors import Malformed
from openmg.learning import beacon_of, groups_of, subsets_of

_groups_of = lru_cache(maxsize=16)(groups_of)
"""Every mask sum asks for the groups of its round anew."""


class Phase(IntEnum):
    """Where a round is (LEARN-3)."""

    KEYS = 0
    UPLOAD = 1
    CHECK = 2
    UNMASK = 3
    DONE = 4
    VOID = 5


class Reason(IntEnum):
    """Why a round is void."""

    NONE = 0
    KEYS = 1
    """Too few round keys came."""
    UPLOADS = 2
    """Too few uploads came."""
    UNCHECKED = 3
    """Too few holders checked them."""
    EXCLUDED = 4
    """Too few uploads were left."""
    SUMS = 5
    """Mask sums are missing."""
    DISCARDED = 6
    """No group has a sum that honest homes can have."""
    STEP = 7
    """The step leaves 64 bits."""


@dataclass(frozen=True)
class Sent:
    """An upload that is in: whose, and the transaction's id."""

    account: bytes
    identity: bytes


@dataclass(frozen=True)
class MaskSumIn:
    """A mask sum that is in: who gave it, of which group and masks, and the transaction's id."""

    authority: int
    group: int
    subsets: int
    identity: bytes


@dataclass(frozen=True)
class SumFate:
    """What became of a group's sum."""

    homes: int
    discarded: bool


@dataclass
class RoundState:
    """One round. Positions in the committee count from 0, authorities from 1: member p is authority p + 1.

    `since` is the time (s) at which the phase began, `relieved` whether any holder may give any of its sums,
    `excluded` by whom, `losses` the evaluation numbers' means in 1/65536 quanta.
    """

    task: int
    number: int
    registry: int
    since: int
    keys: list[bytes | None]
    phase: Phase = Phase.KEYS
    relieved: bool = False
    reason: Reason = Reason.NONE
    uploads: dict[int, Sent] = field(default_factory=dict)
    """By index in the registry, in order of acceptance."""
    excluded: dict[int, int] = field(default_factory=dict)
    checked: int = 0
    """Bit p for member p."""
    set_digest: bytes = bytes(32)
    sums: list[MaskSumIn] = field(default_factory=list)
    fates: tuple[SumFate, ...] = ()
    losses: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self._accounts = {sent.account for sent in self.uploads.values()}

    @property
    def committee(self) -> int:
        """How many members hold masks."""
        return len(self.keys)

    @property
    def over(self) -> bool:
        """Whether it is DONE or VOID."""
        return self.phase >= Phase.DONE

    @property
    def included(self) -> list[int]:
        """U: the uploads that are not excluded, indices rising."""
        return sorted(self.uploads.keys() - self.excluded.keys())

    @property
    def holders(self) -> list[int]:
        """Members that posted a round key: homes sealed to them."""
        return [position for position, key in enumerate(self.keys) if key is not None]

    @property
    def checkers(self) -> list[int]:
        """Members that posted Checked."""
        return [position for position in range(self.committee) if self.checked >> position & 1]

    def has(self, account: bytes) -> bool:
        """Whether an upload of this account is in."""
        return account in self._accounts

    def add_upload(self, index: int, sent: Sent) -> None:
        """Take an upload."""
        self.uploads[index] = sent
        self._accounts.add(sent.account)

    def covers(self, members: Collection[int]) -> bool:
        """Whether every mask has one of these members."""
        return all(any(position in members for position in subset) for subset in subsets_of(self.committee))

    def covered(self, group: int) -> int:
        """The masks of a group whose sums are in, bit T for the T-th."""
        bits = 0
        for given in self.sums:
            bits |= given.subsets if given.group == group else 0
        return bits

    def is_covered(self, group: int) -> bool:
        """Whether the sums of all masks of a group are in."""
        return self.covered(group) == (1 << len(subsets_of(self.committee))) - 1

    def owed(self, group: int, position: int) -> int:
        """The masks whose sums this member may give for a group now: bit T for the T-th (LEARN-4).

        The lowest member of a subset that posted Checked is due for it; once relieved, any that holds it.
        """
        bits, checkers, missing = 0, self.checkers, ~self.covered(group)
        if self.keys[position] is None:
            return 0
        for number, subset in enumerate(subsets_of(self.committee)):
            due = next((each for each in subset if each in checkers), None)
            if position in subset and (self.relieved or due == position):
                bits |= 1 << number
        return bits & missing

    def beacon(self, task_id: bytes) -> bytes:
        """The round's common chance; it is known once the keys are fixed (LEARN-1)."""
        return beacon_of(task_id, self.number, self.keys)

    def groups(self, task_id: bytes, groups: int) -> tuple[tuple[int, ...], ...]:
        """The included homes, dealt to the task's groups (LEARN-1)."""
        return _groups_of(self.beacon(task_id), tuple(self.included), groups)

    def digest_of_set(self, task_id: bytes) -> bytes:
        """What names the included set (LEARN-3)."""
        indices = b"".join([index.to_bytes(4, "little") for index in self.included])
        return sha256(b"openmg/1/learn/set" + task_id + self.number.to_bytes(4, "little") + indices).digest()

    def encode(self) -> bytes:
        """The leaf (WIRE-12)."""
        writer = Writer().integer(self.task, 4).integer(self.number, 4).integer(self.registry, 4)
        writer.integer(self.phase, 1).integer(self.since, 8).integer(self.relieved, 1).integer(self.reason, 1)
        writer.integer(self.committee, 1)
        for key in self.keys:
            writer.fixed(IDENTITY if key is None else key, 32)
        writer.integer(len(self.uploads), 4)
        for index, sent in self.uploads.items():
            writer.integer(index, 4).fixed(sent.account, 32).fixed(sent.identity, 32)
        writer.integer(len(self.excluded), 4)
        for index, accuser in self.excluded.items():
            writer.integer(index, 4).integer(accuser, 1)
        writer.integer(self.checked, 1).fixed(self.set_digest, 32).integer(len(self.sums), 2)
        for given in self.sums:
            writer.integer(given.authority, 1).integer(given.group, 1).integer(given.subsets, 8)
            writer.fixed(given.identity, 32)
        writer.integer(len(self.fates), 1)
        for fate in self.fates:
            writer.integer(fate.homes, 4).integer(fate.discarded, 1)
        writer.integer(len(self.losses), 1)
        for loss in self.losses:
            writer.signed(loss, 8)
        return writer.done()

    @classmethod
    def decode(cls, data: bytes) -> RoundState:
        """Inverse of `encode`.

        Raises:
            Malformed: not one canonical encoding.
        """
        reader = Reader(data, "round")
        task, number, registry = reader.integer(4), reader.integer(4), reader.integer(4)
        phase, since, relieved, reason = reader.integer(1), reader.integer(8), reader.integer(1), reader.integer(1)
        keys = [reader.fixed(32) for _ in range(reader.integer(1))]
        uploads = {reader.integer(4): Sent(reader.fixed(32), reader.fixed(32)) for _ in range(reader.integer(4))}
        excluded = {reader.integer(4): reader.integer(1) for _ in range(reader.integer(4))}
        checked, digest = reader.integer(1), reader.fixed(32)
        sums = [
            MaskSumIn(reader.integer(1), reader.integer(1), reader.integer(8), reader.fixed(32))
            for _ in range(reader.integer(2))
        ]
        fates = tuple(SumFate(reader.integer(4), bool(reader.integer(1))) for _ in range(reader.integer(1)))
        losses = tuple(reader.signed(8) for _ in range(reader.integer(1)))
        reader.end()
        try:
            names = Phase(phase), bool(relieved), Reason(reason)
        except ValueError as error:
            raise Malformed(f"round: {error}") from error
        known = [None if key == IDENTITY else key for key in keys]
        return cls(
            task, number, registry, since, known, *names, uploads, excluded, checked, digest, sums, fates, losses
        )
