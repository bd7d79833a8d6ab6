"""Transactions take exactly one encoding, whoever sends them (WIRE-10, MARKET-3)."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.chains.slot import functional_name, functional_of
from openmg.chains.transactions import (
    Approval,
    Battery,
    DecryptionShare,
    Enrol,
    KeyAnnouncement,
    KeyComplaint,
    KeyConfirmation,
    KeyDeal,
    OpeningClaim,
    Report,
    Subject,
    Unsigned,
    decode,
    share_bytes,
)
from openmg.crypto import sign, signing_public
from openmg.errors import Malformed, Rejected
from openmg.machine import signed_message, transaction_id
from openmg.market import Functional
from tests.unit.chains.leaves import I128, SLOT, U8, U32, U64, WH, WORD

SUBJECT = st.builds(Subject, U8, U64, U32)
NAME = st.binary(min_size=2, max_size=2)
SHARE = st.lists(NAME, max_size=255).flatmap(
    lambda names: st.builds(
        DecryptionShare,
        U8,
        SUBJECT,
        st.just(tuple(names)),
        st.binary(min_size=share_bytes(len(names)), max_size=share_bytes(len(names))),
    )
)
MESSAGES: st.SearchStrategy[Unsigned] = st.one_of(
    st.builds(Enrol, WORD, WORD, U64),
    st.builds(Battery, SLOT, WH, WH, WH, WH),
    st.builds(Approval, U8, WORD),
    st.builds(KeyAnnouncement, U32, U32, U8, WORD),
    st.builds(KeyDeal, U32, U32, U8, st.binary(max_size=300)),
    st.builds(KeyComplaint, U32, U32, U8, U8, st.binary(min_size=128, max_size=128)),
    st.builds(KeyConfirmation, U32, U32, U8),
    SHARE,
    st.builds(OpeningClaim, SUBJECT, NAME, I128),
)
SIGNATURES = {1: 3, 21: 0}


def whole(message: Unsigned) -> bytes:
    return message.encode() + bytes(64 * SIGNATURES.get(message.kind, 1))


@given(MESSAGES)
def test_what_is_encoded_is_decoded(message: Unsigned) -> None:
    raw = whole(message)
    envelope = decode(raw)
    assert envelope.transaction == message
    assert (envelope.raw, envelope.unsigned) == (raw, message.encode())
    assert len(envelope.signatures) == SIGNATURES.get(message.kind, 1)
    assert b"".join((envelope.unsigned, *envelope.signatures)) == raw


@given(MESSAGES, st.data())
def test_other_lengths_are_refused(message: Unsigned, data: st.DataObject) -> None:
    raw = whole(message)
    cut = data.draw(st.integers(0, len(raw) - 1))
    for wrong in (raw[:cut], raw + b"\0", raw + bytes(64)):
        with pytest.raises(Rejected, match="MARKET-3"):
            decode(wrong)


@given(st.binary(max_size=500))
def test_noise_is_refused_or_gives_itself_back(noise: bytes) -> None:
    try:
        envelope = decode(noise)
    except Rejected:
        return
    assert b"".join((envelope.unsigned, *envelope.signatures)) == noise
    if not isinstance(envelope.transaction, Report):
        assert envelope.transaction.encode() == envelope.unsigned


@pytest.mark.parametrize(
    "message",
    [
        Enrol(bytes(32), bytes(32), 2**64),
        Enrol(bytes(32), bytes(32), -1),
        Enrol(bytes(31), bytes(32), 0),
        Approval(256, bytes(32)),
        KeyConfirmation(2**32, 0, 1),
        KeyComplaint(0, 0, 1, 1, bytes(127)),
        OpeningClaim(Subject(0, 0, 0), b"D\x01", 2**127),
        OpeningClaim(Subject(0, 0, 0), b"D\x01", -(2**127) - 1),
        OpeningClaim(Subject(256, 0, 0), b"D\x01", 0),
        DecryptionShare(1, Subject(0, 0, 0), (b"D\x01",), bytes(127)),
        DecryptionShare(1, Subject(0, 0, 0), (b"D\x01",) * 256, bytes(32 * 259)),
    ],
    ids=lambda message: type(message).__name__,
)
def test_what_does_not_fit_is_not_encoded(message: Unsigned) -> None:
    with pytest.raises(Malformed):
        message.encode()


def test_a_signature_covers_chain_kind_and_body() -> None:
    secret, chain = bytes(range(32)), bytes(32)
    unsigned = Approval(1, bytes(32)).encode()
    envelope = decode(unsigned + sign(secret, signed_message(chain, unsigned)))
    envelope.check_signature(chain, 0, signing_public(secret), "KEY-5")
    for other_chain, public in ((b"\1" * 32, signing_public(secret)), (chain, signing_public(bytes(32)))):
        with pytest.raises(Rejected, match="KEY-5"):
            envelope.check_signature(other_chain, 0, public, "KEY-5")
    assert signed_message(chain, unsigned) == b"openmg/1/tx" + chain + unsigned


def test_an_id_is_the_hash_of_the_whole() -> None:
    assert transaction_id(b"abc") == hashlib.sha256(b"abc").digest()


@given(st.sampled_from("DB"), U8)
def test_functionals_have_names(kind: str, rung: int) -> None:
    functional = Functional("D" if kind == "D" else "B", rung)
    assert functional_of(functional_name(functional)) == functional


def test_other_names_are_no_functionals_of_a_slot() -> None:
    with pytest.raises(Malformed):
        functional_of(b"I\0")
