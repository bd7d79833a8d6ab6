"""One table of kinds for each chain: a transaction has one encoding, and its signatures cover all of it (WIRE-10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.crypto import sign, signing_public
from openmg.encoding import Reader, Writer
from openmg.errors import Rejected
from openmg.machine import KindTable, Tick, check_tick, signed_message

CHAIN = bytes(range(32))
SECRETS = [bytes([index]) * 32 for index in (1, 2, 3)]
KEYS = [signing_public(secret) for secret in SECRETS]


@dataclass(frozen=True)
class Vote:
    """Something that an authority says."""

    kind: ClassVar[int] = 40
    authority: int
    text: bytes

    def encode(self) -> bytes:
        return Writer().integer(self.kind, 1).integer(self.authority, 1).sized(self.text).done()

    @classmethod
    def read(cls, reader: Reader) -> Vote:
        return cls(reader.integer(1), reader.sized())


@dataclass(frozen=True)
class Claim:
    """Something that proves itself."""

    kind: ClassVar[int] = 41
    value: int

    def encode(self) -> bytes:
        return Writer().integer(self.kind, 1).integer(self.value, 8).done()

    @classmethod
    def read(cls, reader: Reader) -> Claim:
        return cls(reader.integer(8))


Said = Vote | Claim | Tick
TABLE: KindTable[Said] = KindTable.of("LEARN-2", (Vote, Claim, Tick), {Claim.kind: 0})


@given(st.builds(Vote, st.integers(0, 255), st.binary(max_size=9)) | st.builds(Claim, st.integers(0, 2**64 - 1)))
def test_what_is_encoded_is_decoded(message: Said) -> None:
    signatures = bytes(64 * (message.kind != Claim.kind))
    envelope = TABLE.decode(message.encode() + signatures)
    assert (envelope.transaction, envelope.unsigned) == (message, message.encode())
    assert b"".join(envelope.signatures) == signatures
    for wrong in (message.encode()[:-1] + signatures, message.encode() + b"\0" + signatures):
        with pytest.raises(Rejected, match="LEARN-2"):
            TABLE.decode(wrong)


@pytest.mark.parametrize("raw", [b"", b"\x01", b"\x28", bytes(64), b"\xff" * 200])
def test_what_is_no_transaction_is_refused_with_the_chains_own_clause(raw: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        TABLE.decode(raw)
    assert caught.value.clause == "LEARN-2"


def test_two_kinds_with_one_byte_are_no_table() -> None:
    with pytest.raises(AssertionError):
        KindTable.of("LEARN-2", (Vote, Vote))


def test_an_authority_signs_for_itself() -> None:
    unsigned = Vote(2, b"yes").encode()
    envelope = TABLE.decode(unsigned + sign(SECRETS[1], signed_message(CHAIN, unsigned)))
    envelope.check_authority(CHAIN, KEYS, 2, "LEARN-0")
    for chain, keys, index in ((CHAIN, KEYS, 1), (CHAIN, KEYS, 0), (CHAIN, KEYS, 4), (bytes(32), KEYS, 2)):
        with pytest.raises(Rejected, match="LEARN-0"):
            envelope.check_authority(chain, keys, index, "LEARN-0")


def test_a_tick_names_the_newest_change() -> None:
    check_tick(Tick(1, 9), 9)
    for height in (10, 11):
        check_tick(Tick(1, height), 9, lagging=True)
        with pytest.raises(Rejected, match="SLOT-7"):
            check_tick(Tick(1, height), 9)
    for height in (8, 12):
        with pytest.raises(Rejected, match="SLOT-7"):
            check_tick(Tick(1, height), 9, lagging=True)
