"""A street lives through its window with one mechanism."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from openmg.simulation.accounts import Accounts
from openmg.simulation.household import Households
from openmg.simulation.slots import Slots
from openmg.simulation.street import Street
from openmg.simulation.trade import Equity, Market, Trade
from openmg.simulation.wishes import Integers, Wishes
from openmg.units import ONE

Watch = Callable[[int], None]
"""Told how many slots are done, once a day."""


class Conduct(Protocol):
    """What some homes do other than the default, slot after slot."""

    def meter(self, net: Integers) -> Integers:
        """What homes' meters count instead of `net` Wh."""

    def say(self, wishes: Wishes) -> Wishes:
        """What homes tell the market instead of what they want; never more than their meters counted."""

    def see(self, trade: Trade) -> None:
        """What came of it."""


class Honest:
    """Everybody does the default."""

    def meter(self, net: Integers) -> Integers:
        """As it is."""
        return net

    def say(self, wishes: Wishes) -> Wishes:
        """What they want."""
        return wishes

    def see(self, trade: Trade) -> None:
        """Nothing follows."""


@dataclass(frozen=True)
class Run:
    """What a run leaves: its slots, everybody's account, what the battery's providers gained.

    For the months of the window, µKRW/65536 by home: `bills` is what it pays the utility, `earned` what
    the utility pays it for export.
    """

    slots: Slots
    accounts: Accounts
    bills: Integers
    earned: Integers
    equity: Equity | None

    @property
    def at_utility(self) -> Integers:
        """What each home pays the utility in all, network fees apart, µKRW/65536."""
        return self.bills - self.earned

    @property
    def cost(self) -> Integers:
        """What each home pays in all, utility and market, µKRW/65536."""
        return self.at_utility + self.accounts.paid


def live(street: Street, market: Market, conduct: Conduct | None = None, watch: Watch | None = None) -> Run:
    """Let the homes trade through the window."""
    conduct = conduct or Honest()
    slots = Slots.empty(len(street.window))
    accounts = Accounts.opened(street)
    homes = Households(street)
    carried = np.zeros(street.homes, dtype=np.int64)
    for number, month in enumerate(street.months):
        span = street.calendar.span(month)
        homes.enter(month, carried / ONE)
        for slot in range(max(span.start, street.window.start), min(span.stop, street.window.stop)):
            at = slot - street.window.start
            band = street.band(month, slot)
            net = conduct.meter(street.net[slot].astype(np.int64))
            wanted = homes.wish(net, band, span.stop - slot)
            trade = market.trade(conduct.say(wanted), street.surplus(net))
            homes.settle(*accounts.settle(number, band, wanted, trade))
            conduct.see(trade)
            slots.put(at, wanted, trade)
            if watch is not None and at % street.calendar.slots_per_day == 0:
                watch(at)
        if street.terms.net_metering:
            carried = accounts.carried(number, carried)
    return Run(slots, accounts, *accounts.at_utility(street), market.equity)
