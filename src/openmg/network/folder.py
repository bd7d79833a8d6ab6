"""A network's folder on one machine: its authorities' homes, the document, the utility's and the battery's keys."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from openmg.authority import AuthorityKeys
from openmg.chains import Genesis
from openmg.client import NetworkGenesis, Timeline
from openmg.crypto import Vault, random_bytes, signing_public
from openmg.errors import BadInput
from openmg.files import READABLE, staged_folder, write_atomically
from openmg.network.config import config_toml
from openmg.network.home import AuthorityHome, read_text
from openmg.network.keys import make_consensus_key, make_node_key
from openmg.network.settings import Settings

SCHEMA: Final = "openmg/network/1"
MOST_AUTHORITIES: Final = 16
"""On one machine; a chain may have more."""
BASE_PORT: Final = 26_600
PORTS_EACH: Final = 10
OBSERVER_PORT: Final = BASE_PORT + 200
"""After the ports of as many authorities as there may be on one machine."""
_PRIVATE: Final = 0o700
LEAST_PORT: Final = 1024
MOST_PORT: Final = 65_535

Found = Callable[[bytes, bytes, Sequence[bytes]], Genesis]
"""Makes the chain's parameters from the utility's, the battery's and the authorities' public keys."""


@dataclass(frozen=True)
class Network:
    """Paths in one network's folder."""

    root: Path

    @classmethod
    def open(cls, root: Path) -> Network:
        """A network that `init_network` made.

        Raises:
            BadInput: there is none.
        """
        network = cls(root)
        if not network.homes:
            raise BadInput(f"{network.list_file}: names no homes")
        return network

    @property
    def list_file(self) -> Path:
        """network.json: which homes there are."""
        return self.root / "network.json"

    @property
    def genesis(self) -> Path:
        """The document, for whoever wants to follow the network."""
        return self.root / "genesis.json"

    @property
    def homes(self) -> list[AuthorityHome]:
        """The authorities' homes, in the order of their indices.

        Raises:
            BadInput: there is no network here.
        """
        try:
            text = self.list_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(
                f"{self.root}: no network here; a folder that `openmg network init` made was expected"
            ) from error
        try:
            content = json.loads(text)
            if content["schema"] != SCHEMA:
                raise ValueError("schema")
            names = [str(name) for name in content["homes"]]
            if any(Path(name).name != name for name in names):
                raise ValueError("homes")
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(f"{self.list_file}: not a network's list of homes") from error
        return [AuthorityHome(self.root / name) for name in names]

    def document(self) -> NetworkGenesis:
        """What the network began with.

        Raises:
            BadInput: genesis.json is missing or not a network's.
        """
        return NetworkGenesis.decode(read_text(self.genesis), str(self.genesis))

    def urls(self) -> list[str]:
        """The RPC endpoints of all authorities, in their order."""
        return [f"http://{home.settings().rpc}" for home in self.homes]

    def passphrase(self) -> str:
        """What opens the utility's and the battery's keys."""
        return AuthorityHome(self.root).passphrase()

    def secret(self, role: str) -> bytes:
        """The signing key of the utility or of the battery's meter.

        Raises:
            BadInput: there is no such key, or its passphrase is another.
        """
        _, data = Vault.open(self.root / f"{role}.key", self.passphrase())
        return bytes.fromhex(json.loads(data)["signing"])


def init_network(
    root: Path,
    found: Found,
    *,
    authorities: int,
    base_port: int = BASE_PORT,
    timeline: Timeline | None = None,
    keep_days: int | None = None,
) -> Network:
    """Make everyone's keys, homes and the document; the folder appears whole or not at all.

    `timeline` None: chain time is real time. Authority i listens on `base_port` + 10·(i − 1) and three ports after it.

    Raises:
        BadInput: the folder holds something already or cannot be made, too many authorities, or ports that are none.
    """
    if not 1 <= authorities <= MOST_AUTHORITIES:
        raise BadInput(f"--authorities {authorities}: 1 to {MOST_AUTHORITIES} were expected")
    last = MOST_PORT - PORTS_EACH * authorities
    if not LEAST_PORT <= base_port <= last:
        raise BadInput(f"--base-port {base_port}: {LEAST_PORT} to {last} was expected")
    with staged_folder(root) as staged:
        _fill(Network(staged), found, authorities, base_port, timeline, keep_days)
    return Network.open(root)


def lay_out(home: AuthorityHome) -> None:
    """The folders of a home; it is its owner's alone."""
    for folder in (home.config.parent, home.signed.parent, home.root / "logs", home.root / "snapshots"):
        folder.mkdir(parents=True)
    home.root.chmod(_PRIVATE)


def local_settings(name: str, chain: str, port: int, peers: Sequence[str], keep_days: int | None) -> Settings:
    """Settings of a node whose four ports follow each other, on this machine alone."""
    return Settings(
        name=name,
        chain=chain,
        p2p=f"127.0.0.1:{port}",
        rpc=f"127.0.0.1:{port + 1}",
        metrics=f"127.0.0.1:{port + 2}",
        validator_metrics=f"127.0.0.1:{port + 3}",
        peers=tuple(peers),
        keep_days=keep_days,
    )


def write_settings(home: AuthorityHome, settings: Settings) -> None:
    """Write authority.json and the config.toml that follows from it."""
    write_atomically(home.settings_file, settings.encode().encode(), READABLE)
    write_atomically(home.config, config_toml(settings).encode(), READABLE)


def _fill(
    network: Network, found: Found, count: int, base_port: int, timeline: Timeline | None, keep_days: int | None
) -> None:
    names = [f"authority-{index}" for index in range(1, count + 1)]
    homes = [AuthorityHome(network.root / name) for name in names]
    passphrase = _make_passphrase(network.root / "passphrase")
    utility, battery = (_make_key(network.root / f"{role}.key", passphrase) for role in ("utility", "battery"))
    signing, consensus, peers = [], [], []
    for index, home in enumerate(homes):
        lay_out(home)
        signing.append(AuthorityKeys.create(home.key, _make_passphrase(home.passphrase_file)).public)
        consensus.append(make_consensus_key(home))
        peers.append(f"{make_node_key(home)}@127.0.0.1:{base_port + PORTS_EACH * index}")
    now = time.time_ns()
    line = timeline or Timeline(genesis_ns=now, origin=now // 10**9, rate=1)
    document = NetworkGenesis(found(utility, battery, signing), tuple(consensus), line)
    for index, home in enumerate(homes):
        others = peers[:index] + peers[index + 1 :]
        port = base_port + PORTS_EACH * index
        write_atomically(home.genesis, document.encode().encode(), READABLE)
        write_settings(home, local_settings(names[index], document.chain_id, port, others, keep_days))
    write_atomically(network.genesis, document.encode().encode(), READABLE)
    listed = {"schema": SCHEMA, "authorities": count, "base_port": base_port, "homes": names}
    write_atomically(network.list_file, json.dumps(listed, indent=2).encode() + b"\n", READABLE)


def _make_passphrase(path: Path) -> str:
    passphrase = secrets.token_urlsafe(18)
    write_atomically(path, passphrase.encode() + b"\n")
    return passphrase


def _make_key(path: Path, passphrase: str) -> bytes:
    signing = random_bytes(32)
    Vault.create(path, passphrase).write(json.dumps({"signing": signing.hex()}).encode())
    return signing_public(signing)
