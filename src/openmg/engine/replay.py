"""Replay: every block from genesis, executed again, and its root compared with the stored one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from openmg.chains import Block, Outcome, RelayChain
from openmg.engine.local import stored_chain
from openmg.errors import Corrupt, OpenMGError
from openmg.storage import ChainFile

Watcher = Callable[[Block, Outcome, RelayChain], None]


def replay(path: Path, watch: Watcher | None = None) -> RelayChain:
    """Execute a stored chain from genesis; the chain at its last block.

    Raises:
        BadInput: there is no chain.
        Corrupt: names the first block that cannot be read or does not lead to its stored root; or the stored state
            is another one than the last block's.
    """
    with ChainFile.open(path) as file:
        chain = RelayChain(file.genesis())
        for stored in file.blocks():
            kept = stored.kept
            try:
                block = Block.decode(kept)
                outcome = chain.execute(block)
            except OpenMGError as error:
                raise Corrupt(f"{path}: block {stored.height} does not follow ({error})") from error
            if outcome.root != stored.root:
                raise Corrupt(f"{path}: block {stored.height} leads to another state root than the stored one")
            if watch is not None:
                watch(block, outcome, chain)
        if stored_chain(file).root != chain.root:
            raise Corrupt(f"{path}: the stored state is not the one that its blocks lead to")
        return chain
