"""Snapshots: a new node goes on from the state, and believes only the root that was verified (WIRE-15)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from openmg.chains.state import TREES
from openmg.engine.cometbft import snapshots
from openmg.errors import Malformed
from openmg.tendermint.abci import types_pb2 as abci
from tests.chain.node import Node, node_of
from tests.chain.town import Town

Offer = abci.ResponseOfferSnapshot
Apply = abci.ResponseApplySnapshotChunk
Reports = tuple[bytes, ...]


@pytest.fixture
def waiting_town(open_town: Town, proved: Reports) -> Town:
    """With reports that wait for settlement, and quiet blocks after them."""
    open_town.block(*proved)
    for _ in range(3):
        open_town.block(time=open_town.now)
    return open_town


def offered_by(node: Node) -> abci.Snapshot:
    node.application._snapshots.make(node.application._file.path)
    [snapshot] = node.application.list_snapshots().snapshots
    return snapshot


def offer(node: Node, snapshot: abci.Snapshot, root: bytes) -> int:
    return node.application.offer_snapshot(abci.RequestOfferSnapshot(snapshot=snapshot, app_hash=root)).result


def fetch(node: Node, snapshot: abci.Snapshot, index: int) -> bytes:
    request = abci.RequestLoadSnapshotChunk(height=snapshot.height, format=snapshot.format, chunk=index)
    return node.application.load_chunk(request).chunk


def hand_over(node: Node, index: int, chunk: bytes) -> Apply:
    return node.application.apply_chunk(abci.RequestApplySnapshotChunk(index=index, chunk=chunk, sender="peer"))


def test_a_node_goes_on_from_a_snapshot(waiting_town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town = waiting_town
    monkeypatch.setattr(snapshots, "CHUNK", 1000)
    with node_of(town, tmp_path / "old") as old, node_of(town, tmp_path / "new") as new:
        old.live(town.blocks)
        snapshot = offered_by(old)
        assert (snapshot.height, snapshot.chunks > 3) == (len(town.blocks), True)
        assert offer(new, snapshot, town.roots[-1]) == Offer.ACCEPT
        for index in range(snapshot.chunks):
            assert hand_over(new, index, fetch(old, snapshot, index)).result == Apply.ACCEPT
        assert new.application.info() == old.application.info()
    # Its file alone is enough to go on, also to the settlement of what waited.
    town.close_gate().finish()
    blocks = town.blocks[snapshot.height :]
    with node_of(town, tmp_path / "new") as new:
        assert new.application.info().last_block_height == snapshot.height
        assert new.live(blocks) == town.roots[snapshot.height :]


def test_only_the_verified_root_counts(waiting_town: Town, tmp_path: Path) -> None:
    town = waiting_town
    with node_of(town, tmp_path / "old") as old, node_of(town, tmp_path / "new") as new:
        old.live(town.blocks)
        snapshot = offered_by(old)
        assert offer(new, snapshot, bytes(32)) == Offer.ACCEPT
        assert hand_over(new, 0, fetch(old, snapshot, 0)).result == Apply.REJECT_SNAPSHOT
        assert new.application.info().last_block_height == 0
        assert any("another state root" in line.get("reason", "") for line in new.lines)
        assert offer(new, snapshot, town.roots[-1]) == Offer.ACCEPT
        assert hand_over(new, 0, fetch(old, snapshot, 0)).result == Apply.ACCEPT
        # CometBFT offers only where it has nothing itself: what the file holds is replaced, as after a crash.
        assert offer(new, snapshot, town.roots[-1]) == Offer.ACCEPT
        assert hand_over(new, 0, fetch(old, snapshot, 0)).result == Apply.ACCEPT
        assert new.application.info() == old.application.info()


def test_a_chunk_that_was_not_described_is_fetched_elsewhere(waiting_town: Town, tmp_path: Path) -> None:
    town = waiting_town
    with node_of(town, tmp_path / "old") as old, node_of(town, tmp_path / "new") as new:
        old.live(town.blocks)
        snapshot = offered_by(old)
        chunk = fetch(old, snapshot, 0)
        assert hand_over(new, 0, chunk).result == Apply.ABORT
        offer(new, snapshot, town.roots[-1])
        for wrong in (chunk[:-1], b"", chunk[:-1] + bytes([chunk[-1] ^ 1])):
            answer = hand_over(new, 0, wrong)
            assert (answer.result, list(answer.refetch_chunks), list(answer.reject_senders)) == (
                Apply.RETRY, [0], ["peer"],
            )  # fmt: skip
        assert hand_over(new, 1, chunk).result == Apply.RETRY
        assert hand_over(new, 0, chunk).result == Apply.ACCEPT


def test_what_is_described_wrongly_is_refused(waiting_town: Town, tmp_path: Path) -> None:
    town = waiting_town
    with node_of(town, tmp_path / "old") as old, node_of(town, tmp_path / "new") as new:
        old.live(town.blocks)
        good = offered_by(old)
        for change, verdict in (
            ({"format": 9}, Offer.REJECT_FORMAT),
            ({"chunks": 2}, Offer.REJECT_SENDER),
            ({"hash": bytes(32)}, Offer.REJECT_SENDER),
            ({"metadata": b""}, Offer.REJECT_SENDER),
            ({"metadata": good.metadata[1:]}, Offer.REJECT_SENDER),
        ):
            bad = abci.Snapshot()
            bad.CopyFrom(good)
            for name, value in change.items():
                setattr(bad, name, value)
            assert offer(new, bad, town.roots[-1]) == verdict
        assert fetch(old, good, 7) == b""
        assert fetch(old, abci.Snapshot(height=1, format=1), 0) == b""
        assert fetch(old, abci.Snapshot(height=good.height, format=2), 0) == b""


def test_reports_that_wait_are_part_of_it(waiting_town: Town, tmp_path: Path) -> None:
    """They are not leaves, but accounts name them: a snapshot without one, or with another, is refused."""
    town = waiting_town
    with node_of(town, tmp_path / "old") as old:
        old.live(town.blocks)
        file = old.application._file
        leaves, reports = file.leaves(), file.waiting()
    for held in ({}, dict(list(reports.items())[1:]), {key: raw + b"\x00" for key, raw in reports.items()}):
        payload = snapshots.encode_state(TREES, len(town.blocks), leaves, held)
        digest = hashlib.sha256(payload).digest()
        whole = snapshots.Snapshot(len(town.blocks), (digest,))
        described = abci.Snapshot(
            height=whole.height, format=1, chunks=1, hash=whole.digest, metadata=b"".join(whole.chunks)
        )
        with node_of(town, tmp_path / f"new-{len(held)}-{len(payload)}") as new:
            assert offer(new, described, town.roots[-1]) == Offer.ACCEPT
            assert hand_over(new, 0, payload).result == Apply.REJECT_SNAPSHOT


def test_only_the_newest_are_kept(town: Town, tmp_path: Path) -> None:
    with node_of(town, tmp_path / "node") as node:
        folder = node.application._snapshots
        for block in town.blocks[:5]:
            node.live([block])
            folder.make(node.application._file.path)
        assert [each.height for each in folder.all()] == [5, 4, 3]


def test_what_stands_twice_or_out_of_order_is_refused(waiting_town: Town, tmp_path: Path) -> None:
    town = waiting_town
    with node_of(town, tmp_path / "old") as old:
        old.live(town.blocks)
        leaves, reports = old.application._file.leaves(), old.application._file.waiting()
    good = snapshots.encode_state(TREES, len(town.blocks), leaves, reports)
    assert snapshots.decode_state(TREES, good) == (len(town.blocks), sorted(leaves, key=place), reports)
    first = good[12 : 12 + 9 + int.from_bytes(good[17:21], "little")]
    twice = good[:8] + (len(leaves) + 1).to_bytes(4, "little") + first + good[12:]
    tree = good[:12] + b"\x09" + good[13:]
    for bad in (twice, tree, good + b"\x00", good[:-1], good[:8] + bytes(4) + good[12:]):
        with pytest.raises(Malformed):
            snapshots.decode_state(TREES, bad)


def place(leaf: tuple[str, int, bytes]) -> tuple[int, int]:
    return TREES.index(leaf[0]), leaf[1]


def test_a_snapshot_that_went_is_not_offered(town: Town, tmp_path: Path) -> None:
    with node_of(town, tmp_path / "node") as node:
        node.live(town.blocks[:2])
        snapshot = offered_by(node)
        (tmp_path / "node" / "snapshots" / f"{snapshot.height}.snapshot").unlink()
        assert fetch(node, snapshot, 0) == b""
    with node_of(town, tmp_path / "node") as node:
        assert list(node.application.list_snapshots().snapshots) == []
