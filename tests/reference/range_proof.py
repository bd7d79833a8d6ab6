"""WIRE-7, the range proof: aggregated Bulletproofs+ of 32 values of 16 bits, in the library's transcript and bytes.

The verifier folds the generators on paper and checks one equation; the prover never folds them at all: it keeps, for
each of the 512 generators of a side, the coefficient that folding would have given it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha3_512, shake_256

from tests.reference import require
from tests.reference.group import (
    IDENTITY,
    P,
    Point,
    combine,
    decode_scalar,
    encode_scalar,
    one_way_map,
    received,
)
from tests.reference.group import Q as ORDER
from tests.reference.hashing import Dice, Transcript
from tests.reference.pair import Secret

BITS = 16
PARTIES = 32
SIZE = BITS * PARTIES
ROUNDS = 9
BYTES = 769


@dataclass(frozen=True)
class Bases:
    """The value's base and the blinding's base: G and H_1."""

    value: Point
    blinding: Point


@cache
def generators(side: str) -> tuple[Point, ...]:
    """The 512 generators of side "G" or "H": 16 for each party from its own SHAKE-256 stream."""
    points = []
    for party in range(PARTIES):
        seed = b"GeneratorsChain" + side.encode() + party.to_bytes(4, "little")
        stream = shake_256(seed).digest(64 * BITS)
        points += [one_way_map(stream[64 * i : 64 * i + 64]) for i in range(BITS)]
    return tuple(points)


def library_default_bases() -> Bases:
    """The bases of tari_bulletproofs_plus when it is given none: those that MARKET-4 forbids."""
    return Bases(P, one_way_map(sha3_512(b"RISTRETTO_MASKING_BASEPOINT_1").digest()))


@dataclass(frozen=True)
class RangeProof:
    """A decoded proof."""

    d1: int
    a: Point
    a1: Point
    b: Point
    r1: int
    s1: int
    rounds: tuple[tuple[Point, Point], ...]

    def encode(self) -> bytes:
        """WIRE-7: 769 bytes."""
        head = encode_scalar(self.d1) + self.a.encode() + self.a1.encode() + self.b.encode()
        middle = encode_scalar(self.r1) + encode_scalar(self.s1)
        return b"\x01" + head + middle + b"".join(left.encode() + right.encode() for left, right in self.rounds)


def decode(data: bytes) -> RangeProof:
    """The proof in these bytes (MARKET-3)."""
    require(len(data) == BYTES, "MARKET-3", "a range proof has 769 bytes")
    require(data[0] == 1, "MARKET-3", "the extension degree is 1")
    items = [data[i : i + 32] for i in range(1, BYTES, 32)]
    points = [received(item) for item in items[6:]]
    return RangeProof(
        d1=decode_scalar(items[0]),
        a=received(items[1]),
        a1=received(items[2]),
        b=received(items[3]),
        r1=decode_scalar(items[4]),
        s1=decode_scalar(items[5]),
        rounds=tuple(zip(points[::2], points[1::2], strict=True)),
    )


def begin(transcript: Transcript, bases: Bases, commitments: Sequence[Point]) -> None:
    """The statement's part of the transcript."""
    transcript.message("dom-sep", b"Bulletproofs+ Range Proof")
    transcript.message("H", bases.value.encode())
    transcript.message("G", bases.blinding.encode())
    transcript.u64("N", BITS)
    transcript.u64("T", 1)
    transcript.u64("M", PARTIES)
    for point in commitments:
        transcript.message("Ci", point.encode())
    for _ in commitments:
        transcript.u64("vi - minimum_value", 0)


def _powers(y: int) -> list[int]:
    """y^0 … y^(SIZE+1)."""
    powers = [1]
    for _ in range(SIZE + 1):
        powers.append(powers[-1] * y % ORDER)
    return powers


