"""Whatever a transaction says, the chain refuses it by a clause or takes it; nothing makes it stop."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openmg.chains.reports import MOST_PENDING
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
    Subject,
    Unsigned,
    share_bytes,
)
from openmg.crypto import IDENTITY
from openmg.ledger import Locked
from openmg.units import Slot, WattHours
from tests.chain.town import FIRST, Town, home_of, seed

U8 = st.sampled_from([0, 1, 2, 4, 5, 63, 64, 65, 255])
U32 = st.sampled_from([0, 1, 2, 2**31, 2**32 - 2, 2**32 - 1])
U64 = st.sampled_from([0, 1, FIRST - 1, FIRST, FIRST + 1, 2**31, 2**63 - 1, 2**63, 2**64 - 1])
I128 = st.sampled_from([0, 1, -1, 2**64, -(2**127), 2**127 - 1])
KEYS = st.sampled_from([bytes(32), b"\xff" * 32, (1).to_bytes(32, "little"), home_of("east").account, seed("x")])
NAMES = st.sampled_from(
    [b"D\x00", b"D\x01", b"D\x02", b"B\x02", b"D\xff", b"I\x00", b"T\x00", b"\x00\x00", b"\xff\xff"]
)
SUBJECTS = st.builds(Subject, st.sampled_from([0, 1, 2, 255]), U64, U32)
SHORT = st.binary(max_size=300)


def shares(authority: int, subject: Subject, names: list[bytes], fill: int) -> DecryptionShare:
    return DecryptionShare(authority, subject, tuple(names), bytes([fill]) * share_bytes(len(names)))


MESSAGES: st.SearchStrategy[Unsigned] = st.one_of(
    st.builds(Enrol, KEYS, KEYS, U64),
    st.builds(
        lambda slot, wh: Battery(Slot(slot), *(WattHours(each) for each in wh)), U64, st.tuples(U32, U32, U32, U32)
    ),
    st.builds(Approval, U8, KEYS),
    st.builds(KeyAnnouncement, U32, U32, U8, KEYS),
    st.builds(KeyDeal, U32, U32, U8, SHORT),
    st.builds(KeyComplaint, U32, U32, U8, U8, st.binary(min_size=128, max_size=128)),
    st.builds(KeyConfirmation, U32, U32, U8),
    st.builds(shares, U8, SUBJECTS, st.lists(NAMES, max_size=255), st.sampled_from([0, 1, 255])),
    st.builds(OpeningClaim, SUBJECTS, NAMES, I128),
)
SIGNERS = st.sampled_from(["authority", "utility", "battery", "nobody"])


def signed(town: Town, message: Unsigned, signer: str) -> bytes:
    """Signed by whom it takes, as far as that is possible, or by somebody else."""
    east = home_of("east")
    if isinstance(message, OpeningClaim):
        return message.encode()
    if isinstance(message, Enrol):
        return town.signed(message, seed(signer), east.meter.secret, east.wallet.account_secret)
    if signer == "authority":
        return town.by(max(1, min(getattr(message, "authority", 1), 4)), message)
    return town.signed(message, seed(signer))


@pytest.mark.parametrize("stage", ["new", "town", "open", "closed", "pool"])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(messages=st.lists(st.tuples(MESSAGES, SIGNERS), min_size=1, max_size=12), noise=st.lists(SHORT, max_size=6))
def test_no_transaction_stops_the_chain(
    stage: str, request: pytest.FixtureRequest, messages: list[tuple[Unsigned, str]], noise: list[bytes]
) -> None:
    name = {"new": "new_town", "town": "town", "open": "open_town", "closed": "closed_town", "pool": "pool_town"}[stage]
    town: Town = request.getfixturevalue(name)
    raws = [*(signed(town, message, signer) for message, signer in messages), *noise]
    assert len(town.chain.check(raws)) == len(raws)
    outcome = town.block(*raws, time=max(town.now, 1))
    assert len(outcome.verdicts) == len(raws)
    for raw, verdict in zip(town.blocks[-1].transactions, outcome.verdicts, strict=True):
        assert verdict is None or verdict.clause.split("-")[0] in {"MARKET", "KEY", "ACCOUNT", "SLOT", "POOL"}, raw


@pytest.mark.parametrize("stage", ["open_town", "closed_town", "pool_town", "town"])
def test_a_truncated_or_changed_transaction_stops_nothing(
    stage: str, request: pytest.FixtureRequest, proved: tuple[bytes, ...]
) -> None:
    town: Town = request.getfixturevalue(stage)
    dice = random.Random(stage)
    honest = [*town.said(), *proved, town.enrolment(home_of("newcomer"))]
    hostile = []
    for raw in honest:
        hostile += [raw[:length] for length in (0, 1, 2, 9, 60, 61, 64, 65, len(raw) - 64, len(raw) - 1)]
        hostile += [raw + bytes(length) for length in (1, 64)]
        for _ in range(6):
            at = dice.randrange(len(raw))
            hostile.append(raw[:at] + bytes([raw[at] ^ 1 << dice.randrange(8)]) + raw[at + 1 :])
    hostile += [bytes([kind]) for kind in range(256)] + [bytes([kind]) + bytes(400) for kind in range(256)]
    assert None not in town.chain.check(hostile)
    assert None not in town.block(*hostile, time=town.now).verdicts


@pytest.mark.parametrize("kind", [0, 5, 15, 22, 255])
def test_a_transaction_of_unknown_kind_is_refused(town: Town, kind: int) -> None:
    assert town.verdict(bytes([kind]) + bytes(100)) == "MARKET-3"


def test_an_empty_transaction_is_refused(town: Town) -> None:
    assert town.verdict(b"") == "MARKET-3"


def test_a_trailing_byte_is_refused_in_every_kind(town: Town) -> None:
    for message in (
        Approval(1, bytes(32)),
        Enrol(bytes(32), bytes(32), 0),
        Battery(FIRST, *(WattHours(0),) * 4),
        KeyAnnouncement(0, 0, 1, bytes(32)),
        KeyDeal(0, 0, 1, b""),
        KeyConfirmation(0, 0, 1),
        shares(1, Subject(0, FIRST, 0), [b"D\x01"], 0),
        OpeningClaim(Subject(0, FIRST, 0), b"D\x01", 0),
    ):
        raw = signed(town, message, "authority")
        assert town.verdicts(raw + b"\0", raw[:-1]) == ["MARKET-3", "MARKET-3"], message


def test_reports_that_wait_are_bounded(town: Town) -> None:
    """After a long halt many gates are open at once; the leaf of an account counts what waits in one byte."""
    town.block(time=town.genesis.starts(Slot(FIRST + MOST_PENDING + 2)))
    registry = town.chain.state.registry
    full = tuple(Locked(Slot(FIRST + past), IDENTITY, bytes(32)) for past in range(MOST_PENDING))
    registry.replace(0, replace(registry[0], locked=full))
    home = town.homes[0].metered(FIRST + MOST_PENDING, 10, 0)
    report = town.report(home, FIRST + MOST_PENDING)
    assert town.verdict(report) == "ACCOUNT-9"
    registry.replace(0, replace(registry[0], locked=full[1:]))
    assert town.verdict(report) is None


def test_a_day_of_silence_stops_nothing(town: Town) -> None:
    """300 slots without a block or a report, all void in order."""
    town.block(time=town.genesis.starts(Slot(FIRST + 300)))
    town.block(time=town.now + 60)
    town.block(time=town.now)
    assert town.chain.state.head >= FIRST + 299
    assert all(slot.final for slot in town.chain.state.slots[:299])
