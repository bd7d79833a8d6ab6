"""A new node beside the authorities: an observer, which begins with a snapshot or replays everything."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from openmg.client import NetworkGenesis
from openmg.client.node import Node
from openmg.client.nodes import Nodes
from openmg.client.view import ChainView
from openmg.errors import BadInput
from openmg.files import READABLE, staged_folder, write_atomically
from openmg.network.folder import (
    LEAST_PORT,
    MOST_PORT,
    OBSERVER_PORT,
    PORTS_EACH,
    lay_out,
    local_settings,
    write_settings,
)
from openmg.network.home import AuthorityHome, read_text
from openmg.network.keys import make_consensus_key, make_node_key, node_id
from openmg.network.settings import Sync, read_address

_LEAST_SERVERS: Final = 2


@dataclass(frozen=True)
class Joined:
    """A new home, and by which entry of `peers` others let it in."""

    home: AuthorityHome
    entry: str


def join_network(
    root: Path,
    source: Path,
    servers: Sequence[str],
    *,
    peers: Sequence[str] = (),
    base_port: int = OBSERVER_PORT,
    name: str = "observer",
    keep_days: int | None = None,
) -> Joined:
    """Make an observer's home; the folder appears whole or not at all.

    `source`: a node's home, whose peers are taken over, or genesis.json. `servers`: RPC endpoints; their newest header,
    verified from genesis on, is where the node begins. None: it replays all blocks, which needs nobody's word.

    Raises:
        BadInput: an unusable source, one server only, one that is another network's, no snapshot yet, nobody to talk
            to, or a folder that cannot be made.
        Unreachable: a server does not answer.
        Rejected: none of them has headers that hold.
    """
    document, known = _read_source(source)
    talks_to = tuple(dict.fromkeys((*known, *peers)))
    if not talks_to:
        raise BadInput(f"{source}: tells no peers; name them: --peer nodeid@host:port")
    if len(servers) == 1 or len(set(servers)) != len(servers):
        raise BadInput(f"--rpc: at least {_LEAST_SERVERS} different nodes were expected, or none to replay all")
    if not LEAST_PORT <= base_port <= MOST_PORT - PORTS_EACH:
        raise BadInput(f"--base-port {base_port}: {LEAST_PORT} to {MOST_PORT - PORTS_EACH} was expected")
    settings = local_settings(name, document.chain_id, base_port, talks_to, keep_days)
    if servers:
        settings = replace(settings, sync=_trusted(document, servers))
    with staged_folder(root) as staged:
        home = AuthorityHome(staged)
        lay_out(home)
        make_consensus_key(home)
        entry = f"{make_node_key(home)}@{settings.p2p}"
        write_atomically(home.genesis, document.encode().encode(), READABLE)
        write_settings(home, settings)
    return Joined(AuthorityHome(root), entry)


def _read_source(source: Path) -> tuple[NetworkGenesis, tuple[str, ...]]:
    """The document, and the peers that a home knows: its own, and itself."""
    if not source.is_dir():
        return NetworkGenesis.decode(read_text(source), str(source)), ()
    home = AuthorityHome(source)
    settings = home.settings()
    host, port = read_address(settings.p2p, "p2p")
    reached = settings.p2p if not ipaddress.ip_address(host).is_unspecified else f"127.0.0.1:{port}"
    return home.document(), (*settings.peers, f"{node_id(home)}@{reached}")


def _trusted(document: NetworkGenesis, servers: Sequence[str]) -> Sync:
    from openmg.engine.cometbft.snapshots import EVERY  # noqa: PLC0415 - a replaying observer needs no engine here

    for server in servers:
        # A snapshot is looked for at all of them, for ever: none may be silent or somebody else's.
        with Node(server) as node:
            network = node.status().network
        if network != document.chain_id:
            raise BadInput(f"--rpc {server}: is a node of {network}, not of {document.chain_id}")
    with Nodes.at(*servers) as nodes:
        trusted = ChainView(nodes, document).advance()
    if trusted.height < EVERY:
        raise BadInput(
            f"--rpc: the chain is at block {trusted.height}, there is no snapshot before block {EVERY}; leave out --rpc"
        )
    return Sync(tuple(servers), trusted.height, trusted.header_hash.hex().upper())