def _digits(z: int) -> list[int]:
    """d: 2^bit·z^(2·(party + 1)), party by party."""
    return [pow(z, 2 * (party + 1), ORDER) * 2**bit % ORDER for party in range(PARTIES) for bit in range(BITS)]


def _fold(g: list[int], h: list[int], half: int, e: int, y_half: int) -> tuple[list[int], list[int]]:
    """What one round's folding does to every generator's coefficient; a generator stands at its index mod 2·half."""
    inverse, low = pow(e, -1, ORDER), e * pow(y_half, -1, ORDER)
    upper = [i % (2 * half) >= half for i in range(SIZE)]
    new_g = [x * (low if up else inverse) % ORDER for x, up in zip(g, upper, strict=True)]
    new_h = [x * (inverse if up else e) % ORDER for x, up in zip(h, upper, strict=True)]
    return new_g, new_h


def verify(transcript: Transcript, bases: Bases, commitments: Sequence[Point], proof: RangeProof) -> None:
    """MARKET-5: every commitment holds a value in [0, 2^16)."""
    begin(transcript, bases, commitments)
    transcript.message("A", proof.a.encode())
    y, z = transcript.scalar("y"), transcript.scalar("z")
    powers, digits = _powers(y), _digits(z)
    g, h, half = [1] * SIZE, [1] * SIZE, SIZE
    coefficients, points = [1], [proof.a]
    for left, right in proof.rounds:
        half //= 2
        transcript.message("L", left.encode())
        transcript.message("R", right.encode())
        e = transcript.scalar("e")
        g, h = _fold(g, h, half, e, powers[half])
        coefficients += [e * e, pow(e, -2, ORDER)]
        points += [left, right]
    transcript.message("A1", proof.a1.encode())
    transcript.message("B", proof.b.encode())
    e = transcript.scalar("e")

    # Â = A + Σ e_j²·L_j + Σ e_j⁻²·R_j − z·ΣG_i + Σ (d_i·y^(n−i) + z)·H_i + y^(n+1)·Σ z^(2j)·V_j + ζ·value base
    shift = powers[SIZE + 1]
    coefficients += [shift * pow(z, 2 * (j + 1), ORDER) for j in range(PARTIES)]
    points += commitments
    zeta = (z - z * z) * sum(powers[1 : SIZE + 1]) - z * shift * sum(digits)
    # e²·Â + e·A1 + B = r1·e·g + s1·e·h + r1·y·s1·value base + d1·blinding base
    left_side = [e * e * x for x in coefficients] + [e, 1]
    on_g = [-e * e * z - proof.r1 * e * x for x in g]
    on_h = [e * e * (digits[i] * powers[SIZE - i] + z) - proof.s1 * e * x for i, x in enumerate(h)]
    on_bases = [e * e * zeta - proof.r1 * y * proof.s1, -proof.d1]
    scalars = [*left_side, *on_g, *on_h, *on_bases]
    result = combine(
        scalars, [*points, proof.a1, proof.b, *generators("G"), *generators("H"), bases.value, bases.blinding]
    )
    require(result == IDENTITY, "MARKET-5", "the range proof does not hold")


