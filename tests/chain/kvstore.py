"""Real CometBFT nodes around its own key-value store, to hold the light client against.

`python -m tests.chain.kvstore` records what they answer as the vectors of the light client's unit tests.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from tests.chain.test_kills import wait_until
from tests.ports import free_ports
from tests.unit.lightclient.answers import Answer, answer_of

COMETBFT = Path(sys.executable).with_name("cometbft")
VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "lightclient"
SETTINGS = {
    "timeout_propose": "400ms",
    "timeout_prevote": "200ms",
    "timeout_precommit": "200ms",
    "timeout_commit": "100ms",
    "timeout_broadcast_tx_commit": "60s",
}


class Network:
    """Validators on this machine, as they answer for themselves."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        self._ports = free_ports(2 * count)
        self._processes: list[subprocess.Popen[str]] = []
        self.client = httpx.Client(timeout=90)
        cometbft("testnet", "--v", str(count), "--o", str(folder), "--populate-persistent-peers=false")
        self.genesis = json.loads((self.home(0) / "config/genesis.json").read_text("utf-8"))
        ids = [cometbft("show-node-id", "--home", str(self.home(index))).strip() for index in range(count)]
        peers = [f"{node}@127.0.0.1:{port}" for node, port in zip(ids, self._ports[:count], strict=True)]
        for index in range(count):
            config = self.home(index) / "config/config.toml"
            text = config.read_text("utf-8")
            for name, value in SETTINGS.items():
                text = re.sub(rf"^{name} = .*$", f'{name} = "{value}"', text, flags=re.MULTILINE)
            config.write_text(text.replace("allow_duplicate_ip = false", "allow_duplicate_ip = true"), "utf-8")
            self._processes.append(self._start(index, [peer for peer in peers if peer != peers[index]]))

    def home(self, index: int) -> Path:
        return self._folder / f"node{index}"

    def _start(self, index: int, peers: list[str]) -> subprocess.Popen[str]:
        p2p, rpc = self._ports[index], self._ports[len(self._ports) // 2 + index]
        flags = {
            "home": str(self.home(index)),
            "proxy_app": "kvstore",
            "log_level": "error",
            "rpc.laddr": f"tcp://127.0.0.1:{rpc}",
            "rpc.pprof_laddr": "",
            "p2p.laddr": f"tcp://127.0.0.1:{p2p}",
            "p2p.pex": "false",
            "p2p.persistent_peers": ",".join(peers),
        }
        command = [str(COMETBFT), "start", *(f"--{name}={value}" for name, value in flags.items())]
        environment = {**os.environ, "GOMAXPROCS": "1"}
        with (self._folder / f"node{index}.log").open("w") as log:
            return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, text=True, env=environment)

    def ask(self, path: str, **parameters: str) -> dict[str, Any]:
        """The first node's answer."""
        port = self._ports[len(self._ports) // 2]
        answer = self.client.get(f"http://127.0.0.1:{port}/{path}", params=parameters).json()
        assert "result" in answer, answer
        return dict(answer["result"])

    def height(self) -> int:
        try:
            return int(self.ask("status")["sync_info"]["latest_block_height"])
        except httpx.TransportError:
            return 0

    def wait_for(self, height: int) -> None:
        wait_until(lambda: self.height() >= height, self._processes[0])
        assert self.height() >= height, (self._folder / "node0.log").read_text("utf-8")

    def post(self, transaction: bytes) -> None:
        """Have a transaction wait for a block."""
        assert self.ask("broadcast_tx_sync", tx=f"0x{transaction.hex()}")["code"] == 0

    def keep(self, transaction: bytes) -> int:
        """Have a transaction in a block; returns the height."""
        result = self.ask("broadcast_tx_commit", tx=f"0x{transaction.hex()}")
        assert result["tx_result"]["code"] == 0, result
        return int(result["height"])

    def set_power(self, index: int, power: int) -> int:
        """Give a validator another power; it counts two blocks after the height returned."""
        key = self.genesis["validators"][index]["pub_key"]["value"]
        return self.keep(f"val=ed25519!{key}!{power}".encode())

    def stop(self, index: int) -> None:
        self._processes[index].kill()
        self._processes[index].wait()

    def raw(self, height: int) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        at = str(height)
        validators = self.ask("validators", height=at, per_page="100")
        return self.ask("commit", height=at), validators, self.ask("block", height=at)

    def answer(self, height: int) -> Answer:
        return answer_of(*self.raw(height))

    def close(self) -> None:
        for index in range(len(self._processes)):
            self.stop(index)
        self.client.close()


@contextmanager
def network(folder: Path, count: int) -> Iterator[Network]:
    made = Network(folder, count)
    try:
        yield made
    finally:
        made.close()


def live_a_little(nodes: Network) -> list[int]:
    """Blocks without and with transactions, validators that change, one that stops; the heights worth a look."""
    nodes.wait_for(3)
    for number in range(3):
        nodes.post(f"hour{number}={number}".encode())
    heights = [1, 2, 3, nodes.keep(b"sun=1"), nodes.keep(b"wind=2")]
    if len(nodes.genesis["validators"]) == 1:
        return heights
    changed = nodes.set_power(2, 3)
    nodes.wait_for(changed + 3)
    heights += [changed, changed + 1, changed + 2, changed + 3]
    nodes.stop(3)
    stopped = nodes.height()
    # Long enough for the stopped one's turn to propose, which costs a round.
    nodes.wait_for(stopped + 8)
    return [*heights, *range(stopped + 2, stopped + 8)]


def cometbft(*arguments: str) -> str:
    return subprocess.run([COMETBFT, *arguments], check=True, capture_output=True, text=True).stdout


def record(name: str, count: int) -> None:
    with TemporaryDirectory() as folder, network(Path(folder), count) as nodes:
        heights = live_a_little(nodes)
        answers = []
        for height in heights:
            commit, validators, block = nodes.raw(height)
            transactions = {"block": {"data": {"txs": block["block"]["data"]["txs"]}}}
            answers.append({"commit": commit, "validators": validators, "block": transactions})
        vector = {"genesis": nodes.genesis, "answers": answers}
    VECTORS.mkdir(parents=True, exist_ok=True)
    (VECTORS / name).write_text(json.dumps(vector, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    record("one.json", 1)
    record("four.json", 4)
