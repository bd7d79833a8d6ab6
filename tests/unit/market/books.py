"""Random books: aggregate orders, a pool or another supply, a reference price and a collar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import accumulate

from hypothesis import strategies as st

from openmg.market import BatteryReading, Ladder, Pool, PoolParameters, no_supply
from openmg.units import ONE, LedgerMicroWon, Price, WattHours

HIGHEST = 60
"""The top of the small ladders, so that the reference can look at every price."""


@dataclass(frozen=True)
class Book:
    ladder: Ladder
    supply: Callable[[int], int]
    reference: Price
    collar_bp: int
    buy: tuple[int, ...]
    sell: tuple[int, ...]

    def net(self) -> tuple[int, ...]:
        return tuple(bought - sold for bought, sold in zip(self.buy, self.sell, strict=True))

    def with_orders(self, buy: tuple[int, ...], sell: tuple[int, ...]) -> Book:
        return replace(self, buy=buy, sell=sell)


@dataclass(frozen=True)
class Steps:
    """A supply that rises by some Wh at some prices."""

    base: int
    rises: tuple[tuple[int, int], ...]

    def __call__(self, price: int) -> int:
        return self.base + sum(rise for start, rise in self.rises if price >= start)


@dataclass(frozen=True)
class PoolSupply:
    pool: Pool
    reading: BatteryReading

    def __call__(self, price: int) -> int:
        return self.pool.supply(Price(price), self.reading)


def ladders() -> st.SearchStrategy[Ladder]:
    prices = st.lists(st.integers(1, HIGHEST), min_size=1, max_size=12, unique=True)
    return prices.map(lambda levels: Ladder(tuple(Price(level) for level in sorted(levels))))


@st.composite
def parameters(draw: st.DrawFn) -> PoolParameters:
    low = draw(st.integers(1, HIGHEST))
    return PoolParameters(
        capacity=WattHours(draw(st.integers(0, 2000) | st.integers(0, 10**7))),
        band_low=Price(low),
        band_high=Price(draw(st.integers(low + 1, HIGHEST + 20))),
        efficiency_permille=draw(st.integers(1, 1000) | st.integers(900, 1000)),
        power_wh=WattHours(draw(st.integers(0, 10**6))),
    )


@st.composite
def pools(draw: st.DrawFn) -> PoolSupply:
    """A pool and a reading that follows on it; the money may be short."""
    fixed = draw(parameters())
    moved = WattHours(draw(st.integers(0, 1000)))
    sells = draw(st.booleans())
    reading = BatteryReading(
        discharged=moved if sells else WattHours(0),
        charged=WattHours(0) if sells else moved,
        stored_start=WattHours(draw(st.integers(0, fixed.capacity))),
        stored_end=WattHours(draw(st.integers(0, fixed.capacity))),
    )
    money = ONE * draw(st.integers(0, 5000) | st.just(10**9))
    stored = WattHours(draw(st.integers(0, fixed.capacity)))
    return PoolSupply(Pool(fixed, stored, LedgerMicroWon(money), LedgerMicroWon(0)), reading)


def supplies() -> st.SearchStrategy[Callable[[int], int]]:
    rises = st.lists(st.tuples(st.integers(1, HIGHEST), st.integers(1, 30)), max_size=6).map(tuple)
    return st.just(no_supply) | st.builds(Steps, st.integers(-40, 10), rises) | pools()


def quantities(rungs: int) -> st.SearchStrategy[list[int]]:
    """Non-decreasing Wh per rung, often equal to a neighbour, sometimes large."""
    steps = st.integers(0, 3) | st.just(0) | st.integers(0, 40) | st.integers(0, 10**6)
    return st.lists(steps, min_size=rungs, max_size=rungs).map(lambda rises: list(accumulate(rises)))


@st.composite
def books(draw: st.DrawFn) -> Book:
    ladder = draw(ladders())
    return Book(
        ladder=ladder,
        supply=draw(supplies()),
        reference=Price(draw(st.integers(1, HIGHEST + 20))),
        collar_bp=draw(st.sampled_from((0, 500, 1000, 3000, 9999, 10000, 20000)) | st.integers(0, 30000)),
        buy=tuple(reversed(draw(quantities(ladder.rungs)))),
        sell=tuple(draw(quantities(ladder.rungs))),
    )
