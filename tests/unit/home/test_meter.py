"""The meter: signs what it metered, for the slot and the key that it was asked for, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from openmg.crypto import GENERATOR, Vault
from openmg.errors import BadInput
from openmg.home import Meter
from openmg.units import Slot, WattHours

READINGS = {Slot(5): (WattHours(120), WattHours(0))}
CHAIN, ACCOUNT = bytes(32), bytes([1]) * 32


def test_the_key_is_kept_and_never_in_the_clear(tmp_path: Path) -> None:
    path = tmp_path / "meter.key"
    meter = Meter.create(path, "passphrase", READINGS)
    assert Meter.open(path, "passphrase", READINGS) == meter
    assert meter.secret not in path.read_bytes()
    assert meter.secret.hex().encode() not in path.read_bytes()
    with pytest.raises(BadInput, match="wrong passphrase"):
        Meter.open(path, "other", READINGS)
    with pytest.raises(BadInput, match="cannot be read"):
        Meter.open(tmp_path / "none", "passphrase", READINGS)
    for content in (b"{}", b"[]", b'{"meter": 5}', b'{"meter": "x"}', b"\xff"):
        Vault.create(path, "passphrase").write(content)
        with pytest.raises(BadInput, match="not a meter's key file"):
            Meter.open(path, "passphrase", READINGS)


def test_two_readings_of_one_slot_look_unrelated() -> None:
    meter = Meter(bytes([3]) * 32, READINGS)
    first, second = (meter.read(CHAIN, ACCOUNT, Slot(5), GENERATOR) for _ in range(2))
    assert first != second


def test_a_slot_without_a_reading_is_named() -> None:
    with pytest.raises(BadInput, match="no reading for slot 6"):
        Meter(bytes([3]) * 32, READINGS).read(CHAIN, ACCOUNT, Slot(6), GENERATOR)
