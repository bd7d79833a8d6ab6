"""Votes: who must have signed, and votes that count for nothing (LIGHT-5)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from openmg.lightclient import Validators, first, verify
from openmg.lightclient.commit import sign_bytes, signers
from openmg.tendermint.types.types_pb2 import Commit
from openmg.tendermint.types.validator_pb2 import BLOCK_ID_FLAG_ABSENT, BLOCK_ID_FLAG_COMMIT, BLOCK_ID_FLAG_UNKNOWN
from tests.reference.signature import sign_loosely
from tests.unit.lightclient.signing import (
    BY_KEY,
    CHAIN_ID,
    FOUR,
    KEYS,
    NOW,
    START,
    equal,
    header_at,
    refused,
    signed_by,
)


def test_another_chains_votes_count_for_nothing() -> None:
    refused("LIGHT-5", signed_by(header_at(2, FOUR), FOUR, chain_id="openmg-other"))


@pytest.mark.parametrize("height", [2, 9])
def test_two_thirds_are_not_enough(height: int) -> None:
    three = equal(0, 1, 2)
    start = first(CHAIN_ID, three, signed_by(header_at(1, three), three), NOW)
    header = header_at(height, three)
    assert verify(start, signed_by(header, three), three, NOW).height == height
    refused("LIGHT-5", signed_by(header, three, absent=[1]), three, start)
    refused("LIGHT-5", signed_by(header, three, nil=[2]), three, start)


@pytest.mark.parametrize("height", [2, 9])
def test_one_of_four_may_be_absent_or_vote_for_none(height: int) -> None:
    header = header_at(height, FOUR)
    for place in range(4):
        assert verify(START, signed_by(header, FOUR, absent=[place]), FOUR, NOW).height == height
        assert verify(START, signed_by(header, FOUR, nil=[place]), FOUR, NOW).height == height
        refused("LIGHT-5", signed_by(header, FOUR, absent=[place], nil=[(place + 1) % 4]))


def test_power_counts_and_not_heads() -> None:
    strong = Validators(((KEYS[0], 7), (KEYS[1], 1), (KEYS[2], 1), (KEYS[3], 1)))
    start = first(CHAIN_ID, strong, signed_by(header_at(1, strong), strong), NOW)
    header = header_at(2, strong)
    assert verify(start, signed_by(header, strong, absent=[1, 2, 3]), strong, NOW).height == 2
    refused("LIGHT-5", signed_by(header, strong, absent=[0]), strong, start)


@pytest.mark.parametrize("bit", [0, 7, 255, 511])
def test_a_signature_that_does_not_hold_counts_for_nothing(bit: int) -> None:
    signed = signed_by(header_at(2, FOUR), FOUR)
    for place in range(2):
        vote = signed.commit.signatures[place]
        altered = bytearray(vote.signature)
        altered[bit // 8] ^= 1 << bit % 8
        vote.signature = bytes(altered)
        if place == 0:
            assert verify(START, signed, FOUR, NOW).height == 2
    refused("LIGHT-5", signed)


def test_a_signature_that_only_cometbft_takes_does_not_spoil_the_others() -> None:
    signed = signed_by(header_at(2, FOUR), FOUR)
    vote, key = signed.commit.signatures[1], FOUR.members[1][0]
    vote.signature = sign_loosely(BY_KEY[key], sign_bytes(CHAIN_ID, signed.commit, vote))
    assert signers(CHAIN_ID, signed.commit, FOUR) == {each for each, _ in FOUR.members if each != key}
    assert verify(START, signed, FOUR, NOW).height == 2


def test_a_vote_is_not_taken_for_another_round_or_moment() -> None:
    for change in (lambda commit: setattr(commit, "round", 1), advance_votes):
        signed = signed_by(header_at(2, FOUR), FOUR)
        change(signed.commit)
        refused("LIGHT-5", signed)


def advance_votes(commit: Commit) -> None:
    for vote in commit.signatures:
        vote.timestamp.seconds += 1


def test_a_vote_for_none_is_not_taken_for_the_block() -> None:
    signed = signed_by(header_at(2, FOUR), FOUR, nil=[0, 1])
    for vote in signed.commit.signatures[:2]:
        vote.block_id_flag = BLOCK_ID_FLAG_COMMIT
    refused("LIGHT-5", signed)


def repeat_vote(commit: Commit) -> None:
    commit.signatures[1].CopyFrom(commit.signatures[0])


def repeat_address(commit: Commit) -> None:
    commit.signatures[1].validator_address = commit.signatures[0].validator_address


def swap_votes(commit: Commit) -> None:
    first_vote = Commit(signatures=[commit.signatures[0]])
    commit.signatures[0].CopyFrom(commit.signatures[1])
    commit.signatures[1].CopyFrom(first_vote.signatures[0])


def drop_vote(commit: Commit) -> None:
    del commit.signatures[3]


def add_vote(commit: Commit) -> None:
    commit.signatures.add().CopyFrom(commit.signatures[0])


def drop_all(commit: Commit) -> None:
    del commit.signatures[:]


def set_unknown_kind(commit: Commit) -> None:
    commit.signatures[0].MergeFromString(b"\x08\x04")


def unset_kind(commit: Commit) -> None:
    commit.signatures[0].block_id_flag = BLOCK_ID_FLAG_UNKNOWN


def set_absent_with_address(commit: Commit) -> None:
    commit.signatures[0].block_id_flag = BLOCK_ID_FLAG_ABSENT


def set_absent_with_signature(commit: Commit) -> None:
    commit.signatures[0].block_id_flag = BLOCK_ID_FLAG_ABSENT
    commit.signatures[0].ClearField("validator_address")


def cut_signature(commit: Commit) -> None:
    commit.signatures[0].signature = commit.signatures[0].signature[:63]


def pad_signature(commit: Commit) -> None:
    commit.signatures[3].signature += b"\0"


def drop_address(commit: Commit) -> None:
    commit.signatures[0].ClearField("validator_address")


@pytest.mark.parametrize("height", [2, 9])
@pytest.mark.parametrize(
    "change",
    [
        repeat_vote,
        repeat_address,
        swap_votes,
        drop_vote,
        add_vote,
        drop_all,
        set_unknown_kind,
        unset_kind,
        set_absent_with_address,
        set_absent_with_signature,
        cut_signature,
        pad_signature,
        drop_address,
    ],
)
def test_votes_out_of_place_are_refused(change: Callable[[Commit], None], height: int) -> None:
    signed = signed_by(header_at(height, FOUR), FOUR)
    change(signed.commit)
    refused("LIGHT-5", signed)
