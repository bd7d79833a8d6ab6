"""Distributed key generation (KEY-1, KEY-2, WIRE-8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from openmg import _core
from openmg.crypto.group import Point
from openmg.crypto.refusal import rejections


def deal_bytes(authorities: int) -> int:
    """Length of a deal: t commitments, n boxes, its proof (WIRE-8)."""
    return 32 * threshold_of(authorities) + 80 * authorities + 128


def threshold_of(authorities: int) -> int:
    """t = ⌊2n/3⌋ + 1."""
    return 2 * authorities // 3 + 1


def faults_of(authorities: int) -> int:
    """f = ⌊(n−1)/3⌋."""
    return (authorities - 1) // 3


@dataclass(frozen=True)
class KeyContext:
    """What binds every message of one attempt at one epoch's key."""

    chain: bytes
    epoch: int
    attempt: int
    authorities: int

    def deal(self, dealer: int, ephemerals: Sequence[Point]) -> bytes:
        """A fresh polynomial, its proof of knowledge, its shares sealed to the n announced keys."""
        with rejections():
            message, _ = _core.deal_key(*self._common, dealer, b"".join(ephemerals))
        return message

    def check_deal(self, dealer: int, ephemeral: Point, deal: bytes) -> None:
        """Check the proof of knowledge.

        Raises:
            Rejected: `KEY-1`.
        """
        with rejections():
            _core.check_deal(*self._common, dealer, ephemeral, deal)

    def open_share(self, dealer: int, recipient: int, secret: bytes, deal: bytes) -> bytes:
        """The recipient's share of one deal.

        Raises:
            Rejected: `KEY-2`, when it does not open or is not on the dealer's polynomial.
        """
        with rejections():
            return _core.open_share(*self._common, dealer, recipient, secret, deal)

    def complain(self, accuser: int, dealer: int, secret: bytes, deal: bytes) -> bytes:
        """Publish the Diffie-Hellman point of one box, with its proof."""
        with rejections():
            return _core.complain(*self._common, accuser, dealer, secret, deal)

    def judge(self, accuser: int, dealer: int, ephemeral: Point, deal: bytes, complaint: bytes) -> int:
        """The index of the authority that a complaint convicts: the dealer or the accuser.

        Raises:
            Rejected: `KEY-2`, when the complaint's own proof does not hold.
        """
        with rejections():
            guilty = _core.judge_complaint(*self._common, accuser, dealer, ephemeral, deal, complaint)
        return dealer if guilty else accuser

    @property
    def _common(self) -> tuple[bytes, int, int, int, int]:
        return (self.chain, self.epoch, self.attempt, self.authorities, threshold_of(self.authorities))


def epoch_key(authorities: int, deals: Sequence[bytes]) -> tuple[Point, tuple[Point, ...]]:
    """H and the verification shares Y_1..Y_n of the qualified deals.

    Raises:
        Rejected: `KEY-1`, when H is the identity.
    """
    with rejections():
        key, joined = _core.key_from_deals(authorities, threshold_of(authorities), list(deals))
    return Point(key), tuple(Point(joined[at : at + 32]) for at in range(0, len(joined), 32))


def add_shares(shares: Sequence[bytes]) -> bytes:
    """An authority's share of the epoch key: the sum over the qualified dealers."""
    return _core.add_scalars(list(shares))
