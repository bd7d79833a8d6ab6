"""Real CometBFT processes of one network, each with a home, free ports and an application of the test's choice."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from openmg.authority import AuthorityKeys
from openmg.client.document import NetworkGenesis, Timeline
from openmg.client.node import Node, Unreachable
from tests.chain.town import genesis_of, seed
from tests.ports import free_ports

COMETBFT: Final = Path(sys.executable).with_name("cometbft")
PATIENCE: Final = 60.0
"""Seconds until a test gives up on what it waits for; nothing is slower than that."""
SETTINGS: Final = {
    "timeout_propose": '"500ms"',
    "timeout_propose_delta": '"200ms"',
    "timeout_prevote": '"300ms"',
    "timeout_precommit": '"300ms"',
    "timeout_commit": '"100ms"',
    "peer_gossip_sleep_duration": '"20ms"',
    "create_empty_blocks": "false",
    "pex": "false",
    "addr_book_strict": "false",
    "allow_duplicate_ip": "true",
    "indexer": '"null"',
    "keep-invalid-txs-in-cache": "true",
    "max_request_batch_size": "500",
    "max_body_bytes": "4000000",
    "pprof_laddr": '""',
}
APPLICATION: Final = """
from pathlib import Path
from openmg.client import NetworkGenesis
from openmg.engine.cometbft import serve
file = Path("cometbft/config/genesis.json")
document = NetworkGenesis.decode(file.read_text("utf-8"), str(file))
serve(Path(), document, peers=(), metrics=None, keep_days=None)
"""


class Validator:
    """One process of the consensus engine; killed at the end of the test."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.p2p, self.rpc = free_ports(2)
        self._process: subprocess.Popen[bytes] | None = None
        run(home, "init")
        self.node_id = run(home, "show-node-id").strip()
        key = json.loads((home / "config/priv_validator_key.json").read_text("utf-8"))
        self.key = base64.b64decode(key["pub_key"]["value"])

    @property
    def root(self) -> Path:
        """Where the engine is started."""
        return self.home

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.rpc}"

    def configure(self, document: NetworkGenesis, application: str, others: Sequence[Validator]) -> None:
        (self.home / "config/genesis.json").write_text(document.encode(), "utf-8")
        file = self.home / "config/config.toml"
        text = file.read_text("utf-8")
        peers = ",".join(f"{each.node_id}@127.0.0.1:{each.p2p}" for each in others)
        for name, value in (SETTINGS | {"proxy_app": f'"{application}"', "persistent_peers": f'"{peers}"'}).items():
            text = re.sub(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.MULTILINE)
        for section, port in (("p2p", self.p2p), ("rpc", self.rpc)):
            text = re.sub(rf"(\[{section}\]\n(?:.*\n)*?laddr = ).*", rf'\1"tcp://127.0.0.1:{port}"', text, count=1)
        file.write_text(text, "utf-8")

    def start(self) -> None:
        self._process = started(self.root, COMETBFT, "start", "--home", self.home, "--log_level=error", GOMAXPROCS="1")

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        if number == signal.SIGSTOP:
            # Until all its threads stand still, a node may answer once more.
            os.waitid(os.P_PID, self._process.pid, os.WSTOPPED)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def wait_for(self, height: int) -> None:
        with Node(self.url) as node:

            def reached() -> bool:
                assert self._process is None or self._process.poll() is None, (self.root / "log").read_text("utf-8")
                try:
                    return node.status().height >= height
                except Unreachable:
                    return False

            wait_until(reached)


class AuthorityNode(Validator):
    """The engine and the relay chain as its application, two processes in one home; nobody posts for the authority."""

    def __init__(self, home: Path) -> None:
        super().__init__(home / "cometbft")
        self._application: subprocess.Popen[bytes] | None = None
        self.keys = AuthorityKeys.create(home / "authority.key", "secret")

    @property
    def root(self) -> Path:
        return self.home.parent

    def start(self) -> None:
        self._application = started(self.root, sys.executable, "-c", APPLICATION)
        super().start()

    def kill(self) -> None:
        super().kill()
        if self._application is not None:
            self._application.kill()
            self._application.wait()
            self._application = None


@contextmanager
def validators(folder: Path, count: int) -> Iterator[list[Validator]]:
    """A network around the engine's own key-value store."""
    made = [Validator(folder / f"validator-{index}") for index in range(1, count + 1)]
    with running(made, document_of(made), "kvstore"):
        yield made


@contextmanager
def authorities(folder: Path, count: int) -> Iterator[tuple[list[AuthorityNode], NetworkGenesis]]:
    """A network around the relay chain."""
    made = [AuthorityNode(folder / f"authority-{index}") for index in range(1, count + 1)]
    document = document_of(made, [each.keys.public for each in made])
    with running(made, document, "unix://application.sock"):
        yield made, document


@contextmanager
def running(made: Sequence[Validator], document: NetworkGenesis, application: str) -> Iterator[None]:
    for each in made:
        each.configure(document, application, [other for other in made if other is not each])
    with ExitStack() as stack:
        for each in made:
            stack.callback(each.kill)
            each.start()
        for each in made:
            each.wait_for(1)
        yield


def document_of(made: Sequence[Validator], keys: Sequence[bytes] = ()) -> NetworkGenesis:
    """The tests' parameters for these validators; the first slot begins with the network."""
    genesis = genesis_of(keys or [seed(f"authority {index}") for index in range(len(made))])
    timeline = Timeline(time.time_ns(), genesis.starts(genesis.first_slot), 1)
    return NetworkGenesis(genesis, tuple(each.key for each in made), timeline)


def started(folder: Path, *command: str | Path, **variables: str) -> subprocess.Popen[bytes]:
    """A process at work in a folder, with a log there."""
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=os.environ | variables)


@contextmanager
def silent() -> Iterator[str]:
    """The URL of somebody who takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def wait_until(done: Callable[[], bool], pause: float = 0.05) -> None:
    """Poll until it holds."""
    limit, tick = time.monotonic() + PATIENCE, threading.Event()
    while not done():
        assert time.monotonic() < limit, "nothing more happens"
        tick.wait(pause)


def run(home: Path, command: str) -> str:
    return subprocess.run([COMETBFT, command, "--home", home], check=True, capture_output=True, text=True).stdout
