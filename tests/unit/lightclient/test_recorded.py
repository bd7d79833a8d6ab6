"""What real CometBFT nodes answered once, and every byte of it altered (LIGHT-1 to LIGHT-12).

`python -m tests.chain.kvstore` records the answers anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from google.protobuf.message import DecodeError

from openmg.errors import Rejected
from openmg.lightclient import Trusted, Validators, check_transactions, data_hash, first, header_hash, verify
from openmg.tendermint.types.types_pb2 import SignedHeader
from openmg.tendermint.types.validator_pb2 import BLOCK_ID_FLAG_ABSENT
from tests.unit.lightclient.answers import Answer, answer_of, validators_of

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "lightclient"


@dataclass(frozen=True)
class Recorded:
    chain_id: str
    validators: Validators
    answers: dict[int, Answer]
    now_ns: int

    def first(self, height: int = 1) -> Trusted:
        return first(self.chain_id, self.validators, self.answers[height].signed, self.now_ns)

    def verify(self, trusted: Trusted, height: int) -> Trusted:
        return verify(trusted, self.answers[height].signed, self.answers[height].validators, self.now_ns)


def read(name: str) -> Recorded:
    vector = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
    answers = [answer_of(each["commit"], each["validators"], each["block"]) for each in vector["answers"]]
    by_height = {answer.signed.header.height: answer for answer in answers}
    now_ns = max(answer.time_ns for answer in answers) + 1
    return Recorded(vector["genesis"]["chain_id"], validators_of(vector["genesis"]["validators"]), by_height, now_ns)


RECORDED = {name: read(name) for name in ("one", "four")}
HEIGHTS = [(name, height) for name, recorded in RECORDED.items() for height in recorded.answers]


@pytest.mark.parametrize(("name", "height"), HEIGHTS)
def test_hashes_are_those_of_the_nodes(name: str, height: int) -> None:
    answer = RECORDED[name].answers[height]
    header = answer.signed.header
    assert header_hash(header) == answer.signed.commit.block_id.hash
    assert header.validators_hash == answer.validators.hash
    assert header.data_hash == data_hash(answer.transactions)
    check_transactions(header, answer.transactions)
    for others in (answer.transactions[1:], (*answer.transactions, b"moon=3"), (b"", *answer.transactions)):
        if others != answer.transactions:
            with pytest.raises(Rejected, match="LIGHT-12"):
                check_transactions(header, others)


@pytest.mark.parametrize(("name", "height"), [(name, height) for name, height in HEIGHTS if height > 1])
def test_every_height_follows_from_every_earlier_one(name: str, height: int) -> None:
    recorded = RECORDED[name]
    found = {recorded.verify(recorded.first(), height)}
    for earlier in recorded.answers:
        if 1 < earlier < height:
            found.add(recorded.verify(recorded.verify(recorded.first(), earlier), height))
    assert len(found) == 1


def test_the_recording_has_something_of_everything() -> None:
    answers = RECORDED["four"].answers.values()
    votes = [vote.block_id_flag for answer in answers for vote in answer.signed.commit.signatures]
    assert BLOCK_ID_FLAG_ABSENT in votes
    assert any(answer.signed.commit.round for answer in answers)
    assert any(len(answer.transactions) > 1 for answer in answers)
    assert any(not answer.transactions for answer in answers)
    assert len({answer.validators.hash for answer in answers}) == 2


def test_the_genesis_validators_do_not_vouch_for_their_successors() -> None:
    recorded = RECORDED["four"]
    changed = [height for height, answer in recorded.answers.items() if answer.validators != recorded.validators]
    with pytest.raises(Rejected, match="LIGHT-4"):
        recorded.first(min(changed))
    assert recorded.verify(recorded.first(), min(changed)).validators != recorded.validators


@pytest.mark.parametrize("name", RECORDED)
def test_no_altered_byte_leads_to_another_belief(name: str) -> None:
    recorded = RECORDED[name]
    before, height = recorded.first(), max(recorded.answers)
    answer = recorded.answers[height]
    belief = recorded.verify(before, height)
    data = answer.signed.SerializeToString()
    for at, byte in enumerate(data):
        altered = data[:at] + bytes([byte ^ 1 << at % 8]) + data[at + 1 :]
        try:
            found = verify(before, SignedHeader.FromString(altered), answer.validators, recorded.now_ns)
        except (DecodeError, Rejected):
            continue
        # What was altered is a vote that was not needed, or a field that nobody knows.
        assert found == belief


@pytest.mark.parametrize("name", RECORDED)
def test_no_part_of_a_header_is_enough(name: str) -> None:
    recorded = RECORDED[name]
    before, height = recorded.first(), max(recorded.answers)
    answer = recorded.answers[height]
    whole = answer.signed
    for cut in (
        SignedHeader(),
        SignedHeader(header=whole.header),
        SignedHeader(commit=whole.commit),
        SignedHeader(header=whole.header, commit=recorded.answers[1].signed.commit),
        SignedHeader(header=recorded.answers[1].signed.header, commit=whole.commit),
    ):
        with pytest.raises(Rejected, match="LIGHT-"):
            verify(before, cut, answer.validators, recorded.now_ns)
    for field in whole.header.DESCRIPTOR.fields:
        header = type(whole.header).FromString(whole.header.SerializeToString())
        header.ClearField(field.name)
        with pytest.raises(Rejected, match=r"LIGHT-[123]:"):
            verify(before, SignedHeader(header=header, commit=whole.commit), answer.validators, recorded.now_ns)
