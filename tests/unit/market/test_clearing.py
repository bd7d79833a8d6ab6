"""MARKET-8: the fast rule against every price looked at, and what the opened sums decide."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openmg.errors import BadInput
from openmg.market import (
    Clearing,
    Functional,
    InvariantBroken,
    Kind,
    Ladder,
    PathIncomplete,
    clear,
    clear_book,
    next_opening,
    no_supply,
)
from openmg.market.clearing import _checked
from openmg.market.crossing import Crossing
from openmg.units import Price
from tests.reference import clearing as reference
from tests.unit.market.books import Book, books

THREE = Ladder((Price(100), Price(200), Price(300)))


def cleared(book: Book) -> tuple[Clearing, tuple[Functional, ...], int, int]:
    return clear_book(book.ladder, book.supply, book.reference, book.collar_bp, book.buy, book.sell)


def opened(book: Book, path: tuple[Functional, ...]) -> dict[Functional, int]:
    sums = {"D": book.net(), "B": book.buy}
    return {wanted: sums[wanted.kind][wanted.rung - 1] for wanted in path}


@settings(max_examples=150)
@given(books())
def test_agrees_with_a_look_at_every_price(book: Book) -> None:
    found, path, bought, sold = cleared(book)
    assert reference.clear(
        list(book.ladder.levels), book.supply, book.reference, book.collar_bp, list(book.buy), list(book.sell)
    ) == {
        "price": found.price,
        "kind": found.kind,
        "buy_weights": {str(rung): weight for rung, weight in found.buy_weights},
        "sell_weights": {str(rung): weight for rung, weight in found.sell_weights},
        "bought": bought,
        "sold": sold,
        "pool": found.pool_flow,
        "residue": found.residue,
        "path": [str(wanted) for wanted in path],
    }
    assert found.net == bought - sold
    assert found.rung == book.ladder.rung_of(found.price)
    assert found.supply == book.supply(found.price)
    assert found.net_demand == book.net()[found.rung - 1]


@settings(max_examples=100)
@given(books())
def test_the_residue_is_at_most_two_parts_in_65536_of_what_was_ordered(book: Book) -> None:
    """Ordered on the filled rungs, in Wh; the fills themselves may be smaller than the residue."""
    found = cleared(book)[0]
    rungs = [rung for rung, _ in (*found.buy_weights, *found.sell_weights)]
    assert 0 <= found.residue <= 2 * max(book.buy[min(rungs) - 1], book.sell[max(rungs) - 1])


@st.composite
def other_tails(draw: st.DrawFn) -> tuple[Book, Book]:
    """Two books that agree on the opened sums and on nothing else."""
    book = draw(books())
    path = cleared(book)[1]
    sums = opened(book, path)
    net = {wanted.rung: amount for wanted, amount in sums.items() if wanted.kind == "D"}
    for rung in range(max(net) + 1, book.ladder.rungs + 1):
        net[rung] = net[rung - 1] - draw(st.integers(0, 30) | st.integers(0, 10**6))
    for rung in range(min(net) - 1, 0, -1):
        net[rung] = net[rung + 1] + draw(st.integers(0, 30) | st.integers(0, 10**6))
    anchor = path[-1].rung
    bought = sums.get(Functional("B", anchor), max(net[anchor], 0) + draw(st.integers(0, 100)))
    buy, sell = {anchor: bought}, {anchor: bought - net[anchor]}
    for rung in range(anchor + 1, book.ladder.rungs + 1):
        buy[rung] = buy[rung - 1] - draw(st.integers(0, min(buy[rung - 1], net[rung - 1] - net[rung])))
        sell[rung] = buy[rung] - net[rung]
    for rung in range(anchor - 1, 0, -1):
        sell[rung] = sell[rung + 1] - draw(st.integers(0, min(sell[rung + 1], net[rung] - net[rung + 1])))
        buy[rung] = net[rung] + sell[rung]
    rungs = range(1, book.ladder.rungs + 1)
    return book, book.with_orders(tuple(buy[rung] for rung in rungs), tuple(sell[rung] for rung in rungs))


@settings(max_examples=100)
@given(other_tails())
def test_the_path_of_openings_suffices(pair: tuple[Book, Book]) -> None:
    book, other = pair
    found, path, _, _ = cleared(book)
    levels: list[int] = list(book.ladder.levels)
    full = reference.clear(levels, other.supply, other.reference, other.collar_bp, list(other.buy), list(other.sell))
    assert cleared(other)[:2] == (found, path)
    assert (full["price"], full["kind"], full["pool"]) == (found.price, found.kind, found.pool_flow)
    assert full["buy_weights"] == {str(rung): weight for rung, weight in found.buy_weights}
    assert full["sell_weights"] == {str(rung): weight for rung, weight in found.sell_weights}


@settings(max_examples=60)
@given(books(), st.data())
def test_more_demand_never_lowers_the_price(book: Book, data: st.DataObject) -> None:
    extra = data.draw(st.integers(0, 50) | st.integers(0, 10**6))
    rung = data.draw(st.integers(1, book.ladder.rungs))
    more = tuple(amount + (extra if k <= rung else 0) for k, amount in enumerate(book.buy, start=1))
    assert cleared(book.with_orders(more, book.sell))[0].price >= cleared(book)[0].price


@settings(max_examples=40)
@given(books())
def test_every_step_of_the_path_is_needed(book: Book) -> None:
    found, path, _, _ = cleared(book)
    sums = opened(book, path)
    for count, wanted in enumerate(path):
        so_far = {step: sums[step] for step in path[:count]}
        assert next_opening(book.ladder, book.supply, book.reference, book.collar_bp, so_far) == wanted
        with pytest.raises(PathIncomplete, match=f"^{wanted} is not opened yet"):
            clear(book.ladder, book.supply, book.reference, book.collar_bp, so_far)
    assert next_opening(book.ladder, book.supply, book.reference, book.collar_bp, sums) is None
    assert clear(book.ladder, book.supply, book.reference, book.collar_bp, sums) == found


@settings(max_examples=50)
@given(books(), st.integers(-100, 100))
def test_sums_off_the_path_change_nothing(book: Book, amount: int) -> None:
    found, path, _, _ = cleared(book)
    sums = opened(book, path)
    for rung in range(1, book.ladder.rungs + 1):
        sums.setdefault(Functional("D", rung), amount)
        sums.setdefault(Functional("B", rung), amount)
    assert clear(book.ladder, book.supply, book.reference, book.collar_bp, sums) == found


@pytest.mark.parametrize(
    ("opened_sums", "reason"),
    [
        ({Functional("D", 2): 5, Functional("D", 3): 6, Functional("B", 3): 9}, "D3 = 6 exceeds D2 = 5"),
        ({Functional("D", 2): 5, Functional("D", 3): 5, Functional("B", 3): 4}, "B3 = 4 cannot go with D = 5"),
        ({Functional("D", 2): -5, Functional("D", 1): -5, Functional("B", 1): -1}, "B1 = -1 cannot go with D = -5"),
    ],
)
def test_sums_of_no_reports_are_refused(opened_sums: dict[Functional, int], reason: str) -> None:
    with pytest.raises(InvariantBroken, match=reason) as refused:
        clear(THREE, no_supply, Price(250), 20000, opened_sums)
    assert refused.value.clause == "MARKET-8"
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)


def test_rounding_never_costs() -> None:
    crossing = Crossing(price=Price(100), rung=1, supply=1, demand=1, demand_below=1, jump_rung=None)
    with pytest.raises(InvariantBroken, match="exceeds N = 0"):
        _checked(crossing, Kind.RUNG, (), (), 0, 65536)


def test_an_incomplete_path_says_what_is_missing() -> None:
    with pytest.raises(PathIncomplete) as incomplete:
        clear(THREE, no_supply, Price(250), 1000, {})
    assert incomplete.value.missing == Functional("D", 2)
    assert pickle.loads(pickle.dumps(incomplete.value)).missing == Functional("D", 2)


@pytest.mark.parametrize(
    ("reference_price", "collar_bp", "buy", "sell", "reason"),
    [
        (0, 0, (1, 1, 1), (0, 0, 0), "reference price"),
        (100, -1, (1, 1, 1), (0, 0, 0), "collar"),
        (100, 0, (1, 1), (0, 0, 0), "buy: 3 quantities expected"),
        (100, 0, (1, 1, 1), (0, 0, 0, 0), "sell: 3 quantities expected"),
        (100, 0, (1, 2, 1), (0, 0, 0), "buy on rung 2"),
        (100, 0, (1, 1, 1), (0, 1, 0), "sell on rung 3"),
        (100, 0, (1, 1, -1), (0, 0, 0), "buy on rung 3"),
    ],
)
def test_bad_books(
    reference_price: int, collar_bp: int, buy: tuple[int, ...], sell: tuple[int, ...], reason: str
) -> None:
    with pytest.raises(BadInput, match=reason):
        clear_book(THREE, no_supply, Price(reference_price), collar_bp, buy, sell)
