"""WIRE-3, WIRE-6: pairs and the meter's message (MARKET-1)."""

from tests.reference import signature
from tests.reference.group import G, P, Point, combine
from tests.reference.hashing import derive_scalar, key32

Pair = tuple[Point, Point]
Secret = tuple[int, int]
"""A value and its randomness, integers mod q, not checked."""


def pair(secret: Secret, epoch_key: Point) -> Pair:
    """R = r·P, C = m·G + r·H."""
    return secret[1] * P, commitment(secret, epoch_key)


def commitment(secret: Secret, epoch_key: Point) -> Point:
    """C = m·G + r·H."""
    return combine(secret, (G, epoch_key))


def encode(p: Pair) -> bytes:
    """R ‖ C."""
    return p[0].encode() + p[1].encode()


def u16(x: int) -> bytes:
    """A value as an u16; what a liar says is reduced first."""
    return (x % 2**16).to_bytes(2, "little")


def u64(x: int) -> bytes:
    """A value as an u64; what a liar says is reduced first."""
    return (x % 2**64).to_bytes(8, "little")


def opening(
    meter: bytes, chain: bytes, account: bytes, slot: int, epoch_key: Point, reading: tuple[int, int], fresh: bytes
) -> bytes:
    """WIRE-3: ρ of one reading (import, export)."""
    said = epoch_key.encode() + u16(reading[0]) + u16(reading[1])
    return key32(meter, "openmg/1/meter/opening", chain + account + u64(slot) + said + fresh)


def randomness(rho: bytes) -> tuple[int, int]:
    """WIRE-3: r_i and r_e from ρ."""
    return derive_scalar(rho, "openmg/1/meter/import", b""), derive_scalar(rho, "openmg/1/meter/export", b"")


def meter_message(chain: bytes, account: bytes, slot: int, epoch_key: Point, imported: bytes, exported: bytes) -> bytes:
    """WIRE-6, from R_i ‖ C_i and R_e ‖ C_e."""
    return b"openmg/1/meter" + chain + account + u64(slot) + epoch_key.encode() + imported + exported


def meter_sign(
    meter: bytes, chain: bytes, account: bytes, slot: int, epoch_key: Point, reading: tuple[int, int], fresh: bytes
) -> tuple[bytes, bytes]:
    """ρ and the meter's signature over its own two pairs (MARKET-1)."""
    rho = opening(meter, chain, account, slot, epoch_key, reading, fresh)
    secrets = zip(reading, randomness(rho), strict=True)
    imported, exported = (encode(pair(secret, epoch_key)) for secret in secrets)
    message = meter_message(chain, account, slot, epoch_key, imported, exported)
    return rho, signature.sign(meter, message)
