"""What a PPDL chain is born with: a name and its authorities (WIRE-12)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Final

from openmg.crypto.key import threshold_of
from openmg.encoding import Reader, Writer
from openmg.errors import BadInput, Malformed

PREFIX: Final = b"\0\0\1"
"""No name (a relay chain's comes first and is not empty), then the kind of chain."""
_MOST_AUTHORITIES: Final = 64
_MOST_NAME: Final = 200


@dataclass(frozen=True)
class PPDLGenesis:
    """The chain's name and its authorities' signing keys, by index from 1.

    Raises:
        BadInput: no name or a long one; no authority, more than 64, or one twice.
    """

    prefix: ClassVar[bytes] = PREFIX
    name: str
    authorities: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.name.encode()) <= _MOST_NAME:
            raise BadInput(f"name has {len(self.name.encode())} bytes: 1 to {_MOST_NAME} were expected")
        if not 1 <= len(self.authorities) <= _MOST_AUTHORITIES:
            raise BadInput(f"{len(self.authorities)} authorities: 1 to {_MOST_AUTHORITIES} were expected")
        if len(set(self.authorities)) != len(self.authorities) or any(len(key) != 32 for key in self.authorities):
            raise BadInput("authorities: different keys of 32 bytes were expected")

    @property
    def chain(self) -> bytes:
        """The chain id, 32 bytes (WIRE-3)."""
        return sha256(b"openmg/1/chain" + self.encode()).digest()

    @property
    def threshold(self) -> int:
        """t: how many authorities agree on a task or a registry."""
        return threshold_of(len(self.authorities))

    def encode(self) -> bytes:
        """Canonical bytes."""
        writer = Writer().fixed(PREFIX, 3).sized(self.name.encode()).integer(len(self.authorities), 1)
        for authority in self.authorities:
            writer.fixed(authority, 32)
        return writer.done()

    @classmethod
    def decode(cls, data: bytes) -> PPDLGenesis:
        """Inverse of `encode`.

        Raises:
            Malformed: not one canonical encoding of possible parameters.
        """
        reader = Reader(data, "genesis")
        if reader.fixed(3) != PREFIX:
            raise Malformed("genesis: not of a PPDL chain")
        name, count = reader.sized(), reader.integer(1)
        authorities = tuple(reader.fixed(32) for _ in range(count))
        reader.end()
        try:
            return cls(name.decode(), authorities)
        except (BadInput, UnicodeDecodeError) as error:
            raise Malformed(f"genesis: {error}") from error
