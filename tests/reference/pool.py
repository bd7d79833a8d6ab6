"""A second opinion on POOL-1, POOL-3 and POOL-4, from the protocol's text alone: rationals and linear search.

Slow on purpose, with no line in common with `openmg.market`.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from math import ceil, floor

Curve = tuple[int, int, int]
"""Capacity, p_f, p_c."""


@cache
def root(value: int) -> int:
    """⌊√value⌋, bit by bit."""
    found = 0
    for bit in reversed(range((value.bit_length() + 1) // 2 + 1)):
        if (found | 1 << bit) ** 2 <= value:
            found |= 1 << bit
    return found


@cache
def inverse(price: int) -> int:
    return floor(Fraction(2**128, root(price * 2**96)))


def exact(curve: Curve, price: int) -> Fraction:
    """X(p) before it is rounded."""
    capacity, p_f, p_c = curve
    if price <= p_f:
        return Fraction(capacity)
    if price >= p_c:
        return Fraction(0)
    return Fraction(capacity * (inverse(price) - inverse(p_c)), inverse(p_f) - inverse(p_c))


def stored_at(curve: Curve, price: int) -> int:
    return floor(exact(curve, price))


def marginal(curve: Curve, stored: int) -> int:
    """M(x), by looking at every price of the band."""
    return next(price for price in range(curve[1], curve[2] + 1) if stored_at(curve, price) <= stored)


def supply(curve: Curve, stored: int, permille: int, moved: tuple[int, int], money: int, price: int) -> int:
    """A(p) for `moved` = (g, c) in Wh and money in µKRW."""
    eta = Fraction(permille, 1000)
    q = stored - ceil(exact(curve, floor(price * eta)))
    if q > 0:
        return min(floor(q * eta), moved[0])
    q = stored_at(curve, ceil(price / eta)) - stored
    if q > 0:
        return -min(floor(q / eta), moved[1], floor(Fraction(money, price)))
    return 0


def reference_price(curve: Curve, stored_end: int, permille: int, moved: tuple[int, int]) -> int:
    at_the_end = marginal(curve, stored_end)
    if moved[0] > 0:
        return ceil(Fraction(1000 * at_the_end, permille))
    if moved[1] > 0:
        return floor(Fraction(at_the_end * permille, 1000))
    return at_the_end


def curve_money(curve: Curve, stored: Fraction) -> Fraction:
    """Y(x) in µKRW from (x + L/√p_c)(Y + L·√p_f) = L², with roots good to 2^-200."""
    capacity, p_f, p_c = curve
    low, high = (Fraction(root(price << 400), 2**200) for price in (p_f, p_c))
    liquidity = capacity / (1 / low - 1 / high)
    return liquidity**2 / (stored + liquidity / high) - liquidity * low
