"""Tells the authority's daemon of each block that is on disk: a line with its height on a Unix socket."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

_MOST_HELD: Final = 65_536
"""Bytes that a listener may leave unread before it is let go."""


class Announcer:
    """Any number of listeners; one that does not read is let go, and comes back when it can."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.StreamWriter] = set()
        self._height = 0

    async def listen(self, path: Path) -> asyncio.Server:
        """Open the socket."""
        return await asyncio.start_unix_server(self._welcome, path)

    def announce(self, height: int) -> None:
        """Tell all listeners."""
        self._height = height
        for listener in list(self._listeners):
            if listener.transport.get_write_buffer_size() > _MOST_HELD:
                listener.transport.abort()
            else:
                listener.write(b"%d\n" % height)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._listeners.add(writer)
        writer.write(b"%d\n" % self._height)
        try:
            # A listener says nothing; this ends when it goes, or when this process ends.
            with suppress(ConnectionError, asyncio.CancelledError):
                await reader.read()
        finally:
            self._listeners.discard(writer)
            writer.close()