class _Prover:
    """The state of a proof in the making: vectors a and b, the folded generators' coefficients, the blinding α."""

    def __init__(self, bases: Bases, openings: Sequence[Secret], dice: Dice) -> None:
        self.bases = bases
        self.dice = dice
        self.alpha = dice.scalar()
        values = [value % 2**BITS for value, _ in openings]
        self.a = [value >> bit & 1 for value in values for bit in range(BITS)]
        self.b = [bit - 1 for bit in self.a]
        self.g, self.h = [1] * SIZE, [1] * SIZE

    def commit(self) -> Point:
        """A."""
        return self._sum(self.a, self.b, 0, self.alpha)

    def shift(self, y: int, z: int, openings: Sequence[Secret]) -> None:
        """Move the bits to the vectors of the inner product."""
        self.powers, digits = _powers(y), _digits(z)
        self.a = [(x - z) % ORDER for x in self.a]
        self.b = [(x + digits[i] * self.powers[SIZE - i] + z) % ORDER for i, x in enumerate(self.b)]
        for j, (_, blinding) in enumerate(openings):
            self.alpha += pow(z, 2 * (j + 1), ORDER) * blinding * self.powers[SIZE + 1]

    def announce(self, half: int) -> tuple[Point, Point]:
        """L and R of one round."""
        y_half = self.powers[half]
        y_inverse = pow(y_half, -1, ORDER)
        a_low, a_high, b_low, b_high = self.a[:half], self.a[half:], self.b[:half], self.b[half:]
        cross_l = sum(x * self.powers[1 + i] * y for i, (x, y) in enumerate(zip(a_low, b_high, strict=True)))
        cross_r = sum(x * self.powers[1 + half + i] * y for i, (x, y) in enumerate(zip(a_high, b_low, strict=True)))
        self.blindings = (self.dice.scalar(), self.dice.scalar())
        zero = [0] * half
        left = self._sum(zero + [x * y_inverse for x in a_low], b_high + zero, cross_l, self.blindings[0])
        right = self._sum([x * y_half for x in a_high] + zero, zero + b_low, cross_r, self.blindings[1])
        return left, right

    def fold(self, half: int, e: int) -> None:
        """Halve everything by the round's challenge."""
        inverse, y_half = pow(e, -1, ORDER), self.powers[half]
        self.a = [(x * e + y * y_half * inverse) % ORDER for x, y in zip(self.a[:half], self.a[half:], strict=True)]
        self.b = [(x * inverse + y * e) % ORDER for x, y in zip(self.b[:half], self.b[half:], strict=True)]
        self.g, self.h = _fold(self.g, self.h, half, e, y_half)
        self.alpha += self.blindings[0] * e * e + self.blindings[1] * inverse * inverse

    def _sum(self, on_g: Sequence[int], on_h: Sequence[int], value: int, blinding: int) -> Point:
        """Σ on_g·G + Σ on_h·H over the folded generators, and the two bases."""
        width = len(on_g)
        scalars = [on_g[i % width] * x for i, x in enumerate(self.g)]
        scalars += [on_h[i % width] * x for i, x in enumerate(self.h)]
        points = [*generators("G"), *generators("H"), self.bases.value, self.bases.blinding]
        return combine([*scalars, value, blinding], points)


def prove(
    transcript: Transcript, bases: Bases, commitments: Sequence[Point], openings: Sequence[Secret], dice: Dice
) -> RangeProof:
    """A proof, or, when an opening is not below 2^16, the best attempt: the bits of the reduced value."""
    prover = _Prover(bases, openings, dice)
    begin(transcript, bases, commitments)
    a = prover.commit()
    transcript.message("A", a.encode())
    y, z = transcript.scalar("y"), transcript.scalar("z")
    prover.shift(y, z, openings)
    rounds, half = [], SIZE
    while half > 1:
        half //= 2
        left, right = prover.announce(half)
        transcript.message("L", left.encode())
        transcript.message("R", right.encode())
        prover.fold(half, transcript.scalar("e"))
        rounds.append((left, right))
    r, s, d, eta = (dice.scalar() for _ in range(4))
    a1 = prover._sum([r], [s], r * y * prover.b[0] + s * y * prover.a[0], d)
    b = combine([r * y * s, eta], [bases.value, bases.blinding])
    transcript.message("A1", a1.encode())
    transcript.message("B", b.encode())
    e = transcript.scalar("e")
    return RangeProof(
        d1=(eta + d * e + prover.alpha * e * e) % ORDER,
        a=a,
        a1=a1,
        b=b,
        r1=(r + prover.a[0] * e) % ORDER,
        s1=(s + prover.b[0] * e) % ORDER,
        rounds=tuple(rounds),
    )
