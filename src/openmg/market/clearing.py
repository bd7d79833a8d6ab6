"""One price per slot from a few opened sums (MARKET-8, KEY-4).

`next_opening` says which sum the authorities open next; when it says None, `clear` has all it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, NamedTuple

from openmg.errors import BadInput, OpenMGError
from openmg.market.crossing import Crossing, NetDemand, Rule
from openmg.market.integers import ceiling
from openmg.market.invariant import InvariantBroken
from openmg.market.ladder import Ladder, require_monotone
from openmg.units import ONE, LedgerWattHours, Price, WattHours, Weight

Supply = Callable[[Price], int]
"""A(p): Wh that the pool sells at a price in µKRW/Wh, negative when it buys; non-decreasing."""

Weights = tuple[tuple[int, Weight], ...]
"""Filled share per rung, in 1/65536, rungs ascending, at most two; a rung that is not listed fills nothing."""


def no_supply(_price: int) -> int:
    """A ≡ 0: a market without a pool (MARKET-8)."""
    return 0


class Functional(NamedTuple):
    """A sum that authorities may open: net demand ``D`` or volume bought ``B`` on one rung, in Wh (KEY-4)."""

    kind: Literal["D", "B"]
    rung: int

    def __str__(self) -> str:
        return f"{self.kind}{self.rung}"


class PathIncomplete(OpenMGError):
    """A slot was to be cleared before the path's next sum, `missing`, was opened (MARKET-8)."""

    def __init__(self, missing: Functional) -> None:
        super().__init__(f"{missing} is not opened yet (MARKET-8)")
        self.missing = missing

    def __reduce__(self) -> tuple[type[PathIncomplete], tuple[Functional]]:
        return (PathIncomplete, (self.missing,))


class Kind(StrEnum):
    """How demand meets supply at the price (MARKET-8)."""

    RUNG = "rung"
    STEP = "step"
    JUMP = "jump"
    SHORT_OF_SUPPLY = "short-supply"
    SHORT_OF_DEMAND = "short-demand"


SHORT: Final = frozenset({Kind.SHORT_OF_SUPPLY, Kind.SHORT_OF_DEMAND})
"""Kinds in which one side is rationed, so that B_k is opened too (KEY-4)."""


@dataclass(frozen=True)
class Clearing:
    """A slot's outcome: all of it public (MARKET-8).

    `price` in µKRW/Wh and `rung`, which covers it. `net`: N = Σ v·B − Σ w·S, Wh/65536, what the buyers got and
    the sellers did not give; of it `pool_flow` (n) came from the pool and `residue` (N − n ≥ 0) is rounding.
    `supply` (A at the price) and `net_demand` (D at the price) in Wh.
    """

    price: Price
    kind: Kind
    rung: int
    buy_weights: Weights
    sell_weights: Weights
    net: LedgerWattHours
    pool_flow: LedgerWattHours
    residue: LedgerWattHours
    supply: WattHours
    net_demand: WattHours


def next_opening(
    ladder: Ladder, supply: Supply, reference: Price, collar_bp: int, opened: Mapping[Functional, int]
) -> Functional | None:
    """The next sum on the path, None when `clear` has all that it needs (KEY-4, MARKET-8).

    `reference` is p_ref in µKRW/Wh, `collar_bp` the collar in 1/10000, `opened` the sums so far in Wh. Sums
    off the path are ignored. The chain and every authority call this one function.

    Raises:
        BadInput: the reference is below 1 or the collar below 0.
        InvariantBroken: the opened net demand increases with the price, which no accepted reports can do.
    """
    resolved = _resolve(Rule(ladder, supply, reference, collar_bp), opened)
    return resolved if isinstance(resolved, Functional) else None


def clear(
    ladder: Ladder, supply: Supply, reference: Price, collar_bp: int, opened: Mapping[Functional, int]
) -> Clearing:
    """Price, weights and the pool's flow of a slot from the sums on the path alone (MARKET-8).

    Arguments as in `next_opening`.

    Raises:
        PathIncomplete: a sum of the path is not opened yet.
        BadInput: the reference is below 1 or the collar below 0.
        InvariantBroken: opened sums that no accepted reports can have (D increasing, B_k < D_k).
    """
    resolved = _resolve(Rule(ladder, supply, reference, collar_bp), opened)
    if isinstance(resolved, Functional):
        raise PathIncomplete(resolved)
    demand, crossing = resolved
    kind = _kind(crossing)
    if kind in SHORT:
        return _short(crossing, kind, opened[Functional("B", crossing.rung)])
    if kind is Kind.STEP:
        weights = _step(crossing)
    else:
        weights = _listed((crossing.rung if crossing.jump_rung is None else crossing.jump_rung, ONE))
    return _balanced(crossing, kind, weights, demand)


