"""MARKET-9: settlement of one account, on points, by plain scalar multiplication."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.reference.group import Point, combine, total
from tests.reference.pair import Pair

Weights = Sequence[tuple[int, int]]
"""(rung, weight) for at most two rungs, rungs from 1."""


@dataclass(frozen=True)
class State:
    """The ciphertexts of an account that a settled slot touches."""

    locked: Point
    credits: Point
    imported: Point
    exported: Point
    bought: Point
    sold: Point
    cost: Point


@dataclass(frozen=True)
class Prices:
    """A settled slot's public prices."""

    price: int
    fee: int
    tariff: int
    feed_in: int


def bought_on(rungs: int, pairs: Sequence[Pair], rung: int) -> Point:
    """C_{b,k}: the buying differences from rung k up."""
    return total(c for _, c in pairs[rung - 1 : rungs])


def sold_on(rungs: int, pairs: Sequence[Pair], rung: int) -> Point:
    """C_{s,k}: the selling differences up to rung k."""
    return total(c for _, c in pairs[rungs : rungs + rung])


def settle(rungs: int, pairs: Sequence[Pair], state: State, prices: Prices, buy: Weights, sell: Weights) -> State:
    """The state after the slot; without weights the slot is void."""
    bought = combine([v for _, v in buy], [bought_on(rungs, pairs, rung) for rung, _ in buy])
    sold = combine([w for _, w in sell], [sold_on(rungs, pairs, rung) for rung, _ in sell])
    imported, exported = (65536 * c for _, c in pairs[-2:])
    return State(
        locked=state.locked,
        credits=state.credits + state.locked - (prices.price + prices.fee) * bought + prices.price * sold,
        imported=state.imported + imported,
        exported=state.exported + exported,
        bought=state.bought + bought,
        sold=state.sold + sold,
        cost=state.cost + prices.tariff * (imported - bought) - prices.feed_in * (exported - sold),
    )
