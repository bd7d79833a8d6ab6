"""What homes want of one slot, whatever mechanism asks them: how much, and from or up to which price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Wishes:
    """Of every home: its import `buy` and export `sell` in Wh, one of them 0, and two prices in µKRW/Wh.

    `value` is what a bought Wh is worth to it, with the network fee subtracted already; `cost` is what a sold Wh would
    have earned otherwise.
    """

    buy: Integers
    value: Integers
    sell: Integers
    cost: Integers

    @property
    def demand(self) -> int:
        """Wh that all homes together import."""
        return int(self.buy.sum())

    @property
    def surplus(self) -> int:
        """Wh that all homes together export."""
        return int(self.sell.sum())
