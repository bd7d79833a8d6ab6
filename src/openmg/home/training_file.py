"""What a home must not forget of its learning: encrypted, one writer at a time, replaced atomically (LEARN-6)."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from openmg.crypto import Vault
from openmg.errors import BadInput, Malformed
from openmg.learning import Ledger
from openmg.storage import lock_beside

FORMAT: Final = 1


@dataclass(frozen=True)
class Personal:
    """A model that a home made its own; it never leaves the home.

    `source` is the digest of the checkpoint that it was made from, `parameters` are single-precision numbers,
    little-endian, `blend` makes the mean of its three quantiles.
    """

    source: bytes
    parameters: bytes = field(repr=False)
    blend: tuple[float, float, float]


@dataclass(frozen=True)
class Kept:
    """A signed upload, to be sent again as it is."""

    round: int
    upload: bytes = field(repr=False)


@dataclass(frozen=True)
class Memory:
    """All of it: what was ever given, each task's newest upload and personal model by the task's id."""

    ledger: Ledger = field(default_factory=Ledger)
    uploads: dict[bytes, Kept] = field(default_factory=dict)
    models: dict[bytes, Personal] = field(default_factory=dict)


class TrainingFile:
    """An open file; it stays locked until `close`."""

    def __init__(self, vault: Vault, memory: Memory, lock: int) -> None:
        self.memory = memory
        self._vault = vault
        self._lock: int | None = lock

    @classmethod
    def create(cls, path: Path, passphrase: str) -> TrainingFile:
        """An empty one, on disk when this returns.

        Raises:
            BadInput: there is one already (what it says was spent must not be forgotten), or it cannot be made.
        """
        try:
            path.touch(mode=0o600, exist_ok=False)
        except FileExistsError as error:
            raise BadInput(f"{path}: a training file is there already") from error
        except OSError as error:
            raise BadInput(f"{path}: cannot be made ({error.strerror})") from error
        lock = lock_beside(path, "training file")
        try:
            file = cls(Vault.create(path, passphrase), Memory(), lock)
            file.save(file.memory)
        except BaseException:
            os.close(lock)
            path.unlink()
            raise
        return file

    @classmethod
    def open(cls, path: Path, passphrase: str) -> TrainingFile:
        """An existing one.

        Raises:
            BadInput: no such file, wrong passphrase, damaged, or held by another program.
        """
        lock = lock_beside(path, "training file")
        try:
            vault, data = Vault.open(path, passphrase)
            return cls(vault, _decode(json.loads(data)), lock)
        except (ValueError, KeyError, TypeError, Malformed) as error:
            os.close(lock)
            raise BadInput(f"{path}: not a training file of format {FORMAT}") from error
        except BaseException:
            os.close(lock)
            raise

    def save(self, memory: Memory) -> None:
        """Write it, and only then know it."""
        self._vault.write(json.dumps(_encode(memory)).encode())
        self.memory = memory

    def close(self) -> None:
        """Let others open it; closing twice does no harm."""
        if self._lock is not None:
            os.close(self._lock)
        self._lock = None


def _encode(memory: Memory) -> dict[str, object]:
    return {
        "format": FORMAT,
        "ledger": memory.ledger.encode().hex(),
        "uploads": [[task.hex(), kept.round, kept.upload.hex()] for task, kept in memory.uploads.items()],
        "models": [
            [task.hex(), own.source.hex(), own.parameters.hex(), list(own.blend)] for task, own in memory.models.items()
        ],
    }


def _decode(content: dict[str, list[list[str]]]) -> Memory:
    raw: dict[str, object] = dict(content)
    if raw["format"] != FORMAT:
        raise ValueError("another format")
    uploads = {
        bytes.fromhex(task): Kept(int(number), bytes.fromhex(upload)) for task, number, upload in content["uploads"]
    }
    models = {}
    for task, source, parameters, blend in content["models"]:
        low, middle, high = (float(each) for each in blend)
        models[bytes.fromhex(task)] = Personal(bytes.fromhex(source), bytes.fromhex(parameters), (low, middle, high))
    return Memory(Ledger.decode(bytes.fromhex(str(raw["ledger"]))), uploads, models)
