"""What must be right before anything of a node is started: each fault is one clear line, and nothing is written."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from openmg.authority import AuthorityKeys
from openmg.chains import Genesis
from openmg.client import NetworkGenesis
from openmg.errors import BadInput, Corrupt
from openmg.network.config import COMETBFT
from openmg.network.home import AuthorityHome, check_private
from openmg.network.keys import check_signed, consensus_public, node_id
from openmg.network.settings import Settings, read_address
from openmg.storage import ChainFile, lock_beside

_LINGER: Final = 3.0
"""Seconds for the processes of a supervisor that was just killed to be gone."""
_VERSION_SECONDS: Final = 20.0
_HOW: Final = f"`make setup` builds it, or: go install github.com/cometbft/cometbft/cmd/cometbft@v{COMETBFT}"


def find_cometbft() -> Path:
    """The CometBFT beside this Python, or else on the path.

    Raises:
        BadInput: there is none, or another version.
    """
    beside = Path(sys.executable).with_name("cometbft")
    found = str(beside) if beside.is_file() else shutil.which("cometbft")
    if found is None:
        raise BadInput(f"cometbft {COMETBFT} is needed, there is none: {_HOW}")
    try:
        done = subprocess.run(  # noqa: S603 - the program that is to run
            [found, "version"], capture_output=True, text=True, check=False, timeout=_VERSION_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BadInput(f"{found}: does not run; cometbft {COMETBFT} is needed: {_HOW}") from error
    version = done.stdout.strip().splitlines()[-1:] or ["unknown"]
    if version != [COMETBFT]:
        raise BadInput(f"{found}: is version {version[0][:40]}; cometbft {COMETBFT} is needed: {_HOW}")
    return Path(found).absolute()


@contextmanager
def hold_homes(homes: Sequence[AuthorityHome]) -> Iterator[list[tuple[AuthorityHome, tuple[int, ...]]]]:
    """Hold each home as its only supervisor.

    Raises:
        BadInput: there is no node in one of them, or it has a supervisor, or processes of one.
    """
    held: list[tuple[AuthorityHome, tuple[int, ...]]] = []
    try:
        for home in homes:
            if not home.settings_file.is_file():
                raise BadInput(f"{home.root}: no node here; a home with authority.json was expected")
            held.append((home, (lock_beside(home.settings_file, "node", _LINGER),)))
        yield held
    finally:
        for _, locks in held:
            for lock in locks:
                os.close(lock)


def check_homes(homes: Sequence[AuthorityHome], passphrase: Path | None = None) -> None:
    """Refuse homes that cannot run, alone or together; `passphrase`: a file outside the home, if any.

    Raises:
        BadInput: names the file and what is wrong in it.
    """
    chains = {}
    for home in homes:
        settings = _check_home(home, passphrase)
        chains[settings.chain] = home
    if len(chains) > 1:
        one, other, *_ = chains.values()
        raise BadInput(f"{other.genesis}: another network's than {one.genesis}")
    _check_ports([home.settings() for home in homes])


def _check_home(home: AuthorityHome, passphrase: Path | None) -> Settings:
    settings, document = home.settings(), home.document()
    if settings.chain != document.chain_id:
        raise BadInput(f"{home.genesis}: is network {document.chain_id}, authority.json is for {settings.chain}")
    for path in home.secrets():
        check_private(path)
    node_id(home)
    public = consensus_public(home)
    if home.votes:
        _check_authority(home, document, public, home.passphrase(passphrase))
    elif public in document.validators:
        raise BadInput(f"{home.key}: is missing; the consensus key beside it is an authority's")
    _check_chain(home, document)
    return settings


def _check_authority(home: AuthorityHome, document: NetworkGenesis, public: bytes, passphrase: str) -> None:
    check_signed(home)
    if public not in document.validators:
        raise BadInput(f"{home.consensus_key}: no authority of this network has this key")
    index = document.validators.index(public)
    if AuthorityKeys.open(home.key, passphrase).public != document.genesis.authorities[index]:
        raise BadInput(f"{home.key}: not the key of authority {index + 1}, whose consensus key is beside it")


def _check_chain(home: AuthorityHome, document: NetworkGenesis) -> None:
    if not home.chain.exists():
        return
    try:
        with ChainFile.open(home.chain) as file:
            genesis, last = file.genesis(Genesis.decode), file.last()
    except Corrupt:
        return  # the application says what is damaged
    if genesis != document.genesis:
        raise BadInput(f"{home.chain}: is another chain's than {home.genesis}")
    if last is not None and not home.blocks.exists():
        raise BadInput(
            f"{home.chain}: is at block {last.height}, but {home.blocks.parent} has no blocks; remove {home.chain}* "
            "(see: Operating an authority, Restore)"
        )


def _check_ports(nodes: Sequence[Settings]) -> None:
    """Refuse addresses that are taken; all of them are tried before anything starts."""
    with_whom: dict[str, str] = {}
    for settings in nodes:
        for what, address in settings.listens:
            if address in with_whom:
                raise BadInput(f"{address} ({what} of {settings.name}): is that of {with_whom[address]} too")
            with_whom[address] = settings.name
            host, port = read_address(address, what)
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    trial.bind((host, port))
                    trial.listen()
                except OSError as error:
                    reason = error.strerror or str(error)
                    raise BadInput(f"{address} ({what} of {settings.name}): cannot listen there ({reason})") from error
