"""Checkpoints beside the chain, each a file that is named by its digest (LEARN-0)."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

from openmg.errors import BadInput, Corrupt, Malformed
from openmg.files import READABLE, write_atomically
from openmg.learning import Model
from openmg.machine import Outcome

_SUFFIX: Final = ".model"
_DIGEST_BYTES: Final = 32


class ModelShelf:
    """A folder of checkpoints. What is on it is public; what is read is checked against its name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, outcome: Outcome) -> None:
        """Put the new models of a block on the shelf, for an engine that writes the block after this.

        Raises:
            BadInput: the folder cannot be written.
        """
        for data in outcome.models:
            self.put(data)

    def put(self, checkpoint: bytes) -> bytes:
        """Put an encoded checkpoint on the shelf: there, whole and on disk, when this returns its digest.

        Raises:
            BadInput: the folder cannot be written.
        """
        digest = sha256(checkpoint).digest()
        path = self.path_of(digest)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not path.is_file() or path.read_bytes() != checkpoint:
                write_atomically(path, checkpoint, READABLE)
        except OSError as error:
            raise BadInput(f"{path}: cannot be written ({error.strerror})") from error
        return digest

    def read(self, digest: bytes) -> Model:
        """The checkpoint with this digest.

        Raises:
            BadInput: it is not here.
            Corrupt: the file is another than its name says.
        """
        path = self.path_of(digest)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise BadInput(f"{path}: cannot be read ({error.strerror})") from error
        if sha256(data).digest() != digest:
            raise Corrupt(f"{path}: damaged, its digest is {sha256(data).hexdigest()}")
        try:
            return Model.decode(data)
        except (Malformed, BadInput) as error:
            raise Corrupt(f"{path}: no checkpoint ({error})") from error

    def __contains__(self, digest: bytes) -> bool:
        return self.path_of(digest).is_file()

    def digests(self) -> list[bytes]:
        """What is here by its name, in the order of the names; not checked."""
        names = sorted(path.name.removesuffix(_SUFFIX) for path in self.folder.glob(f"*{_SUFFIX}"))
        return [bytes.fromhex(name) for name in names if _is_digest(name)]

    def path_of(self, digest: bytes) -> Path:
        """Where the checkpoint with this digest is or would be."""
        return self.folder / f"{digest.hex()}{_SUFFIX}"


def _is_digest(name: str) -> bool:
    return len(name) == 2 * _DIGEST_BYTES and set(name) <= set("0123456789abcdef")
