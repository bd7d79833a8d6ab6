"""Canonical bytes (book, chapter Wire): fixed-width little-endian integers, length-prefixed bytes.

For every codec built from these two classes `decode(encode(x)) == x`, and `encode(decode(b)) == b` or
`decode` raises `Malformed`.
"""

from __future__ import annotations

from openmg.errors import Malformed


class Writer:
    """Collects the parts of one encoding."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def integer(self, value: int, size: int) -> Writer:
        """Append an unsigned integer of `size` bytes.

        Raises:
            Malformed: the value does not fit.
        """
        try:
            self._parts.append(value.to_bytes(size, "little"))
        except OverflowError as error:
            raise Malformed(f"{value} does not fit {size} unsigned bytes") from error
        return self

    def signed(self, value: int, size: int) -> Writer:
        """Append a two's-complement integer of `size` bytes.

        Raises:
            Malformed: the value does not fit.
        """
        try:
            self._parts.append(value.to_bytes(size, "little", signed=True))
        except OverflowError as error:
            raise Malformed(f"{value} does not fit {size} signed bytes") from error
        return self

    def fixed(self, value: bytes, size: int) -> Writer:
        """Append exactly `size` bytes.

        Raises:
            Malformed: `value` has another length.
        """
        if len(value) != size:
            raise Malformed(f"{len(value)} bytes where {size} were expected")
        self._parts.append(bytes(value))
        return self

    def sized(self, value: bytes, prefix_size: int = 2) -> Writer:
        """Append bytes after their length (`prefix_size` bytes)."""
        self.integer(len(value), prefix_size)
        self._parts.append(bytes(value))
        return self

    def done(self) -> bytes:
        """The encoding."""
        return b"".join(self._parts)


class Reader:
    """Takes one encoding apart; every call raises `Malformed` when the bytes run out."""

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._at = 0
        self._what = what

    def integer(self, size: int) -> int:
        """An unsigned integer of `size` bytes."""
        return int.from_bytes(self.fixed(size), "little")

    def signed(self, size: int) -> int:
        """A two's-complement integer of `size` bytes."""
        return int.from_bytes(self.fixed(size), "little", signed=True)

    def fixed(self, size: int) -> bytes:
        """Exactly `size` bytes."""
        taken = self._data[self._at : self._at + size]
        if len(taken) != size:
            raise Malformed(f"{self._what}: {size} bytes expected at offset {self._at}, {len(taken)} left")
        self._at += size
        return taken

    def sized(self, prefix_size: int = 2) -> bytes:
        """Bytes after their length (`prefix_size` bytes)."""
        return self.fixed(self.integer(prefix_size))

    def end(self) -> None:
        """Nothing may follow.

        Raises:
            Malformed: bytes are left.
        """
        left = len(self._data) - self._at
        if left:
            raise Malformed(f"{self._what}: {left} bytes too many")
