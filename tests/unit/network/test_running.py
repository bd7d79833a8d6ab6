"""A network as an operator has it: all processes, killed ones come back, observers join, anybody replays."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from openmg.chains import Genesis
from openmg.client import Timeline
from openmg.client.node import Node, Unreachable
from openmg.errors import BadInput
from openmg.network import AuthorityHome, Network, init_network
from openmg.network.folder import PORTS_EACH, write_settings
from openmg.network.joining import join_network
from openmg.network.keys import node_id
from openmg.network.parameters import Parameters
from openmg.network.programs import APPLICATION, DAEMON, VALIDATOR
from openmg.network.run import run_homes
from openmg.network.settings import Settings
from openmg.network.status import Asked, ask_nodes
from tests.ports import free_ports
from tests.unit.network.founding import make_network
from tests.unit.network.running import all_at, run, status_when

OPENMG = Path(sys.executable).with_name("openmg")
MADE = 5
"""Height at which a network has made its first epoch's key and rests."""
QUICK = 60
"""Slots of 300 s that pass in a minute where a snapshot is waited for."""


def let_in(home: AuthorityHome, entry: str) -> None:
    settings = home.settings()
    write_settings(home, Settings.decode(json.dumps({**json.loads(settings.encode()), "peers": [entry]}), "test"))


def test_an_observer_replays_all_and_killed_processes_come_back(tmp_path: Path) -> None:
    base = free_ports(2 * PORTS_EACH).start
    # Deeper than the path of a socket may be long.
    deep = tmp_path / ("deep" * 20) / ("deeper" * 10)
    home = make_network(deep / "net", 1, base).homes[0]
    joined = join_network(deep / "observer", home.root, [], base_port=base + PORTS_EACH)
    let_in(home, joined.entry)
    homes = [home, joined.home]
    with run(homes) as supervisor:
        status = status_when(homes, all_at(MADE))
        assert status.agree
        assert [node.peers for node in status.nodes] == [("observer",), ("authority-1",)]
        assert (status.nodes[0].epoch, status.nodes[0].epoch_phase) == (0, "ready")
        assert supervisor.pid("observer", DAEMON) is None
        for role in (VALIDATOR, APPLICATION, DAEMON):
            pid = supervisor.pid("authority-1", role)
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            after = status_when(homes, lambda status: all(node.peers for node in status.nodes))
            assert after.agree
        with pytest.raises(BadInput, match="another program has this node open"), run([home]):
            pass
        who_answers_is_known(home, joined.home)
        who_offers_no_snapshot_is_refused(home, joined.home, tmp_path / "late")
        url = f"http://{joined.home.settings().rpc}"
        command: list[str | Path] = [OPENMG, "replay", "--json", "--node", url, "--genesis", home.genesis]
        replayed = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
        assert replayed["blocks"] >= MADE


def test_a_node_whose_state_is_damaged_ends_with_one_line(tmp_path: Path) -> None:
    home = make_network(tmp_path / "net").homes[0]
    home.chain.write_bytes(b"garbage" * 1000)
    told: list[str] = []
    with pytest.raises(BadInput, match=r"^authority-1: chain\.db: not a chain file"):
        run_homes([home], lambda name, line: told.append(f"{name}: {line}"))
    assert any("application ended (exit code 2: openmg: chain.db: not a chain file" in line for line in told)
    assert sum("application started" in line for line in told) == 1


def who_answers_is_known(home: AuthorityHome, observer: AuthorityHome) -> None:
    """On a port may be a node of another network, or another one of the same."""
    mine, other = (f"http://{each.settings().rpc}" for each in (home, observer))
    chain = home.settings().chain
    told = ask_nodes([Asked("a", mine, chain), Asked("b", mine, "openmg-00"), Asked("c", other, chain, node_id(home))])
    assert not told.well
    assert told.nodes[0].trouble is None
    assert "a node of another network answers, openmg-" in str(told.nodes[1].trouble)
    assert f"another node answers, observer with id {node_id(observer)}" in str(told.nodes[2].trouble)
    command: list[str | Path] = [OPENMG, "network", "status", home.root]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1].startswith("authority-1  ")


def who_offers_no_snapshot_is_refused(home: AuthorityHome, observer: AuthorityHome, root: Path) -> None:
    mine, other = (f"http://{each.settings().rpc}" for each in (home, observer))
    with pytest.raises(Unreachable, match=r"http://127\.0\.0\.1:1: "):
        join_network(root, home.root, [mine, "http://127.0.0.1:1"])
    with pytest.raises(BadInput, match="there is no snapshot before block 200; leave out --rpc"):
        join_network(root, home.root, [mine, other])
    assert not root.exists()


def quick_network(root: Path, base: int) -> Network:
    """Chain time runs so fast that blocks come one after another."""
    now = time.time_ns()
    parameters = Parameters(slot_seconds=300, min_reports=1)

    def found(utility: bytes, battery: bytes, authorities: Sequence[bytes]) -> Genesis:
        return parameters.genesis(utility, battery, authorities, now // 10**9)

    timeline = Timeline(now, now // 10**9, 300 * QUICK // 60)
    return init_network(root, found, authorities=1, base_port=base, timeline=timeline)


@pytest.mark.long
def test_an_observer_begins_with_a_snapshot(tmp_path: Path) -> None:
    base = free_ports(2 * PORTS_EACH).start
    home = quick_network(tmp_path / "net", base).homes[0]
    with run([home]):
        status_when([home], lambda _: any((home.root / "snapshots").iterdir()))
        foreign = make_network(tmp_path / "other").homes[0]
        with pytest.raises(BadInput, match=r"--rpc http://127.0.0.1:\d+: is a node of openmg-"):
            join_network(tmp_path / "wrong", foreign.root, [f"http://{home.settings().rpc}", "http://127.0.0.1:1"])
        port = home.settings().rpc.rpartition(":")[2]
        servers = [f"http://127.0.0.1:{port}", f"http://localhost:{port}"]
        joined = join_network(tmp_path / "observer", home.root, servers, base_port=base + PORTS_EACH)
    let_in(home, joined.entry)
    homes = [home, joined.home]
    with run(homes):
        first = joined.home.settings().sync
        assert first is not None
        status = status_when(homes, all_at(first.height + 10))
        assert status.agree
        with Node(f"http://{joined.home.settings().rpc}") as node:
            assert node.status().earliest > 1, "nothing was replayed"


def test_who_cannot_join(tmp_path: Path) -> None:
    net = make_network(tmp_path / "net", 1, 20_000)
    for source, servers, peers, says in (
        (net.genesis, [], [], "tells no peers; name them: --peer nodeid@host:port"),
        (net.genesis, [], ["127.0.0.1:1"], "is not of the form nodeid@host:port"),
        (net.homes[0].root, ["http://127.0.0.1:1"], [], "--rpc: at least 2 different nodes"),
        (net.homes[0].root, ["http://127.0.0.1:1"] * 2, [], "--rpc: at least 2 different nodes"),
        (tmp_path / "none", [], [], "none: cannot be read"),
        (tmp_path, [], [], "authority.json: cannot be read"),
    ):
        with pytest.raises(BadInput, match=says):
            join_network(tmp_path / "new", source, servers, peers=peers)
    with pytest.raises(BadInput, match="holds something already"):
        join_network(net.root, net.homes[0].root, [])
    assert not (tmp_path / "new").exists()
