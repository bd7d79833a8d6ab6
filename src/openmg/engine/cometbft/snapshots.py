"""Snapshots of the state: a new node begins with one instead of with block 1 (WIRE-15)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from openmg.chains import machine_of
from openmg.encoding import Reader, Writer
from openmg.errors import Corrupt, Malformed, Rejected
from openmg.files import READABLE, write_atomically
from openmg.machine import Leaf, Machine, Waiting
from openmg.storage import ChainFile

FORMAT: Final = 1
EVERY: Final = 200
"""Blocks between two snapshots."""
_KEPT: Final = 3
CHUNK: Final = 1024 * 1024
_MOST_CHUNKS: Final = 4096
_HASH: Final = 32


@dataclass(frozen=True)
class Snapshot:
    """One snapshot: the state after a block, in chunks, each named by its SHA-256."""

    height: int
    chunks: tuple[bytes, ...]

    @property
    def digest(self) -> bytes:
        """SHA-256 of the chunks' hashes."""
        return hashlib.sha256(b"".join(self.chunks)).digest()

    @classmethod
    def of_metadata(cls, height: int, metadata: bytes) -> Snapshot:
        """As a peer describes it.

        Raises:
            Malformed: no hashes.
        """
        if not 0 < len(metadata) <= _MOST_CHUNKS * _HASH or len(metadata) % _HASH:
            raise Malformed(f"snapshot: up to {_MOST_CHUNKS} hashes of 32 bytes were expected")
        return cls(height, tuple(metadata[at : at + _HASH] for at in range(0, len(metadata), _HASH)))


class SnapshotFolder:
    """The node's own snapshots: one file each, `HEIGHT.snapshot`; their hashes are remembered."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[int, Snapshot] = {}
        for path in root.glob("*.snapshot"):
            if path.stem.isdigit():
                self._learn(int(path.stem), path.read_bytes())

    def make(self, chain_file: Path) -> None:
        """Write a snapshot of what the chain file holds, and drop the oldest; runs beside the chain.

        Raises:
            OpenMGError, OSError: it could not be made; the others are still there.
        """
        with ChainFile.open(chain_file) as file, file.reading():
            last = file.last()
            if last is None:
                return
            names = file.genesis(machine_of).tree_names
            payload = encode_state(names, last.height, file.leaves(), file.waiting())
        self._root.mkdir(mode=0o700, exist_ok=True)
        write_atomically(self._path(last.height), payload, READABLE)
        self._learn(last.height, payload)
        for height in sorted(self._known)[:-_KEPT]:
            # Forgotten before it is gone: nobody is offered what cannot be read.
            self._known.pop(height, None)
            self._path(height).unlink(missing_ok=True)

    def all(self) -> list[Snapshot]:
        """The snapshots that can be offered, newest first."""
        return sorted(self._known.copy().values(), key=lambda snapshot: -snapshot.height)

    def chunk(self, height: int, index: int) -> bytes:
        """One chunk; empty when there is none."""
        snapshot = self._known.get(height)
        if snapshot is None or index >= len(snapshot.chunks):
            return b""
        try:
            with self._path(height).open("rb") as file:
                file.seek(index * CHUNK)
                return file.read(CHUNK)
        except OSError:
            return b""

    def _learn(self, height: int, payload: bytes) -> None:
        chunks = (payload[at : at + CHUNK] for at in range(0, len(payload), CHUNK))
        hashes = tuple(hashlib.sha256(chunk).digest() for chunk in chunks)
        self._known[height] = Snapshot(height, hashes)

    def _path(self, height: int) -> Path:
        return self._root / f"{height}.snapshot"


class Restoration:
    """A snapshot that comes in, chunk by chunk; only what leads to the verified root is taken."""

    def __init__(self, genesis: bytes, snapshot: Snapshot, root: bytes) -> None:
        self._genesis = genesis
        self._snapshot = snapshot
        self._root = root
        self._parts: list[bytes] = []

    def take(self, index: int, chunk: bytes) -> bool:
        """Take the next chunk; True when it was the last.

        Raises:
            Rejected: `WIRE-15`, when it is not the chunk that was described.
        """
        if (
            index != len(self._parts)
            or len(chunk) > CHUNK
            or hashlib.sha256(chunk).digest() != self._snapshot.chunks[index]
        ):
            raise Rejected("WIRE-15", f"chunk {index} is not the one described")
        self._parts.append(chunk)
        return len(self._parts) == len(self._snapshot.chunks)

    def finish(self, file: ChainFile) -> Machine:
        """The chain, on disk when this returns.

        Raises:
            Rejected: `WIRE-15`, when the snapshot does not lead to the root that the light client verified.
        """
        try:
            kind = machine_of(self._genesis)
            height, leaves, waiting = decode_state(kind.tree_names, b"".join(self._parts))
            if height != self._snapshot.height:
                raise Malformed(f"height {height} where {self._snapshot.height} was described")
            chain = kind.resume(self._genesis, leaves, waiting, height)
            chain.check_waiting()
        except (Malformed, Corrupt) as error:
            raise Rejected("WIRE-15", str(error)) from error
        if chain.root != self._root:
            raise Rejected("WIRE-15", "the snapshot leads to another state root than the verified one")
        file.restore(height, chain.root, *chain.changed, leaves, waiting)
        return chain


def encode_state(names: Sequence[str], height: int, leaves: Sequence[Leaf], waiting: Waiting) -> bytes:
    """Height u64; count u32 × (tree u8, index u32, length u32, leaf); count u32 × (number u64, index u32, length u32,
    payload); both in order. `names`: the trees; a relay chain's payloads are reports, by slot and account.
    """
    writer = Writer().integer(height, 8).integer(len(leaves), 4)
    for tree, index, data in sorted((names.index(name), index, data) for name, index, data in leaves):
        writer.integer(tree, 1).integer(index, 4).sized(data, 4)
    writer.integer(len(waiting), 4)
    for (number, index), data in sorted(waiting.items()):
        writer.integer(number, 8).integer(index, 4).sized(data, 4)
    return writer.done()


def decode_state(names: Sequence[str], payload: bytes) -> tuple[int, list[Leaf], dict[tuple[int, int], bytes]]:
    """Inverse of `encode_state`.

    Raises:
        Malformed: not what `encode_state` gives.
    """
    reader = Reader(payload, "snapshot")
    height = reader.integer(8)
    leaves = {(reader.integer(1), reader.integer(4)): reader.sized(4) for _ in range(reader.integer(4))}
    waiting = {(reader.integer(8), reader.integer(4)): reader.sized(4) for _ in range(reader.integer(4))}
    reader.end()
    if any(tree >= len(names) for tree, _ in leaves):
        raise Malformed("snapshot: a tree that is none")
    listed = [(names[tree], index, data) for (tree, index), data in leaves.items()]
    if encode_state(names, height, listed, waiting) != payload:
        raise Malformed("snapshot: out of order, or something stands twice")
    return height, listed, waiting
