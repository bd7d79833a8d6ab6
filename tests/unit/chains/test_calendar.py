"""Slots, local days, hours and months; what a chain cannot be born with (SLOT-1, ACCOUNT-2)."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.chains import Genesis
from openmg.errors import BadInput, Malformed
from openmg.market import Ladder
from openmg.units import Price, Slot
from tests.unit.chains.leaves import GENESES

KST = 9 * 3600
HOURLY = Genesis(
    name="calendar",
    slot_seconds=3600,
    utc_offset=KST,
    first_slot=Slot(400_000),
    ladder=Ladder((Price(120), Price(150))),
    fee=Price(7),
    tariff=tuple(Price(100 + hour) for hour in range(24)),
    feed_in=Price(90),
    collar_bp=1000,
    gate=60,
    open_ttl=10,
    battery_wait=5,
    key_wait=5,
    min_reports=2,
    active_window=24,
    min_age=96,
    room=10_000,
    pool=None,
    utility=bytes(32),
    authorities=tuple(bytes([index]) * 32 for index in range(1, 8)),
)


@given(GENESES, st.integers(0, 4_000_000))
def test_the_calendar_is_pythons(genesis: Genesis, ahead: int) -> None:
    slot = Slot(genesis.first_slot + ahead)
    local = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(
        seconds=slot * genesis.slot_seconds + genesis.utc_offset
    )
    assert genesis.hour_of(slot) == local.hour
    assert genesis.month_of(slot) == 12 * local.year + local.month - 1
    assert genesis.day_of(slot) == (local.date() - datetime.date(1970, 1, 1)).days
    assert genesis.tariff_of(slot) == genesis.tariff[local.hour]
    assert genesis.slot_at(genesis.starts(slot)) == slot
    assert genesis.slot_at(genesis.starts(slot) + genesis.slot_seconds - 1) == slot
    following = local + datetime.timedelta(seconds=genesis.slot_seconds)
    assert genesis.ends_day(slot) == (following.date() != local.date())


def test_a_korean_day_ends_at_its_own_midnight() -> None:
    """31 December 2026 ends in Seoul at 15:00 UTC."""
    midnight = int(datetime.datetime(2026, 12, 31, 15, tzinfo=datetime.UTC).timestamp()) // 3600
    last = Slot(midnight - 1)
    assert HOURLY.ends_day(last)
    assert not HOURLY.ends_day(Slot(midnight))
    assert (HOURLY.hour_of(last), HOURLY.hour_of(Slot(midnight))) == (23, 0)
    assert HOURLY.month_of(Slot(midnight)) == HOURLY.month_of(last) + 1 == 12 * 2027


@pytest.mark.parametrize(("count", "threshold", "faults"), [(1, 1, 0), (2, 2, 0), (4, 3, 1), (7, 5, 2), (10, 7, 3)])
def test_threshold_and_faults(count: int, threshold: int, faults: int) -> None:
    genesis = replace(HOURLY, authorities=tuple(bytes([index]) * 32 for index in range(count)))
    assert (genesis.threshold, genesis.faults) == (threshold, faults)


def test_the_collateral_rate_covers_the_dearest_price_and_the_fee() -> None:
    assert HOURLY.collateral_rate == 65536 * (150 + 7)


@pytest.mark.parametrize(
    "changes",
    [
        {"slot_seconds": 0},
        {"slot_seconds": 301},
        {"authorities": ()},
        {"authorities": tuple(index.to_bytes(32, "big") for index in range(65))},
        {"authorities": (bytes(32), bytes(32))},
        {"tariff": (Price(1),) * 23},
        {"tariff": (Price(2**20 + 1),) * 24},
        {"fee": Price(2**20 + 1)},
        {"feed_in": Price(2**64 - 1)},
        {"first_slot": Slot(0)},
        {"first_slot": Slot(2**64 - 1)},
        {"first_slot": Slot(1), "utc_offset": -43_200},
        {"utc_offset": -(2**31)},
        {"gate": 0},
        {"open_ttl": 0},
        {"battery_wait": 0},
        {"key_wait": 0},
        {"min_reports": 0},
    ],
    ids=str,
)
def test_a_chain_that_could_not_live_is_not_born(changes: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        replace(HOURLY, **changes)  # type: ignore[arg-type]


def test_bytes_of_an_impossible_genesis_are_malformed() -> None:
    encoded = HOURLY.encode()
    at = 2 + len(HOURLY.name)
    with pytest.raises(Malformed, match="slot_seconds"):
        Genesis.decode(encoded[:at] + (301).to_bytes(4, "little") + encoded[at + 4 :])
    with pytest.raises(Malformed):
        Genesis.decode(encoded[:2] + b"\xff" + encoded[3:])
    ladder_at = at + 16 + 1
    with pytest.raises(Malformed, match="level"):
        Genesis.decode(encoded[:ladder_at] + bytes(8) + encoded[ladder_at + 8 :])


@given(GENESES, st.integers(0, 3))
def test_every_parameter_is_part_of_the_chains_name(genesis: Genesis, which: int) -> None:
    changed = [
        {"name": genesis.name + "x"},
        {"room": genesis.room ^ 1},
        {"fee": Price(genesis.fee ^ 1)},
        {"utility": bytes([genesis.utility[0] ^ 1]) + genesis.utility[1:]},
    ][which]
    assert replace(genesis, **changed).chain != genesis.chain  # type: ignore[arg-type]
