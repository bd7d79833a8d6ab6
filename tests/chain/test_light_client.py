"""The light client against real CometBFT nodes (LIGHT-1 to LIGHT-12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from openmg.errors import Rejected
from openmg.lightclient import Trusted, Validators, check_transactions, first, header_hash, verify
from tests.chain.kvstore import live_a_little, network
from tests.unit.lightclient.answers import Answer, validators_of


@dataclass(frozen=True)
class Life:
    """What a network's first node says of its blocks."""

    chain_id: str
    validators: Validators
    answers: dict[int, Answer]

    @property
    def now_ns(self) -> int:
        return max(answer.time_ns for answer in self.answers.values()) + 1

    def first(self, height: int = 1) -> Trusted:
        return first(self.chain_id, self.validators, self.answers[height].signed, self.now_ns)

    def follow(self, trusted: Trusted, height: int) -> Trusted:
        answer = self.answers[height]
        return verify(trusted, answer.signed, answer.validators, self.now_ns)


@pytest.fixture(scope="module", params=[1, 4], ids=["alone", "four"])
def life(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    with network(tmp_path_factory.mktemp("kvstore"), request.param) as nodes:
        newest = max(live_a_little(nodes))
        answers = {height: nodes.answer(height) for height in range(1, newest + 1)}
        yield Life(nodes.genesis["chain_id"], validators_of(nodes.genesis["validators"]), answers)


def test_hashes_are_those_of_the_nodes(life: Life) -> None:
    for height, answer in life.answers.items():
        header = answer.signed.header
        assert header_hash(header) == answer.signed.commit.block_id.hash
        assert header.validators_hash == answer.validators.hash
        check_transactions(header, answer.transactions)
        if height > 1:
            before = life.answers[height - 1].signed
            assert header.last_block_id == before.commit.block_id
            assert before.header.next_validators_hash == answer.validators.hash
    assert any(answer.transactions for answer in life.answers.values())


def test_headers_follow_one_another_and_may_be_skipped(life: Life) -> None:
    trusted = life.first()
    for height in range(2, len(life.answers) + 1):
        trusted = life.follow(trusted, height)
        assert trusted == life.follow(life.first(), height)
        assert trusted.app_hash == life.answers[height].signed.header.app_hash


def test_another_networks_word_counts_for_nothing(life: Life) -> None:
    stranger = Validators.equal([bytes([index]) * 32 for index in range(4)])
    with pytest.raises(Rejected, match="LIGHT-4"):
        first(life.chain_id, stranger, life.answers[1].signed, life.now_ns)
    with pytest.raises(Rejected, match="LIGHT-2"):
        first(life.chain_id + "x", life.validators, life.answers[1].signed, life.now_ns)
