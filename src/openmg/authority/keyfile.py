"""An authority's secrets: encrypted at rest, written before what depends on them is posted (KEY-3, KEY-4)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from openmg.crypto import Vault, random_bytes, signing_public
from openmg.errors import BadInput


@dataclass
class Making:
    """Secrets of one attempt at an epoch key; erased once the key is ready."""

    epoch: int
    attempt: int
    ephemeral: str = field(repr=False)
    deal: str = ""
    shares: dict[str, str] = field(default_factory=dict, repr=False)
    """By dealer's index."""


@dataclass
class Secrets:
    """Everything in the file; bytes as hexadecimal text."""

    signing: str = field(repr=False)
    making: Making | None = None
    epochs: dict[str, str] = field(default_factory=dict, repr=False)
    """This authority's share of each epoch's key."""
    chain: str = ""
    """The one chain that this key file serves."""
    height: int = 0
    block: str = ""
    """The newest block after which a key message or a share was posted: no other history is ever answered (KEY-4)."""
    emitted: dict[str, str] = field(default_factory=dict)
    """Subject → digest of the cohort of which a share was posted: never another one's (KEY-4)."""


class AuthorityKeys:
    """The open key file of one authority."""

    def __init__(self, vault: Vault, secrets: Secrets) -> None:
        self._vault = vault
        self.secrets = secrets

    @classmethod
    def create(cls, path: Path, passphrase: str) -> AuthorityKeys:
        """A new authority with a fresh signing key, on disk when this returns."""
        keys = cls(Vault.create(path, passphrase), Secrets(signing=random_bytes(32).hex()))
        keys.save()
        return keys

    @classmethod
    def open(cls, path: Path, passphrase: str) -> AuthorityKeys:
        """An existing key file.

        Raises:
            BadInput: no such file, wrong passphrase, or not an authority's key file.
        """
        vault, data = Vault.open(path, passphrase)
        try:
            content = json.loads(data)
            making = content.pop("making")
            return cls(vault, Secrets(**content, making=None if making is None else Making(**making)))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadInput(f"{path}: not an authority's key file") from error

    @property
    def signing(self) -> bytes:
        """The Ed25519 seed."""
        return bytes.fromhex(self.secrets.signing)

    @property
    def public(self) -> bytes:
        """The authority's public key, as in genesis."""
        return signing_public(self.signing)

    def save(self) -> None:
        """Write the file atomically and durably."""
        self._vault.write(json.dumps(asdict(self.secrets), sort_keys=True).encode())
