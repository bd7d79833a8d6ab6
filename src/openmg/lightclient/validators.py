"""Who may sign: a validator set, in CometBFT's order, with its hash (LIGHT-4)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

from openmg.errors import Rejected
from openmg.lightclient.merkle import root_of
from openmg.tendermint.crypto.keys_pb2 import PublicKey
from openmg.tendermint.types.validator_pb2 import SimpleValidator

KEY_BYTES: Final = 32
ADDRESS_BYTES: Final = 20
# An authority's index is one byte; a longer list is a stranger's wish to keep us busy.
MOST_VALIDATORS: Final = 255
# CometBFT's MaxTotalVotingPower: products of powers stay within its 64-bit integers.
MOST_POWER: Final = (2**63 - 1) // 8


def address_of(key: bytes) -> bytes:
    """The 20-byte address by which CometBFT names the holder of an Ed25519 key."""
    return hashlib.sha256(key).digest()[:ADDRESS_BYTES]


@dataclass(frozen=True)
class Validators:
    """Consensus keys with their voting power, sorted: most power first, then by address.

    Raises:
        Rejected: `LIGHT-4`, for no or too many members, a key twice or of another length, or a power out of range.
    """

    members: tuple[tuple[bytes, int], ...]

    def __post_init__(self) -> None:
        if not 0 < len(self.members) <= MOST_VALIDATORS:
            raise Rejected("LIGHT-4", f"{len(self.members)} validators; 1 to {MOST_VALIDATORS} were expected")
        for key, power in self.members:
            if len(key) != KEY_BYTES:
                raise Rejected("LIGHT-4", f"a validator's key of {len(key)} bytes")
            if not 0 < power <= MOST_POWER:
                raise Rejected("LIGHT-4", f"a validator of power {power}")
        if len({key for key, _ in self.members}) != len(self.members):
            raise Rejected("LIGHT-4", "a validator is listed twice")
        if self.total > MOST_POWER:
            raise Rejected("LIGHT-4", f"validators of power {self.total} together")
        ordered = sorted(self.members, key=lambda member: (-member[1], address_of(member[0])))
        object.__setattr__(self, "members", tuple(ordered))

    @classmethod
    def equal(cls, keys: Sequence[bytes]) -> Self:
        """Validators of power 1 each."""
        return cls(tuple((key, 1) for key in keys))

    @cached_property
    def powers(self) -> Mapping[bytes, int]:
        """The power that each key has."""
        return dict(self.members)

    @property
    def total(self) -> int:
        """The power of all together."""
        return sum(power for _, power in self.members)

    @cached_property
    def addresses(self) -> tuple[bytes, ...]:
        """The members' addresses, in order."""
        return tuple(address_of(key) for key, _ in self.members)

    @cached_property
    def hash(self) -> bytes:
        """What a header calls `validators_hash`."""
        return root_of(
            [
                SimpleValidator(pub_key=PublicKey(ed25519=key), voting_power=power).SerializeToString()
                for key, power in self.members
            ]
        )
