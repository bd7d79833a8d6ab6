"""What CometBFT's RPC answers, as the light client takes it: JSON in, messages out."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from openmg.lightclient import Validators
from openmg.tendermint.types.types_pb2 import BlockID, Commit, CommitSig, Header, PartSetHeader, SignedHeader
from openmg.tendermint.version.types_pb2 import Consensus


@dataclass(frozen=True)
class Answer:
    """One height: its header and commit, the validators that signed, and the transactions."""

    signed: SignedHeader
    validators: Validators
    transactions: tuple[bytes, ...]

    @property
    def time_ns(self) -> int:
        return int(self.signed.header.time.ToNanoseconds())


def answer_of(commit: dict[str, Any], validators: dict[str, Any], block: dict[str, Any]) -> Answer:
    """From the results of /commit, /validators and /block at one height."""
    signed = commit["signed_header"]
    return Answer(
        SignedHeader(header=header_of(signed["header"]), commit=commit_of(signed["commit"])),
        validators_of(validators["validators"], "voting_power"),
        tuple(base64.b64decode(transaction) for transaction in block["block"]["data"]["txs"]),
    )


def validators_of(json: list[dict[str, Any]], power: str = "power") -> Validators:
    """As in a genesis document."""
    return Validators(tuple((base64.b64decode(each["pub_key"]["value"]), int(each[power])) for each in json))


def header_of(json: dict[str, Any]) -> Header:
    hashes = ("last_commit", "data", "validators", "next_validators", "consensus", "app", "last_results", "evidence")
    return Header(
        version=Consensus(block=int(json["version"]["block"]), app=int(json["version"].get("app", 0))),
        chain_id=json["chain_id"],
        height=int(json["height"]),
        time=time_of(json["time"]),
        last_block_id=block_id_of(json["last_block_id"]),
        proposer_address=bytes.fromhex(json["proposer_address"]),
        **{f"{name}_hash": bytes.fromhex(json[f"{name}_hash"]) for name in hashes},
    )


def commit_of(json: dict[str, Any]) -> Commit:
    votes = [
        CommitSig(
            block_id_flag=vote["block_id_flag"],
            validator_address=bytes.fromhex(vote["validator_address"]),
            timestamp=time_of(vote["timestamp"]),
            signature=base64.b64decode(vote["signature"] or ""),
        )
        for vote in json["signatures"]
    ]
    block_id = block_id_of(json["block_id"])
    return Commit(height=int(json["height"]), round=json["round"], block_id=block_id, signatures=votes)


def block_id_of(json: dict[str, Any]) -> BlockID:
    parts = PartSetHeader(total=json["parts"]["total"], hash=bytes.fromhex(json["parts"]["hash"]))
    return BlockID(hash=bytes.fromhex(json["hash"]), part_set_header=parts)


def time_of(text: str) -> dict[str, int]:
    """A timestamp's fields, from RFC 3339 with up to nine digits after the point."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    since = datetime.fromisoformat(whole).replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return {"seconds": since.days * 86_400 + since.seconds, "nanos": int(fraction.ljust(9, "0"))}
