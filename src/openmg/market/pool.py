"""The community battery as a market maker (POOL-2 to POOL-6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from openmg.errors import BadInput
from openmg.market.curve import PER_MILLE, PoolParameters
from openmg.market.integers import ceiling, require_integer
from openmg.market.invariant import InvariantBroken
from openmg.units import ONE, LedgerMicroWon, LedgerWattHours, Price, WattHours

FINE: Final = 2**96
"""Parts of a µKRW in which the curve's money is compared: rounding must be finer than the least trade's margin."""


@dataclass(frozen=True)
class BatteryReading:
    """What the battery's meter signs for one slot, all in Wh (POOL-2).

    `discharged` g and `charged` c at its meter, of which one is 0; energy in store at the slot's start (x)
    and end (x').

    Raises:
        BadInput: a negative quantity, or both g and c positive.
    """

    discharged: WattHours
    charged: WattHours
    stored_start: WattHours
    stored_end: WattHours

    def __post_init__(self) -> None:
        require_integer(self.discharged, "discharged", 0)
        require_integer(self.charged, "charged", 0)
        require_integer(self.stored_start, "stored_start", 0)
        require_integer(self.stored_end, "stored_end", 0)
        if self.discharged and self.charged:
            raise BadInput(
                f"discharged is {self.discharged} and charged is {self.charged}: one of them must be 0 (POOL-2)"
            )


@dataclass(frozen=True)
class Pool:
    """The pool between two slots.

    `stored`: Wh in the battery by its last reading. `money`: µKRW/65536, never negative. `apart`: the public
    account of energy that moved without a trade, µKRW/65536, negative when it owes (POOL-4).

    Raises:
        BadInput: `stored` or `money` is negative, or one of the three is no integer.
    """

    parameters: PoolParameters
    stored: WattHours
    money: LedgerMicroWon
    apart: LedgerMicroWon

    def __post_init__(self) -> None:
        require_integer(self.stored, "stored", 0)
        require_integer(self.money, "money", 0)
        if type(self.apart) is not int:
            raise BadInput(f"apart: an integer expected, got {self.apart!r}")

    def supply(self, price: Price, reading: BatteryReading | None) -> WattHours:
        """A(p): Wh that the pool sells at `price` (µKRW/Wh), negative when it buys, 0 without a reading (POOL-3).

        Never more than the battery's meter counted, never dearer than the money at hand; non-decreasing in p.
        """
        if reading is None:
            return WattHours(0)
        efficiency = self.parameters.efficiency_permille
        # What the meter did not count cannot be traded: one side at most is left to look at.
        if reading.discharged:
            received = Price(price * efficiency // PER_MILLE)
            surplus = max(reading.stored_start - self.parameters.stored_at_rounded_up(received), 0)
            return WattHours(min(surplus * efficiency // PER_MILLE, reading.discharged))
        if reading.charged:
            paid = Price(ceiling(PER_MILLE * price, efficiency))
            room = max(self.parameters.stored_at(paid) - reading.stored_start, 0)
            return WattHours(-min(PER_MILLE * room // efficiency, reading.charged, self.money // ONE // price))
        return WattHours(0)

    def reference_price(self, reading: BatteryReading | None, last: Price) -> Price:
        """p_ref in µKRW/Wh: the price at which the curve makes about the metered move; `last` without one (POOL-3)."""
        if reading is None:
            return last
        marginal = self.parameters.marginal(reading.stored_end)
        if reading.discharged:
            return Price(ceiling(PER_MILLE * marginal, self.parameters.efficiency_permille))
        if reading.charged:
            return Price(marginal * self.parameters.efficiency_permille // PER_MILLE)
        return marginal

    def settle(
        self, reading: BatteryReading | None, price: Price, flow: LedgerWattHours, floor: Price, grid: Price
    ) -> Pool:
        """The pool after a slot in which it sold `flow` (Wh/65536, negative when it bought) at `price` (POOL-4).

        `floor` and `grid` (µKRW/Wh) price what moved without a trade, when discharged and when charged. A void
        slot is one of flow 0; without a reading nothing changes.

        Raises:
            InvariantBroken: the flow is not between 0 and A(price), or the trade would lower money − Y(x).
        """
        self._check_flow(reading, price, flow)
        if reading is None:
            return self
        self._check_invariant(reading, price, flow)
        return replace(
            self,
            stored=reading.stored_end,
            money=LedgerMicroWon(self.money + price * flow),
            apart=LedgerMicroWon(self.apart + self._apart(reading, flow, floor, grid)),
        )

    def equity(self) -> LedgerMicroWon:
        """What the providers own together: money + x·p_f, in µKRW/65536 (POOL-6)."""
        return LedgerMicroWon(self.money + ONE * self.stored * self.parameters.band_low)

    def _check_flow(self, reading: BatteryReading | None, price: Price, flow: LedgerWattHours) -> None:
        limit = ONE * self.supply(price, reading) if flow else 0
        if not min(limit, 0) <= flow <= max(limit, 0):
            raise InvariantBroken("POOL-3", f"a flow of {flow} is not between 0 and the supply {limit} at {price}")

    def _check_invariant(self, reading: BatteryReading, price: Price, flow: LedgerWattHours) -> None:
        """The margin money − Y(x) never falls by the trade alone, whatever else the battery did in the slot."""
        efficiency = self.parameters.efficiency_permille
        # A Wh sold takes 1000/η from the store, a Wh bought adds η/1000: x after the trade as an exact fraction.
        if flow > 0:
            taken, unit = PER_MILLE * flow, ONE * efficiency
        else:
            taken, unit = efficiency * flow, ONE * PER_MILLE
        before = self.parameters.curve_money_at(reading.stored_start * unit, unit, FINE)
        after = self.parameters.curve_money_at(reading.stored_start * unit - taken, unit, FINE)
        earned = price * flow * (FINE // ONE)
        if earned < after - before:
            raise InvariantBroken(
                "POOL-4", f"a trade of {flow} at {price} earns {earned} where the curve asks {after - before}"
            )

    def _apart(self, reading: BatteryReading, flow: LedgerWattHours, floor: Price, grid: Price) -> int:
        """Change of `apart`, µKRW/65536: energy out earns the floor price, energy in costs the grid price."""
        unsold = ONE * reading.discharged - max(flow, 0)
        unbought = ONE * reading.charged + min(flow, 0)
        gap = ONE * (reading.stored_start - self.stored)
        return floor * (unsold + max(-gap, 0)) - grid * (unbought + max(gap, 0))


def battery_plan(
    parameters: PoolParameters, stored: WattHours, surplus: WattHours, net_demand: WattHours
) -> tuple[WattHours, WattHours]:
    """What the battery should do next, in Wh at its meter: (discharged, charged), one of them 0 (POOL-5).

    All inputs are public and settled before the slot starts, in Wh: `surplus` is what left the microgrid at
    the feeder, `net_demand` is D at the clearing price of the last settled slot (both count as 0 when
    negative). It charges at most the surplus; without one it discharges at most the net demand; always
    within power, what is in store and what still fits.
    """
    efficiency = parameters.efficiency_permille
    if surplus > 0:
        room = max(parameters.capacity - stored, 0)
        return WattHours(0), WattHours(min(surplus, parameters.power_wh, PER_MILLE * room // efficiency))
    available = stored * efficiency // PER_MILLE
    return WattHours(min(max(net_demand, 0), parameters.power_wh, available)), WattHours(0)
