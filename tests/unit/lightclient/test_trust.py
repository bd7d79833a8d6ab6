"""From one header to a later one, each rule broken alone on headers truly signed (LIGHT-6 to LIGHT-11)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from openmg.errors import Rejected
from openmg.lightclient import Trusted, Validators, first, header_hash, verify
from tests.unit.lightclient.signing import (
    CHAIN_ID,
    FOUR,
    GENESIS,
    KEYS,
    NOW,
    SECOND,
    START,
    chain_of,
    equal,
    header_at,
    refused,
    signed_by,
    some,
)


@pytest.mark.parametrize("height", [2, 3, 90])
def test_a_header_that_keeps_every_rule_is_trusted(height: int) -> None:
    header = header_at(height, FOUR)
    trusted = verify(START, signed_by(header, FOUR), FOUR, NOW)
    expected = Trusted(
        chain_id=CHAIN_ID,
        height=height,
        time_ns=GENESIS + height * SECOND,
        app_hash=some(f"root {height}"),
        validators=FOUR,
        next_hash=FOUR.hash,
        header_hash=header_hash(header),
    )
    assert trusted == expected


def test_height_goes_forward() -> None:
    later = verify(START, signed_by(header_at(5, FOUR), FOUR), FOUR, NOW)
    for height in (5, 4, 1):
        header = header_at(height, FOUR)
        header.time.FromNanoseconds(later.time_ns + SECOND)
        refused("LIGHT-6", signed_by(header, FOUR), trusted=later)


@pytest.mark.parametrize("height", [2, 9])
def test_time_goes_forward(height: int) -> None:
    for late in (0, 1):
        header = header_at(height, FOUR)
        header.time.FromNanoseconds(START.time_ns - late)
        refused("LIGHT-6", signed_by(header, FOUR))
    header.time.FromNanoseconds(START.time_ns + 1)
    assert verify(START, signed_by(header, FOUR), FOUR, NOW).time_ns == START.time_ns + 1


@pytest.mark.parametrize("height", [2, 9])
def test_a_header_from_the_future_is_refused(height: int) -> None:
    header = header_at(height, FOUR)
    header.time.FromNanoseconds(NOW + 10 * SECOND)
    refused("LIGHT-7", signed_by(header, FOUR))
    with pytest.raises(Rejected, match="LIGHT-7"):
        first(CHAIN_ID, FOUR, signed_by(header, FOUR), NOW)
    header.time.FromNanoseconds(NOW + 10 * SECOND - 1)
    assert verify(START, signed_by(header, FOUR), FOUR, NOW).height == height


@pytest.mark.parametrize("height", [2, 9])
def test_trust_ends(height: int) -> None:
    signed = signed_by(header_at(height, FOUR), FOUR)
    end = START.time_ns + 32 * 3600 * SECOND
    assert verify(START, signed, FOUR, end - 1).height == height
    with pytest.raises(Rejected, match="LIGHT-8"):
        verify(START, signed, FOUR, end)
    assert first(CHAIN_ID, FOUR, signed, end).height == height


def test_validators_change_as_the_header_before_said() -> None:
    sets = [FOUR, equal(0, 1, 2, 4), equal(0, 1, 4, 5), equal(4, 5, 6, 7)]
    trusted = START = first(CHAIN_ID, FOUR, chain_of(sets)[0], NOW)
    for signed, validators in zip(chain_of(sets)[1:], sets[1:], strict=True):
        trusted = verify(trusted, signed, validators, NOW)
    assert trusted.validators == sets[-1]
    unannounced = equal(0, 1, 2, 5)
    refused("LIGHT-9", signed_by(header_at(2, unannounced), unannounced), unannounced, START)


def test_more_than_a_third_of_those_trusted_must_have_signed() -> None:
    two_stay, one_stays, none_stay = equal(0, 1, 4, 5), equal(0, 4, 5, 6), equal(4, 5, 6, 7)
    assert verify(START, signed_by(header_at(9, two_stay), two_stay), two_stay, NOW).validators == two_stay
    for others in (one_stays, none_stay):
        refused("LIGHT-10", signed_by(header_at(9, others), others), others)
    # Listed is not signed: of the two who stay one is silent.
    place = [key for key, _ in two_stay.members].index(KEYS[0])
    refused("LIGHT-10", signed_by(header_at(9, two_stay), two_stay, absent=[place]), two_stay)
    refused("LIGHT-10", signed_by(header_at(9, two_stay), two_stay, nil=[place]), two_stay)


def test_a_third_exactly_is_not_enough_to_skip() -> None:
    three, others = equal(0, 1, 2), equal(0, 3, 4)
    start = first(CHAIN_ID, three, signed_by(header_at(1, three), three), NOW)
    refused("LIGHT-10", signed_by(header_at(9, others), others), others, start)


def test_the_power_that_counts_is_the_one_that_was_trusted() -> None:
    grown = Validators(((KEYS[0], 1000), (KEYS[4], 1)))
    refused("LIGHT-10", signed_by(header_at(9, grown), grown), grown)


@pytest.mark.parametrize("height", [1, 7])
def test_the_genesis_validators_vouch_for_any_height_of_theirs(height: int) -> None:
    signed = signed_by(header_at(height, FOUR), FOUR, absent=[2])
    assert first(CHAIN_ID, FOUR, signed, NOW).height == height
    for clause, chain_id, validators, given in [
        ("LIGHT-2", "openmg-other", FOUR, signed),
        ("LIGHT-4", CHAIN_ID, equal(0, 1, 2, 4), signed),
        ("LIGHT-5", CHAIN_ID, FOUR, signed_by(header_at(height, FOUR), FOUR, absent=[1, 2])),
    ]:
        with pytest.raises(Rejected, match=f"{clause}:"):
            first(chain_id, validators, given, NOW)


def test_what_is_trusted_is_a_value() -> None:
    again = verify(START, signed_by(header_at(2, FOUR), FOUR), FOUR, NOW)
    assert again == verify(START, signed_by(header_at(2, FOUR), FOUR, absent=[0]), FOUR, NOW)
    assert again != replace(again, height=3)
