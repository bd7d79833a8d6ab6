"""Decryption shares, their combination, and the discrete logarithm of a sum (KEY-6, WIRE-9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from openmg import _core
from openmg.crypto.group import Pair, Point
from openmg.crypto.refusal import rejections


def make_share(chain: bytes, epoch: int, subject: bytes, secret: bytes, sums: Sequence[tuple[bytes, Pair]]) -> bytes:
    """D for each (functional, sum) and one proof for all: `D… ‖ T1 ‖ T2 ‖ z`."""
    return _core.share(chain, epoch, subject, secret, list(sums))


def check_share(
    chain: bytes,
    epoch: int,
    subject: bytes,
    verification_key: Point,
    sums: Sequence[tuple[bytes, Pair]],
    share: bytes,
) -> None:
    """Check a share's proof.

    Raises:
        Rejected: `KEY-6`.
    """
    with rejections():
        _core.check_share(chain, epoch, subject, verification_key, list(sums), share)


def remainder(total: Pair, shares: Mapping[int, Point]) -> Point:
    """m·G, from a sum's pair and the D of at least t authorities by index."""
    with rejections():
        return Point(_core.remainder(total[32:], list(shares), b"".join(shares.values())))


def check_opening(point: Point, value: int) -> None:
    """Check point = value·G.

    Raises:
        Rejected: `KEY-6`.
    """
    with rejections():
        _core.check_opening(point, value)


class DiscreteLog:
    """Solves point = m·G for small signed m (Shanks' baby-step giant-step)."""

    def __init__(self, table_bits: int = 16) -> None:
        self._core = _core.DiscreteLog(table_bits)

    def solve(self, point: Point, bound: int) -> int | None:
        """The m with |m| ≤ bound, or None; fast where |m| is small, whatever the bound."""
        return self._core.solve(point, bound)
