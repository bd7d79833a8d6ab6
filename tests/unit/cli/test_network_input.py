"""Bad input to `openmg network` and `openmg authority`: one clear line, exit code 2, nothing written or started."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from openmg.cli import main
from openmg.network import AuthorityHome, Network
from openmg.storage import ChainFile, StoredBlock, lock_beside
from tests.unit.network.founding import make_network

OPENMG = Path(sys.executable).with_name("openmg")


class Refused(Protocol):
    """Runs `openmg` in a folder; gives the one line that it says."""

    def __call__(self, folder: Path, *arguments: str) -> str: ...


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Refused:
    """Nothing in the folder may change but locks."""

    def run(folder: Path, *arguments: str) -> str:
        before = listing(folder)
        with monkeypatch.context() as patch:
            patch.chdir(folder)
            patch.setattr(sys, "argv", ["openmg", *arguments])
            with pytest.raises(SystemExit) as left:
                main()
        out, line = capfd.readouterr()
        assert (left.value.code, out) == (2, "")
        assert line.startswith("openmg: ")
        assert line.count("\n") == 1
        assert listing(folder) == before
        return line

    return run


def listing(folder: Path) -> dict[Path, int]:
    return {
        path: path.lstat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(".lock")
    }


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_network(tmp_path_factory.mktemp("cli") / "net", 2).root


@pytest.fixture
def net(tmp_path: Path, founded: Path) -> Network:
    """A network of two, of its own for each test."""
    shutil.copytree(founded, tmp_path / "net")
    return Network.open(tmp_path / "net")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--authorities", "17"], "--authorities 17: 1 to 16"),
        (["--authorities", "0"], "--authorities 0: 1 to 16"),
        (["--base-port", "80"], "--base-port 80: 1024 to 65495"),
        (["--base-port", "65500"], "--base-port 65500: 1024 to 65495"),
        (["--keep-days", "0"], "keep_days is 0"),
        (["--name", ""], "name: is empty"),
        (["--parameters", "none.json"], "none.json: cannot be read (No such file or directory)"),
        (["--parameters", "broken.json"], "broken.json: no JSON"),
        (["--parameters", "list.json"], "list.json: the document: an object was expected"),
        (["--parameters", "unknown.json"], "unknown.json: slots is unknown; known are name, slot_seconds"),
        (["--parameters", "text.json"], "text.json: gate: a whole number was expected"),
        (["--parameters", "slot.json"], "slot.json: slot_seconds is 7: one of"),
        (["--parameters", "levels.json"], "level"),
        (["--parameters", "battery.json"], "battery.json: volts is unknown"),
    ],
)
def test_a_network_that_cannot_be(tmp_path: Path, arguments: list[str], says: str, refused: Refused) -> None:
    for name, content in (
        ("broken", "{"),
        ("list", "[]"),
        ("unknown", '{"slots": 1}'),
        ("text", '{"gate": "60"}'),
        ("slot", '{"slot_seconds": 7}'),
        ("levels", '{"levels": [2, 1]}'),
        ("battery", '{"battery": {"volts": 1}}'),
    ):
        (tmp_path / f"{name}.json").write_text(content)
    assert says in refused(tmp_path, "network", "init", *arguments, "new")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_used(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter").write_text("dear")
    (tmp_path / "dangling").symlink_to("nowhere")
    for name, says in (
        ("full", "full: holds something already"),
        ("dangling", "dangling: holds something already"),
        ("full/letter/new", "full/letter/new: cannot be made"),
        (".", "holds something already"),
    ):
        assert says in refused(tmp_path, "network", "init", name)


@pytest.mark.parametrize("command", ["start", "status"])
def test_where_there_is_no_network(tmp_path: Path, command: str, refused: Refused) -> None:
    assert "nowhere: no network here" in refused(tmp_path, "network", command, "nowhere")
    (tmp_path / "network.json").write_text('{"schema": "openmg/network/1", "homes": ["../x"]}')
    assert "network.json: not a network's list of homes" in refused(tmp_path, "network", command, ".")


@pytest.mark.parametrize("command", ["run", "application", "daemon"])
def test_where_there_is_no_node(tmp_path: Path, command: str, refused: Refused) -> None:
    assert "nowhere: no node here" in refused(tmp_path, "authority", command, "nowhere")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--node", "http://127.0.0.1:1"], "--node and --genesis go together"),
        (["--genesis", "genesis.json"], "--node and --genesis go together"),
        (["--node", "http://127.0.0.1:1", "--genesis", "genesis.json", "."], "and without a folder"),
        (["--node", "http://127.0.0.1:1", "--genesis", "none.json"], "none.json: cannot be read"),
        (["--node", "nonsense", "--genesis", "genesis.json"], "'nonsense': a node's address like"),
        (["--node", "http://127.0.0.1:1", "--genesis", "genesis.json"], "http://127.0.0.1:1: "),
    ],
)
def test_a_network_that_cannot_be_replayed(net: Network, arguments: list[str], says: str, refused: Refused) -> None:
    assert says in refused(net.root, "replay", *arguments)


def edited(**changes: object) -> Callable[[AuthorityHome], None]:
    def edit(home: AuthorityHome) -> None:
        content = json.loads(home.settings_file.read_text())
        home.settings_file.write_text(json.dumps({**content, **changes}))

    return edit


def signed(**changes: object) -> Callable[[AuthorityHome], None]:
    def edit(home: AuthorityHome) -> None:
        home.signed.write_text(json.dumps({"height": "14", "round": 0, "step": 3, **changes}))

    return edit


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda home: home.settings_file.write_text("{"), "authority.json: no JSON"),
        (lambda home: home.settings_file.write_text("[]"), "authority.json: an object was expected"),
        (lambda home: home.settings_file.write_bytes(b"\xff"), "authority.json: cannot be read (no text)"),
        (edited(schema="openmg/authority/2"), "authority.json: schema is 'openmg/authority/2'"),
        (edited(colour="red"), "authority.json: colour is unknown"),
        (edited(name="Ünder"), "authority.json: name"),
        (edited(rpc="0.0.0.0:26601"), "only this machine (127.0.0.1) may reach it, because CometBFT's RPC asks nobody"),
        (edited(metrics="192.0.2.1:9"), "metrics is 192.0.2.1:9: only this machine"),
        (edited(validator_metrics="[::]:9"), "validator_metrics is [::]:9: only this machine"),
        (edited(rpc="localhost:26601"), "rpc is 'localhost:26601': an address and a port"),
        (edited(p2p="127.0.0.1"), "p2p is '127.0.0.1'"),
        (edited(p2p="127.0.0.1:0"), "p2p is '127.0.0.1:0'"),
        (edited(p2p=26600), "p2p: a text was expected"),
        (edited(metrics="127.0.0.1:20001", rpc="127.0.0.1:20001"), "are the same address"),
        (edited(peers=["127.0.0.1:26610"]), "peers: '127.0.0.1:26610' is not of the form nodeid@host:port"),
        (edited(keep_days=0), "keep_days is 0"),
        (edited(keep_days=True), "keep_days: null or a whole number"),
        (edited(sync={"servers": ["http://a"], "height": 1, "hash": "AA"}), "sync.servers: at least two"),
        (edited(chain="openmg-00"), "authority.json is for openmg-00"),
        (lambda home: home.genesis.unlink(), "genesis.json: cannot be read"),
        (lambda home: home.genesis.write_text("{}"), "genesis.json: the document has no app_state"),
        (lambda home: home.key.chmod(0o640), "authority.key: has mode 0640, others may use it; run: chmod 600"),
        (lambda home: home.passphrase_file.chmod(0o644), "passphrase: has mode 0644"),
        (lambda home: home.consensus_key.chmod(0o604), "priv_validator_key.json: has mode 0604"),
        (lambda home: home.node_key.chmod(0o660), "node_key.json: has mode 0660"),
        (lambda home: home.passphrase_file.write_text("wrong\n"), "authority.key: wrong passphrase"),
        (lambda home: (home.passphrase_file.unlink(), home.passphrase_file.mkdir()), "passphrase: is a folder"),
        (lambda home: home.passphrase_file.unlink(), "passphrase: cannot be read"),
        (lambda home: home.key.unlink(), "authority.key: is missing; the consensus key beside it is an authority's"),
        (lambda home: home.node_key.write_text("{}"), "node_key.json: not a key file of CometBFT"),
        (lambda home: home.consensus_key.write_text("[]"), "priv_validator_key.json: not a key file of CometBFT"),
        (lambda home: home.signed.unlink(), "priv_validator_state.json: is missing; a validator that forgot"),
        (lambda home: home.signed.write_text("{}"), "priv_validator_state.json: not what a validator wrote"),
        (signed(height=14), 'such as {"height": "14", "round": 0, "step": 3}, the height in quotes'),
        (signed(height="H + 3"), "priv_validator_state.json: not what a validator wrote"),
        (signed(height="-1"), "priv_validator_state.json: not what a validator wrote"),
        (signed(round="0"), "priv_validator_state.json: not what a validator wrote"),
        (signed(step=9), "priv_validator_state.json: not what a validator wrote"),
    ],
)
def test_a_home_that_cannot_run(
    net: Network, edit: Callable[[AuthorityHome], None], says: str, refused: Refused
) -> None:
    home = net.homes[0]
    edit(home)
    assert says in refused(net.root, "authority", "run", "authority-1")


def test_what_belongs_to_another_network(net: Network, tmp_path: Path, refused: Refused) -> None:
    other = make_network(tmp_path / "other").homes[0]
    first, second = net.homes

    def swapped(*names: str) -> str:
        for name in names:
            shutil.copy2(other.root / name, first.root / name)
        return refused(net.root, "network", "start", ".")

    keys = "cometbft/config/priv_validator_key.json"
    voice = ("authority.json", keys, "authority.key", "passphrase")
    assert "genesis.json: is network openmg-" in swapped("cometbft/config/genesis.json")
    assert "authority-2/cometbft/config/genesis.json: another network's than" in swapped(*voice)
    shutil.copytree(second.root, first.root, dirs_exist_ok=True)
    shutil.copy2(other.root / keys, first.root / keys)
    assert "no authority of this network has this key" in refused(net.root, "authority", "run", "authority-1")
    shutil.copy2(second.root / keys, first.root / keys)
    shutil.copy2(other.key, first.key)
    shutil.copy2(other.passphrase_file, first.passphrase_file)
    assert "authority.key: not the key of authority 2" in refused(net.root, "authority", "run", "authority-1")


def test_a_chain_file_of_another_chain(net: Network, tmp_path: Path, refused: Refused) -> None:
    ChainFile.create(net.homes[0].chain, make_network(tmp_path / "other").document().genesis).close()
    assert "chain.db: is another chain's than" in refused(net.root, "authority", "run", "authority-1")


def test_a_chain_file_without_the_blocks_that_it_came_from(net: Network, refused: Refused) -> None:
    home = net.homes[0]
    with ChainFile.create(home.chain, net.document().genesis) as file:
        file.append(StoredBlock(1, None, bytes(32)), [], [], (), bytes(32))
    line = refused(net.root, "authority", "run", "authority-1")
    assert "chain.db: is at block 1, but authority-1/cometbft/data has no blocks; remove authority-1/chain.db*" in line


def test_a_port_in_use_is_named_before_anything_starts(net: Network, refused: Refused) -> None:
    settings = net.homes[1].settings()
    host, port = settings.rpc.split(":")
    with socket.create_server((host, int(port))):
        line = refused(net.root, "network", "start", ".")
    assert f"{settings.rpc} (rpc of authority-2): cannot listen there (Address already in use)" in line
    assert not any((home.root / "logs" / "validator.log").exists() for home in net.homes)
    edited(metrics=settings.rpc)(net.homes[0])
    assert "(rpc of authority-2): is that of authority-1 too" in refused(net.root, "network", "start", ".")


def test_two_supervisors_of_one_home(net: Network, refused: Refused) -> None:
    with os.fdopen(lock_beside(net.homes[1].settings_file, "node")):
        assert "another program has this node open" in refused(net.root, "network", "start", ".")


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo 0.40.0", "is version 0.40.0; cometbft 0.38.25 is needed: `make setup` builds it"),
        ("exit 1", "is version unknown; cometbft 0.38.25 is needed"),
        (None, "cometbft 0.38.25 is needed, there is none: `make setup` builds it"),
    ],
)
def test_another_cometbft_or_none(
    net: Network, script: str | None, says: str, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = net.root / "bin"
    beside.mkdir()
    if script is not None:
        (beside / "cometbft").write_text(f"#!/bin/sh\n{script}\n")
        (beside / "cometbft").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(beside / "python"))
    monkeypatch.setenv("PATH", "/nowhere")
    assert says in refused(net.root, "network", "start", ".")


def test_a_credential_of_systemd_is_private_whatever_its_mode_shows(
    net: Network, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = net.root / "credentials" / "passphrase"
    given.parent.mkdir()
    given.write_text("another\n")
    given.chmod(0o440)
    arguments = ("authority", "run", "authority-1", "--passphrase-file", str(given))
    assert "passphrase: has mode 0440" in refused(net.root, *arguments)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(given.parent))
    assert "authority.key: wrong passphrase" in refused(net.root, *arguments)


def test_an_id_of_a_node(net: Network, refused: Refused) -> None:
    done = subprocess.run([OPENMG, "authority", "id", net.homes[0].root], capture_output=True, text=True, check=True)
    assert net.homes[1].settings().peers[0].startswith(done.stdout.strip() + "@")
    assert "nowhere/cometbft/config/node_key.json: cannot be read" in refused(net.root, "authority", "id", "nowhere")


def test_a_silent_network_is_told_as_such(net: Network) -> None:
    shutil.rmtree(net.homes[1].root)
    done = subprocess.run(
        [OPENMG, "network", "status", "--json", "."],
        cwd=net.root,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert [node["name"] for node in told["nodes"]] == ["authority-1", "authority-2"]
    assert "http://127.0.0.1" in told["nodes"][0]["trouble"]
    assert "authority-2/authority.json: cannot be read" in told["nodes"][1]["trouble"]
    assert (told["agree"], told["common"]) == (True, None)
