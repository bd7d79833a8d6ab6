"""Sealed boxes (WIRE-4) and the operating system's randomness."""

from __future__ import annotations

import secrets

from openmg import _core
from openmg.crypto.group import Point
from openmg.crypto.refusal import rejections


def random_bytes(count: int) -> bytes:
    """Fresh bytes from the operating system."""
    return secrets.token_bytes(count)


def seal_box(public: Point, associated: bytes, plaintext: bytes) -> bytes:
    """Seal to the holder of the key's logarithm; 48 bytes longer than `plaintext`."""
    return _core.box_seal(public, associated, plaintext)


def open_box(secret: bytes, associated: bytes, box: bytes) -> bytes:
    """Open a box.

    Raises:
        Rejected: `BOX`, when it was sealed to another key, with other associated data, or was altered.
    """
    with rejections():
        return _core.box_open(secret, associated, box)
