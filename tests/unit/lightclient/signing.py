"""A chain of headers that sign themselves: any header, any validators, any votes, truly signed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from typing import Final

import pytest

from openmg.crypto import sign, signing_public
from openmg.errors import Rejected
from openmg.lightclient import Trusted, Validators, address_of, first, header_hash, verify
from openmg.lightclient.commit import sign_bytes
from openmg.tendermint.types.types_pb2 import BlockID, Commit, CommitSig, Header, PartSetHeader, SignedHeader
from openmg.tendermint.types.validator_pb2 import BLOCK_ID_FLAG_ABSENT, BLOCK_ID_FLAG_COMMIT, BLOCK_ID_FLAG_NIL
from openmg.tendermint.version.types_pb2 import Consensus

CHAIN_ID: Final = "openmg-test"
SECOND: Final = 10**9
GENESIS: Final = 1_790_000_000 * SECOND
SECRETS: Final = tuple(bytes([index]) * 32 for index in range(1, 10))
KEYS: Final = tuple(signing_public(secret) for secret in SECRETS)
BY_KEY: Final = dict(zip(KEYS, SECRETS, strict=True))


def some(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def equal(*indices: int) -> Validators:
    """These validators, of power 1 each."""
    return Validators.equal([KEYS[index] for index in indices])


def header_at(height: int, validators: Validators, after: Validators | None = None) -> Header:
    """A header made one second after the one before."""
    header = Header(
        version=Consensus(block=11, app=1),
        chain_id=CHAIN_ID,
        height=height,
        last_block_id=BlockID(hash=some("last"), part_set_header=PartSetHeader(total=1, hash=some("parts"))),
        last_commit_hash=some("commit"),
        data_hash=some("data"),
        validators_hash=validators.hash,
        next_validators_hash=(after or validators).hash,
        consensus_hash=some("consensus"),
        app_hash=some(f"root {height}"),
        last_results_hash=some("results"),
        evidence_hash=some("evidence"),
        proposer_address=address_of(validators.members[0][0]),
    )
    header.time.FromNanoseconds(GENESIS + height * SECOND)
    return header


def signed_by(
    header: Header,
    validators: Validators,
    *,
    absent: Collection[int] = (),
    nil: Collection[int] = (),
    chain_id: str = CHAIN_ID,
    altered: Callable[[Commit], None] = lambda _: None,
) -> SignedHeader:
    """The header with a commit that `altered` may change before it is signed; places are in the validators' order."""
    commit = Commit(
        height=header.height,
        round=0,
        block_id=BlockID(hash=header_hash(header), part_set_header=PartSetHeader(total=1, hash=some("parts"))),
    )
    altered(commit)
    for place, (key, _) in enumerate(validators.members):
        if place in absent:
            commit.signatures.append(CommitSig(block_id_flag=BLOCK_ID_FLAG_ABSENT))
            continue
        flag = BLOCK_ID_FLAG_NIL if place in nil else BLOCK_ID_FLAG_COMMIT
        vote = CommitSig(block_id_flag=flag, validator_address=address_of(key), timestamp=header.time)
        vote.signature = sign(BY_KEY[key], sign_bytes(chain_id, commit, vote))
        commit.signatures.append(vote)
    return SignedHeader(header=header, commit=commit)


def chain_of(sets: Sequence[Validators]) -> list[SignedHeader]:
    """Headers from height 1 on, each signed by its validators, which the one before announced."""
    later = [*sets[1:], sets[-1]]
    return [
        signed_by(header_at(height, now, after), now)
        for height, (now, after) in enumerate(zip(sets, later, strict=True), 1)
    ]


FOUR: Final = equal(0, 1, 2, 3)
NOW: Final = GENESIS + 100 * SECOND
START: Final = first(CHAIN_ID, FOUR, signed_by(header_at(1, FOUR), FOUR), NOW)


def refused(clause: str, signed: SignedHeader, validators: Validators = FOUR, trusted: Trusted = START) -> None:
    """Refused beside and beyond the trusted header, with this clause and one clear line."""
    with pytest.raises(Rejected) as caught:
        verify(trusted, signed, validators, NOW)
    assert caught.value.clause == clause, caught.value
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)
