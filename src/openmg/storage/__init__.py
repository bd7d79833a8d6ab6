"""Where a node keeps its chain: one SQLite file, one atomic write per block."""

from openmg.storage.chain_file import ChainFile, StoredBlock

__all__ = ["ChainFile", "StoredBlock"]
