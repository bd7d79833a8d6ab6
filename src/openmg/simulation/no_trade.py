"""No market at all: what every mechanism is compared with."""

from __future__ import annotations

import numpy as np

from openmg.simulation.trade import Equity, SetBy, Trade
from openmg.simulation.wishes import Wishes
from openmg.units import LedgerMicroWon, Price, WattHours


class NoTrade:
    """Every home for itself with the utility."""

    @property
    def equity(self) -> Equity | None:
        """No battery, no providers."""
        return None

    def trade(self, wishes: Wishes, surplus: WattHours) -> Trade:
        """Nothing happens."""
        del surplus
        nothing = np.zeros_like(wishes.buy)
        money = LedgerMicroWon(0)
        return Trade(Price(0), Price(0), SetBy.NOTHING, nothing, nothing, nothing, money, money, None)
