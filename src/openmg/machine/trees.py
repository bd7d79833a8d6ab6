"""A chain's state as leaves of named Merkle trees under one root, and which of them changed (WIRE-11)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from openmg.errors import Corrupt
from openmg.lightclient import MerkleTree, Proof, root_of, tree_leaf

Leaf = tuple[str, int, bytes]
"""Tree, index, data."""


class Trees:
    """The trees of one chain, in the order of their names; `leaf` says what any leaf holds now (IndexError: none).

    A change is noted with `touch` and hashed by the next `commit`, so that a block rewrites only what it touched.
    """

    def __init__(self, names: Sequence[str], leaf: Callable[[str, int], bytes]) -> None:
        self.names = tuple(names)
        self._leaf = leaf
        self._trees = {name: MerkleTree() for name in self.names}
        self._dirty: dict[str, dict[int, bytes | None]] = {name: {} for name in self.names}

    def touch(self, tree: str, index: int) -> None:
        """A leaf is new or has changed; what it holds is asked for by `commit`."""
        self._dirty[tree][index] = None

    def put(self, tree: str, index: int, data: bytes) -> None:
        """A leaf is new or has changed, and this is what it holds."""
        self._dirty[tree][index] = data

    def rest(self, tree: str, index: int) -> None:
        """A leaf is as it was at the last `commit` after all."""
        self._dirty[tree].pop(index, None)

    def size(self, tree: str) -> int:
        """How many leaves a tree had at the last `commit`."""
        return len(self._trees[tree])

    def changed(self, *, but: str) -> bool:
        """Whether any tree but one was touched since the last `commit`."""
        return any(dirty for name, dirty in self._dirty.items() if name != but)

    def commit(self) -> tuple[bytes, list[Leaf]]:
        """The state root after a block, and the leaves that the block changed, tree by tree in order.

        Raises:
            IndexError: the leaves that were touched leave a hole.
        """
        changed: list[Leaf] = []
        for name, dirty in self._dirty.items():
            known = sorted(dirty.items())
            leaves = [(index, self._leaf(name, index) if data is None else data) for index, data in known]
            self._trees[name].update(leaves)
            changed.extend((name, index, data) for index, data in leaves)
            dirty.clear()
        return self.root(), changed

    def load(self, leaves: Mapping[str, Sequence[bytes]]) -> None:
        """Hash a stored state: the data of all leaves, tree by tree; nothing counts as touched then."""
        for name in self.names:
            self._trees[name].update(enumerate(leaves[name]))
            self._dirty[name].clear()

    def root(self) -> bytes:
        """The state root of the last `commit`."""
        return root_of(self._top())

    def prove(self, tree: str, index: int) -> tuple[bytes, Proof, bytes, Proof]:
        """(leaf, its proof in its tree, that tree's leaf of the root, its proof in the root).

        Raises:
            IndexError: no such leaf.
        """
        leaves, top = self._top(), MerkleTree()
        top.update(enumerate(leaves))
        at = self.names.index(tree)
        data = self._leaf(tree, index)
        return data, self._trees[tree].prove(index), leaves[at], top.prove(at)

    def leaves(self) -> Iterator[Leaf]:
        """All leaves, tree by tree in order."""
        for name in self.names:
            for index in range(len(self._trees[name])):
                yield name, index, self._leaf(name, index)

    def _top(self) -> list[bytes]:
        """The leaves of the root: name, number of leaves, root of each tree."""
        return [tree_leaf(name, len(tree), tree.root()) for name, tree in self._trees.items()]


def arranged(names: Sequence[str], leaves: Iterable[Leaf], genesis: bytes) -> dict[str, list[bytes]]:
    """Stored leaves by tree, in order; the first of the first tree is the genesis, stored or not.

    Raises:
        Corrupt: a leaf is missing, stands in no tree, or is of another genesis.
    """
    stored: dict[str, dict[int, bytes]] = {name: {} for name in names}
    stored[names[0]][0] = genesis
    try:
        for tree, index, data in leaves:
            stored[tree][index] = data
        found = {name: [stored[name][index] for index in range(len(stored[name]))] for name in names}
    except KeyError as error:
        raise Corrupt(f"the stored state is incomplete ({error})") from error
    if found[names[0]][0] != genesis:
        raise Corrupt("the stored state belongs to another genesis")
    return found
