"""A daemon's copy of the state, taken from its own node's chain file block by block (KEY-4: finalised state only)."""

from __future__ import annotations

import socket
from pathlib import Path
from types import TracebackType

from openmg.chains import Genesis, RelayChain
from openmg.client.node import Unreachable
from openmg.errors import BadInput, Corrupt
from openmg.storage import ChainFile

_READ = 4096


class Follower:
    """Follows what the node's application has written; the application says when there is more."""

    def __init__(self, file: ChainFile, events: socket.socket) -> None:
        self._file = file
        self._events = events
        with file.reading():
            last = file.last()
            height = 0 if last is None else last.height
            # Reports are the application's matter; no authority reads them.
            leaves = file.leaves()
        genesis = file.genesis(Genesis.decode)
        self.chain = RelayChain.load(genesis, leaves, {}, height) if leaves else RelayChain(genesis)
        self.chain.height = height

    @classmethod
    def open(cls, chain: Path, events: Path) -> Follower:
        """Follow the application that listens at `events`.

        Raises:
            BadInput: it does not run.
            Corrupt: the chain file is damaged.
        """
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(events))
            return cls(ChainFile.open(chain), connection)
        except OSError as error:
            connection.close()
            raise BadInput(f"{events}: the application does not run ({error.strerror})") from error
        except BaseException:
            connection.close()
            raise

    def __enter__(self) -> Follower:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._events.close()
        self._file.close()

    def wait(self, seconds: float) -> bool:
        """Wait for a block, at most so long; whether one came.

        Raises:
            Unreachable: the application ended.
        """
        self._events.settimeout(max(seconds, 0.001))
        try:
            told = self._events.recv(_READ)
        except TimeoutError:
            return False
        except OSError as error:
            raise Unreachable(f"the application went away ({error.strerror})") from error
        if not told:
            raise Unreachable("the application ended")
        return True

    def refresh(self) -> None:
        """Take what the newest blocks changed.

        Raises:
            Corrupt: the file is damaged.
        """
        with self._file.reading():
            last = self._file.last()
            leaves = self._file.changes(self.chain.height)
        if last is not None and last.height > self.chain.height:
            self.chain.state.absorb(leaves)
            self.chain.height = last.height

    def check_history(self, height: int, digest: str) -> bool:
        """Whether the chain has the block after which this authority posted; False while it is not there yet.

        A node that began with a snapshot has no older blocks: consensus has verified what it began with.

        Raises:
            Corrupt: another block stands there (KEY-4).
        """
        if not digest:
            return True
        if self.chain.height < height:
            return False
        found = self._file.digest(height)
        if found is not None and found.hex() != digest:
            raise Corrupt(f"block {height} is not the one after which this authority posted a share (KEY-4)")
        return True
