"""Homomorphic sums of reports, and settlement on ciphertexts (MARKET-8, MARKET-9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from openmg import _core
from openmg._core import Pairs
from openmg.crypto.group import Pair, Point, combine
from openmg.crypto.refusal import rejections

_PAIR_BYTES = 64
_POINT_BYTES = 32


@dataclass(frozen=True)
class SlotSums:
    """Running sums of a slot's reports: pairs of B_1..B_K, S_1..S_K, import, export."""

    rungs: int
    data: bytes

    @classmethod
    def zero(cls, rungs: int) -> SlotSums:
        """No report yet."""
        return cls(rungs, bytes(_PAIR_BYTES * (2 * rungs + 2)))

    def added(self, reports: Sequence[Pairs]) -> SlotSums:
        """With more reports' pairs."""
        if not reports:
            return self
        with rejections():
            return SlotSums(self.rungs, _core.report_sums(self.rungs, self.data, list(reports)))

    def bought(self, rung: int) -> Pair:
        """Of B_k, 1-based."""
        return self._pair(rung - 1)

    def sold(self, rung: int) -> Pair:
        """Of S_k, 1-based."""
        return self._pair(self.rungs + rung - 1)

    def demand(self, rung: int) -> Pair:
        """Of D_k = B_k − S_k, 1-based."""
        return combine_pairs([1, -1], [self.bought(rung), self.sold(rung)])

    def imported(self) -> Pair:
        """Of the import."""
        return self._pair(2 * self.rungs)

    def exported(self) -> Pair:
        """Of the export."""
        return self._pair(2 * self.rungs + 1)

    def _pair(self, index: int) -> Pair:
        return Pair(self.data[_PAIR_BYTES * index : _PAIR_BYTES * (index + 1)])


def combine_pairs(coefficients: Sequence[int], pairs: Sequence[Pair]) -> Pair:
    """Σ coefficient·pair, public signed coefficients."""
    randomness = combine(coefficients, [Point(pair[:_POINT_BYTES]) for pair in pairs])
    commitment = combine(coefficients, [Point(pair[_POINT_BYTES:]) for pair in pairs])
    return Pair(randomness + commitment)


@dataclass(frozen=True)
class Books:
    """One account's points that a settlement changes (units: µKRW/65536 and Wh/65536)."""

    credits: Point
    imported: Point
    exported: Point
    bought: Point
    sold: Point
    cost: Point


@dataclass(frozen=True)
class Terms:
    """The public terms of a settlement: at most two (rung, weight) a side, prices in µKRW/Wh. No weights: void."""

    buy_weights: Sequence[tuple[int, int]]
    sell_weights: Sequence[tuple[int, int]]
    price: int
    fee: int
    tariff: int
    feed_in: int


def settle(rungs: int, terms: Terms, accounts: Sequence[tuple[bytes, Point, Books]]) -> list[Books]:
    """MARKET-9 on ciphertexts, for each (report transaction, locked collateral, books), on all cores."""
    states = [
        (
            report,
            locked + books.credits + books.imported + books.exported + books.bought + books.sold + books.cost,
        )
        for report, locked, books in accounts
    ]
    with rejections():
        settled = _core.settle(
            rungs,
            list(terms.buy_weights),
            list(terms.sell_weights),
            terms.price,
            terms.fee,
            terms.tariff,
            terms.feed_in,
            states,
        )
    return [_books(points) for points in settled]


def _books(points: bytes) -> Books:
    credits, imported, exported, bought, sold, cost = (
        Point(points[at : at + _POINT_BYTES]) for at in range(0, 6 * _POINT_BYTES, _POINT_BYTES)
    )
    return Books(credits, imported, exported, bought, sold, cost)
