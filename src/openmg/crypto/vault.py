"""Secrets at rest (WIRE-13): a file that only its passphrase opens, replaced atomically."""

from __future__ import annotations

from pathlib import Path

from openmg import _core
from openmg.crypto.refusal import rejections
from openmg.errors import BadInput, Rejected
from openmg.files import write_atomically

_HEADER_BYTES = 43


class Vault:
    """One encrypted file; the derived key stays in the core."""

    def __init__(self, path: Path, key: _core.VaultKey) -> None:
        self.path = path
        self._key = key

    @classmethod
    def create(cls, path: Path, passphrase: str) -> Vault:
        """A new vault with a fresh salt; the file appears with the first `write`."""
        with rejections():
            return cls(path, _core.vault_key(passphrase.encode(), _core.vault_header()))

    @classmethod
    def open(cls, path: Path, passphrase: str) -> tuple[Vault, bytes]:
        """An existing vault and what it holds.

        Raises:
            BadInput: no such file, wrong passphrase, or a damaged file.
        """
        try:
            sealed = path.read_bytes()
        except OSError as error:
            raise BadInput(f"{path}: cannot be read ({error.strerror})") from error
        if len(sealed) < _HEADER_BYTES:
            raise BadInput(f"{path}: not an encrypted file")
        try:
            with rejections():
                key = _core.vault_key(passphrase.encode(), sealed[:_HEADER_BYTES])
                return cls(path, key), key.open(sealed)
        except Rejected as rejected:
            raise BadInput(f"{path}: {rejected.reason}") from None

    def write(self, plaintext: bytes) -> None:
        """Replace the file's content; after a crash the old or the new content is there, never a mixture."""
        write_atomically(self.path, self._key.seal(plaintext))
