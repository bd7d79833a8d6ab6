"""The chain in one SQLite file: blocks and their roots, the state's leaves, reports that wait for settlement."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from openmg.chains.parameters import Genesis
from openmg.chains.state import Leaf
from openmg.errors import BadInput, Corrupt, Malformed
from openmg.units import Slot

_SCHEMA: Final = """
CREATE TABLE genesis (one INTEGER PRIMARY KEY CHECK (one = 1), data BLOB NOT NULL);
CREATE TABLE block (height INTEGER PRIMARY KEY, data BLOB NOT NULL, root BLOB NOT NULL);
CREATE TABLE leaf (tree TEXT NOT NULL, position INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (tree, position)) WITHOUT ROWID;
CREATE TABLE report (slot INTEGER NOT NULL, account INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (slot, account));
"""


@dataclass(frozen=True)
class StoredBlock:
    """A block's bytes and the state root after it."""

    height: int
    data: bytes
    root: bytes


class ChainFile:
    """One open chain file. A crash at any moment leaves the last whole block."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def create(cls, path: Path, genesis: Genesis) -> ChainFile:
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
            raise BadInput(f"{path}: cannot be written ({error})") from error
        return file

    @classmethod
    def open(cls, path: Path) -> ChainFile:
        """An existing chain file.

        Raises:
            BadInput: there is none.
        """
        if not path.is_file():
            raise BadInput(f"{path}: no chain here")
        return cls.connect(path)

    @classmethod
    def connect(cls, path: Path) -> ChainFile:
        """The file at `path`, whatever is in it."""
        try:
            connection = sqlite3.connect(path, isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        except sqlite3.DatabaseError as error:
            raise Corrupt(f"{path}: not a chain file ({error})") from error
        return cls(path, connection)

    def lay_out(self, genesis: Genesis) -> None:
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

    def genesis(self) -> Genesis:
        """The chain's parameters.

        Raises:
            Corrupt: they cannot be read.
        """
        try:
            row = self._connection.execute("SELECT data FROM genesis").fetchone()
            if row is None:
                raise Corrupt(f"{self.path}: no genesis")
            return Genesis.decode(row[0])
        except (sqlite3.DatabaseError, Malformed) as error:
            raise Corrupt(f"{self.path}: genesis cannot be read ({error})") from error

    def append(
        self, block: StoredBlock, leaves: Sequence[Leaf], reports: Sequence[tuple[Slot, int, bytes]], head: Slot
    ) -> None:
        """Write a block and all it changed at once; reports of slots before `head` are final and go."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute("INSERT INTO block VALUES (?, ?, ?)", (block.height, block.data, block.root))
            connection.executemany("INSERT OR REPLACE INTO leaf VALUES (?, ?, ?)", leaves)
            connection.executemany("INSERT INTO report VALUES (?, ?, ?)", reports)
            connection.execute("DELETE FROM report WHERE slot < ?", (head,))
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def last(self) -> StoredBlock | None:
        """The newest block.

        Raises:
            Corrupt: the file is damaged.
        """
        try:
            row = self._connection.execute(
                "SELECT height, data, root FROM block ORDER BY height DESC LIMIT 1"
            ).fetchone()
        except sqlite3.DatabaseError as error:
            raise Corrupt(f"{self.path}: damaged ({error})") from error
        return None if row is None else StoredBlock(*row)

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
        return [
            (str(tree), int(at), bytes(data)) for tree, at, data in self._all("SELECT tree, position, data FROM leaf")
        ]

    def reports(self) -> dict[tuple[int, int], bytes]:
        """Reports that wait for settlement, by (slot, account index).

        Raises:
            Corrupt: the file is damaged.
        """
        return {(int(slot), int(account)): bytes(data) for slot, account, data in self._all("SELECT * FROM report")}

    def _all(self, query: str) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query).fetchall()
        except sqlite3.DatabaseError as error:
            raise Corrupt(f"{self.path}: damaged ({error})") from error

    def _block(self, height: int) -> StoredBlock | None:
        try:
            row = self._connection.execute(
                "SELECT height, data, root FROM block WHERE height = ?", (height,)
            ).fetchone()
        except sqlite3.DatabaseError as error:
            raise Corrupt(f"{self.path}: block {height} cannot be read ({error})") from error
        return None if row is None else StoredBlock(*row)
