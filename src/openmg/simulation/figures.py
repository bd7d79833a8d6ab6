"""What a run comes to, against the same street without a market: figures for people, in won, kWh and shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from openmg.simulation.accounts import WON
from openmg.simulation.run import Run
from openmg.simulation.slots import Slots
from openmg.simulation.street import Street
from openmg.simulation.trade import SetBy
from openmg.units import ONE

_KWH: Final = ONE * 1000
_JUMP: Final = 50_000
"""µKRW/Wh: a move of the price beyond 50 KRW/kWh is told of."""
ROUNDING_WON: Final = 20
"""Won of a month's bill that its two floors to 10 won can move: what is lost within them is no loss."""


@dataclass(frozen=True)
class Prices:
    """Prices in KRW/kWh over the slots in which energy changed hands; shares from 0 to 1.

    `move` is the mean distance between two such slots in a row, `jumps` the share of those above 50 KRW/kWh.
    `weighted` is the mean by energy. `set_by` tells what set the price, by name, of all slots with a trade.
    """

    slots: int
    mean: float
    deviation: float
    weighted: float
    move: float
    jumps: float
    set_by: dict[str, float]


@dataclass(frozen=True)
class Provided:
    """The battery's providers: won gained by trades, by energy without a trade, and by what is in store at the end.

    `unsold_kwh` left the battery without a buyer, `unbought_kwh` entered it without a seller.
    """

    traded: float
    apart: float
    stock: float
    unsold_kwh: float
    unbought_kwh: float
    charged_kwh: float
    discharged_kwh: float


@dataclass(frozen=True)
class Figures:
    """One mechanism: money in won, energy in kWh, shares from 0 to 1.

    `saving` is what homes pay less than without a market; `saving_share` is of `cost_before`, what they paid in all,
    `bill_share` of their bills alone, before what export earned. `utility` is what the utility has more (or less):
    bills, feed-in, network fees, and the battery's own account; `revenue_before` is what it had. `local_share` is what
    was bought locally, of what meters imported. `self_sufficiency` is the share of consumption that did not come
    through the feeder. `unserved_kwh` is import that neither market nor utility served.
    """

    mechanism: str
    cost_before: float
    saving: float
    saving_share: float
    bill_share: float
    savings: tuple[float, ...]
    worst: float
    median: float
    best: float
    losers: int
    revenue_before: float
    utility: float
    utility_share: float
    fees: float
    rounding: float
    traded_kwh: float
    local_share: float
    self_sufficiency: float
    unserved_kwh: float
    prices: Prices
    providers: Provided | None


def figures_of(name: str, street: Street, run: Run, before: Run) -> Figures:
    """The figures of `run` against `before`, the same street without a market."""
    saved = before.cost - run.cost
    won = saved / WON
    slots = run.slots
    apart = 0 if run.equity is None else run.equity.apart
    fees, rounding = int(slots.fee.sum()), int(slots.rounding.sum())
    utility = int(run.at_utility.sum()) - int(before.at_utility.sum()) + fees - apart
    _conserved(int(saved.sum()), utility, rounding, run)
    cost, revenue = int(before.cost.sum()), int(before.at_utility.sum())
    metered = ONE * int(slots.imported.sum())
    return Figures(
        mechanism=name,
        cost_before=cost / WON,
        saving=float(won.sum()),
        saving_share=_share(int(saved.sum()), cost),
        bill_share=_share(int(saved.sum()), int(before.bills.sum())),
        savings=tuple(won.tolist()),
        worst=float(won.min()),
        median=float(np.median(won)),
        best=float(won.max()),
        losers=int((won < -ROUNDING_WON * len(street.months)).sum()),
        revenue_before=revenue / WON,
        utility=utility / WON,
        utility_share=_share(utility, revenue),
        fees=fees / WON,
        rounding=rounding / WON,
        traded_kwh=int(np.maximum(slots.bought, slots.sold).sum()) / _KWH,
        local_share=_share(int(run.accounts.bought.sum()), metered),
        self_sufficiency=1 - _share(_through_feeder(slots), street.consumed),
        unserved_kwh=(metered - _served(street, run)) / _KWH,
        prices=prices_of(slots),
        providers=_provided(run),
    )


def prices_of(slots: Slots) -> Prices:
    """How a run's prices lie and move."""
    traded = slots.traded
    count = int(traded.sum())
    price = slots.price[traded]
    pairs = traded[1:] & traded[:-1]
    moves = np.abs(np.diff(slots.price))[pairs]
    energy = np.maximum(slots.bought, slots.sold)[traded]
    names = {each.name.lower(): int((slots.set_by[traded] == each).sum()) for each in SetBy}
    return Prices(
        slots=count,
        mean=float(price.mean()) / 1000 if count else 0.0,
        deviation=float(price.std()) / 1000 if count else 0.0,
        weighted=float(np.average(price, weights=energy)) / 1000 if count else 0.0,
        move=float(moves.mean()) / 1000 if len(moves) else 0.0,
        jumps=float((moves > _JUMP).mean()) if len(moves) else 0.0,
        set_by={name: found / count for name, found in names.items() if found},
    )


def _provided(run: Run) -> Provided | None:
    equity, slots = run.equity, run.slots
    if equity is None:
        return None
    return Provided(
        traded=equity.traded / WON,
        apart=equity.apart / WON,
        stock=equity.stock / WON,
        unsold_kwh=int((ONE * slots.discharged - np.maximum(slots.flow, 0)).sum()) / _KWH,
        unbought_kwh=int((ONE * slots.charged + np.minimum(slots.flow, 0)).sum()) / _KWH,
        charged_kwh=int(slots.charged.sum()) / 1000,
        discharged_kwh=int(slots.discharged.sum()) / 1000,
    )


def _served(street: Street, run: Run) -> int:
    """Wh/65536 of the window that homes bought or that their bills are made from: not the meters' own count."""
    outside = sum(
        int(street.outside(month, after=after)[0].sum()) for month in street.months for after in (False, True)
    )
    return int(run.accounts.imported.sum()) - outside + int(run.accounts.bought.sum())


def _through_feeder(slots: Slots) -> int:
    """Wh that came in at the feeder: what is physically left once neighbours and the battery have given."""
    left = slots.imported - slots.exported - slots.discharged + slots.charged
    return int(np.maximum(left, 0).sum())


def _conserved(saved: int, utility: int, rounding: int, run: Run) -> None:
    """What homes save somebody else has less of: providers, utility and rounding together, to the last unit."""
    providers = 0 if run.equity is None else run.equity.traded + run.equity.apart
    assert saved + utility + rounding + providers == 0, "money is neither made nor lost (MARKET-10)"


def _share(part: int, whole: int) -> float:
    """Of the whole's size: who earns more by export than it pays has a cost below 0 and saves a positive share."""
    return part / abs(whole) if whole else 0.0
