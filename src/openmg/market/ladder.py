"""The price ladder and what a household may say on it (MARKET-5, MARKET-7)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from openmg.errors import BadInput
from openmg.market.integers import require_integer
from openmg.units import Price, WattHours

MAX_RUNGS: Final = 12
MAX_LEVEL: Final = 2**20
READING_LIMIT: Final = 2**16
"""A reading, and with it every quantity of an order, lies below this many Wh (MARKET-1, MARKET-5)."""


@dataclass(frozen=True)
class Ladder:
    """Price levels ℓ_1 < … < ℓ_K in µKRW/Wh; rung k covers [ℓ_k, ℓ_{k+1}), rung K only ℓ_K (MARKET-8).

    Raises:
        BadInput: no level or more than 12, a level that is no integer from 1 to 2^20, or one that is not
            above the level before it; the message names the first such level, counted from 1.
    """

    levels: tuple[Price, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.levels) <= MAX_RUNGS:
            raise BadInput(f"a ladder has 1 to {MAX_RUNGS} levels, not {len(self.levels)}")
        below = 0
        for rung, level in enumerate(self.levels, start=1):
            require_integer(level, f"level {rung}", 1, MAX_LEVEL)
            if level <= below:
                raise BadInput(f"level {rung} is {level}, not above level {rung - 1} ({below}): levels must increase")
            below = level

    @property
    def rungs(self) -> int:
        """K, the number of rungs."""
        return len(self.levels)

    @property
    def bottom(self) -> Price:
        """ℓ_1, the lowest price, µKRW/Wh."""
        return self.levels[0]

    @property
    def top(self) -> Price:
        """ℓ_K, the highest price, µKRW/Wh."""
        return self.levels[-1]

    @property
    def middle(self) -> Price:
        """⌊(ℓ_1 + ℓ_K)/2⌋, µKRW/Wh: the first reference price where there is no pool (POOL-3)."""
        return Price((self.bottom + self.top) // 2)

    def level(self, rung: int) -> Price:
        """ℓ_k of rung k = 1..K, in µKRW/Wh.

        Raises:
            BadInput: there is no such rung.
        """
        require_integer(rung, "rung", 1, self.rungs)
        return self.levels[rung - 1]

    def rung_of(self, price: Price) -> int:
        """The rung, 1..K, that covers a price in µKRW/Wh (MARKET-8).

        Raises:
            BadInput: the price is outside [ℓ_1, ℓ_K].
        """
        require_integer(price, "price", self.bottom, self.top)
        return bisect_right(self.levels, price)

    def clamp(self, price: int) -> Price:
        """The price in [ℓ_1, ℓ_K] nearest to `price` (µKRW/Wh)."""
        return Price(min(max(price, self.bottom), self.top))


@dataclass(frozen=True)
class Order:
    """What one household would buy and sell on each rung, in Wh, lowest rung first (MARKET-5).

    Raises:
        BadInput: the sides differ in length, a quantity is no integer in [0, 2^16), `buy` increases or
            `sell` decreases somewhere.
    """

    buy: tuple[WattHours, ...]
    sell: tuple[WattHours, ...]

    def __post_init__(self) -> None:
        if len(self.buy) != len(self.sell) or not 1 <= len(self.buy) <= MAX_RUNGS:
            raise BadInput(
                f"an order has 1 to {MAX_RUNGS} rungs on both sides, not {len(self.buy)} and {len(self.sell)}"
            )
        require_monotone(self.buy, self.sell, READING_LIMIT - 1)


def require_monotone(buy: tuple[int, ...], sell: tuple[int, ...], most: int | None = None) -> None:
    """Quantities in Wh per rung: integers from 0 to `most`, `buy` non-increasing, `sell` non-decreasing.

    Raises:
        BadInput: the first rung (counted from 1) where that fails.
    """
    for side, quantities in (("buy", buy), ("sell", sell)):
        for rung, quantity in enumerate(quantities, start=1):
            require_integer(quantity, f"{side} on rung {rung}", 0, most)
    for rung in range(2, len(buy) + 1):
        if buy[rung - 1] > buy[rung - 2]:
            raise BadInput(f"buy on rung {rung} is {buy[rung - 1]}, above rung {rung - 1}: buy must not increase")
    for rung in range(2, len(sell) + 1):
        if sell[rung - 1] < sell[rung - 2]:
            raise BadInput(f"sell on rung {rung} is {sell[rung - 1]}, below rung {rung - 1}: sell must not decrease")


def honest_ladder(ladder: Ladder, import_wh: WattHours, export_wh: WattHours, value: Price, cost: Price) -> Order:
    """The order of a household that never loses against its own tariff (MARKET-7).

    It buys its whole import (Wh) on rung k < K iff ℓ_{k+1} ≤ `value`, on rung K iff ℓ_K ≤ `value`; it sells
    its whole export (Wh) on rung k iff ℓ_k ≥ `cost`. `value` is what a bought Wh is worth to it with the
    fee already subtracted, `cost` what a sold Wh would have earned otherwise, both in µKRW/Wh.

    Raises:
        BadInput: a reading is no integer in [0, 2^16).
    """
    # A rung-k order may trade at any price below ℓ_{k+1}, and in a step at ℓ_{k+1} itself.
    ceilings = (*ladder.levels[1:], ladder.top)
    nothing = WattHours(0)
    return Order(
        buy=tuple(import_wh if ceiling <= value else nothing for ceiling in ceilings),
        sell=tuple(export_wh if level >= cost else nothing for level in ladder.levels),
    )
