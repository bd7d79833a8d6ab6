"""Replay: every block from genesis, executed again, and its root compared with the stored one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, overload

from openmg.engine.local import kind_in, stored_chain
from openmg.errors import Corrupt, OpenMGError
from openmg.machine import Block, Machine, Outcome
from openmg.storage import ChainFile

M = TypeVar("M", bound=Machine)
Watcher = Callable[[Block, Outcome, M], None]


@overload
def replay(path: Path) -> Machine: ...


@overload
def replay(path: Path, *, watch: Watcher[Machine] | None) -> Machine: ...


@overload
def replay(path: Path, kind: type[M], watch: Watcher[M] | None = None) -> M: ...


def replay(path: Path, kind: type[Machine] | None = None, watch: Watcher[Any] | None = None) -> Machine:
    """Execute a stored chain from genesis; the chain at its last block. `kind` is the only one that will do.

    Raises:
        BadInput: there is no chain, or one of another kind.
        Corrupt: names the first block that cannot be read or does not lead to its stored root; or the stored state
            is another one than the last block's.
    """
    with ChainFile.open(path) as file:
        chain = file.genesis(kind_in(file, kind).begin)
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
