"""Frames on the application's socket: an unsigned varint, then as many bytes of one message."""

from __future__ import annotations

from typing import Final

from openmg.errors import Malformed

MOST_BYTES: Final = 64 * 1024 * 1024
"""The longest frame: CometBFT's block of at most 2 MiB many times over."""
_VARINT_BYTES: Final = 5


def frame(message: bytes) -> bytes:
    """A message with its length before it."""
    length, prefix = len(message), bytearray()
    while length > 0x7F:
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    prefix.append(length)
    return bytes(prefix) + message


class FrameReader:
    """Takes bytes as they come, gives whole messages."""

    def __init__(self) -> None:
        self._held = bytearray()

    @property
    def empty(self) -> bool:
        """Whether nothing of an unfinished frame is held."""
        return not self._held

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are whole now, in order.

        Raises:
            Malformed: a length that is no canonical varint, or above `MOST_BYTES`.
        """
        self._held += data
        messages, at = [], 0
        while (found := self._length(at)) is not None:
            start, length = found
            if len(self._held) < start + length:
                break
            messages.append(bytes(self._held[start : start + length]))
            at = start + length
        del self._held[:at]
        return messages

    def _length(self, at: int) -> tuple[int, int] | None:
        """(where the message starts, its length), None while the length is not whole."""
        length = 0
        for count, byte in enumerate(self._held[at : at + _VARINT_BYTES]):
            length |= (byte & 0x7F) << (7 * count)
            if byte < 0x80:
                if length > MOST_BYTES or (count and not byte):
                    raise Malformed(f"a frame of {length} bytes; at most {MOST_BYTES} were expected")
                return at + count + 1, length
        if len(self._held) >= at + _VARINT_BYTES:
            raise Malformed("a frame whose length does not end")
        return None
