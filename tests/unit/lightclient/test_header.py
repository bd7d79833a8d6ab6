"""Headers and commits that no node makes, or that do not belong together (LIGHT-1 to LIGHT-4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from openmg.errors import Rejected
from openmg.lightclient import Validators, first
from openmg.tendermint.types.types_pb2 import Commit, Header, SignedHeader
from tests.unit.lightclient.signing import (
    CHAIN_ID,
    FOUR,
    KEYS,
    NOW,
    equal,
    header_at,
    refused,
    signed_by,
    some,
)


def set_block_protocol(header: Header) -> None:
    header.version.block = 12


def set_nanos(header: Header) -> None:
    header.time.nanos = 10**9


def set_seconds(header: Header) -> None:
    header.time.seconds = -1


def cut_last_block(header: Header) -> None:
    header.last_block_id.hash = bytes(31)


def cut_last_parts(header: Header) -> None:
    header.last_block_id.part_set_header.hash = bytes(33)


def cut(field: str, size: int) -> Callable[[Header], None]:
    def change(header: Header) -> None:
        setattr(header, field, bytes(size))

    change.__name__ = f"{field} of {size}"
    return change


@pytest.mark.parametrize(
    "change",
    [
        set_block_protocol,
        set_nanos,
        set_seconds,
        cut_last_block,
        cut_last_parts,
        cut("validators_hash", 0),
        cut("next_validators_hash", 31),
        cut("last_commit_hash", 31),
        cut("data_hash", 33),
        cut("consensus_hash", 1),
        cut("last_results_hash", 64),
        cut("evidence_hash", 20),
        cut("proposer_address", 19),
    ],
    ids=lambda change: change.__name__,
)
@pytest.mark.parametrize("height", [2, 9])
def test_a_header_that_no_node_makes_is_refused(change: Callable[[Header], None], height: int) -> None:
    header = header_at(height, FOUR)
    change(header)
    refused("LIGHT-1", signed_by(header, FOUR))


@pytest.mark.parametrize("height", [0, -1])
def test_blocks_count_from_one(height: int) -> None:
    header = header_at(2, FOUR)
    header.height = height
    refused("LIGHT-1", signed_by(header, FOUR))


def set_negative_round(commit: Commit) -> None:
    commit.round = -1


def drop_parts(commit: Commit) -> None:
    commit.block_id.part_set_header.total = 0


def drop_parts_hash(commit: Commit) -> None:
    commit.block_id.part_set_header.ClearField("hash")


@pytest.mark.parametrize("change", [set_negative_round, drop_parts, drop_parts_hash])
def test_a_commit_that_no_node_makes_is_refused(change: Callable[[Commit], None]) -> None:
    refused("LIGHT-1", signed_by(header_at(2, FOUR), FOUR, altered=change))


def test_another_chains_header_is_refused() -> None:
    header = header_at(2, FOUR)
    header.chain_id = "openmg-other"
    refused("LIGHT-2", signed_by(header, FOUR, chain_id="openmg-other"))


def set_other_height(commit: Commit) -> None:
    commit.height = 3


def set_other_block(commit: Commit) -> None:
    commit.block_id.hash = some("another block")


@pytest.mark.parametrize("change", [set_other_height, set_other_block])
def test_a_commit_for_another_block_is_refused(change: Callable[[Commit], None]) -> None:
    refused("LIGHT-3", signed_by(header_at(2, FOUR), FOUR, altered=change))


def test_an_altered_state_root_is_refused() -> None:
    signed = signed_by(header_at(2, FOUR), FOUR)
    signed.header.app_hash = some("a better root")
    refused("LIGHT-3", signed)


@pytest.mark.parametrize("height", [2, 9])
def test_other_validators_than_the_headers_are_refused(height: int) -> None:
    signed = signed_by(header_at(height, FOUR), FOUR)
    for others in (equal(0, 1, 2, 4), equal(0, 1, 2), Validators(tuple((key, 2) for key in KEYS[:4]))):
        refused("LIGHT-4", signed, others)


def test_an_empty_answer_is_refused() -> None:
    refused("LIGHT-1", SignedHeader())
    with pytest.raises(Rejected, match="LIGHT-1:"):
        first(CHAIN_ID, FOUR, SignedHeader(), NOW)
