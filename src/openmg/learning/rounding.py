"""Division that says how it rounds (LEARN, chapter's opening)."""

from __future__ import annotations

from math import isqrt


def half_even(numerator: int, denominator: int) -> int:
    """numerator/denominator to the nearest integer, a tie to the even one, for a positive denominator."""
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    return quotient + (twice > denominator or (twice == denominator and quotient & 1 == 1))


def half_up(numerator: int, denominator: int) -> int:
    """numerator/denominator to the nearest integer, a tie upwards, for a positive denominator."""
    return (2 * numerator + denominator) // (2 * denominator)


def toward_zero(numerator: int, denominator: int) -> int:
    """numerator/denominator without its fraction, for a positive denominator."""
    return numerator // denominator if numerator >= 0 else -(-numerator // denominator)


def ceiling(numerator: int, denominator: int) -> int:
    """numerator/denominator rounded up, for a positive denominator."""
    return -(-numerator // denominator)


def root_up(value: int) -> int:
    """√value rounded up."""
    return isqrt(value - 1) + 1 if value > 0 else 0
