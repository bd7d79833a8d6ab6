"""A street as the simulator sees it: what each home's meter counts, and what the utility asks and pays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from openmg.simulation.calendar import Calendar
from openmg.simulation.wishes import Integers
from openmg.tariff import Month, Tariff
from openmg.units import ONE, Price, WattHours


@dataclass(frozen=True)
class Terms:
    """What holds between homes and their utility; prices in µKRW/Wh.

    `feed_in` is paid for export. With `net_metering` export counts against import within a month and is carried over
    to the next; what is left at the end is paid at `feed_in`. `fee` is the network fee on local energy.
    """

    tariff: Tariff
    feed_in: Price
    fee: Price = Price(0)
    net_metering: bool = False


@dataclass(frozen=True)
class Street:
    """Homes' net load in Wh after their own solar power and battery (`net`, shape (slots, homes); negative: export).

    `window`: the slots in which there is a market. Before and after it homes live without one, so that bills are of
    whole months. `consumed` is what the homes used in the window, in Wh.
    """

    names: tuple[str, ...]
    calendar: Calendar
    net: NDArray[np.int32]
    window: range
    consumed: int
    terms: Terms

    @property
    def homes(self) -> int:
        """How many homes."""
        return len(self.names)

    @cached_property
    def months(self) -> tuple[Month, ...]:
        """The months that the window touches: those whose bills are compared."""
        return tuple(
            month
            for month in self.calendar.months
            if (span := self.calendar.span(month)).start < self.window.stop and span.stop > self.window.start
        )

    @cached_property
    def sellers(self) -> NDArray[np.bool_]:
        """Homes that export anything in the window."""
        return np.asarray((self.net[self.window.start : self.window.stop] < 0).any(axis=0))

    def outside(self, month: Month, *, after: bool) -> tuple[Integers, Integers]:
        """Import by band and home, and export by home, in a month before or after the window, Wh/65536."""
        span = self.calendar.span(month)
        if after:
            slots = range(max(span.start, self.window.stop), max(span.stop, self.window.stop))
        else:
            slots = range(min(span.start, self.window.start), min(span.stop, self.window.start))
        flows = self.net[slots.start : slots.stop]
        bands = np.array([self.band(month, slot) for slot in slots], dtype=np.int64)
        imported = [
            np.maximum(flows[bands == band], 0).sum(axis=0, dtype=np.int64)
            for band in range(len(self.terms.tariff.bands))
        ]
        return ONE * np.array(imported), ONE * np.maximum(-flows, 0).sum(axis=0, dtype=np.int64)

    def band(self, month: Month, slot: int) -> int:
        """The tariff's band in which a slot starts."""
        return self.terms.tariff.band(month.number, self.calendar.hour(slot))

    def surplus(self, net: Integers) -> WattHours:
        """Wh that leave at the feeder when homes' net loads are these."""
        return WattHours(max(-int(net.sum()), 0))
