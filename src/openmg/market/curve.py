"""The pool's curve: energy against marginal price, in whole integers (POOL-1, POOL-4)."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from math import isqrt
from typing import Final

from openmg.errors import BadInput
from openmg.market.integers import ceiling, require_integer
from openmg.units import ONE, LedgerMicroWon, Price, WattHours

MAX_BAND: Final = 2**62
"""Far above every level of a ladder, and few enough prices for the bisection of `marginal`."""
ROOT_BITS: Final = 128
"""Fraction bits of the square roots in the money side of the curve."""
PER_MILLE: Final = 1000


def inverse_root(price: Price) -> int:
    """inv(p) = ⌊2^128 / ⌊√(p·2^96)⌋⌋: 1/√p in 1/2^80, for a price of at least 1 µKRW/Wh (POOL-1)."""
    return 2**128 // isqrt(price << 96)


@dataclass(frozen=True)
class PoolParameters:
    """What never changes about a community battery (POOL-1).

    `capacity`: most stored energy, Wh. `band_low` < `band_high`: marginal price of stored energy when full
    and when empty (p_f, p_c), µKRW/Wh, at least 1. `efficiency_permille`: η each way, 1 to 1000.
    `power_wh`: most that the battery charges or discharges at its meter in one slot, Wh.

    Raises:
        BadInput: a parameter outside these ranges.
    """

    capacity: WattHours
    band_low: Price
    band_high: Price
    efficiency_permille: int
    power_wh: WattHours

    def __post_init__(self) -> None:
        require_integer(self.capacity, "capacity", 0)
        require_integer(self.band_low, "band_low", 1, MAX_BAND)
        require_integer(self.band_high, "band_high", 1, MAX_BAND)
        if self.band_high <= self.band_low:
            raise BadInput(f"band_high is {self.band_high}, not above band_low ({self.band_low})")
        require_integer(self.efficiency_permille, "efficiency_permille", 1, PER_MILLE)
        require_integer(self.power_wh, "power_wh", 0)

    def stored_at(self, price: Price) -> WattHours:
        """X(p): Wh in store when a stored Wh is worth `price` at the margin, rounded down (POOL-1)."""
        numerator, denominator = self._stored_fraction(price)
        return WattHours(numerator // denominator)

    def stored_at_rounded_up(self, price: Price) -> WattHours:
        """X⁺(p): the same in Wh, rounded up (POOL-1)."""
        numerator, denominator = self._stored_fraction(price)
        return WattHours(ceiling(numerator, denominator))

    def marginal(self, stored: WattHours) -> Price:
        """M(x): the least price in the band (µKRW/Wh) at which no more than `stored` Wh belong in store (POOL-1)."""
        band = range(self.band_low, self.band_high + 1)
        # X never rises with the price and X(p_c) = 0, so the first such price exists and bisection finds it.
        return Price(band[bisect_left(band, True, key=lambda price: self.stored_at(Price(price)) <= stored)])

    def curve_money(self, stored: WattHours) -> LedgerMicroWon:
        """Y(x): the money that the curve requires beside `stored` Wh, µKRW/65536, rounded up (POOL-4)."""
        return LedgerMicroWon(self.curve_money_at(stored, 1, ONE))

    def curve_money_at(self, numerator: int, denominator: int, scale: int) -> int:
        """Y(x) at x = numerator/denominator Wh, in µKRW/`scale`, rounded up; 0 from a full store on (POOL-4).

        (x + L/√p_c)(Y + L·√p_f) = L² with L = capacity/(1/√p_f − 1/√p_c), solved for Y, is
        Y = capacity·p_f·√p_c·(capacity − x) / (x·(√p_c − √p_f) + capacity·√p_f).
        """
        missing = self.capacity * denominator - numerator
        if missing <= 0:
            return 0
        low, high = isqrt(self.band_low << 2 * ROOT_BITS), isqrt(self.band_high << 2 * ROOT_BITS)
        above = scale * self.capacity * self.band_low * high * missing
        return ceiling(above, numerator * (high - low) + self.capacity * denominator * low)

    def _stored_fraction(self, price: Price) -> tuple[int, int]:
        """X(p) in Wh before rounding, as numerator and denominator."""
        if price <= self.band_low:
            return self.capacity, 1
        if price >= self.band_high:
            return 0, 1
        return self.capacity * (inverse_root(price) - self._empty), self._width

    @cached_property
    def _empty(self) -> int:
        """inv(p_c)."""
        return inverse_root(self.band_high)

    @cached_property
    def _width(self) -> int:
        """inv(p_f) − inv(p_c)."""
        return inverse_root(self.band_low) - self._empty
