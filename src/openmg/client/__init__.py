"""A stranger's way to a network: nodes of the consensus engine, and state that is proved before it is shown."""

from openmg.client.document import NetworkGenesis, Timeline

__all__ = ["NetworkGenesis", "Timeline"]
