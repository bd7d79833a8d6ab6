"""One node's home: the folder that holds all that an operator needs to run it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from openmg.client import NetworkGenesis
from openmg.errors import BadInput
from openmg.network.settings import Settings


@dataclass(frozen=True)
class AuthorityHome:
    """Paths in one node's home. Without `key` it is an observer's: it follows the chain and has no voice."""

    root: Path

    @property
    def settings_file(self) -> Path:
        """authority.json."""
        return self.root / "authority.json"

    @property
    def key(self) -> Path:
        """The vault of the authority's signing key and of its shares."""
        return self.root / "authority.key"

    @property
    def passphrase_file(self) -> Path:
        """What opens the vault, unless it is given from elsewhere."""
        return self.root / "passphrase"

    @property
    def chain(self) -> Path:
        """The application's chain file."""
        return self.root / "chain.db"

    @property
    def socket(self) -> Path:
        """Where CometBFT reaches the application."""
        return self.root / "application.sock"

    @property
    def cometbft(self) -> Path:
        """CometBFT's own home."""
        return self.root / "cometbft"

    @property
    def genesis(self) -> Path:
        """The document that the network began with."""
        return self.cometbft / "config" / "genesis.json"

    @property
    def config(self) -> Path:
        """CometBFT's config.toml, written anew from authority.json before every start."""
        return self.cometbft / "config" / "config.toml"

    @property
    def node_key(self) -> Path:
        """By which other nodes know this one."""
        return self.cometbft / "config" / "node_key.json"

    @property
    def consensus_key(self) -> Path:
        """What blocks and votes are signed with."""
        return self.cometbft / "config" / "priv_validator_key.json"

    @property
    def signed(self) -> Path:
        """The newest thing that the consensus key signed: what keeps it from signing two."""
        return self.cometbft / "data" / "priv_validator_state.json"

    @property
    def blocks(self) -> Path:
        """CometBFT's blocks."""
        return self.cometbft / "data" / "blockstore.db"

    def log(self, role: str) -> Path:
        """The log of one of the home's processes."""
        return self.root / "logs" / f"{role}.log"

    @property
    def votes(self) -> bool:
        """Whether this is an authority's home and not an observer's."""
        return self.key.exists()

    def settings(self) -> Settings:
        """The operator's settings.

        Raises:
            BadInput: there is no node here, or authority.json is broken.
        """
        return Settings.decode(read_text(self.settings_file), str(self.settings_file))

    def document(self) -> NetworkGenesis:
        """What the network began with.

        Raises:
            BadInput: genesis.json is missing or not a network's.
        """
        return NetworkGenesis.decode(read_text(self.genesis), str(self.genesis))

    def secrets(self) -> Iterator[Path]:
        """The files that nobody but their owner may read, as far as they exist."""
        yield from (path for path in (self.key, self.passphrase_file) if path.exists())
        yield from (path for path in (self.consensus_key, self.node_key) if path.exists())

    def passphrase(self, file: Path | None = None) -> str:
        """What opens the vault: from `file`, or from the home.

        Raises:
            BadInput: it cannot be read, or others can read it too.
        """
        path = self.passphrase_file if file is None else file
        check_private(path)
        return read_text(path).strip()


def read_text(path: Path) -> str:
    """A file's text.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: cannot be read (no text)") from error


def check_private(path: Path) -> None:
    """Refuse a secret that others may read.

    Raises:
        BadInput: its mode lets somebody else in, or it is somebody else's.
    """
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and path.absolute().is_relative_to(credentials):
        return  # systemd guards the folder, and its access list shows in the mode as if the group could read
    try:
        facts = path.stat()
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from error
    if stat.S_ISDIR(facts.st_mode):
        raise BadInput(f"{path}: is a folder; a file was expected")
    mode = stat.S_IMODE(facts.st_mode)
    if mode & 0o177:
        raise BadInput(f"{path}: has mode {mode:04o}, others may use it; run: chmod 600 {path}")
    if facts.st_uid != os.geteuid():
        raise BadInput(f"{path}: belongs to another user; it must be this one's alone")
