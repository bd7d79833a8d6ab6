"""The community battery as a thing: what it does next (POOL-5), and what it holds where no curve prices it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from openmg.market import BatteryReading, PoolParameters, battery_plan
from openmg.simulation.trade import Battery, Equity
from openmg.units import ONE, LedgerMicroWon, LedgerWattHours, MicroWon, Price, WattHours

_PER_MILLE: Final = 1000
_LAG: Final = 2
"""Slots back to the newest one that is settled when a slot starts: the last one's gate is still open then."""


@dataclass(frozen=True)
class Providers:
    """The community battery: its parameters, what is in store (Wh) and what its providers paid in (µKRW)."""

    parameters: PoolParameters
    stored: WattHours
    money: MicroWon


class Foresight:
    """What a slot's start knows of demand: net demand of the newest settled slot, in Wh."""

    def __init__(self) -> None:
        self._demands: deque[int] = deque(maxlen=_LAG)

    def reading(self, parameters: PoolParameters, stored: WattHours, surplus: WattHours) -> BatteryReading:
        """What the battery does by POOL-5 when `surplus` Wh would leave at the feeder, and what its meters show."""
        demand = self._demands[0] if len(self._demands) == _LAG else 0
        discharged, charged = battery_plan(parameters, stored, surplus, WattHours(demand))
        return reading_of(parameters, stored, discharged, charged)

    def keep(self, net_demand: int) -> None:
        """Remember a slot's net demand at its price, Wh."""
        self._demands.append(net_demand)


def reading_of(parameters: PoolParameters, stored: WattHours, discharged: int, charged: int) -> BatteryReading:
    """What the battery's meters show after a slot that it began with `stored` Wh; losses are rounded up."""
    efficiency = parameters.efficiency_permille
    taken = -(-discharged * _PER_MILLE // efficiency)
    kept = charged * efficiency // _PER_MILLE
    return BatteryReading(WattHours(discharged), WattHours(charged), stored, WattHours(stored - taken + kept))


def battery_after(reading: BatteryReading, flow: LedgerWattHours) -> Battery:
    """What a slot's record says of the battery; `flow` is what it sold, Wh/65536."""
    return Battery(reading.discharged, reading.charged, reading.stored_end, flow)


class Store:
    """The battery where a mechanism has a price of its own: it buys and sells what it moves, at that price.

    What it moves without a trade is booked as the pool's (POOL-4): discharged at `floor`, charged at `grid`, µKRW/Wh.
    """

    def __init__(self, providers: Providers, floor: Price, grid: Price) -> None:
        self._first, self._floor, self._grid = providers, floor, grid
        self._foresight = Foresight()
        self._stored = providers.stored
        self._traded = 0
        self._apart = 0

    def reading(self, surplus: WattHours) -> BatteryReading:
        """What it does next."""
        return self._foresight.reading(self._first.parameters, self._stored, surplus)

    def settle(self, reading: BatteryReading, price: Price, flow: LedgerWattHours, net_demand: int) -> Battery:
        """Book a slot in which it sold `flow` (Wh/65536, negative when it bought) at `price` (µKRW/Wh)."""
        self._stored = reading.stored_end
        self._traded += price * flow
        self._apart += self._floor * (ONE * reading.discharged - max(flow, 0))
        self._apart -= self._grid * (ONE * reading.charged + min(flow, 0))
        self._foresight.keep(net_demand)
        return battery_after(reading, flow)

    @property
    def equity(self) -> Equity:
        """What the providers have gained."""
        stock = ONE * self._first.parameters.band_low * (self._stored - self._first.stored)
        return Equity(LedgerMicroWon(self._traded), LedgerMicroWon(self._apart), LedgerMicroWon(stock))
