"""The mechanisms that one run compares, each by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from openmg.errors import BadInput
from openmg.market import Ladder
from openmg.simulation.battery import Providers
from openmg.simulation.double_auction import DoubleAuction
from openmg.simulation.no_trade import NoTrade
from openmg.simulation.pool_market import PoolMarket, Rules
from openmg.simulation.shared_rate import Formula, SharedRate, mid_market, supply_demand_ratio
from openmg.simulation.trade import Market
from openmg.units import Price

FREE: Final = 10**9
"""A collar, in 1/10000, that no price reaches."""


@dataclass(frozen=True)
class Setting:
    """What all mechanisms of a comparison share; prices in µKRW/Wh, the collar in 1/10000.

    `grid` is what the battery pays for energy that it charged without buying it. `seed` is for those that draw lots.
    """

    ladder: Ladder
    fee: Price
    feed_in: Price
    grid: Price
    collar_bp: int
    providers: Providers | None
    seed: int

    def rules(self, collar_bp: int, providers: Providers | None) -> Rules:
        """Our market's rules."""
        return Rules(self.ladder, self.fee, self.feed_in, self.grid, collar_bp, providers)


def _shared(formula: Formula) -> Callable[[Setting], Market]:
    return lambda setting: SharedRate(formula, setting.feed_in, setting.fee, setting.grid, setting.providers)


def _auction(setting: Setting) -> Market:
    return DoubleAuction(setting.feed_in, setting.ladder.top, setting.fee, setting.seed)


OURS: Final = "pool"
NONE: Final = "none"
MECHANISMS: Final[Mapping[str, Callable[[Setting], Market]]] = {
    OURS: lambda setting: PoolMarket(setting.rules(setting.collar_bp, setting.providers)),
    "no-collar": lambda setting: PoolMarket(setting.rules(FREE, setting.providers)),
    "no-battery": lambda setting: PoolMarket(setting.rules(setting.collar_bp, None)),
    "mid-market": _shared(mid_market),
    "supply-demand": _shared(supply_demand_ratio),
    "auction": _auction,
    NONE: lambda _: NoTrade(),
}
"""Ours with everything; without the collar; without the battery; two formulas; an auction; no market."""

ASKING: Final = ("pool", "no-collar", "no-battery", "auction")
"""Those that ask homes for a price, and so can be lied to."""


def market_of(name: str, setting: Setting) -> Market:
    """A mechanism before its first slot.

    Raises:
        BadInput: there is no such mechanism.
    """
    if name not in MECHANISMS:
        raise BadInput(f"--mechanism {name}: one of {', '.join(MECHANISMS)} was expected")
    return MECHANISMS[name](setting)
