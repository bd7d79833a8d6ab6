"""WIRE-2: the group Ristretto255 (RFC 9496), its scalars, and the two generators."""

from collections.abc import Iterable
from hashlib import sha512

from tests.reference import Refused, edwards, require
from tests.reference.edwards import FIELD, SQRT_M1, Coordinates, absolute, is_negative, sqrt_ratio

Q = edwards.ORDER

ONE_MINUS_D_SQ = (1 - edwards.D**2) % FIELD
D_MINUS_ONE_SQ = (edwards.D - 1) ** 2 % FIELD
SQRT_AD_MINUS_ONE = 25063068953384623474111414158702152701244531502492656460079210482610430750235
INVSQRT_A_MINUS_D = 54469307008909316920995813868745141605393597292927456921205312896311721017578
assert SQRT_AD_MINUS_ONE**2 % FIELD == (-edwards.D - 1) % FIELD
assert INVSQRT_A_MINUS_D**2 * (-1 - edwards.D) % FIELD == 1


class Point:
    """An element of the group, held as any one of its representatives on the curve."""

    __slots__ = ("at",)

    def __init__(self, at: Coordinates) -> None:
        self.at = at

    def __add__(self, other: "Point") -> "Point":
        return Point(edwards.add(self.at, other.at))

    def __neg__(self) -> "Point":
        return Point(edwards.negate(self.at))

    def __sub__(self, other: "Point") -> "Point":
        return self + -other

    def __rmul__(self, k: int) -> "Point":
        return Point(edwards.multiply(k % Q, self.at))

    def __eq__(self, other: object) -> bool:
        """RFC 9496 §4.3.3."""
        if not isinstance(other, Point):
            return NotImplemented
        x1, y1, _, _ = self.at
        x2, y2, _, _ = other.at
        return (x1 * y2 - y1 * x2) % FIELD == 0 or (y1 * y2 - x1 * x2) % FIELD == 0

    def __hash__(self) -> int:
        return hash(self.encode())

    def __repr__(self) -> str:
        return f"Point({self.encode().hex()})"

    def encode(self) -> bytes:
        """RFC 9496 §4.3.2."""
        x0, y0, z0, t0 = self.at
        u1 = (z0 + y0) * (z0 - y0) % FIELD
        u2 = x0 * y0 % FIELD
        _, inverse_root = sqrt_ratio(1, u1 * u2 * u2 % FIELD)
        den1, den2 = inverse_root * u1 % FIELD, inverse_root * u2 % FIELD
        z_inverse = den1 * den2 * t0 % FIELD
        if is_negative(t0 * z_inverse):
            x, y, den = y0 * SQRT_M1 % FIELD, x0 * SQRT_M1 % FIELD, den1 * INVSQRT_A_MINUS_D % FIELD
        else:
            x, y, den = x0, y0, den2
        if is_negative(x * z_inverse):
            y = -y
        return absolute(den * (z0 - y)).to_bytes(32, "little")


IDENTITY = Point(edwards.NEUTRAL)


def decode(data: bytes) -> Point:
    """RFC 9496 §4.3.1: the one point that these 32 bytes encode (MARKET-3)."""
    require(len(data) == 32, "MARKET-3", "a point has 32 bytes")
    s = int.from_bytes(data, "little")
    require(s < FIELD and not is_negative(s), "MARKET-3", "no canonical point")
    u1, u2 = (1 - s * s) % FIELD, (1 + s * s) % FIELD
    v = (-edwards.D * u1 * u1 - u2 * u2) % FIELD
    square, inverse_root = sqrt_ratio(1, v * u2 * u2 % FIELD)
    den_x = inverse_root * u2 % FIELD
    x = absolute(2 * s * den_x)
    y = u1 * inverse_root * den_x * v % FIELD
    t = x * y % FIELD
    require(square and not is_negative(t) and y != 0, "MARKET-3", "no canonical point")
    return Point((x, y, 1, t))


def received(data: bytes) -> Point:
    """A received point: canonical and not the identity (WIRE-2)."""
    point = decode(data)
    require(point != IDENTITY, "MARKET-3", "a received point is the identity")
    return point


def one_way_map(data: bytes) -> Point:
    """RFC 9496 §4.3.4 on 64 bytes."""
    if len(data) != 64:
        raise ValueError("the one-way map takes 64 bytes")
    return Point(edwards.add(_map(data[:32]), _map(data[32:])))


def _map(half: bytes) -> Coordinates:
    t = (int.from_bytes(half, "little") & (1 << 255) - 1) % FIELD
    r = SQRT_M1 * t * t % FIELD
    u = (r + 1) * ONE_MINUS_D_SQ % FIELD
    v = (-1 - r * edwards.D) * (r + edwards.D) % FIELD
    square, s = sqrt_ratio(u, v)
    if not square:
        s = -absolute(s * t) % FIELD
    c = -1 if square else r
    n = (c * (r - 1) * D_MINUS_ONE_SQ - v) % FIELD
    w0, w1, w2, w3 = 2 * s * v, n * SQRT_AD_MINUS_ONE, 1 - s * s, 1 + s * s
    return (w0 * w3 % FIELD, w2 * w1 % FIELD, w1 * w3 % FIELD, w0 * w2 % FIELD)


def combine(coefficients: Iterable[int], points: Iterable[Point]) -> Point:
    """Σ coefficient·point for as many of the one as of the other; coefficients are taken mod q."""
    terms = [(k % Q, p.at) for k, p in zip(coefficients, points, strict=True)]
    return Point(edwards.sum_of_products(terms))


def total(points: Iterable[Point]) -> Point:
    """The sum of points."""
    result = IDENTITY
    for point in points:
        result = result + point
    return result


def wide(data: bytes) -> int:
    """64 bytes as a little-endian integer mod q."""
    if len(data) != 64:
        raise ValueError("a wide scalar has 64 bytes")
    return int.from_bytes(data, "little") % Q


def encode_scalar(x: int) -> bytes:
    """x mod q in 32 bytes."""
    return (x % Q).to_bytes(32, "little")


def decode_scalar(data: bytes) -> int:
    """The one scalar that these 32 bytes encode (MARKET-3)."""
    x = int.from_bytes(data, "little")
    if len(data) != 32 or x >= Q:
        raise Refused("MARKET-3", "no canonical scalar")
    return x


P = Point(edwards.BASE)
G = one_way_map(sha512(b"openmg/1/generator/G").digest())
