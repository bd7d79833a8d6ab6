"""Where demand crosses the pool's supply, and how far a walk must look to know it (MARKET-8)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from openmg.market.integers import ceiling, require_integer
from openmg.market.invariant import InvariantBroken
from openmg.market.ladder import Ladder
from openmg.units import Price

BASIS: Final = 10_000
"""Basis points in the whole."""


@dataclass(frozen=True)
class NetDemand:
    """D in Wh on the rungs of a path, without holes; beyond its ends it continues flat.

    What it says there never matters: the path ends where price and weights are known whatever follows.
    """

    ladder: Ladder
    rungs: Mapping[int, int]

    def on(self, rung: int) -> int:
        """D_k in Wh."""
        lowest, highest = self._ends
        return self.rungs[min(max(rung, lowest), highest)]

    @cached_property
    def _ends(self) -> tuple[int, int]:
        return min(self.rungs), max(self.rungs)

    def at(self, price: int) -> int:
        """D(p) in Wh."""
        return self.on(self.ladder.rung_of(Price(price)))

    def below(self, price: int) -> int:
        """D(p⁻) in Wh: net demand just below the price."""
        rung = self.ladder.rung_of(Price(price))
        return self.on(rung - 1 if rung >= 2 and price == self.ladder.level(rung) else rung)

    def check(self) -> None:
        """Net demand never increases with the price (MARKET-5 proves it of every report).

        Raises:
            InvariantBroken: it does.
        """
        for rung in sorted(self.rungs)[1:]:
            if self.rungs[rung] > self.rungs[rung - 1]:
                raise InvariantBroken(
                    "MARKET-8", f"D{rung} = {self.rungs[rung]} exceeds D{rung - 1} = {self.rungs[rung - 1]}"
                )


@dataclass(frozen=True)
class Crossing:
    """The price and what meets there, in Wh: A(p), D(p) and D(p⁻).

    `jump_rung` is the rung of p_hi where the integer curve jumps over D at this price, else None.
    """

    price: Price
    rung: int
    supply: int
    demand: int
    demand_below: int
    jump_rung: int | None


@dataclass(frozen=True)
class Rule:
    """What is public before any sum is opened: ladder, supply A(p), p_ref (µKRW/Wh) and the collar (1/10000).

    Raises:
        BadInput: p_ref below 1 or the collar below 0.
    """

    ladder: Ladder
    supply: Callable[[Price], int]
    reference: Price
    collar_bp: int

    def __post_init__(self) -> None:
        require_integer(self.reference, "reference price", 1)
        require_integer(self.collar_bp, "collar in basis points", 0)

    @cached_property
    def anchor(self) -> Price:
        """p_ref clamped to the ladder, µKRW/Wh."""
        return self.ladder.clamp(self.reference)

    @cached_property
    def lowest(self) -> Price:
        """⌈p_ref(1 − collar)⌉ clamped to the ladder, µKRW/Wh."""
        return self.ladder.clamp(ceiling(self.reference * (BASIS - self.collar_bp), BASIS))

    @cached_property
    def highest(self) -> Price:
        """⌊p_ref(1 + collar)⌋ clamped to the ladder, µKRW/Wh."""
        return self.ladder.clamp(self.reference * (BASIS + self.collar_bp) // BASIS)

    @cached_property
    def start(self) -> int:
        """The rung where every path starts: that of p_ref."""
        return self.ladder.rung_of(self.anchor)

    def after(self, rung: int, demand: int, first_demand: int) -> int | None:
        """The rung opened after `rung`, whose D is `demand`; None at the path's end.

        D on the first rung fixes the direction: upward while demand exceeds supply, else downward.
        """
        supply = self.supply(self.anchor)
        if first_demand > supply:
            return rung + 1 if self._up(rung, demand) else None
        if first_demand < supply:
            return rung - 1 if self._down(rung, demand) else None
        return None

    def _up(self, rung: int, demand: int) -> bool:
        if rung == self.ladder.rungs:
            return False
        above = self.ladder.level(rung + 1)
        return self.highest >= above and self.supply(Price(above - 1)) < demand

    def _down(self, rung: int, demand: int) -> bool:
        level = self.ladder.level(rung)
        return rung > 1 and self.lowest <= level and self.supply(level) > demand

    def cross(self, demand: NetDemand) -> Crossing:
        """The price by MARKET-8: p* = p_ref clamped between p_lo and p_hi, then kept within the collar."""
        low, high = self._bounds(demand)
        jumps = high < low
        nearest = min(max(self.anchor, low), high)
        target = nearest if not jumps else low if demand.at(high) >= 0 else high
        price = Price(min(max(target, self.lowest), self.highest))
        return Crossing(
            price=price,
            rung=self.ladder.rung_of(price),
            supply=self.supply(price),
            demand=demand.at(price),
            demand_below=demand.below(price),
            jump_rung=self.ladder.rung_of(high) if jumps and price == target else None,
        )

    def _bounds(self, demand: NetDemand) -> tuple[Price, Price]:
        """p_lo and p_hi; D − A never rises with the price, so bisection finds both."""
        prices = range(self.ladder.bottom, self.ladder.top + 1)
        met = bisect_left(prices, True, key=lambda price: demand.at(price) <= self.supply(Price(price)))
        passed = bisect_left(prices, True, key=lambda price: demand.below(price) < self.supply(Price(price)))
        return self.ladder.clamp(prices.start + met), self.ladder.clamp(prices.start + passed - 1)
