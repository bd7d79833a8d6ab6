"""What every home's utility meters in a run, and what that and the market cost it, to the last unit.

All money is in µKRW/65536 and all energy in Wh/65536, as on the chain, so that what one pays another has received.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from openmg.simulation.street import Street
from openmg.simulation.trade import Trade
from openmg.simulation.wishes import Integers, Wishes
from openmg.units import ONE, WattHours

WON: Final = ONE * 1_000_000
"""One won in µKRW/65536."""


@dataclass
class Accounts:
    """Each month's import (months, bands, homes) and export (months, homes) at the utility; trades by home."""

    imported: Integers
    exported: Integers
    bought: Integers
    sold: Integers
    paid: Integers

    @classmethod
    def opened(cls, street: Street) -> Accounts:
        """Nothing yet, but what homes import and export outside the window in the months that it touches."""
        months, bands, homes = len(street.months), len(street.terms.tariff.bands), street.homes
        accounts = cls(
            np.zeros((months, bands, homes), dtype=np.int64),
            np.zeros((months, homes), dtype=np.int64),
            *(np.zeros(homes, dtype=np.int64) for _ in range(3)),
        )
        for index, month in enumerate(street.months):
            for after in (False, True):
                imported, exported = street.outside(month, after=after)
                accounts.imported[index] += imported
                accounts.exported[index] += exported
        return accounts

    def settle(self, month: int, band: int, metered: Wishes, trade: Trade) -> tuple[Integers, Integers]:
        """Book one slot; returns what the utility meters of it: import and export by home."""
        imported, exported = ONE * metered.buy - trade.bought, ONE * metered.sell - trade.sold
        assert imported.min() >= 0 and exported.min() >= 0, "nobody trades what its meter did not count"  # noqa: PT018
        self.imported[month, band] += imported
        self.exported[month] += exported
        self.bought += trade.bought
        self.sold += trade.sold
        self.paid += trade.paid
        return imported, exported

    def carried(self, month: int, before: Integers) -> Integers:
        """The credit (at most 0) that net metering carries out of a month that `before` was carried into."""
        return np.asarray(np.minimum(before + self.imported[month].sum(axis=0) - self.exported[month], 0))

    def at_utility(self, street: Street) -> tuple[Integers, Integers]:
        """What each home's bills come to for the months of the window, and what the utility pays it for export.

        Bills are the tariff's, to the won, for each home's Wh rounded down.
        """
        if street.terms.net_metering:
            return self._netted(street)
        bills = np.zeros(street.homes, dtype=np.int64)
        for month in range(len(street.months)):
            bills += self._bills(street, month, self.imported[month])
        return bills, street.terms.feed_in * self.exported.sum(axis=0)

    def _netted(self, street: Street) -> tuple[Integers, Integers]:
        credit = np.zeros(street.homes, dtype=np.int64)
        bills = np.zeros(street.homes, dtype=np.int64)
        for month in range(len(street.months)):
            net = credit + self.imported[month].sum(axis=0) - self.exported[month]
            bills += self._bills(street, month, np.maximum(net, 0)[np.newaxis])
            credit = np.minimum(net, 0)
        return bills, -street.terms.feed_in * credit

    @staticmethod
    def _bills(street: Street, month: int, used: Integers) -> Integers:
        """What homes pay for a month; `used` by band and home, Wh/65536."""
        tariff, when = street.terms.tariff, street.months[month]
        amounts = (used // ONE).T.tolist()
        totals = [tariff.bill(when, tuple(WattHours(each) for each in home)).total for home in amounts]
        return WON * np.array(totals, dtype=np.int64)
