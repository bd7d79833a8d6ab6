"""A second opinion on MARKET-8, from the text of the protocol alone: every integer price is looked at.

Slow on purpose, with no line in common with `openmg.market`.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from typing import Any


def rung(levels: list[int], price: int) -> int:
    return max(k for k in range(1, len(levels) + 1) if levels[k - 1] <= price)


def between(value: int, least: int, most: int) -> int:
    return sorted([least, value, most])[1]


def curves(levels: list[int], net: list[int]) -> tuple[Callable[[int], int], Callable[[int], int]]:
    """D(p) and D(p⁻)."""

    def demand(price: int) -> int:
        return net[rung(levels, price) - 1]

    def demand_before(price: int) -> int:
        k = rung(levels, price)
        return net[k - 2] if k >= 2 and levels[k - 1] == price else net[k - 1]

    return demand, demand_before


def limits(levels: list[int], reference: int, collar_bp: int) -> tuple[int, int]:
    collar = Fraction(collar_bp, 10000)
    low, high = ceil(reference * (1 - collar)), floor(reference * (1 + collar))
    return between(low, levels[0], levels[-1]), between(high, levels[0], levels[-1])


def clear(
    levels: list[int], supply: Callable[[int], int], reference: int, collar_bp: int, buy: list[int], sell: list[int]
) -> dict[str, Any]:
    """The answer in the shape of `expect` in tests/vectors/market/clearing.json."""
    net = [b - s for b, s in zip(buy, sell, strict=True)]
    demand, demand_before = curves(levels, net)
    prices = range(levels[0], levels[-1] + 1)
    p_lo = next((p for p in prices if demand(p) <= supply(p)), levels[-1])
    p_hi = next((p for p in reversed(prices) if demand_before(p) >= supply(p)), levels[0])
    if p_lo <= p_hi:
        star = between(reference, p_lo, p_hi)
    else:
        assert p_lo == p_hi + 1
        star = p_lo if demand(p_hi) >= 0 else p_hi
    low, high = limits(levels, reference, collar_bp)
    price = between(star, low, high)
    k, a = rung(levels, price), supply(price)
    b_k, s_k = buy[k - 1], sell[k - 1]
    kind, v, w = "", {}, {}
    if p_hi < p_lo and price == star:
        kind = "jump"
        v = w = {rung(levels, p_hi): 65536}
    elif net[k - 1] == a:
        kind = "rung"
        v = w = {k: 65536}
    elif net[k - 1] > a:
        kind = "short-supply"
        v = {k: ceil(Fraction(65536 * (s_k + max(a, 0)), b_k + max(-a, 0)))}
        w = {k: 65536}
    elif price == levels[k - 1] and k >= 2 and a <= net[k - 2]:
        kind = "step"
        first = ceil(Fraction(65536 * (a - net[k - 1]), net[k - 2] - net[k - 1]))
        v = w = {k - 1: first, k: 65536 - first}
    else:
        assert a > demand_before(price)
        kind = "short-demand"
        v = {k: 65536}
        w = {k: floor(Fraction(65536 * (b_k + max(-a, 0)), s_k + max(a, 0)))}
    bought = sum(share * buy[j - 1] for j, share in v.items())
    sold = sum(share * sell[j - 1] for j, share in w.items())
    flow = bought - sold if kind == "jump" else between(bought - sold, min(0, 65536 * a), max(0, 65536 * a))
    return {
        "price": price,
        "kind": kind,
        "buy_weights": {str(j): share for j, share in v.items() if share},
        "sell_weights": {str(j): share for j, share in w.items() if share},
        "bought": bought,
        "sold": sold,
        "pool": flow,
        "residue": bought - sold - flow,
        "path": path(levels, supply, reference, collar_bp, net) + ([f"B{k}"] if kind.startswith("short") else []),
    }


def path(levels: list[int], supply: Callable[[int], int], reference: int, collar_bp: int, net: list[int]) -> list[str]:
    """The D_k opened, in order."""
    low, high = limits(levels, reference, collar_bp)
    anchor = between(reference, levels[0], levels[-1])
    k = rung(levels, anchor)
    opened = [f"D{k}"]
    if net[k - 1] > supply(anchor):
        while k < len(levels) and high >= levels[k] and supply(levels[k] - 1) < net[k - 1]:
            k += 1
            opened.append(f"D{k}")
    elif net[k - 1] < supply(anchor):
        while k > 1 and low <= levels[k - 1] and supply(levels[k - 1]) > net[k - 1]:
            k -= 1
            opened.append(f"D{k}")
    return opened
