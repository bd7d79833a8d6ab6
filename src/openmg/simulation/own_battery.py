"""Batteries in homes: what they take and give, and the net load of homes that use them for themselves."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openmg.errors import BadInput
from openmg.simulation.community import Community, Energies
from openmg.simulation.wishes import Integers

EFFICIENCY_PERMILLE: Final = 950
"""Each way."""
_HOURS_TO_FILL: Final = 2
_PER_MILLE: Final = 1000
_MOST_KWH: Final = 1000
_MOST_WH: Final = 65_535
"""A meter counts no more in a slot (MARKET-1)."""


@dataclass
class HomeBatteries:
    """One in each home of `owners`: Wh that it holds, Wh that it moves in a slot at most; empty at first."""

    owners: NDArray[np.bool_]
    capacity: int
    power: int
    stored: Integers = field(init=False)

    def __post_init__(self) -> None:
        self.stored = np.zeros(len(self.owners), dtype=np.int64)

    def charge(self, wanted: Integers) -> Integers:
        """Wh taken in at the meter, at most `wanted`; losses are rounded up."""
        room = (self.capacity - self.stored) * _PER_MILLE // EFFICIENCY_PERMILLE
        taken = np.where(self.owners, np.minimum(np.minimum(wanted, room), self.power), 0)
        self.stored += taken * EFFICIENCY_PERMILLE // _PER_MILLE
        return taken

    def discharge(self, wanted: Integers) -> Integers:
        """Wh given at the meter, at most `wanted`; losses are rounded up."""
        there = self.stored * EFFICIENCY_PERMILLE // _PER_MILLE
        given = np.where(self.owners, np.minimum(np.minimum(wanted, there), self.power), 0)
        self.stored -= -(-given * _PER_MILLE // EFFICIENCY_PERMILLE)
        return given

    def serve(self, net: Integers) -> Integers:
        """Net load in Wh once every battery has taken its home's surplus and given what its home needs."""
        return net + self.charge(np.maximum(-net, 0)) - self.discharge(np.maximum(net, 0))


def netted(community: Community, capacity_kwh: float) -> Energies:
    """Net load in Wh by slot and home, own solar power and own battery first; negative where a home exports.

    Every home with solar power has a battery of so many kWh that fills or empties in two hours at best; 0: none.

    Raises:
        BadInput: a capacity below 0 or above 1,000 kWh; a home of which a meter could not count a slot (MARKET-1).
    """
    if not 0 <= capacity_kwh <= _MOST_KWH:
        raise BadInput(f"--own-battery {capacity_kwh:g}: 0 to {_MOST_KWH:,} kWh was expected")
    net = community.load_wh - community.solar_wh
    capacity = round(1000 * capacity_kwh)
    if capacity:
        power = max(capacity * community.minutes // (60 * _HOURS_TO_FILL), 1)
        batteries = HomeBatteries(np.asarray(community.solar_wh.any(axis=0)), capacity, power)
        for slot in range(len(net)):
            net[slot] = batteries.serve(net[slot].astype(np.int64))
    if max(net.max(initial=0), -net.min(initial=0)) > _MOST_WH:
        slot, home = (int(at) for at in np.argwhere(np.abs(net) > _MOST_WH)[0])
        midnight = datetime.datetime.combine(community.first, datetime.time())
        when = midnight + datetime.timedelta(minutes=slot * community.minutes)
        raise BadInput(
            f"{community.names[home]} at {when:%Y-%m-%d %H:%M}: {net[slot, home]:,} Wh in {community.minutes} minutes; "
            f"at most {_MOST_WH:,} either way were expected, for a meter counts no more"
        )
    return net
