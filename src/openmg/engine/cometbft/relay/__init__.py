"""What a node does for a relay chain: places for reports, questions about slots and accounts, a line for each slot."""

from openmg.engine.cometbft.relay.conduct import RelayConduct

__all__ = ["RelayConduct"]
