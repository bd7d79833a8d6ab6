"""Home batteries that serve their own home, or buy low and sell high."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openmg.simulation.calendar import Calendar
from openmg.simulation.own_battery import HomeBatteries
from openmg.simulation.run import Honest
from openmg.simulation.trade import Trade
from openmg.simulation.wishes import Integers

CAPACITY_WH: Final = 6_400
POWER_W: Final = 5_000
"""The home batteries that the Fontana homes have."""
_QUARTER: Final = 0.25


@dataclass(frozen=True)
class Hoard:
    """A battery of the usual size in each home of `owners`; `power` in Wh a slot."""

    owners: NDArray[np.bool_]
    power: int
    slots_per_day: int

    @classmethod
    def of(cls, owners: NDArray[np.bool_], calendar: Calendar) -> Hoard:
        """On a street with these slots."""
        return cls(owners, POWER_W * calendar.minutes // 60, calendar.slots_per_day)

    def batteries(self) -> HomeBatteries:
        """All of them, empty."""
        return HomeBatteries(self.owners, CAPACITY_WH, self.power)


class OwnUse(Honest):
    """Every battery takes its home's own surplus and serves its own home."""

    def __init__(self, hoard: Hoard) -> None:
        self._batteries = hoard.batteries()

    def meter(self, net: Integers) -> Integers:
        """What is left of surplus and need."""
        return self._batteries.serve(net)


class Resale(Honest):
    """Charges from the market while the last price is in the lowest quarter of the last day's, gives in the highest."""

    def __init__(self, hoard: Hoard) -> None:
        self._batteries = hoard.batteries()
        self._day = hoard.slots_per_day
        self._prices: deque[int] = deque(maxlen=self._day)
        self._all = np.full(len(hoard.owners), hoard.power, dtype=np.int64)

    def meter(self, net: Integers) -> Integers:
        """All the battery can, or nothing."""
        if len(self._prices) < self._day:
            return net
        last = self._prices[-1]
        low, high = np.quantile(self._prices, (_QUARTER, 1 - _QUARTER))
        if last <= low < high:
            return net + self._batteries.charge(self._all)
        if last >= high > low:
            return net - self._batteries.discharge(self._all)
        return net

    def see(self, trade: Trade) -> None:
        """One more price of the day."""
        self._prices.append(trade.price)
