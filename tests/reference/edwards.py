"""The twisted Edwards curve of RFC 8032 and RFC 9496 over plain integers, in extended coordinates."""

from collections.abc import Iterable

FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, FIELD) % FIELD
SQRT_M1 = pow(2, (FIELD - 1) // 4, FIELD)

Coordinates = tuple[int, int, int, int]
"""(X, Y, Z, T) with x = X/Z, y = Y/Z, x·y = T/Z."""

NEUTRAL: Coordinates = (0, 1, 1, 0)


def add(p: Coordinates, q: Coordinates) -> Coordinates:
    """Sum by the complete formulas for a = -1."""
    x1, y1, z1, t1 = p
    x2, y2, z2, t2 = q
    a = (y1 - x1) * (y2 - x2) % FIELD
    b = (y1 + x1) * (y2 + x2) % FIELD
    c = 2 * D * t1 * t2 % FIELD
    d = 2 * z1 * z2 % FIELD
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % FIELD, g * h % FIELD, f * g % FIELD, e * h % FIELD)


def negate(p: Coordinates) -> Coordinates:
    """The point on the other side of the y axis."""
    return (-p[0] % FIELD, p[1], p[2], -p[3] % FIELD)


def same(p: Coordinates, q: Coordinates) -> bool:
    """Equality on the curve itself (RFC 8032), not in the quotient group."""
    return (p[0] * q[2] - q[0] * p[2]) % FIELD == 0 and (p[1] * q[2] - q[1] * p[2]) % FIELD == 0


def multiply(k: int, p: Coordinates) -> Coordinates:
    """The k-fold sum of p, k ≥ 0, bit by bit."""
    result = NEUTRAL
    for bit in f"{k:b}":
        result = add(result, result)
        if bit == "1":
            result = add(result, p)
    return result


def sum_of_products(terms: Iterable[tuple[int, Coordinates]]) -> Coordinates:
    """Σ k·p with k ≥ 0 by Pippenger's buckets: the one shortcut here, so that a range proof takes seconds."""
    pairs = [(k, p) for k, p in terms if k]
    if len(pairs) < 4:
        result = NEUTRAL
        for k, p in pairs:
            result = add(result, multiply(k, p))
        return result
    width = max(2, len(pairs).bit_length() - 3)
    windows = -(-max(k.bit_length() for k, _ in pairs) // width)
    result = NEUTRAL
    for window in reversed(range(windows)):
        for _ in range(width):
            result = add(result, result)
        result = add(result, _window_sum(pairs, window * width, width))
    return result


def _window_sum(pairs: list[tuple[int, Coordinates]], shift: int, width: int) -> Coordinates:
    """Σ digit·p where digit is `width` bits of k from bit `shift` on."""
    buckets = [NEUTRAL] * (1 << width)
    mask = (1 << width) - 1
    for k, p in pairs:
        digit = k >> shift & mask
        if digit:
            buckets[digit] = add(buckets[digit], p)
    running, total = NEUTRAL, NEUTRAL
    for bucket in reversed(buckets[1:]):
        running = add(running, bucket)
        total = add(total, running)
    return total


def is_negative(x: int) -> bool:
    """RFC 9496 §3.1: the least significant bit of the reduced element."""
    return bool(x % FIELD & 1)


def absolute(x: int) -> int:
    """The non-negative one of x and -x."""
    return (-x if is_negative(x) else x) % FIELD


def sqrt_ratio(u: int, v: int) -> tuple[bool, int]:
    """RFC 9496 §4.2 SQRT_RATIO_M1: (True, √(u/v)), or (False, √(i·u/v)) when u/v is no square."""
    v3 = v * v * v % FIELD
    r = u * v3 * pow(u * v3 * v3 * v % FIELD, (FIELD - 5) // 8, FIELD) % FIELD
    check = v * r * r % FIELD
    correct = check == u % FIELD
    flipped = check == -u % FIELD
    flipped_i = check == -u * SQRT_M1 % FIELD
    if flipped or flipped_i:
        r = r * SQRT_M1 % FIELD
    return correct or flipped, absolute(r)


def encode(p: Coordinates) -> bytes:
    """RFC 8032 §5.1.2."""
    inverse = pow(p[2], -1, FIELD)
    x, y = p[0] * inverse % FIELD, p[1] * inverse % FIELD
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decode(data: bytes) -> Coordinates:
    """RFC 8032 §5.1.3; ValueError for what is no canonical point."""
    if len(data) != 32:
        raise ValueError("a point has 32 bytes")
    number = int.from_bytes(data, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    if y >= FIELD:
        raise ValueError("y is not reduced")
    square, x = sqrt_ratio(y * y - 1, D * y * y + 1)
    if not square or (x == 0 and sign):
        raise ValueError("not on the curve")
    if x & 1 != sign:
        x = FIELD - x
    return (x, y, 1, x * y % FIELD)


BASE = decode((4 * pow(5, -1, FIELD) % FIELD).to_bytes(32, "little"))
"""The base point of RFC 8032: y = 4/5, x even; the one of RFC 9496 too."""
