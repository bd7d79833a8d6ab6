"""A holder's secrets: encrypted at rest, written before what depends on them is posted (LEARN-3, WIRE-13)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from openmg.crypto import Vault, random_bytes, random_scalar, signing_public
from openmg.errors import BadInput


@dataclass
class RoundSecrets:
    """What a holder knows of one round, bytes as hexadecimal text."""

    secret: str = field(default="", repr=False)
    """Of the round key; erased once the round is over, and never made anew."""
    included: str = ""
    """Digests of the included set of which a sum was made, its beacon and its uploads: never of another one."""


@dataclass
class HolderSecrets:
    """Everything in the file; bytes as hexadecimal text."""

    signing: str = field(repr=False)
    chain: str = ""
    """The one chain that this file serves."""
    rounds: dict[str, RoundSecrets] = field(default_factory=dict)
    """By task id and round."""


class HolderFile:
    """The open file of one authority of a PPDL chain."""

    def __init__(self, vault: Vault, secrets: HolderSecrets) -> None:
        self._vault = vault
        self._secrets = secrets

    @classmethod
    def create(cls, path: Path, passphrase: str) -> HolderFile:
        """A new authority with a fresh signing key, on disk when this returns.

        Raises:
            BadInput: there is a file already.
        """
        if path.exists():
            raise BadInput(f"{path}: is there already")
        file = cls(Vault.create(path, passphrase), HolderSecrets(signing=random_bytes(32).hex()))
        file._save()
        return file

    @classmethod
    def open(cls, path: Path, passphrase: str) -> HolderFile:
        """An existing file.

        Raises:
            BadInput: no such file, wrong passphrase, or not a holder's file.
        """
        vault, data = Vault.open(path, passphrase)
        try:
            content = json.loads(data)
            rounds = {place: RoundSecrets(**known) for place, known in content.pop("rounds").items()}
            return cls(vault, HolderSecrets(**content, rounds=rounds))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadInput(f"{path}: not a holder's file") from error

    @property
    def signing(self) -> bytes:
        """The Ed25519 seed."""
        return bytes.fromhex(self._secrets.signing)

    @property
    def public(self) -> bytes:
        """The authority's public key, as in genesis."""
        return signing_public(self.signing)

    def serve(self, chain: bytes) -> None:
        """Bind the file to its chain, once.

        Raises:
            BadInput: it serves another one.
        """
        if self._secrets.chain not in {"", chain.hex()}:
            raise BadInput("this holder's file serves another chain")
        if not self._secrets.chain:
            self._secrets.chain = chain.hex()
            self._save()

    def make_secret(self, task_id: bytes, number: int) -> bytes | None:
        """The secret of a round's key, on disk when this returns; None for a round that is over or was missed."""
        place = _place(task_id, number)
        if place not in self._secrets.rounds:
            self._secrets.rounds[place] = RoundSecrets(random_scalar().hex())
            self._save()
        return self.secret_of(task_id, number)

    def secret_of(self, task_id: bytes, number: int) -> bytes | None:
        """The secret of a round's key; None where there is none, or none any more."""
        known = self._secrets.rounds.get(_place(task_id, number))
        return bytes.fromhex(known.secret) if known is not None and known.secret else None

    def may_sum(self, task_id: bytes, number: int, included: bytes) -> bool:
        """Note durably of which included set a sum is made; False where it is not the first one of its round."""
        known = self._secrets.rounds.get(_place(task_id, number))
        if known is None or known.included not in {"", included.hex()}:
            return False
        if not known.included:
            known.included = included.hex()
            self._save()
        return True

    def forget(self, over: set[tuple[bytes, int]]) -> None:
        """Erase the secrets of rounds that are over; that they were is kept."""
        known = [self._secrets.rounds.get(_place(*round_)) for round_ in over]
        held = [each for each in known if each is not None and each.secret]
        for each in held:
            each.secret = ""
        if held:
            self._save()

    def _save(self) -> None:
        """Write the file atomically and durably."""
        self._vault.write(json.dumps(asdict(self._secrets), sort_keys=True).encode())


def _place(task_id: bytes, number: int) -> str:
    return f"{task_id.hex()}/{number}"
