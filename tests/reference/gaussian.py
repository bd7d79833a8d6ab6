"""WIRE-16: exact discrete Gaussian noise, Algorithms 1 to 3 of Canonne, Kamath and Steinke (2020), with fractions."""

from collections.abc import Iterator
from fractions import Fraction
from hashlib import sha512
from math import isqrt


def _stream(seed: bytes) -> Iterator[int]:
    counter = 0
    while True:
        yield from sha512(b"openmg/1/noise" + seed + counter.to_bytes(8, "little")).digest()
        counter += 1


class Sampler:
    """The samples of one seed."""

    def __init__(self, seed: bytes) -> None:
        self._bytes = _stream(seed)

    def below(self, n: int) -> int:
        """Uniform in 0..n−1."""
        bits = (n - 1).bit_length()
        while True:
            drawn = int.from_bytes(bytes(next(self._bytes) for _ in range(-(-bits // 8))), "little")
            drawn &= (1 << bits) - 1
            if drawn < n:
                return drawn

    def exp_minus(self, x: int, y: int) -> bool:
        """Algorithm 1: Bernoulli(exp(−x/y)), x/y as it stands."""
        while x > y:
            if not self.exp_minus(1, 1):
                return False
            x -= y
        k = 1
        while self.below(y * k) < x:
            k += 1
        return k % 2 == 1

    def laplace(self, t: int) -> int:
        """Algorithm 2 with s = 1."""
        while True:
            u = self.below(t)
            if not self.exp_minus(u, t):
                continue
            v = 0
            while self.exp_minus(1, 1):
                v += 1
            magnitude, negative = u + t * v, self.below(2) == 1
            if not (negative and magnitude == 0):
                return -magnitude if negative else magnitude

    def gaussian(self, variance: int) -> int:
        """Algorithm 3."""
        t = isqrt(variance) + 1
        while True:
            y = self.laplace(t)
            exponent = (abs(y) - Fraction(variance, t)) ** 2 / (2 * variance)
            scale = 2 * variance * t * t
            if self.exp_minus(int(exponent * scale), scale):
                return y


def noise(seed: bytes, variance: int, count: int) -> list[int]:
    """The samples of one seed; variance 0 is no noise."""
    if variance == 0:
        return [0] * count
    sampler = Sampler(seed)
    return [sampler.gaussian(variance) for _ in range(count)]
