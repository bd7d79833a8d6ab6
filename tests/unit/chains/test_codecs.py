"""One encoding for everything: decode(encode(x)) is x, and other bytes are refused or give themselves back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openmg.chains import Block, Genesis
from openmg.chains.board import Board
from openmg.chains.clock import Clock
from openmg.chains.day import DayState
from openmg.chains.epoch import EpochState
from openmg.chains.slot import Gate, Phase, SlotState
from openmg.crypto import SlotSums
from openmg.encoding import Reader, Writer
from openmg.errors import Malformed
from openmg.ledger import Account, Accumulators
from openmg.market import BatteryReading
from openmg.units import Slot, WattHours
from tests.unit.chains import leaves


class Encoded(Protocol):
    def encode(self) -> bytes: ...


KINDS: dict[str, tuple[Callable[[bytes], Encoded], st.SearchStrategy[Any]]] = {
    "account": (Account.decode, leaves.ACCOUNTS),
    "accumulators": (Accumulators.decode, leaves.MONTHS),
    "block": (Block.decode, leaves.BLOCKS),
    "clock": (Clock.decode, leaves.CLOCKS),
    "day": (DayState.decode, leaves.DAYS),
    "epoch": (EpochState.decode, leaves.EPOCHS),
    "genesis": (Genesis.decode, leaves.GENESES),
    "slot": (SlotState.decode, leaves.SLOTS),
}
kinds = pytest.mark.parametrize("kind", KINDS)


@kinds
@settings(max_examples=60)
@given(data=st.data())
def test_what_is_encoded_is_decoded(kind: str, data: st.DataObject) -> None:
    decode, strategy = KINDS[kind]
    value: Encoded = data.draw(strategy)
    encoded = value.encode()
    assert decode(encoded) == value
    with pytest.raises(Malformed):
        decode(encoded + b"\0")
    with pytest.raises(Malformed):
        decode(encoded[:-1])


@kinds
@settings(max_examples=150)
@given(data=st.data())
def test_changed_bytes_are_refused_or_another_value(kind: str, data: st.DataObject) -> None:
    """A bit here or there, bytes lost or gained in the middle: never anything but Malformed."""
    decode, strategy = KINDS[kind]
    encoded = bytearray(data.draw(strategy).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(encoded) - 1))
        encoded[at] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(encoded)))
        encoded[at:at] = data.draw(st.binary(max_size=3))
    try:
        value = decode(bytes(encoded))
    except Malformed:
        return
    assert value.encode() == bytes(encoded)


@kinds
@given(noise=st.binary(max_size=400))
def test_noise_is_malformed(kind: str, noise: bytes) -> None:
    decode, _ = KINDS[kind]
    try:
        value = decode(noise)
    except Malformed:
        return
    assert value.encode() == noise


def test_a_stored_battery_that_did_both_is_malformed() -> None:
    reading = BatteryReading(WattHours(5), WattHours(0), WattHours(9), WattHours(4))
    sums, gate = SlotSums.zero(1), Gate()
    encoded = SlotState(Slot(7), 0, Phase.CLOSED, gate, sums, battery=reading).encode()
    at = encoded.index(bytes([5, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 4]))
    with pytest.raises(Malformed):
        SlotState.decode(encoded[: at + 4] + b"\1" + encoded[at + 5 :])


def test_a_flag_is_zero_or_one() -> None:
    writer = Writer()
    Board().write(writer)
    encoded = writer.done()
    assert Board.read(Reader(encoded, "board")) == Board()
    with pytest.raises(Malformed, match="flag"):
        Board.read(Reader(encoded[:-1] + b"\2", "board"))
