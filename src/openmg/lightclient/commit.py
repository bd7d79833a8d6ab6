"""A commit: the votes that made a block final, and who of them signed truly (LIGHT-5)."""

from __future__ import annotations

from typing import Final

from openmg.crypto.signature import verify_signature
from openmg.errors import Rejected
from openmg.lightclient.header import uvarint
from openmg.lightclient.validators import Validators
from openmg.tendermint.types.canonical_pb2 import CanonicalBlockID, CanonicalPartSetHeader, CanonicalVote
from openmg.tendermint.types.types_pb2 import SIGNED_MSG_TYPE_PRECOMMIT, BlockID, Commit, CommitSig
from openmg.tendermint.types.validator_pb2 import BLOCK_ID_FLAG_ABSENT, BLOCK_ID_FLAG_COMMIT, BLOCK_ID_FLAG_NIL

SIGNATURE_BYTES: Final = 64


def sign_bytes(chain_id: str, commit: Commit, vote: CommitSig) -> bytes:
    """What a validator signed when it voted: for the commit's block, or for none."""
    canonical: bytes = CanonicalVote(
        type=SIGNED_MSG_TYPE_PRECOMMIT,
        height=commit.height,
        round=commit.round,
        block_id=_canonical(commit.block_id) if vote.block_id_flag == BLOCK_ID_FLAG_COMMIT else None,
        timestamp=vote.timestamp,
        chain_id=chain_id,
    ).SerializeToString()
    return uvarint(len(canonical)) + canonical


def signers(chain_id: str, commit: Commit, validators: Validators) -> frozenset[bytes]:
    """The keys of those validators whose signature for the commit's block holds.

    A vote for no block, and a signature that does not hold, count for nothing, but do not spoil the rest: CometBFT
    takes some signatures that strict Ed25519 refuses, and one authority must not be able to stop all light clients.

    Raises:
        Rejected: `LIGHT-5`, when the votes are not those of exactly these validators in order.
    """
    if len(commit.signatures) != len(validators.members):
        count = len(validators.members)
        raise Rejected("LIGHT-5", f"a commit with {len(commit.signatures)} places for votes of {count} validators")
    found = set()
    members = zip(commit.signatures, validators.members, validators.addresses, strict=True)
    for place, (vote, (key, _), address) in enumerate(members):
        _check_vote(place, vote, address)
        if vote.block_id_flag == BLOCK_ID_FLAG_COMMIT and _holds(key, sign_bytes(chain_id, commit, vote), vote):
            found.add(key)
    return frozenset(found)


def power_of(keys: frozenset[bytes], validators: Validators) -> int:
    """The power that these keys have in a set; who is not in it has none."""
    return sum(validators.powers.get(key, 0) for key in keys)


def _check_vote(place: int, vote: CommitSig, address: bytes) -> None:
    if vote.block_id_flag == BLOCK_ID_FLAG_ABSENT:
        if vote.validator_address or vote.signature:
            raise Rejected("LIGHT-5", f"vote {place} is absent and yet has an address or a signature")
        return
    if vote.block_id_flag not in {BLOCK_ID_FLAG_COMMIT, BLOCK_ID_FLAG_NIL}:
        raise Rejected("LIGHT-5", f"vote {place} is of unknown kind {vote.block_id_flag}")
    if vote.validator_address != address:
        raise Rejected("LIGHT-5", f"vote {place} is not of validator {address.hex()}")
    if len(vote.signature) != SIGNATURE_BYTES:
        raise Rejected("LIGHT-5", f"vote {place} has a signature of {len(vote.signature)} bytes")


def _holds(key: bytes, message: bytes, vote: CommitSig) -> bool:
    try:
        verify_signature(key, message, vote.signature, "LIGHT-5")
    except Rejected:
        return False
    return True


def _canonical(block: BlockID) -> CanonicalBlockID:
    parts = block.part_set_header
    return CanonicalBlockID(hash=block.hash, part_set_header=CanonicalPartSetHeader(total=parts.total, hash=parts.hash))
