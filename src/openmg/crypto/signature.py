"""Ed25519, strict (RFC 8032, WIRE-1)."""

from __future__ import annotations

from openmg import _core
from openmg.crypto.refusal import rejections


def signing_public(secret: bytes) -> bytes:
    """The public key of a 32-byte seed."""
    return _core.signing_public(secret)


def sign(secret: bytes, message: bytes) -> bytes:
    """The 64-byte signature of `message`."""
    return _core.sign(secret, message)


def verify_signature(public: bytes, message: bytes, signature: bytes, clause: str) -> None:
    """Check one signature.

    Raises:
        Rejected: with `clause`, when it does not hold.
    """
    with rejections():
        _core.verify_signature(public, message, signature, clause)
