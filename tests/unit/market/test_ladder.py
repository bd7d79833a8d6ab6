"""What a household may say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openmg.errors import BadInput
from openmg.market import Ladder, Order, Settlement, clear_book, honest_ladder
from openmg.units import Price, WattHours
from tests.unit.market.books import HIGHEST, Book, books, ladders


def ladder_of(*levels: object) -> Ladder:
    return Ladder(levels)  # type: ignore[arg-type] # what a careless caller may pass


@pytest.mark.parametrize(
    ("levels", "reason"),
    [
        ((), "1 to 12 levels, not 0"),
        (tuple(range(1, 14)), "1 to 12 levels, not 13"),
        ((0, 1), "level 1: an integer from 1 to 1048576 expected, got 0"),
        ((1, 2**20 + 1), "level 2: an integer from 1 to 1048576 expected, got 1048577"),
        ((1, 2.0), "level 2: .* got 2.0"),
        ((True, 2), "level 1: .* got True"),
        ((5, 7, 7, 3), r"level 3 is 7, not above level 2 \(7\)"),
        ((5, 4), r"level 2 is 4, not above level 1 \(5\)"),
        ((5, "x" * 99), "level 2: .* got 'x+...$"),
        ((5, 10**99), "level 2: .* got an integer of 329 bits"),
    ],
)
def test_bad_ladders(levels: tuple[object, ...], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        ladder_of(*levels)


def test_rungs_cover_from_their_level_up_to_the_next() -> None:
    ladder = ladder_of(100, 200, 2**20)
    assert ladder.rungs == 3
    assert (ladder.bottom, ladder.middle, ladder.top) == (100, 524338, 2**20)
    assert [ladder.rung_of(Price(price)) for price in (100, 199, 200, 2**20 - 1, 2**20)] == [1, 1, 2, 2, 3]
    assert [ladder.level(rung) for rung in (1, 2, 3)] == [100, 200, 2**20]
    assert [ladder.clamp(price) for price in (-5, 150, 2**21)] == [100, 150, 2**20]
    for price in (99, 2**20 + 1):
        with pytest.raises(BadInput, match="price"):
            ladder.rung_of(Price(price))
    for rung in (0, 4):
        with pytest.raises(BadInput, match="rung"):
            ladder.level(rung)


@pytest.mark.parametrize(
    ("buy", "sell", "reason"),
    [
        ((), (), "1 to 12 rungs"),
        ((1,), (1, 1), "not 1 and 2"),
        ((1, 2), (0, 0), "buy on rung 2 is 2, above rung 1"),
        ((0, 0), (2, 1), "sell on rung 2 is 1, below rung 1"),
        ((2**16,), (0,), "buy on rung 1: an integer from 0 to 65535"),
        ((0,), (-1,), "sell on rung 1"),
    ],
)
def test_bad_orders(buy: tuple[WattHours, ...], sell: tuple[WattHours, ...], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        Order(buy, sell)


def test_the_honest_ladder_by_hand() -> None:
    ladder = ladder_of(120, 151, 257, 362)
    order = honest_ladder(ladder, WattHours(800), WattHours(0), value=Price(257), cost=Price(120))
    assert order == Order((800, 800, 0, 0), (0, 0, 0, 0))  # type: ignore[arg-type] # plain integers for reading
    order = honest_ladder(ladder, WattHours(0), WattHours(500), value=Price(400), cost=Price(150))
    assert order == Order((0, 0, 0, 0), (0, 500, 500, 500))  # type: ignore[arg-type] # the same
    assert honest_ladder(ladder, WattHours(9), WattHours(0), Price(362), Price(1)).buy == (9, 9, 9, 9)


@given(ladders(), st.integers(0, HIGHEST), st.integers(0, HIGHEST))
def test_the_honest_ladder_is_an_order(ladder: Ladder, value: int, cost: int) -> None:
    order = honest_ladder(ladder, WattHours(700), WattHours(300), Price(value), Price(cost))
    assert max(order.buy) <= 700
    assert max(order.sell) <= 300


@settings(max_examples=100)
@given(books(), st.integers(0, HIGHEST + 20), st.integers(0, HIGHEST + 20), st.integers(0, 30))
def test_honest_homes_never_lose_against_their_tariff(book: Book, value: int, cost: int, fee: int) -> None:
    """Whatever the others say; `value` is what a Wh is worth after the fee (MARKET-7)."""
    home = honest_ladder(book.ladder, WattHours(900), WattHours(400), Price(value), Price(cost))
    buy = tuple(mine + others for mine, others in zip(home.buy, book.buy, strict=True))
    sell = tuple(mine + others for mine, others in zip(home.sell, book.sell, strict=True))
    clearing, _, _, _ = clear_book(book.ladder, book.supply, book.reference, book.collar_bp, buy, sell)
    settled = Settlement.of(clearing, Price(fee), tariff=Price(value + fee), feed_in=Price(cost))
    bought, sold = settled.fill_buy(home.buy), settled.fill_sell(home.sell)
    assert not bought or clearing.price <= value
    assert not sold or clearing.price >= cost
    paid = -settled.credit.apply(0, home.buy, home.sell, 0, 0)
    without = 65536 * (900 * (value + fee) - 400 * cost)
    assert paid + settled.cost.apply(0, home.buy, home.sell, 900, 400) <= without
