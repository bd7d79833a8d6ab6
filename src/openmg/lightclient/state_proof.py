"""A leaf of the state, proved under a state root, as it travels (WIRE-11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from openmg.encoding import Reader, Writer
from openmg.errors import Malformed, Rejected
from openmg.lightclient.merkle import Proof, verify_state

STATE_TREES: Final = 5
"""Of a relay chain; other chains have another number."""
HASH_BYTES: Final = 32


@dataclass(frozen=True)
class StateProof:
    """Where a leaf is in its tree, that tree's root, and where the tree is among all of the state's."""

    within: Proof
    tree_root: bytes
    top: Proof

    def encode(self, trees: int = STATE_TREES) -> bytes:
        """The proof's bytes; `trees` is not among them.

        Raises:
            Malformed: a number does not fit, a hash is not of 32 bytes, or the state has another number of trees.
        """
        if self.top.size != trees:
            raise Malformed(f"a state of {self.top.size} trees where {trees} were expected")
        writer = Writer().integer(self.within.index, 8).integer(self.within.size, 8)
        _write_siblings(writer, self.within.siblings)
        writer.fixed(self.tree_root, HASH_BYTES).integer(self.top.index, 1)
        _write_siblings(writer, self.top.siblings)
        return writer.done()

    @classmethod
    def decode(cls, data: bytes, trees: int = STATE_TREES) -> Self:
        """Read back the proof of a leaf of a state of so many trees.

        Raises:
            Malformed: the bytes are cut short or padded.
        """
        reader = Reader(data, "a state proof")
        within = Proof(reader.integer(8), reader.integer(8), _read_siblings(reader))
        tree_root = reader.fixed(HASH_BYTES)
        top = Proof(reader.integer(1), trees, _read_siblings(reader))
        reader.end()
        return cls(within, tree_root, top)

    def verify(self, tree: str, data: bytes, state_root: bytes, trees: int = STATE_TREES) -> None:
        """Check that `data` is leaf `within.index` of the named tree under this root of a state of so many trees.

        Raises:
            Rejected: `WIRE-11`.
        """
        if self.top.size != trees:
            raise Rejected("WIRE-11", f"a state of {self.top.size} trees where {trees} were expected")
        verify_state(tree, data, self.within, self.tree_root, self.top, state_root)


def _write_siblings(writer: Writer, siblings: tuple[bytes, ...]) -> None:
    writer.integer(len(siblings), 1)
    for sibling in siblings:
        writer.fixed(sibling, HASH_BYTES)


def _read_siblings(reader: Reader) -> tuple[bytes, ...]:
    return tuple(reader.fixed(HASH_BYTES) for _ in range(reader.integer(1)))
