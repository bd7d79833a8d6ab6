"""A state proof on the wire: canonical bytes, and no byte of it that may change (WIRE-11)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.errors import Malformed, Rejected
from openmg.lightclient import MerkleTree, Proof, StateProof, tree_leaf
from tests.reference import merkle

HASH = st.binary(min_size=32, max_size=32)
SIBLINGS = st.lists(HASH, max_size=8).map(tuple)
PROOF = st.builds(Proof, st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), SIBLINGS)
STATE_PROOF = st.builds(StateProof, PROOF, HASH, st.builds(Proof, st.integers(0, 255), st.just(5), SIBLINGS))


def state(sizes: tuple[int, ...]) -> tuple[list[MerkleTree], MerkleTree]:
    """Five trees with leaves named by their place, and the tree over them."""
    trees = []
    for size in sizes:
        tree = MerkleTree()
        tree.update((at, bytes([at])) for at in range(size))
        trees.append(tree)
    top = MerkleTree()
    named = zip(merkle.SUBTREES, trees, strict=True)
    top.update(enumerate(tree_leaf(name, len(tree), tree.root()) for name, tree in named))
    return trees, top


SIZES = (2, 1, 11, 6, 3)
TREES, TOP = state(SIZES)


def prove(tree: int, index: int) -> StateProof:
    return StateProof(TREES[tree].prove(index), TREES[tree].root(), TOP.prove(tree))


@given(STATE_PROOF)
def test_what_is_written_reads_back(proof: StateProof) -> None:
    assert StateProof.decode(proof.encode()) == proof


@given(st.one_of(st.binary(max_size=120), STATE_PROOF.map(StateProof.encode)), st.binary(max_size=2))
def test_bytes_read_only_when_they_are_the_ones_that_would_be_written(data: bytes, more: bytes) -> None:
    try:
        proof = StateProof.decode(data + more)
    except Malformed:
        return
    assert proof.encode() == data + more


@pytest.mark.parametrize("tree", range(5))
def test_every_leaf_of_the_state_is_proved(tree: int) -> None:
    for index in range(SIZES[tree]):
        proof = StateProof.decode(prove(tree, index).encode())
        proof.verify(merkle.SUBTREES[tree], bytes([index]), TOP.root())


@pytest.mark.parametrize(("tree", "index"), [(0, 1), (1, 0), (2, 10), (2, 4), (3, 5), (4, 2)])
def test_no_byte_may_change(tree: int, index: int) -> None:
    data = prove(tree, index).encode()
    for at, byte in enumerate(data):
        for flip in (1, 0x80):
            altered = data[:at] + bytes([byte ^ flip]) + data[at + 1 :]
            with pytest.raises((Malformed, Rejected)):
                StateProof.decode(altered).verify(merkle.SUBTREES[tree], bytes([index]), TOP.root())
    for cut in range(len(data)):
        with pytest.raises(Malformed):
            StateProof.decode(data[:cut])
    with pytest.raises(Malformed, match="1 bytes too many"):
        StateProof.decode(data + b"\0")


def test_a_leaf_is_proved_in_its_own_tree_and_state_only() -> None:
    proof = prove(2, 1)
    proof.verify("accounts", b"\1", TOP.root())
    for tree, data, root in [
        ("slots", b"\1", TOP.root()),
        ("accounts", b"\2", TOP.root()),
        ("accounts", b"\1", TREES[2].root()),
    ]:
        with pytest.raises(Rejected, match="WIRE-11"):
            proof.verify(tree, data, root)


def test_a_state_has_five_trees() -> None:
    proof = prove(4, 0)
    four = replace(proof, top=replace(proof.top, size=4, index=0))
    with pytest.raises(Rejected, match="a state of 4 trees"):
        four.verify("months", b"\0", TOP.root())
    with pytest.raises(Malformed, match="a state of 4 trees"):
        four.encode()


def test_what_does_not_fit_is_not_written() -> None:
    proof = prove(0, 0)
    for odd in (
        replace(proof, tree_root=bytes(31)),
        replace(proof, within=replace(proof.within, siblings=(bytes(33),))),
        replace(proof, within=replace(proof.within, siblings=(bytes(32),) * 256)),
        replace(proof, within=replace(proof.within, index=2**64)),
        replace(proof, top=replace(proof.top, index=-1)),
    ):
        with pytest.raises(Malformed):
            odd.encode()


def test_a_chain_may_have_another_number_of_trees() -> None:
    proof = prove(4, 0)
    six = replace(proof, top=replace(proof.top, size=6))
    assert StateProof.decode(six.encode(6), 6) == six
    for wrong in (5, 7):
        with pytest.raises(Malformed, match="a state of 6 trees"):
            six.encode(wrong)
        with pytest.raises(Rejected, match="a state of 6 trees"):
            six.verify("months", b"\0", TOP.root(), wrong)
