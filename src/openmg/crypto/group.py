"""Points, scalars and openings of Ristretto255 (WIRE-2, WIRE-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NewType

from openmg import _core
from openmg.crypto.refusal import rejections

Point = NewType("Point", bytes)
"""A canonical encoding, 32 bytes."""

Pair = NewType("Pair", bytes)
"""R ‖ C, 64 bytes: randomness and commitment of one quantity, or of a sum."""

ORDER: Final = 2**252 + 27742317777372353535851937790883648493
"""q, the prime order of the group (RFC 9496)."""

IDENTITY: Final = Point(bytes(32))

GENERATOR: Final = Point(_core.generator())
"""G: nobody knows its logarithm to base P (WIRE-2)."""


@dataclass(frozen=True)
class Opening:
    """What the owner of a commitment knows: `value`·G + `blinding`·H (blinding in [0, q))."""

    value: int = field(repr=False)
    blinding: int = field(repr=False)

    def __add__(self, other: Opening) -> Opening:
        return Opening(self.value + other.value, (self.blinding + other.blinding) % ORDER)

    def __sub__(self, other: Opening) -> Opening:
        return Opening(self.value - other.value, (self.blinding - other.blinding) % ORDER)

    def scaled(self, factor: int) -> Opening:
        """Both parts times a public integer."""
        return Opening(self.value * factor, self.blinding * factor % ORDER)

    def commitment(self, epoch_key: Point) -> Point:
        """The commitment that this opens under one epoch key."""
        return commit(self.value, self.blinding, epoch_key)


def scalar_bytes(scalar: int) -> bytes:
    """32 little-endian bytes of an integer modulo q."""
    return (scalar % ORDER).to_bytes(32, "little")


def commit(value: int, blinding: int, epoch_key: Point) -> Point:
    """value·G + blinding·H."""
    return Point(_core.commit(value, scalar_bytes(blinding), epoch_key))


def check_point(data: bytes) -> Point:
    """A received point.

    Raises:
        Rejected: `MARKET-3`, when it is not canonical or is the identity.
    """
    with rejections():
        _core.decode_point(data)
    return Point(data)


def combine(coefficients: Sequence[int], points: Sequence[Point]) -> Point:
    """Σ coefficient·point with public, signed coefficients below 2^126 (variable time)."""
    return Point(_core.combine(list(coefficients), b"".join(points)))


def public_point(secret: bytes) -> Point:
    """secret·P."""
    return Point(_core.public_point(secret))


def random_scalar() -> bytes:
    """A fresh uniform scalar, 32 bytes."""
    return _core.random_scalar()


def derive_key(key: bytes, label: str, data: bytes = b"") -> bytes:
    """32 bytes derived with HMAC-SHA-512 (WIRE-3)."""
    return _core.derive(key, label, data)[:32]


def derive_scalar(key: bytes, label: str, data: bytes = b"") -> int:
    """A scalar derived with HMAC-SHA-512 (WIRE-3), as an integer in [0, q)."""
    return int.from_bytes(_core.wide_scalar(_core.derive(key, label, data)), "little")
