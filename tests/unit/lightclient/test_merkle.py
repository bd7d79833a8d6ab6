"""The Merkle tree against the reference's recursive one, and proofs that lie (WIRE-11, RFC 6962)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.errors import Rejected
from openmg.lightclient import MerkleTree, Proof, leaf_hash, root_of, tree_leaf, verify_inclusion
from tests.reference import merkle

LEAVES = st.lists(st.binary(max_size=12), max_size=40)
SOME = st.lists(st.binary(max_size=12), min_size=1, max_size=40)


def tree_of(leaves: list[bytes]) -> MerkleTree:
    tree = MerkleTree()
    tree.update(enumerate(leaves))
    return tree


@given(LEAVES)
def test_the_root_is_that_of_rfc_6962(leaves: list[bytes]) -> None:
    assert root_of(leaves) == tree_of(leaves).root() == merkle.root(leaves)


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.binary(min_size=32, max_size=32)), min_size=5, max_size=5))
def test_the_state_root_binds_how_many_leaves_are_under_each_root(trees: list[tuple[int, bytes]]) -> None:
    sizes, roots = zip(*trees, strict=True)
    leaves = [tree_leaf(name, *tree) for name, tree in zip(merkle.SUBTREES, trees, strict=True)]
    assert root_of(leaves) == merkle.state_root(sizes, roots)


@pytest.mark.parametrize("count", range(18))
def test_every_proof_is_the_references_path(count: int) -> None:
    leaves = [bytes([index]) for index in range(count)]
    tree = tree_of(leaves)
    assert len(tree) == count
    for index, data in enumerate(leaves):
        proof = tree.prove(index)
        assert list(proof.siblings) == merkle.path(leaves, index)
        assert merkle.root_by_path(data, index, count, proof.siblings) == tree.root()
        verify_inclusion(data, proof, tree.root())


@given(SOME, st.lists(st.tuples(st.integers(0, 60), st.binary(max_size=12)), max_size=12))
def test_a_tree_changed_in_place_is_the_tree_made_anew(leaves: list[bytes], changes: list[tuple[int, bytes]]) -> None:
    tree = tree_of(leaves)
    for at, data in changes:
        index = min(at, len(leaves))
        if index == len(leaves):
            leaves.append(data)
        else:
            leaves[index] = data
        tree.update([(index, data)])
        assert tree.root() == merkle.root(leaves)
    for index, data in enumerate(leaves):
        verify_inclusion(data, tree.prove(index), tree.root())


@given(st.lists(st.lists(st.binary(max_size=4), max_size=9), max_size=6))
def test_leaves_appended_in_batches_make_the_same_tree(batches: list[list[bytes]]) -> None:
    tree, leaves = MerkleTree(), list[bytes]()
    for batch in batches:
        tree.update((len(leaves) + at, data) for at, data in enumerate(batch))
        leaves += batch
        assert tree.root() == merkle.root(leaves)


@given(SOME, st.data())
def test_a_proof_of_something_else_is_refused(leaves: list[bytes], data: st.DataObject) -> None:
    tree = tree_of(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof, root = tree.prove(index), tree.root()
    with pytest.raises(Rejected, match="WIRE-11"):
        verify_inclusion(leaves[index] + b"\0", proof, root)
    with pytest.raises(Rejected, match="WIRE-11"):
        verify_inclusion(leaves[index], proof, leaf_hash(root))
    longer = replace(proof, siblings=(*proof.siblings, bytes(32)))
    with pytest.raises(Rejected, match="too long"):
        verify_inclusion(leaves[index], longer, root)
    for at, sibling in enumerate(proof.siblings):
        altered = bytes([sibling[0] ^ 1]) + sibling[1:]
        siblings = (*proof.siblings[:at], altered, *proof.siblings[at + 1 :])
        with pytest.raises(Rejected, match="not under this root"):
            verify_inclusion(leaves[index], replace(proof, siblings=siblings), root)
    if proof.siblings:
        with pytest.raises(Rejected, match="too short"):
            verify_inclusion(leaves[index], replace(proof, siblings=proof.siblings[:-1]), root)


@given(st.lists(st.binary(min_size=1, max_size=12), min_size=2, max_size=40, unique=True), st.data())
def test_a_leaf_is_not_proved_at_another_place(leaves: list[bytes], data: st.DataObject) -> None:
    tree = tree_of(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    other = data.draw(st.integers(0, len(leaves) - 1).filter(lambda at: at != index))
    with pytest.raises(Rejected, match="WIRE-11"):
        verify_inclusion(leaves[index], replace(tree.prove(index), index=other), tree.root())
    with pytest.raises(Rejected, match="WIRE-11"):
        verify_inclusion(leaves[index], tree.prove(other), tree.root())


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0), (5, 2)])
def test_a_place_outside_the_tree_is_refused(index: int, size: int) -> None:
    with pytest.raises(Rejected, match="WIRE-11"):
        verify_inclusion(b"", Proof(index, size, ()), leaf_hash(b""))


def test_an_inner_node_is_no_leaf() -> None:
    leaves = [b"a", b"b", b"c", b"d"]
    tree = tree_of(leaves)
    inner = leaf_hash(b"a") + leaf_hash(b"b")
    sibling = tree.prove(0).siblings[1]
    with pytest.raises(Rejected, match="WIRE-11"):
        verify_inclusion(inner, Proof(0, 2, (sibling,)), tree.root())


def test_holes_and_missing_leaves_are_errors() -> None:
    tree = tree_of([b"a", b"b"])
    with pytest.raises(IndexError):
        tree.update([(3, b"d")])
    for index in (-1, 2):
        with pytest.raises(IndexError):
            tree.prove(index)
    with pytest.raises(IndexError):
        MerkleTree().prove(0)


def test_a_size_that_no_state_root_can_bind_is_refused() -> None:
    with pytest.raises(Rejected, match="WIRE-11"):
        verify_inclusion(b"leaf", Proof(0, 2**64, ()), leaf_hash(b"leaf"))
