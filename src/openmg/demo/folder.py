"""The demo's folder: the chain, everyone's encrypted key files, and what the day left behind."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from openmg.authority import AuthorityKeys
from openmg.crypto import Vault, random_bytes, signing_public
from openmg.demo.scenario import Scenario
from openmg.demo.staging import make_whole, read_passphrase
from openmg.errors import BadInput
from openmg.files import write_atomically
from openmg.home.meter import Meter
from openmg.home.wallet_file import WalletFile
from openmg.storage import ChainFile


@dataclass(frozen=True)
class DemoFolder:
    """Paths in one demo's folder."""

    root: Path

    @property
    def chain(self) -> Path:
        """The chain file."""
        return self.root / "chain.db"

    @property
    def scenario_file(self) -> Path:
        """What was asked for."""
        return self.root / "scenario.json"

    @property
    def record(self) -> Path:
        """The finished day, as `--json` prints it."""
        return self.root / "day.json"

    @property
    def report(self) -> Path:
        """The page for people."""
        return self.root / "report.html"

    def wallet(self, name: str) -> Path:
        """A home's wallet."""
        return self.root / "wallets" / f"{name}.wallet"

    def meter(self, name: str) -> Path:
        """A home's meter key."""
        return self.root / "meters" / f"{name}.key"

    def authority(self, index: int) -> Path:
        """An authority's key file."""
        return self.root / "authorities" / f"authority-{index}.key"

    def passphrase(self) -> str:
        """The passphrase of all the demo's key files: it lies beside them, because this is a demo.

        Raises:
            BadInput: the file is missing.
        """
        return read_passphrase(self.root / "passphrase")

    def authority_keys(self, index: int) -> AuthorityKeys:
        """An authority's open key file."""
        return AuthorityKeys.open(self.authority(index), self.passphrase())

    def scenario(self) -> Scenario:
        """What was asked for.

        Raises:
            BadInput: there is no demo here.
        """
        try:
            text = self.scenario_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"{self.root}: no demo here") from error
        return Scenario.decode(text, str(self.scenario_file))

    def secret(self, role: str) -> bytes:
        """The signing key of the utility or of the battery's meter."""
        _, data = Vault.open(self.root / f"{role}.key", self.passphrase())
        return bytes.fromhex(json.loads(data)["signing"])

    @classmethod
    def create(cls, root: Path, scenario: Scenario) -> Self:
        """Make everyone's keys and the empty chain; the folder appears whole or not at all.

        Raises:
            BadInput: the folder holds something already, or cannot be made.
        """
        make_whole(root, lambda staged: cls(staged).fill(scenario), "continue it with --resume")
        return cls(root)

    def fill(self, scenario: Scenario) -> None:
        """Make all that a new demo holds, in a folder that is empty."""
        for name in ("wallets", "meters", "authorities"):
            (self.root / name).mkdir()
        passphrase = secrets.token_urlsafe(18)
        write_atomically(self.root / "passphrase", passphrase.encode() + b"\n")
        for name in home_names(scenario.homes):
            WalletFile.create(self.wallet(name), passphrase).close()
            Meter.create(self.meter(name), passphrase, {})
        authorities = [
            AuthorityKeys.create(self.authority(index), passphrase).public
            for index in range(1, scenario.authorities + 1)
        ]
        utility, battery = (self._make_key(role, passphrase) for role in ("utility", "battery"))
        ChainFile.create(self.chain, scenario.genesis(utility, battery, authorities)).close()
        write_atomically(self.scenario_file, scenario.encode().encode())

    def _make_key(self, role: str, passphrase: str) -> bytes:
        signing = random_bytes(32)
        Vault.create(self.root / f"{role}.key", passphrase).write(json.dumps({"signing": signing.hex()}).encode())
        return signing_public(signing)


def home_names(count: int) -> list[str]:
    """home-01, home-02 …"""
    return [f"home-{number:02}" for number in range(1, count + 1)]
