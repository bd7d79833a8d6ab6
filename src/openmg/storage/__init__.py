"""Where a node keeps its chain: one SQLite file, one atomic write per block; and checkpoints of models beside it."""

from openmg.storage.chain_file import ChainFile, StoredBlock
from openmg.storage.lock import lock_beside
from openmg.storage.model_shelf import ModelShelf

__all__ = ["ChainFile", "ModelShelf", "StoredBlock", "lock_beside"]
