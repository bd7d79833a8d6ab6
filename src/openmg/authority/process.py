"""An authority as its own process: blocks in, transactions out, over pipes.

Frames are `length u32 ‖ kind ‖ body`. The parent sends `S` (start: JSON) once, then `B` (root[32] ‖ block) for each
block; the answer to a block is `T` (transactions, each after its u32 length). `Q` instead of `B` asks for no answer:
the authority is catching up.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from openmg.authority.keyfile import AuthorityKeys
from openmg.authority.member import Authority
from openmg.chains import Block, Genesis, RelayChain
from openmg.encoding import Reader, Writer
from openmg.errors import Corrupt, OpenMGError
from openmg.storage import lock_beside

_START, _BLOCK, _QUIET, _ANSWER, _FAILED = b"S", b"B", b"Q", b"T", b"F"
_PATIENCE = 10.0
"""Seconds for an authority to end: one whose parent was killed may still be writing its key file."""


class AuthorityProcess:
    """The parent's end of one authority."""

    def __init__(self, key_file: Path, passphrase: str, genesis: Genesis) -> None:
        self._name = key_file.stem
        # In a process group of its own, so that Ctrl-C reaches it only through its parent.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "openmg.authority"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,
        )
        start = {"keys": str(key_file), "passphrase": passphrase, "genesis": genesis.encode().hex()}
        try:
            self._send(_START, json.dumps(start).encode())
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def catch_up(self, block: bytes, root: bytes) -> None:
        """Send a block of the past; no answer follows."""
        self._send(_QUIET, root + block)

    def send(self, block: bytes, root: bytes) -> None:
        """Send the newest block; fetch the answer with `receive`."""
        self._send(_BLOCK, root + block)

    def receive(self) -> list[bytes]:
        """What the authority posts after the block sent last.

        Raises:
            Corrupt: the process died or disagrees about the block.
        """
        try:
            kind, body = _read_frame(self._output)
        except Corrupt as corrupt:
            raise self._stopped() from corrupt
        if kind == _FAILED:
            raise Corrupt(f"{self._name}: {body.decode()}")
        reader = Reader(body, "answer")
        transactions = [reader.sized(4) for _ in range(reader.integer(4))]
        reader.end()
        return transactions

    def close(self) -> None:
        """End the process, whatever it is doing; it has nothing unsaved."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        # An answer that nobody will read must not keep it waiting.
        self._output.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def _output(self) -> BinaryIO:
        if self._process.stdout is None:
            raise Corrupt(f"{self._name} has no output")
        return self._process.stdout  # type: ignore[return-value]

    def _send(self, kind: bytes, body: bytes) -> None:
        if self._process.stdin is None:
            raise Corrupt(f"{self._name} has no input")
        try:
            self._process.stdin.write(_frame(kind, body))
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise self._reason() from error

    def _reason(self) -> Corrupt:
        """Why the process takes no more: what it said last, if it could."""
        try:
            while (frame := _read_frame(self._output))[0] != _FAILED:
                pass
        except Corrupt:
            return self._stopped()
        return Corrupt(f"{self._name}: {frame[1].decode()}")

    def _stopped(self) -> Corrupt:
        return Corrupt(f"{self._name}: its process {self.pid} ended unexpectedly")


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """The authority's own end: run until the parent closes the pipe.

    Raises:
        BrokenPipeError: the parent reads no more.
    """
    held: list[int] = []
    try:
        authority, chain = _start(source, held)
        while frame := source.read(4):
            kind, body = _finish_frame(source, frame)
            outcome = chain.execute(Block.decode(body[32:]))
            if outcome.root != body[:32]:
                raise Corrupt(f"block {chain.height} leads here to another state root")
            if kind == _BLOCK:
                _write(sink, _ANSWER, _joined(authority.respond()))
            else:
                authority.observe()
    except BrokenPipeError:
        raise
    except (OpenMGError, OSError) as error:
        _write(sink, _FAILED, str(error).encode())
    finally:
        for lock in held:
            os.close(lock)


def _start(source: BinaryIO, held: list[int]) -> tuple[Authority, RelayChain]:
    """The authority, its key file locked: two processes would forget each other's emitted shares (KEY-4)."""
    _, body = _read_frame(source)
    start = json.loads(body)
    chain, path = RelayChain(Genesis.decode(bytes.fromhex(start["genesis"]))), Path(start["keys"])
    held.append(lock_beside(path, "authority's key", _PATIENCE))
    return Authority(chain, AuthorityKeys.open(path, start["passphrase"])), chain


def _joined(transactions: Sequence[bytes]) -> bytes:
    writer = Writer().integer(len(transactions), 4)
    for transaction in transactions:
        writer.sized(transaction, 4)
    return writer.done()


def _frame(kind: bytes, body: bytes) -> bytes:
    return Writer().sized(kind + body, 4).done()


def _write(sink: BinaryIO, kind: bytes, body: bytes) -> None:
    sink.write(_frame(kind, body))
    sink.flush()


def _read_frame(source: BinaryIO) -> tuple[bytes, bytes]:
    return _finish_frame(source, source.read(4))


def _finish_frame(source: BinaryIO, length: bytes) -> tuple[bytes, bytes]:
    if len(length) != 4:
        raise Corrupt("the other end closed the pipe")
    size = int.from_bytes(length, "little")
    frame = source.read(size)
    if len(frame) != size or not frame:
        raise Corrupt("the other end closed the pipe in the middle of a message")
    return frame[:1], frame[1:]
