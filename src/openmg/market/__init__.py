"""The market room: what a household may say, how a slot clears, what each account pays, and the pool (MARKET, POOL)."""

from openmg.market.clearing import (
    Clearing,
    Functional,
    Kind,
    PathIncomplete,
    Supply,
    Weights,
    clear,
    clear_book,
    next_opening,
    no_supply,
)
from openmg.market.curve import PoolParameters, inverse_root
from openmg.market.invariant import InvariantBroken
from openmg.market.ladder import Ladder, Order, honest_ladder
from openmg.market.pool import BatteryReading, Pool, battery_plan
from openmg.market.settlement import Account, Proceeds, Settlement, collateral, conservation, proceeds

__all__ = [
    "Account",
    "BatteryReading",
    "Clearing",
    "Functional",
    "InvariantBroken",
    "Kind",
    "Ladder",
    "Order",
    "PathIncomplete",
    "Pool",
    "PoolParameters",
    "Proceeds",
    "Settlement",
    "Supply",
    "Weights",
    "battery_plan",
    "clear",
    "clear_book",
    "collateral",
    "conservation",
    "honest_ladder",
    "inverse_root",
    "next_opening",
    "no_supply",
    "proceeds",
]
