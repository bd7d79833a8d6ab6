"""A chain of any kind in one SQLite file: blocks and their roots, the state's leaves, payloads that wait."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TypeVar

from openmg.errors import BadInput, Corrupt, Malformed
from openmg.machine import Birth, Kept, Leaf, Waiting

_VERSION: Final = 2
_BLOB: Final = (bytes, type(None))
_SCHEMA: Final = f"""
PRAGMA user_version = {_VERSION};
CREATE TABLE genesis (one INTEGER PRIMARY KEY CHECK (one = 1), data BLOB NOT NULL);
CREATE TABLE block (height INTEGER PRIMARY KEY, data BLOB, digest BLOB NOT NULL, root BLOB NOT NULL);
CREATE TABLE leaf (tree TEXT NOT NULL, position INTEGER NOT NULL, data BLOB NOT NULL, height INTEGER NOT NULL,
    PRIMARY KEY (tree, position)) WITHOUT ROWID;
CREATE INDEX leaf_height ON leaf (height);
CREATE TABLE report (slot INTEGER NOT NULL, account INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (slot, account));
"""


_T = TypeVar("_T")


@dataclass(frozen=True)
class StoredBlock:
    """A block's bytes, None where another engine keeps them, and the state root after it."""

    height: int
    data: bytes | None
    root: bytes

    @property
    def kept(self) -> bytes:
        """The bytes.

        Raises:
            BadInput: they are kept elsewhere.
        """
        if self.data is None:
            raise BadInput(f"block {self.height} is not kept in the chain file but by the node; name it with --node")
        return self.data


