"""What a mechanism did slot by slot, as columns."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from openmg.simulation.trade import Trade
from openmg.simulation.wishes import Integers, Wishes


def _column() -> Integers:
    return np.zeros(0, dtype=np.int64)


@dataclass
class Slots:
    """One place for each slot of the window; prices in µKRW/Wh, energy in Wh or (where it says so) Wh/65536.

    `homes_buying` and `homes_selling` count who traded. Without a battery its columns are 0.
    """

    imported: Integers = field(default_factory=_column)
    """Wh that all homes' meters counted as import, before any trade."""
    exported: Integers = field(default_factory=_column)
    price: Integers = field(default_factory=_column)
    reference: Integers = field(default_factory=_column)
    set_by: Integers = field(default_factory=_column)
    bought: Integers = field(default_factory=_column)
    """Wh/65536."""
    sold: Integers = field(default_factory=_column)
    """Wh/65536."""
    homes_buying: Integers = field(default_factory=_column)
    homes_selling: Integers = field(default_factory=_column)
    fee: Integers = field(default_factory=_column)
    """µKRW/65536."""
    rounding: Integers = field(default_factory=_column)
    """µKRW/65536."""
    discharged: Integers = field(default_factory=_column)
    charged: Integers = field(default_factory=_column)
    stored: Integers = field(default_factory=_column)
    flow: Integers = field(default_factory=_column)
    """Wh/65536 that the battery sold, negative when it bought."""

    @classmethod
    def empty(cls, slots: int) -> Slots:
        """Columns for so many slots."""
        return cls(*(np.zeros(slots, dtype=np.int64) for _ in fields(cls)))

    def put(self, at: int, wishes: Wishes, trade: Trade) -> None:
        """Write one slot down."""
        self.imported[at], self.exported[at] = wishes.buy.sum(), wishes.sell.sum()
        self.price[at], self.reference[at], self.set_by[at] = trade.price, trade.reference, trade.set_by
        self.bought[at], self.sold[at] = trade.bought.sum(), trade.sold.sum()
        self.homes_buying[at], self.homes_selling[at] = np.count_nonzero(trade.bought), np.count_nonzero(trade.sold)
        self.fee[at], self.rounding[at] = trade.fee, trade.rounding
        battery = trade.battery
        if battery is not None:
            self.discharged[at], self.charged[at] = battery.discharged, battery.charged
            self.stored[at], self.flow[at] = battery.stored, battery.flow

    @property
    def traded(self) -> NDArray[np.bool_]:
        """Slots in which energy changed hands."""
        return np.asarray((self.bought > 0) | (self.sold > 0))

    def columns(self) -> dict[str, Integers]:
        """Every column by its name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}
