"""Validator sets: order, hash, and lists that are none (LIGHT-4)."""

from __future__ import annotations

import random

import pytest

from openmg.errors import Rejected
from openmg.lightclient import Validators, address_of, leaf_hash
from tests.unit.lightclient.signing import KEYS

MOST = (2**63 - 1) // 8


def test_order_is_by_power_then_address() -> None:
    members = [(key, power) for key, power in zip(KEYS, (1, 5, 1, 5, 2, 1, 3, 1, 1), strict=True)]
    expected = Validators(tuple(members))
    assert [power for _, power in expected.members] == [5, 5, 3, 2, 1, 1, 1, 1, 1]
    assert list(expected.addresses[:2]) == sorted(expected.addresses[:2])
    assert list(expected.addresses[4:]) == sorted(expected.addresses[4:])
    for seed in range(5):
        random.Random(seed).shuffle(members)
        assert Validators(tuple(members)) == expected
        assert Validators(tuple(members)).hash == expected.hash
    assert expected.total == 20
    assert expected.addresses == tuple(address_of(key) for key, _ in expected.members)


def test_one_validators_hash_is_its_leaf() -> None:
    key = bytes(range(32))
    message = bytes([0x0A, 34, 0x0A, 32]) + key
    assert Validators(((key, 300),)).hash == leaf_hash(message + bytes([0x10, 0xAC, 0x02]))
    assert Validators.equal([key]).hash == leaf_hash(message + bytes([0x10, 0x01]))


def test_an_address_is_twenty_bytes_of_the_keys_digest() -> None:
    assert address_of(b"").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4"


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ((), "0 validators"),
        (tuple((index.to_bytes(32, "big"), 1) for index in range(256)), "256 validators"),
        (((bytes(31), 1),), "key of 31 bytes"),
        (((bytes(33), 1),), "key of 33 bytes"),
        (((KEYS[0], 0),), "power 0"),
        (((KEYS[0], -1),), "power -1"),
        (((KEYS[0], MOST + 1),), "power 1152921504606846976"),
        (((KEYS[0], 1), (KEYS[0], 1)), "twice"),
        (((KEYS[0], 1), (KEYS[1], 1), (KEYS[0], 2)), "twice"),
        (((KEYS[0], MOST), (KEYS[1], 1)), "together"),
    ],
)
def test_what_is_no_set_is_refused(members: tuple[tuple[bytes, int], ...], reason: str) -> None:
    with pytest.raises(Rejected, match=f"^LIGHT-4: .*{reason}"):
        Validators(members)


def test_the_largest_set_stands() -> None:
    assert Validators.equal([index.to_bytes(32, "big") for index in range(255)]).total == 255
    assert Validators(((KEYS[0], MOST - 1), (KEYS[1], 1))).total == MOST
