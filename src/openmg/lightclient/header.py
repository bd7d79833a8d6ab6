"""A block's header as CometBFT hashes it, and the form that it must have (LIGHT-1 to LIGHT-3)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from openmg.errors import Rejected
from openmg.lightclient.merkle import root_of
from openmg.lightclient.validators import ADDRESS_BYTES
from openmg.tendermint.types.types_pb2 import BlockID, Commit, Header, PartSetHeader, SignedHeader
from openmg.tendermint.version.types_pb2 import Consensus

BLOCK_PROTOCOL: Final = 11
HASH_BYTES: Final = 32
SECOND_NS: Final = 10**9
# The last second of the year 9999, beyond which CometBFT's own times end.
LAST_SECOND: Final = 253_402_300_799
# Tags of field 1 of CometBFT's wrappers around a header's single values.
INTEGER_TAG: Final = b"\x08"
BYTES_TAG: Final = b"\x0a"


def header_hash(header: Header) -> bytes:
    """The block's hash: the root over the header's fields, each in its own encoding."""
    return root_of(
        [
            Consensus(block=header.version.block, app=header.version.app).SerializeToString(),
            _wrapped(header.chain_id.encode()),
            INTEGER_TAG + uvarint(header.height) if header.height else b"",
            header.time.SerializeToString(),
            _whole(header.last_block_id).SerializeToString(),
            _wrapped(header.last_commit_hash),
            _wrapped(header.data_hash),
            _wrapped(header.validators_hash),
            _wrapped(header.next_validators_hash),
            _wrapped(header.consensus_hash),
            _wrapped(header.app_hash),
            _wrapped(header.last_results_hash),
            _wrapped(header.evidence_hash),
            _wrapped(header.proposer_address),
        ]
    )


def data_hash(transactions: Sequence[bytes]) -> bytes:
    """What a header calls `data_hash`: the root over the transactions' SHA-256."""
    return root_of([hashlib.sha256(transaction).digest() for transaction in transactions])


def header_time(header: Header) -> int:
    """The header's time in ns since the Unix epoch."""
    seconds, nanos = int(header.time.seconds), int(header.time.nanos)
    return seconds * SECOND_NS + nanos


def uvarint(value: int) -> bytes:
    """Protobuf's variable-length integer; a negative one in two's complement of 64 bits."""
    value %= 2**64
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def check_form(header: Header) -> None:
    """A header that CometBFT could have made.

    Raises:
        Rejected: `LIGHT-1`.
    """
    if header.version.block != BLOCK_PROTOCOL:
        raise Rejected("LIGHT-1", f"block protocol {header.version.block}; {BLOCK_PROTOCOL} was expected")
    if header.height < 1:
        raise Rejected("LIGHT-1", f"a header of height {header.height}")
    if not 0 <= header.time.seconds <= LAST_SECOND or not 0 <= header.time.nanos < SECOND_NS:
        raise Rejected("LIGHT-1", "the header's time is no time since 1970")
    for name in ("validators_hash", "next_validators_hash"):
        if len(getattr(header, name)) != HASH_BYTES:
            raise Rejected("LIGHT-1", f"{name} of {len(getattr(header, name))} bytes")
    hashes = {name: getattr(header, name) for name in ("last_commit_hash", "data_hash", "evidence_hash")}
    hashes |= {name: getattr(header, name) for name in ("consensus_hash", "last_results_hash")}
    hashes |= {"last_block_id": header.last_block_id.hash, "its parts": header.last_block_id.part_set_header.hash}
    for name, value in hashes.items():
        if len(value) not in {0, HASH_BYTES}:
            raise Rejected("LIGHT-1", f"{name} of {len(value)} bytes")
    if len(header.proposer_address) != ADDRESS_BYTES:
        raise Rejected("LIGHT-1", f"a proposer's address of {len(header.proposer_address)} bytes")


def check_signed(chain_id: str, signed: SignedHeader) -> bytes:
    """Check that header and commit are of this chain and belong together; returns the header's hash.

    Raises:
        Rejected: `LIGHT-1`, `LIGHT-2` (another chain) or `LIGHT-3` (a commit for another block).
    """
    header, commit = signed.header, signed.commit
    check_form(header)
    if header.chain_id != chain_id:
        raise Rejected("LIGHT-2", f"a header of another chain than {chain_id}")
    _check_commit(commit)
    if commit.height != header.height:
        raise Rejected("LIGHT-3", f"a commit of height {commit.height} for a header of height {header.height}")
    found = header_hash(header)
    if commit.block_id.hash != found:
        raise Rejected("LIGHT-3", f"the commit is for block {commit.block_id.hash.hex()}, the header is {found.hex()}")
    return found


def check_transactions(header: Header, transactions: Sequence[bytes]) -> None:
    """Check that these are the block's transactions, all of them, in order.

    Raises:
        Rejected: `LIGHT-12`.
    """
    if data_hash(transactions) != header.data_hash:
        raise Rejected("LIGHT-12", f"these are not the transactions of block {header.height}")


def _check_commit(commit: Commit) -> None:
    block = commit.block_id
    if commit.round < 0:
        raise Rejected("LIGHT-1", f"a commit of round {commit.round}")
    parts = block.part_set_header
    if (len(block.hash), len(parts.hash)) != (HASH_BYTES, HASH_BYTES) or parts.total == 0:
        raise Rejected("LIGHT-1", "a commit whose block id is not complete")


def _whole(block: BlockID) -> BlockID:
    # CometBFT always writes the inner message, even an empty one; protobuf writes it once it is set.
    parts = PartSetHeader(total=block.part_set_header.total, hash=block.part_set_header.hash)
    return BlockID(hash=block.hash, part_set_header=parts)


def _wrapped(value: bytes) -> bytes:
    return BYTES_TAG + uvarint(len(value)) + value if value else b""
