"""RFC 6962 Merkle trees that change in place, and their inclusion proofs (WIRE-11)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from openmg.errors import Rejected

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 ‖ data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf data, computed anew."""
    tree = MerkleTree()
    tree.update(enumerate(leaves))
    return tree.root()


@dataclass(frozen=True)
class Proof:
    """An inclusion proof: the leaf's index, the tree's size, and the siblings from the leaf up."""

    index: int
    size: int
    siblings: tuple[bytes, ...]


class MerkleTree:
    """Levels of hashes, leaves first; an odd last node is carried up, which is RFC 6962's shape."""

    def __init__(self) -> None:
        self._levels: list[list[bytes]] = [[]]

    def __len__(self) -> int:
        return len(self._levels[0])

    def update(self, leaves: Iterable[tuple[int, bytes]]) -> None:
        """Replace or append leaves (index, data); appended indices must follow one another.

        Raises:
            IndexError: an index leaves a hole.
        """
        bottom = self._levels[0]
        dirty = set()
        for index, data in sorted(leaves):
            if index > len(bottom):
                raise IndexError(f"leaf {index} of a tree with {len(bottom)}")
            if index == len(bottom):
                bottom.append(leaf_hash(data))
            else:
                bottom[index] = leaf_hash(data)
            dirty.add(index)
        self._rehash(dirty)

    def root(self) -> bytes:
        """The tree's root; SHA-256 of nothing for an empty tree."""
        top = self._levels[-1]
        return top[0] if top else EMPTY_ROOT

    def prove(self, index: int) -> Proof:
        """The inclusion proof of one leaf.

        Raises:
            IndexError: no such leaf.
        """
        size = len(self)
        if not 0 <= index < size:
            raise IndexError(f"leaf {index} of a tree with {size}")
        siblings = []
        at = index
        for level in self._levels[:-1]:
            if at ^ 1 < len(level):
                siblings.append(level[at ^ 1])
            at >>= 1
        return Proof(index, size, tuple(siblings))

    def _rehash(self, dirty: set[int]) -> None:
        height = 0
        while len(self._levels[height]) > 1:
            below = self._levels[height]
            if height + 1 == len(self._levels):
                self._levels.append([])
            above = self._levels[height + 1]
            dirty = {index >> 1 for index in dirty}
            for parent in sorted(dirty):
                left, right = 2 * parent, 2 * parent + 1
                value = node_hash(below[left], below[right]) if right < len(below) else below[left]
                if parent == len(above):
                    above.append(value)
                else:
                    above[parent] = value
            height += 1


def verify_inclusion(data: bytes, proof: Proof, root: bytes) -> None:
    """Check that `data` is leaf `proof.index` of the tree with this root.

    Raises:
        Rejected: `WIRE-11`.
    """
    if not 0 <= proof.index < proof.size < 2**64:
        raise Rejected("WIRE-11", f"leaf {proof.index} of a tree with {proof.size}")
    current, at, width = leaf_hash(data), proof.index, proof.size
    siblings = iter(proof.siblings)
    while width > 1:
        if at ^ 1 < width:
            sibling = next(siblings, None)
            if sibling is None:
                raise Rejected("WIRE-11", "the proof is too short")
            current = node_hash(sibling, current) if at & 1 else node_hash(current, sibling)
        at, width = at >> 1, (width + 1) >> 1
    if next(siblings, None) is not None:
        raise Rejected("WIRE-11", "the proof is too long")
    if current != root:
        raise Rejected("WIRE-11", "the leaf is not under this root")


def tree_leaf(name: str, leaves: int, root: bytes) -> bytes:
    """A state tree's leaf under the state root: its size is bound, which an RFC 6962 root alone does not do."""
    return name.encode("ascii") + leaves.to_bytes(8, "little") + root


def verify_state(name: str, data: bytes, proof: Proof, tree_root: bytes, top: Proof, state_root: bytes) -> None:
    """Check that `data` is leaf `proof.index` of the named tree, of exactly `proof.size` leaves, under a state root.

    Raises:
        Rejected: `WIRE-11`.
    """
    verify_inclusion(data, proof, tree_root)
    verify_inclusion(tree_leaf(name, proof.size, tree_root), top, state_root)
