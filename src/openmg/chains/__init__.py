"""State machines that compose the rooms: pure functions of their blocks, whichever engine runs them."""

from openmg.chains.block import Block
from openmg.chains.parameters import Genesis, PoolGenesis
from openmg.chains.relay_chain import Outcome, RelayChain

__all__ = ["Block", "Genesis", "Outcome", "PoolGenesis", "RelayChain"]
