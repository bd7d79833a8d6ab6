"""The community battery as a thing: what it does in a slot follows from public numbers (POOL-5)."""

from __future__ import annotations

from openmg.chains import RelayChain
from openmg.chains.transactions import Battery
from openmg.market import PoolParameters, battery_plan
from openmg.units import Slot, WattHours

_PER_MILLE = 1000


def battery_move(parameters: PoolParameters, chain: RelayChain, slot: Slot, surplus: int) -> Battery:
    """The battery's signed-to-be reading of a slot.

    `surplus`: Wh that would leave the microgrid at the feeder in this slot, as the battery's own meter sees it. The net
    demand is that of the newest slot settled by T_s.
    """
    stored = chain.state.clock.pool_stored
    demand = _demand(chain, slot)
    discharged, charged = battery_plan(parameters, stored, WattHours(surplus), WattHours(demand))
    efficiency = parameters.efficiency_permille
    taken = -(-discharged * _PER_MILLE // efficiency)
    kept = charged * efficiency // _PER_MILLE
    return Battery(slot, discharged, charged, stored, WattHours(stored - taken + kept))


def _demand(chain: RelayChain, slot: Slot) -> int:
    start = chain.genesis.starts(slot)
    for state in reversed(chain.state.slots):
        if state.clearing is not None and state.final_time <= start:
            return state.clearing.net_demand
    return 0
