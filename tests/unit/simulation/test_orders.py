"""Homes as arrays say and get what the market's own functions say and give, home by home."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from openmg.market import Ladder, Settlement, honest_ladder
from openmg.simulation.orders import Orders, rungs_bought, rungs_sold
from openmg.units import Price, WattHours
from tests.unit.market.books import ladders

Home = tuple[int, int, int, int]
"""Import, export (Wh), value and cost (µKRW/Wh)."""


def homes() -> st.SearchStrategy[list[Home]]:
    energy = st.integers(0, 65_535) | st.integers(0, 3)
    prices = st.integers(0, 80)
    return st.lists(st.tuples(energy, energy, prices, prices), min_size=1, max_size=12)


def orders_of(ladder: Ladder, several: list[Home]) -> Orders:
    imported, exported, values, costs = np.array(several, dtype=np.int64).T
    return Orders(imported, rungs_bought(ladder, values), exported, rungs_sold(ladder, costs))


@given(ladders(), homes())
def test_every_home_says_its_honest_ladder(ladder: Ladder, several: list[Home]) -> None:
    orders = orders_of(ladder, several)
    for index, (imported, exported, value, cost) in enumerate(several):
        honest = honest_ladder(ladder, WattHours(imported), WattHours(exported), Price(value), Price(cost))
        assert orders.order(index, ladder.rungs) == honest


@given(ladders(), homes())
def test_the_book_is_the_sum_of_the_orders(ladder: Ladder, several: list[Home]) -> None:
    orders = orders_of(ladder, several)
    each = [orders.order(index, ladder.rungs) for index in range(len(several))]
    assert orders.book(ladder.rungs) == (
        [sum(order.buy[rung] for order in each) for rung in range(ladder.rungs)],
        [sum(order.sell[rung] for order in each) for rung in range(ladder.rungs)],
    )


@given(ladders(), homes(), st.data())
def test_fills_are_the_settlements(ladder: Ladder, several: list[Home], data: st.DataObject) -> None:
    """For any weights that a clearing can have: at most two rungs, 1 to 65536 parts, on each side."""
    weights = st.dictionaries(st.integers(1, ladder.rungs), st.integers(1, 65_536), max_size=2).map(
        lambda found: tuple(sorted(found.items()))
    )
    settlement = Settlement(Price(7), Price(2), data.draw(weights), data.draw(weights), Price(9), Price(3))  # type: ignore[arg-type]
    orders = orders_of(ladder, several)
    bought = orders.bought(settlement.buy_weights, ladder.rungs).tolist()
    sold = orders.sold(settlement.sell_weights, ladder.rungs).tolist()
    for index in range(len(several)):
        order = orders.order(index, ladder.rungs)
        assert bought[index] == settlement.fill_buy(order.buy)
        assert sold[index] == settlement.fill_sell(order.sell)
