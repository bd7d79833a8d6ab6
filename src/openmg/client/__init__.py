"""A stranger's way to a network: nodes of the consensus engine, and state that is proved before it is shown."""

from openmg.client.calls import Refused, Unknown, Unreachable
from openmg.client.document import NetworkGenesis, Timeline
from openmg.client.node import Answer, Node
from openmg.client.nodes import Behind, Nodes
from openmg.client.view import ChainView, Proved

__all__ = [
    "Answer",
    "Behind",
    "ChainView",
    "NetworkGenesis",
    "Node",
    "Nodes",
    "Proved",
    "Refused",
    "Timeline",
    "Unknown",
    "Unreachable",
]
