"""State machines that compose the rooms: pure functions of their blocks, whichever engine runs them."""

from openmg.chains.kinds import machine_of
from openmg.chains.parameters import Genesis, PoolGenesis
from openmg.chains.ppdl import PPDLGenesis
from openmg.chains.ppdl_chain import PPDLChain
from openmg.chains.relay_chain import RelayChain
from openmg.machine import Block, Outcome

__all__ = ["Block", "Genesis", "Outcome", "PPDLChain", "PPDLGenesis", "PoolGenesis", "RelayChain", "machine_of"]
