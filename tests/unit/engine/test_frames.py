"""Frames on the application's socket: whole, cut anywhere, or none at all."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.engine.cometbft.frames import MOST_BYTES, FrameReader, frame
from openmg.errors import Malformed

messages = st.lists(st.binary(max_size=300), max_size=6)


@given(messages, st.lists(st.integers(0, 2000), max_size=6))
def test_messages_come_out_whatever_the_cuts(sent: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(frame(message) for message in sent)
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    reader, got = FrameReader(), []
    for start, end in itertools.pairwise(places):
        got += reader.feed(stream[start:end])
    assert got == sent
    assert reader.empty


@pytest.mark.parametrize("length", [0, 1, 127, 128, 16_383, 16_384, 2_097_152])
def test_lengths_take_as_many_bytes_as_they_need(length: int) -> None:
    message = bytes(length)
    framed = frame(message)
    assert len(framed) - length == max(1, -(-length.bit_length() // 7))
    assert FrameReader().feed(framed) == [message]


def test_the_middle_of_a_frame_is_held() -> None:
    reader = FrameReader()
    assert reader.feed(b"\x05abc") == []
    assert not reader.empty
    assert reader.feed(b"de\x01") == [b"abcde"]
    assert not reader.empty


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x00",  # two bytes where one would do
        b"\xff\xff\xff\xff\x7f",
        b"\x81\x80\x80\x20",  # a byte more than the longest
        b"\x80\x80\x80\x80\x80",
        b"\x01a\xff\xff\xff\xff\xff\xff",
    ],
)
def test_what_is_no_length_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed, match="a frame"):
        FrameReader().feed(data)


def test_the_longest_frame_is_not_too_long() -> None:
    reader = FrameReader()
    assert reader.feed(frame(bytes(MOST_BYTES))[:10]) == []
