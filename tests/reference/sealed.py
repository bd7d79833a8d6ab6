"""WIRE-4: sealed boxes."""

from hashlib import sha512

from tests.reference import Refused, aead, require
from tests.reference.group import IDENTITY, P, Point, received
from tests.reference.hashing import derive_scalar

NONCE = bytes(12)
OVERHEAD = 48


def _key(ephemeral: bytes, recipient: Point, shared: Point) -> bytes:
    return sha512(b"openmg/1/box" + ephemeral + recipient.encode() + shared.encode()).digest()[:32]


def secret_of(fresh: bytes, recipient: Point, aad: bytes, plaintext: bytes) -> int:
    """e of a box, from fresh bytes and all that is sealed."""
    return derive_scalar(fresh, "openmg/1/box/ephemeral", recipient.encode() + aad + plaintext)


def seal(recipient: Point, aad: bytes, plaintext: bytes, fresh: bytes) -> bytes:
    """E ‖ ciphertext."""
    return seal_with(recipient, aad, plaintext, secret_of(fresh, recipient, aad, plaintext))


def seal_with(recipient: Point, aad: bytes, plaintext: bytes, e: int) -> bytes:
    """E ‖ ciphertext for a sender that remembers e."""
    ephemeral = (e * P).encode()
    key = _key(ephemeral, recipient, e * recipient)
    return ephemeral + aead.seal(key, NONCE, aad, plaintext)


def unseal(secret: int, aad: bytes, box: bytes) -> bytes:
    """The plaintext, by the recipient's secret; refuses with BOX."""
    require(len(box) >= OVERHEAD, "BOX", "too short")
    return unseal_with(secret * P, secret * ephemeral_of(box), aad, box)


def unseal_with(recipient: Point, shared: Point, aad: bytes, box: bytes) -> bytes:
    """The plaintext, by the Diffie-Hellman point alone, as a judge opens it (KEY-2)."""
    require(shared != IDENTITY, "BOX", "S is the identity")
    ephemeral_of(box)
    return aead.unseal(_key(box[:32], recipient, shared), NONCE, aad, box[32:])


def ephemeral_of(box: bytes) -> Point:
    """E of a box."""
    try:
        return received(box[:32])
    except Refused as refused:
        raise Refused("BOX", refused.reason) from refused