class ChainFile:
    """One open chain file. A crash at any moment leaves the last whole block."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def create(cls, path: Path, genesis: Birth) -> ChainFile:
        """A new chain file.

        Raises:
            BadInput: there is a file already, or it cannot be written.
        """
        if path.exists():
            raise BadInput(f"{path}: a chain is there already")
        file = cls.connect(path)
        try:
            file.lay_out(genesis)
        except sqlite3.DatabaseError as error:
            file.close()
            raise BadInput(f"{path}: cannot be written ({error})") from error
        return file

    @classmethod
    def open(cls, path: Path) -> ChainFile:
        """An existing chain file.

        Raises:
            BadInput: there is none.
            Corrupt: it is no chain, or it is truncated; names the first block that cannot be read.
        """
        if not path.is_file():
            raise BadInput(f"{path}: no chain here")
        if not path.stat().st_size:
            raise Corrupt(f"{path}: empty, not a chain file")
        file = cls.connect(path)
        try:
            file.check_version()
        except BaseException:
            file.close()
            raise
        return file

    @classmethod
    def connect(cls, path: Path) -> ChainFile:
        """The file at `path`, whatever is in it.

        Raises:
            BadInput: it cannot be opened.
            Corrupt: it is no SQLite file.
        """
        try:
            connection = sqlite3.connect(path, isolation_level=None)
        except sqlite3.DatabaseError as error:
            raise BadInput(f"{path}: cannot be opened ({error})") from error
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        except sqlite3.DatabaseError as error:
            height = _readable(connection)
            connection.close()
            if height:
                raise Corrupt(f"{path}: block {height + 1} is the first that cannot be read ({error})") from error
            raise Corrupt(f"{path}: not a chain file ({error})") from error
        return cls(path, connection)

    def check_version(self) -> None:
        """Refuse a file that another version of the program made.

        Raises:
            BadInput: it is older or newer.
        """
        version = self._rows("PRAGMA user_version", int)[0][0]
        if version != _VERSION:
            raise BadInput(f"{self.path}: a chain file of version {version}; version {_VERSION} was expected")

    def lay_out(self, genesis: Birth) -> None:
        """Make the tables of an empty file."""
        with self._connection:
            self._connection.executescript(f"BEGIN; {_SCHEMA}")
            self._connection.execute("INSERT INTO genesis VALUES (1, ?)", (genesis.encode(),))

    def __enter__(self) -> ChainFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def genesis(self, read: Callable[[bytes], _T]) -> _T:
        """What `read` makes of the chain's encoded parameters; Malformed is its word for what it cannot read.

        Raises:
            Corrupt: they cannot be read.
        """
        rows = self._rows("SELECT data FROM genesis", bytes)
        if not rows:
            raise Corrupt(f"{self.path}: no genesis")
        try:
            return read(rows[0][0])
        except Malformed as error:
            raise Corrupt(f"{self.path}: genesis cannot be read ({error})") from error

    def append(
        self,
        block: StoredBlock,
        leaves: Sequence[Leaf],
        kept: Sequence[Kept],
        final: Sequence[int],
        digest: bytes | None = None,
    ) -> None:
        """Write a block and all it changed at once; payloads that waited for what is final now go.

        `digest`: the block's, where its bytes are not kept here.

        Raises:
            BadInput: the disk takes no more, or another program writes; nothing of the block is kept.
        """
        height = block.height
        if digest is None:
            digest = hashlib.sha256(block.data or b"").digest()
        with self._writing(f"block {height}") as connection:
            connection.execute("INSERT INTO block VALUES (?, ?, ?, ?)", (height, block.data, digest, block.root))
            rows = ((tree, index, data, height) for tree, index, data in leaves)
            connection.executemany("INSERT OR REPLACE INTO leaf VALUES (?, ?, ?, ?)", rows)
            connection.executemany("INSERT INTO report VALUES (?, ?, ?)", kept)
            connection.executemany("DELETE FROM report WHERE slot = ?", ((number,) for number in final))

    @contextmanager
    def _writing(self, what: str) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it or, after any error or interruption, nothing."""
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            raise BadInput(f"{self.path}: {what} cannot be written ({error})") from error
        finally:
            # Not after an interruption that came when all was committed, nor when SQLite rolled back itself.
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def restore(
        self,
        height: int,
        root: bytes,
        changed: int,
        digest: bytes,
        leaves: Sequence[Leaf],
        waiting: Waiting,
    ) -> None:
        """Hold the state after block `height` and nothing else; `changed`, `digest`: the newest that changed it.

        Raises:
            BadInput: the disk takes no more; the file is as it was.
        """
        with self._writing(f"the state after block {height}") as connection:
            for table in ("block", "leaf", "report"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own three names
            if changed != height:
                connection.execute("INSERT INTO block VALUES (?, NULL, ?, ?)", (changed, digest, root))
                digest = bytes(32)
            connection.execute("INSERT INTO block VALUES (?, NULL, ?, ?)", (height, digest, root))
            rows = ((tree, index, data, height) for tree, index, data in leaves)
            connection.executemany("INSERT INTO leaf VALUES (?, ?, ?, ?)", rows)
            kept = ((number, index, data) for (number, index), data in waiting.items())
            connection.executemany("INSERT INTO report VALUES (?, ?, ?)", kept)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One consistent view for several reads, while another program writes."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    def last(self) -> StoredBlock | None:
        """The newest block.

        Raises:
            Corrupt: the file is damaged.
        """
        rows = self._rows("SELECT height, data, root FROM block ORDER BY height DESC LIMIT 1", int, _BLOB, bytes)
        return StoredBlock(*rows[0]) if rows else None

    def digest(self, height: int) -> bytes | None:
        """The digest of a block; None when the file does not have it.

        Raises:
            Corrupt: the file is damaged.
        """
        rows = self._rows("SELECT digest FROM block WHERE height = ?", bytes, where=height)
        return bytes(rows[0][0]) if rows else None

    def blocks(self, first: int = 1) -> Iterator[StoredBlock]:
        """Blocks from a height on, in order.

        Raises:
            Corrupt: names the first block that is missing or cannot be read.
        """
        height = first
        while (block := self._block(height)) is not None:
            yield block
            height += 1
        last = self.last()
        if last is not None and last.height >= height:
            raise Corrupt(f"{self.path}: block {height} is missing")

    def leaves(self) -> list[Leaf]:
        """All leaves of the newest state.

        Raises:
            Corrupt: the file is damaged.
        """
        return self.changes(-1)

    def changes(self, since: int) -> list[Leaf]:
        """The leaves that blocks after a height changed, in order.

        Raises:
            Corrupt: the file is damaged.
        """
        query = "SELECT tree, position, data FROM leaf WHERE height > ? ORDER BY tree, position"
        return [(tree, at, data) for tree, at, data in self._rows(query, str, int, bytes, where=since)]

    def waiting(self) -> dict[tuple[int, int], bytes]:
        """Payloads that wait, by what they wait for and whose they are: of a relay chain, reports by slot and account.

        Raises:
            Corrupt: the file is damaged.
        """
        return {(number, index): data for number, index, data in self._rows("SELECT * FROM report", int, int, bytes)}

    def _block(self, height: int) -> StoredBlock | None:
        query = "SELECT height, data, root FROM block WHERE height = ?"
        try:
            rows = self._rows(query, int, _BLOB, bytes, where=height)
        except Corrupt as corrupt:
            raise Corrupt(f"{self.path}: block {height} cannot be read") from corrupt
        return StoredBlock(*rows[0]) if rows else None

    def _rows(self, query: str, *kinds: type | tuple[type, ...], where: int | None = None) -> list[tuple[Any, ...]]:
        """All rows; SQLite checks no column's type, so it is checked here."""
        try:
            rows = self._connection.execute(query, () if where is None else (where,)).fetchall()
        except sqlite3.DatabaseError as error:
            raise Corrupt(f"{self.path}: damaged ({error})") from error
        for row in rows:
            if not all(map(isinstance, row, kinds)):
                raise Corrupt(f"{self.path}: damaged (a value of another type)")
        return rows


def _readable(connection: sqlite3.Connection) -> int:
    """How many blocks, from the first on, can be read in a file that is shorter than its own header says."""
    height = 0
    with suppress(sqlite3.DatabaseError):
        # Without this SQLite opens no page of such a file.
        connection.execute("PRAGMA writable_schema = ON")
        while connection.execute("SELECT data, root FROM block WHERE height = ?", (height + 1,)).fetchone():
            height += 1
    return height
