"""CometBFT's JSON, read into the messages that are hashed and signed; every reader raises `Malformed`.

Its conventions: 64-bit integers are texts, hashes and addresses capital hexadecimal, transactions and signatures
base64, times RFC 3339.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from openmg.client.moments import SECOND, read_moment
from openmg.errors import Malformed
from openmg.tendermint.types import types_pb2 as types
from openmg.tendermint.version import types_pb2 as versions

Json = dict[str, Any]


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn whatever goes wrong in taking JSON apart into one error.

    Raises:
        Malformed: a part is missing or of another type.
    """
    try:
        yield
    except (KeyError, IndexError) as error:
        raise Malformed(f"{what}: {error} is missing") from error
    except (TypeError, ValueError, AttributeError, RecursionError, Malformed) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Malformed(f"{what}: {reason[:200]}") from error


def whole(text: object) -> int:
    """A 64-bit integer, which stands as a text."""
    if not isinstance(text, str) or not text.isascii() or not text.removeprefix("-").isdecimal() or len(text) > 20:
        raise Malformed(f"{str(text)[:40]!r}: an integer as a text was expected")
    return int(text)


def small(number: object) -> int:
    """A 32-bit integer, which stands as a number."""
    if type(number) is not int:
        raise Malformed(f"{str(number)[:40]!r}: an integer was expected")
    return number


def text_of(given: object) -> str:
    """A text."""
    if not isinstance(given, str):
        raise Malformed(f"{str(given)[:40]!r}: a text was expected")
    return given


def from_hex(text: object) -> bytes:
    """Bytes in hexadecimal digits."""
    if not isinstance(text, str) or not text.isascii() or not (text.isalnum() or text == ""):
        raise Malformed(f"{str(text)[:40]!r}: hexadecimal digits were expected")
    return bytes.fromhex(text)


def from_base64(text: object) -> bytes:
    """Bytes in base64; null is empty."""
    if text is None:
        return b""
    if not isinstance(text, str):
        raise Malformed(f"{str(text)[:40]!r}: base64 was expected")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise Malformed(f"{text[:40]!r}: base64 was expected") from error


def listed(given: object) -> list[Any]:
    """A list; null is empty."""
    if given is None:
        return []
    if not isinstance(given, list):
        raise Malformed(f"{str(given)[:40]!r}: a list was expected")
    return given


def read_signed_header(given: Json) -> types.SignedHeader:
    """A header and the commit that signs it."""
    return types.SignedHeader(header=read_header(given["header"]), commit=read_commit(given["commit"]))


def read_header(given: Json) -> types.Header:
    """A block's header."""
    version = given["version"]
    return types.Header(
        version=versions.Consensus(block=whole(version["block"]), app=whole(version.get("app", "0"))),
        chain_id=given["chain_id"],
        height=whole(given["height"]),
        time=_timestamp(given["time"]),
        last_block_id=_block_id(given["last_block_id"]),
        last_commit_hash=from_hex(given["last_commit_hash"]),
        data_hash=from_hex(given["data_hash"]),
        validators_hash=from_hex(given["validators_hash"]),
        next_validators_hash=from_hex(given["next_validators_hash"]),
        consensus_hash=from_hex(given["consensus_hash"]),
        app_hash=from_hex(given["app_hash"]),
        last_results_hash=from_hex(given["last_results_hash"]),
        evidence_hash=from_hex(given["evidence_hash"]),
        proposer_address=from_hex(given["proposer_address"]),
    )


def read_commit(given: Json) -> types.Commit:
    """The signatures under a header; who did not sign has an empty one."""
    return types.Commit(
        height=whole(given["height"]),
        round=small(given["round"]),
        block_id=_block_id(given["block_id"]),
        signatures=[_signature(each) for each in listed(given["signatures"])],
    )


def _signature(given: Json) -> types.CommitSig:
    flag: Any = small(given["block_id_flag"])
    return types.CommitSig(
        block_id_flag=flag,
        validator_address=from_hex(given["validator_address"]),
        timestamp=_timestamp(given["timestamp"]),
        signature=from_base64(given["signature"]),
    )


def _block_id(given: Json) -> types.BlockID:
    parts = given["parts"]
    header = types.PartSetHeader(total=small(parts["total"]), hash=from_hex(parts["hash"]))
    return types.BlockID(hash=from_hex(given["hash"]), part_set_header=header)


def _timestamp(given: object) -> dict[str, int]:
    seconds, nanos = divmod(read_moment(text_of(given)), SECOND)
    return {"seconds": seconds, "nanos": nanos}
