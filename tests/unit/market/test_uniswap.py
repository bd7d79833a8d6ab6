"""POOL-1 and POOL-4 against the real Uniswap v3 contracts: the same moves, the same reserves and prices.

Neither side can hold the other's band exactly: Uniswap's ends at prices 1.0001^tick, the pool's at whole µKRW/Wh. δ is
the larger relative distance of an end from its tick. Since 1/√p is linear in the store, with 1/√p_f at the full and
1/√p_c at the empty end, the prices beside the same store are within δ of each other too. What rounds:

- POOL-1's inverse roots, each by less than 2^-80·(1 + 2^32/p_f). X(p) uses three; in first order they move the price
  by 4·√p_c times that at most, relative to it.
- X(p) down to a Wh; M(x) up to a µKRW/Wh, at the store of x + 1, because X has rounded up to a Wh away; Y(x) up to a
  unit of its scale.
- A step of a swap, in Uniswap's pool's favour: each amount by less than a token (2^-64 Wh or µKRW), and the root by
  less than 2^-96, which is worth less than a token of energy and liquidity/2^96 tokens of money. What energy stays in
  the pool is compared with money at p_c at most. This dust is counted, `STEPS` a swap.

With ρ = 2δ + 4·√p_c·2^-80·(1 + 2^32/p_f), the second δ leaving room for what is of second order, the tests assert

- beside the same store: prices within ρ of each other, M within 1 µKRW/Wh more; money within ρ of each other, and dust;
- at the same price: stores within ρ·capacity·√p_c/(√p_c − √p_f), and dust; X(p) within 1 Wh more.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cached_property
from math import ceil, floor, isqrt

import pytest

from openmg.market import BatteryReading, Pool, PoolParameters
from openmg.units import ONE, LedgerMicroWon, LedgerWattHours, Price, WattHours
from tests.unit.market.uniswap import ROOT, STEPS, TOKEN, Position

WHOLE = 1000
"""An efficiency without loss: Uniswap knows none."""


def tick_price(tick: int) -> Decimal:
    with localcontext(prec=80):
        return Decimal("1.0001") ** tick


@dataclass(frozen=True)
class Band:
    """A battery whose band ends at Uniswap's ticks, as nearly as whole prices can."""

    ticks: tuple[int, int]
    spacing: int
    capacity: int

    @cached_property
    def pool(self) -> PoolParameters:
        low, high = (Price(round(tick_price(tick))) for tick in self.ticks)
        return PoolParameters(WattHours(self.capacity), low, high, WHOLE, WattHours(self.capacity))

    @cached_property
    def roots(self) -> tuple[int, int]:
        """√p_f and √p_c in 1/2^96, as of the ticks."""
        with localcontext(prec=80):
            low, high = (int(tick_price(tick).sqrt() * ROOT) for tick in self.ticks)
        return low, high

    @cached_property
    def error(self) -> Fraction:
        """ρ."""
        ends = zip(self.ticks, (self.pool.band_low, self.pool.band_high), strict=True)
        with localcontext(prec=80):
            apart = max(abs(price / tick_price(tick) - 1) for tick, price in ends)
        rounded = Fraction(4 * (isqrt(self.pool.band_high) + 1) * (1 + Fraction(2**32, self.pool.band_low)), 2**80)
        return 2 * Fraction(apart) + rounded

    def position(self) -> Position:
        """The smallest position that holds the whole capacity; prices stay within a fifth of the band."""
        low, high = self.roots
        liquidity = ceil(Fraction(self.capacity * TOKEN * low * high, ROOT * (high - low)))
        assert (self.ticks[1] - self.ticks[0] + 4400) // (256 * self.spacing) + 4 < STEPS
        return Position(self.ticks, self.spacing, liquidity, low * 9 // 10, high * 11 // 10)

    def energy_error(self, position: Position) -> Fraction:
        """How far apart the stores may be at one price, in Wh."""
        low, high = self.roots
        return self.error * self.capacity * high / (high - low) + Fraction(2 * STEPS * position.swaps + 2, TOKEN)

    def money_error(self, position: Position, money: int) -> Fraction:
        """How far `money` (µKRW/2^64) may be from the curve's beside the same store, in the same unit."""
        a_step = 2 * self.pool.band_high + 2 + Fraction(position.liquidity, ROOT)
        dust = a_step * (STEPS * position.swaps + 1)
        return self.error * money + dust + 1


# 133,387 to 248,371 µKRW/Wh, both within 3 billionths of a tick, and bands whose prices are so fine (2^57) that ticks
# fit them. The first crosses a word of Uniswap's bitmap every 2.6 % of price, the last lies within one step.
BANDS = {
    "real": Band((118_016, 124_233), 1, 50_000),
    "fine": Band((395_200, 401_400), 200, 50_000),
    "narrow": Band((395_220, 395_280), 60, 1_000),
}


@pytest.fixture(params=BANDS)
def band(request: pytest.FixtureRequest) -> Band:
    return BANDS[request.param]


def price_of(position: Position) -> Fraction:
    return Fraction(position.root**2, ROOT**2)


def store_of(position: Position) -> Fraction:
    return Fraction(position.energy, TOKEN)


def compare(band: Band, position: Position) -> None:
    """Money and price beside the store that the contracts hold."""
    pool, error = band.pool, band.error
    asked = pool.curve_money_at(position.energy, TOKEN, TOKEN)
    assert abs(position.money - asked) <= band.money_error(position, asked)
    store, price = store_of(position), price_of(position)
    if not pool.band_low <= price <= pool.band_high:
        return
    wh = floor(store)
    if wh >= 1:
        # M(x) is the least whole price above that of x + 1: X has rounded a Wh away.
        assert price * (1 - error) <= pool.marginal(WattHours(wh - 1))
    if store <= pool.capacity:
        above = pool.marginal(WattHours(ceil(store) - 1))
        assert above <= price * (1 + error) + 1


def move_price(band: Band, position: Position, price: Price) -> None:
    """Bring the price to a whole number of µKRW/Wh, and compare the store there with X and X⁺."""
    position.move_to(price)
    store, slack = store_of(position), band.energy_error(position)
    assert -slack <= store - band.pool.stored_at(price) < 1 + slack
    assert -slack <= band.pool.stored_at_rounded_up(price) - store < 1 + slack
    compare(band, position)


def move_store(band: Band, position: Position, wh: int) -> None:
    """Bring the store to a whole number of Wh, and compare what can be compared there only."""
    position.move(wh * TOKEN - position.energy)
    left = abs(position.energy - wh * TOKEN)
    # At its ends the contracts keep the dust of their steps, elsewhere they give and take what is asked.
    assert left <= 2 * STEPS * position.swaps if wh in (0, band.capacity) else left == 0
    compare(band, position)
    asked = band.pool.curve_money(WattHours(wh))
    money = Fraction(position.money * ONE, TOKEN)
    slack = band.money_error(position, position.money) * ONE / TOKEN
    assert asked - 1 - slack <= money <= asked + slack


def walk(band: Band, dice: random.Random, moves: int) -> None:
    """Moves of all sizes from a full store: to whole stores, by any part of a Wh, and to prices."""
    position = band.position()
    for _ in range(moves):
        kind = dice.randrange(5)
        if kind == 0:
            move_store(band, position, dice.choice((0, band.capacity, dice.randint(0, band.capacity))))
        elif kind == 1:
            near = round(store_of(position)) + dice.randint(-3, 3)
            move_store(band, position, min(max(near, 0), band.capacity))
        elif kind == 2:
            most = 2 ** dice.randrange(1, (band.capacity * TOKEN).bit_length())
            position.move(dice.randint(-most, most))
            compare(band, position)
        else:
            low, high = band.pool.band_low, band.pool.band_high
            move_price(band, position, Price(dice.randint(low - (high - low) // 50, high + (high - low) // 50)))


def test_the_same_moves_give_the_same_reserves_and_price(band: Band) -> None:
    walk(band, random.Random(7), 20)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_any_moves_give_the_same_reserves_and_price(band: Band, seed: int) -> None:
    walk(band, random.Random(seed), 150)


def settle(band: Band, position: Position, stored: int, price: Price, share: int) -> None:
    """A slot in which the pool sells or buys `share`/65536 of what it offers, beside a swap of as much energy."""
    fixed = band.pool
    # The meter counted all that could have moved, so that the curve alone limits the offer.
    selling = price > fixed.marginal(WattHours(stored))
    discharged, charged = (stored, 0) if selling else (0, band.capacity - stored)
    reading = BatteryReading(*map(WattHours, (discharged, charged, stored, stored)))
    pool = Pool(fixed, WattHours(stored), fixed.curve_money(WattHours(stored)), LedgerMicroWon(0))
    supply = pool.supply(price, reading)
    flow = LedgerWattHours(supply * share)
    earned = pool.settle(reading, price, flow, Price(1), Price(1)).money - pool.money
    asked = position.move(-flow * TOKEN // ONE)
    assert Fraction(earned, ONE) >= Fraction(asked, TOKEN)
    position.move((flow - ONE * supply) * TOKEN // ONE)
    offered = position.energy
    position.move_to(price)
    assert Fraction(abs(position.energy - offered), TOKEN) < 1 + band.energy_error(position)


def test_a_batch_earns_what_the_swap_earns_or_more(band: Band) -> None:
    """POOL-3 and POOL-4: a swap up to the price moves less than a Wh more, and one price for all is no worse."""
    dice, position = random.Random(7), band.position()
    for target in (0, band.capacity, *(dice.randint(0, band.capacity) for _ in range(3))):
        stored = dice.randint(1, band.capacity - 1)
        move_store(band, position, stored)
        share = dice.choice((ONE, dice.randint(1, ONE)))
        settle(band, position, stored, band.pool.marginal(WattHours(target)), share)


def test_the_ends(band: Band) -> None:
    """Full and empty: nothing moves beyond an end, and the whole way earns what the curve asks."""
    pool, position, full = band.pool, band.position(), band.capacity * TOKEN
    assert 0 <= position.energy - full <= 2
    assert position.money == 0
    assert position.move(full) == 0
    move_price(band, position, pool.band_low)
    move_store(band, position, 0)
    earned, left = position.money, position.energy
    assert position.move(-full) == 0
    move_price(band, position, Price(pool.band_high * 11 // 10))
    assert (position.money, position.energy) == (earned, left)
    move_price(band, position, pool.band_high)
    position.move(2 * full)
    assert abs(store_of(position) - band.capacity) <= band.energy_error(position)
    assert 0 <= position.money <= band.money_error(position, 0)
    move_price(band, position, Price(pool.band_low * 9 // 10))
    move_store(band, position, 0)
    move_store(band, position, band.capacity)
