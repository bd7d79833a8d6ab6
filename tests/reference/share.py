"""WIRE-9: decryption shares with their proof, and what t of them open (KEY-6)."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.reference import Refused, require
from tests.reference.group import (
    G,
    P,
    Point,
    combine,
    decode_scalar,
    encode_scalar,
    received,
)
from tests.reference.group import Q as ORDER
from tests.reference.hashing import Dice, Transcript


@dataclass(frozen=True)
class Sum:
    """One sum to open: what it is, ΣR and ΣC."""

    functional: bytes
    r: Point
    c: Point


def subject(scope: int, index: int, epoch: int) -> bytes:
    """WIRE-9: scope (0 slot, 1 day) ‖ index ‖ epoch, 13 bytes."""
    return bytes([scope]) + index.to_bytes(8, "little") + epoch.to_bytes(4, "little")


def functional(kind: str, rung: int) -> bytes:
    """WIRE-9: D and B on rungs 1..K, I, E and T on rung 0."""
    return kind.encode() + bytes([rung])


@dataclass(frozen=True)
class Context:
    """What a share is bound to beside its sums."""

    chain: bytes
    epoch: int
    subject: bytes
    verification_key: Point


def _weights(context: Context, sums: Sequence[Sum], shares: Sequence[Point]) -> tuple[Transcript, list[int]]:
    transcript = Transcript("openmg/1/share")
    transcript.message("chain", context.chain)
    transcript.u64("epoch", context.epoch)
    transcript.message("subject", context.subject)
    transcript.message("Y", context.verification_key.encode())
    for item, d in zip(sums, shares, strict=True):
        transcript.message("functional", item.functional)
        transcript.message("R", item.r.encode())
        transcript.message("C", item.c.encode())
        transcript.message("D", d.encode())
    return transcript, transcript.weights("w", len(sums))


def _challenge(transcript: Transcript, t1: Point, t2: Point) -> int:
    transcript.message("T1", t1.encode())
    transcript.message("T2", t2.encode())
    return transcript.scalar("c")


def prove(context: Context, secret: int, sums: Sequence[Sum], dice: Dice, said: Sequence[Point] | None = None) -> bytes:
    """D… ‖ T1 ‖ T2 ‖ z; `said` are other D than the true ones."""
    shares = list(said or [secret * item.r for item in sums])
    transcript, weights = _weights(context, sums, shares)
    weighted = combine(weights, [item.r for item in sums])
    nonce = dice.scalar()
    t1, t2 = nonce * P, nonce * weighted
    c = _challenge(transcript, t1, t2)
    return b"".join(point.encode() for point in (*shares, t1, t2)) + encode_scalar(nonce + c * secret)


def check(context: Context, sums: Sequence[Sum], data: bytes) -> list[Point]:
    """KEY-6: the D of a share, if each is x_j·ΣR for the x_j of Y_j."""
    require(len(data) == 32 * len(sums) + 96, "KEY-6", "the length does not fit")
    try:
        *shares, t1, t2 = (received(data[i : i + 32]) for i in range(0, len(data) - 32, 32))
        z = decode_scalar(data[-32:])
    except Refused as refused:
        raise Refused("KEY-6", refused.reason) from refused
    transcript, weights = _weights(context, sums, shares)
    c = _challenge(transcript, t1, t2)
    weighted_r = combine(weights, [item.r for item in sums])
    weighted_d = combine(weights, shares)
    require(z * P == t1 + c * context.verification_key, "KEY-6", "not by the key share of Y")
    require(z * weighted_r == t2 + c * weighted_d, "KEY-6", "a D is not its sum's")
    return shares


def lagrange(indices: Sequence[int]) -> list[int]:
    """The coefficients that interpolate at zero."""
    coefficients = []
    for i in indices:
        numerator, denominator = 1, 1
        for j in indices:
            if j != i:
                numerator = numerator * j % ORDER
                denominator = denominator * (j - i) % ORDER
        coefficients.append(numerator * pow(denominator, -1, ORDER) % ORDER)
    return coefficients


def remainder(commitment: Point, indices: Sequence[int], shares: Sequence[Point]) -> Point:
    """ΣC − Σ λ_j·D_j = m·G."""
    return commitment - combine(lagrange(indices), shares)


def check_opening(point: Point, value: int) -> None:
    """KEY-6: what is left is value·G."""
    require(point == value * G, "KEY-6", "the opening is wrong")
