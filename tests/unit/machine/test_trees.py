"""Named trees under one root: only what was touched is hashed again, and every leaf is proved (WIRE-11)."""

from __future__ import annotations

import pytest

from openmg.errors import Corrupt
from openmg.lightclient import root_of, tree_leaf, verify_state
from openmg.machine import Trees, arranged

NAMES = ("first", "second", "third")


class Shelf:
    """Leaves in plain sight."""

    def __init__(self) -> None:
        self.held: dict[str, list[bytes]] = {name: [] for name in NAMES}
        self.trees = Trees(NAMES, self.leaf)
        self.asked: list[tuple[str, int]] = []

    def leaf(self, tree: str, index: int) -> bytes:
        self.asked.append((tree, index))
        return self.held[tree][index]

    def hold(self, tree: str, index: int, data: bytes) -> None:
        self.held[tree][index : index + 1] = [data]
        self.trees.touch(tree, index)

    def root(self) -> bytes:
        return root_of([tree_leaf(name, len(self.held[name]), root_of(self.held[name])) for name in NAMES])


def test_a_commit_hashes_what_was_touched_and_nothing_else() -> None:
    shelf = Shelf()
    for index in range(5):
        shelf.hold("first", index, b"%d" % index)
    shelf.hold("third", 0, b"x")
    root, leaves = shelf.trees.commit()
    assert leaves == [*(("first", index, b"%d" % index) for index in range(5)), ("third", 0, b"x")]
    assert root == shelf.root() == shelf.trees.root()
    shelf.asked.clear()
    shelf.hold("first", 3, b"three")
    assert shelf.trees.changed(but="third")
    assert not shelf.trees.changed(but="first")
    root, leaves = shelf.trees.commit()
    assert (leaves, shelf.asked) == ([("first", 3, b"three")], [("first", 3)])
    assert root == shelf.root()
    assert (root, []) == shelf.trees.commit()
    assert [shelf.trees.size(name) for name in NAMES] == [5, 0, 1]


def test_what_is_put_is_not_asked_for_and_what_rests_is_not_hashed() -> None:
    shelf = Shelf()
    shelf.held["second"] = [b"a", b"b"]
    shelf.trees.put("second", 1, b"b")
    shelf.trees.put("second", 0, b"a")
    shelf.trees.touch("first", 0)
    shelf.trees.rest("first", 0)
    root, leaves = shelf.trees.commit()
    assert (leaves, shelf.asked) == ([("second", 0, b"a"), ("second", 1, b"b")], [])
    assert root == shelf.root()


def test_every_leaf_is_proved_under_the_root() -> None:
    shelf = Shelf()
    for name in NAMES[:2]:
        for index in range(3):
            shelf.hold(name, index, name.encode() + bytes([index]))
    root, leaves = shelf.trees.commit()
    assert list(shelf.trees.leaves()) == leaves
    for tree, index, data in leaves:
        found, within, leaf, top = shelf.trees.prove(tree, index)
        assert (found, top.size) == (data, len(NAMES))
        verify_state(tree, found, within, leaf[-32:], top, root)
    with pytest.raises(IndexError):
        shelf.trees.prove("third", 0)


def test_a_hole_is_no_state() -> None:
    shelf = Shelf()
    shelf.trees.put("first", 1, b"b")
    with pytest.raises(IndexError):
        shelf.trees.commit()


def test_a_stored_state_is_the_same_state() -> None:
    shelf = Shelf()
    for index in range(4):
        shelf.hold("first", index, bytes([index]))
        shelf.hold("third", index, bytes([index, 1]))
    root, leaves = shelf.trees.commit()
    again = Shelf()
    again.held = arranged(NAMES, reversed(leaves[1:]), bytes([0]))
    again.trees.touch("first", 2)
    again.trees.load(again.held)
    assert again.held == shelf.held
    assert again.trees.commit() == (root, [])


def test_leaves_that_are_no_state_are_refused() -> None:
    for leaves in ([("attic", 0, b"")], [("first", 2, b"")], [("second", 1, b"")], [("first", 0, b"another")]):
        with pytest.raises(Corrupt):
            arranged(NAMES, leaves, b"genesis")
