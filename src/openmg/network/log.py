"""A process's log: appended to, and put aside when it has grown."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Final

MOST_BYTES: Final = 16 * 2**20
"""Then the log becomes NAME.1, whatever was there: twice as much is kept at most."""


class Log:
    """One open log. A full disk costs lines, never the process that writes them."""

    def __init__(self, path: Path, most: int = MOST_BYTES) -> None:
        path.parent.mkdir(exist_ok=True)
        self._path = path
        self._most = most
        self._file: BinaryIO | None = path.open("ab", buffering=0)
        self._size = path.stat().st_size
        self.last = ""
        """The newest line that said something."""

    def copy(self, source: Iterable[bytes]) -> None:
        """Write down all that comes from `source`, until it ends."""
        for line in source:
            self.last = line.decode(errors="replace").strip() or self.last
            try:
                self._write(line)
            except OSError:
                continue  # the disk is full or gone; the process must not wait for us to read on
        self.close()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, line: bytes) -> None:
        if self._size >= self._most:
            self.close()
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
            self._size = 0
        if self._file is None:
            self._file = self._path.open("ab", buffering=0)
        self._file.write(line)
        self._size += len(line)