def clear_book(
    ladder: Ladder, supply: Supply, reference: Price, collar_bp: int, buy: Sequence[int], sell: Sequence[int]
) -> tuple[Clearing, tuple[Functional, ...], LedgerWattHours, LedgerWattHours]:
    """Clear known aggregates: the outcome, the sums opened in order, and what was bought and sold in Wh/65536.

    `buy` and `sell` are B_k and S_k in Wh, lowest rung first. The walk and the clearing are `next_opening`
    and `clear`, which see only what the path opens (MARKET-8).

    Raises:
        BadInput: wrong length, negative quantity, `buy` increasing or `sell` decreasing.
    """
    for side, quantities in (("buy", buy), ("sell", sell)):
        if len(quantities) != ladder.rungs:
            raise BadInput(f"{side}: {ladder.rungs} quantities expected, one per level, got {len(quantities)}")
    require_monotone(tuple(buy), tuple(sell))
    opened: dict[Functional, int] = {}
    while (wanted := next_opening(ladder, supply, reference, collar_bp, opened)) is not None:
        bought, sold = buy[wanted.rung - 1], sell[wanted.rung - 1]
        opened[wanted] = bought - sold if wanted.kind == "D" else bought
    clearing = clear(ladder, supply, reference, collar_bp, opened)
    return (
        clearing,
        tuple(opened),
        LedgerWattHours(sum(weight * buy[rung - 1] for rung, weight in clearing.buy_weights)),
        LedgerWattHours(sum(weight * sell[rung - 1] for rung, weight in clearing.sell_weights)),
    )


def _resolve(rule: Rule, opened: Mapping[Functional, int]) -> tuple[NetDemand, Crossing] | Functional:
    """Net demand and crossing at the path's end, or the sum that is opened next."""
    seen: dict[int, int] = {}
    rung: int | None = rule.start
    while rung is not None:
        wanted = Functional("D", rung)
        if wanted not in opened:
            return wanted
        seen[rung] = opened[wanted]
        rung = rule.after(rung, seen[rung], seen[rule.start])
    demand = NetDemand(rule.ladder, seen)
    demand.check()
    crossing = rule.cross(demand)
    volume = Functional("B", crossing.rung)
    return volume if _kind(crossing) in SHORT and volume not in opened else (demand, crossing)


def _kind(crossing: Crossing) -> Kind:
    if crossing.jump_rung is not None:
        return Kind.JUMP
    if crossing.demand > crossing.supply:
        return Kind.SHORT_OF_SUPPLY
    if crossing.demand == crossing.supply:
        return Kind.RUNG
    return Kind.STEP if crossing.supply <= crossing.demand_below else Kind.SHORT_OF_DEMAND


def _step(crossing: Crossing) -> Weights:
    """D_k < a ≤ D_{k−1} at p = ℓ_k: the two rungs share the price, so that a little more than `a` is met."""
    missing, gap = crossing.supply - crossing.demand, crossing.demand_below - crossing.demand
    lower = ceiling(ONE * missing, gap)
    return _listed((crossing.rung - 1, lower), (crossing.rung, ONE - lower))


def _listed(*weights: tuple[int, int]) -> Weights:
    return tuple((rung, Weight(weight)) for rung, weight in weights if weight)


def _balanced(crossing: Crossing, kind: Kind, weights: Weights, demand: NetDemand) -> Clearing:
    """Both sides filled alike, so N needs net demand only."""
    net = sum(weight * demand.on(rung) for rung, weight in weights)
    flow = net if kind is Kind.JUMP else _pool_flow(net, crossing.supply)
    return _checked(crossing, kind, weights, weights, net, flow)


def _short(crossing: Crossing, kind: Kind, bought: int) -> Clearing:
    """One side is short and filled whole; the other is rationed on rung k, in the pool's favour."""
    sold = bought - crossing.demand
    if bought < 0 or sold < 0:
        raise InvariantBroken("MARKET-8", f"B{crossing.rung} = {bought} cannot go with D = {crossing.demand}")
    offered, wanted = sold + max(crossing.supply, 0), bought + max(-crossing.supply, 0)
    if kind is Kind.SHORT_OF_SUPPLY:
        buyers, sellers = ceiling(ONE * offered, wanted), ONE
    else:
        buyers, sellers = ONE, ONE * wanted // offered
    net = buyers * bought - sellers * sold
    return _checked(
        crossing,
        kind,
        _listed((crossing.rung, buyers)),
        _listed((crossing.rung, sellers)),
        net,
        _pool_flow(net, crossing.supply),
    )


def _pool_flow(net: int, supply: int) -> int:
    """n: N clamped between 0 and 65536·a."""
    return min(max(net, min(ONE * supply, 0)), max(ONE * supply, 0))


def _checked(
    crossing: Crossing, kind: Kind, buy_weights: Weights, sell_weights: Weights, net: int, flow: int
) -> Clearing:
    if net < flow:
        raise InvariantBroken("MARKET-8", f"the pool's flow {flow} exceeds N = {net}: rounding must never cost")
    return Clearing(
        price=crossing.price,
        kind=kind,
        rung=crossing.rung,
        buy_weights=buy_weights,
        sell_weights=sell_weights,
        net=LedgerWattHours(net),
        pool_flow=LedgerWattHours(flow),
        residue=LedgerWattHours(net - flow),
        supply=WattHours(crossing.supply),
        net_demand=WattHours(crossing.demand),
    )
