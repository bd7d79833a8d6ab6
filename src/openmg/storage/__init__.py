"""Where a node keeps its chain: one SQLite file, one atomic write per block."""

from openmg.storage.chain_file import ChainFile, StoredBlock
from openmg.storage.lock import lock_beside

__all__ = ["ChainFile", "StoredBlock", "lock_beside"]
