"""How a network's nodes are doing, as each of them says: for its operator, proved by nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from openmg.client.node import Node, Status
from openmg.errors import BadInput, Malformed, OpenMGError
from openmg.network.home import AuthorityHome
from openmg.network.keys import node_id

_PATIENCE: Final = 3.0
_SECOND: Final = 10**9
MUCH: Final = 5
"""Blocks behind another node that are more than the moment between two answers."""


@dataclass(frozen=True)
class Asked:
    """A node to ask, and what is known of it: who else answers there is not the one that is meant.

    `trouble`: why it cannot be asked at all. `network`: its chain id; `node_id`: what its node key makes it.
    """

    name: str
    url: str = ""
    network: str | None = None
    node_id: str | None = None
    trouble: str | None = None


@dataclass(frozen=True)
class NodeStatus:
    """One node. `trouble`: why there is nothing to say about it, or None; what is not known is None too.

    `compared`: the state root that the node has under the newest height that all nodes have. `age`: seconds since its
    newest block; between two slots nobody needs one. `behind`: blocks that another node has more.
    """

    name: str
    url: str
    trouble: str | None = None
    network: str | None = None
    height: int | None = None
    app_hash: str | None = None
    compared: str | None = None
    peers: tuple[str, ...] = ()
    catching_up: bool | None = None
    age: float | None = None
    behind: int | None = None
    slot: int | None = None
    phase: str | None = None
    epoch: int | None = None
    epoch_phase: str | None = None
    reports_waiting: int | None = None


@dataclass(frozen=True)
class NetworkStatus:
    """All nodes, and whether those that answer agree on the network and on the state at `common`."""

    nodes: tuple[NodeStatus, ...]
    common: int | None
    agree: bool

    @property
    def well(self) -> bool:
        """Whether all answer as they should, and agree."""
        return self.agree and all(node.trouble is None for node in self.nodes)


def ask_homes(homes: Sequence[AuthorityHome]) -> NetworkStatus:
    """Ask the nodes of these homes; one that cannot be read is one node's trouble."""
    return ask_nodes([_known(home) for home in homes])


def ask_nodes(nodes: Sequence[Asked]) -> NetworkStatus:
    """Ask all at the same time; nobody's silence keeps the others waiting."""
    with ThreadPoolExecutor(max_workers=max(len(nodes), 1)) as pool:
        found = list(pool.map(_ask, nodes))
        heights = [node.height for node in found if node.height]
        common = min(heights, default=None)
        if common is not None:
            highest = max(heights)
            found = list(pool.map(lambda node: _compare(node, common, highest), found))
    told = [node for node in found if node.trouble is None]
    agree = len({node.network for node in told}) <= 1 and len({node.compared for node in told if node.compared}) <= 1
    return NetworkStatus(tuple(found), common, agree)


def _known(home: AuthorityHome) -> Asked:
    try:
        settings = home.settings()
    except OpenMGError as error:
        return Asked(home.root.name, trouble=str(error))
    asked = Asked(settings.name, f"http://{settings.rpc}", settings.chain)
    with suppress(BadInput):  # who may ask a node need not be one who may read its key
        asked = replace(asked, node_id=node_id(home))
    return asked


def _ask(asked: Asked) -> NodeStatus:
    name, url = asked.name, asked.url
    if asked.trouble is not None:
        return NodeStatus(name, url, trouble=asked.trouble)
    try:
        with Node(url, _PATIENCE) as node:
            status = node.status()
            stranger = _stranger(asked, status)
            if stranger is not None:
                return NodeStatus(name, url, trouble=f"{url}: {stranger}")
            found = NodeStatus(
                name,
                url,
                network=status.network,
                height=status.height,
                app_hash=status.app_hash.hex(),
                peers=tuple(sorted(peer.moniker for peer in node.net_peers())),
                catching_up=status.catching_up,
                age=max(time.time_ns() - status.time_ns, 0) / _SECOND if status.height else None,
            )
            answer = node.query("/status", b"")
    except OpenMGError as error:
        return NodeStatus(name, url, trouble=str(error))
    try:
        return _with_market(found, answer.value)
    except Malformed as error:
        return replace(found, trouble=f"{url}: {error}")


def _stranger(asked: Asked, status: Status) -> str | None:
    """Who answers instead of the node that is meant; None when it is that one."""
    if asked.network is not None and status.network != asked.network:
        return f"a node of another network answers, {status.network}"
    if asked.node_id is not None and status.node_id != asked.node_id:
        return f"another node answers, {status.moniker} with id {status.node_id}"
    return None


def _with_market(found: NodeStatus, value: bytes) -> NodeStatus:
    try:
        told = json.loads(value)
        return replace(
            found,
            slot=told["slot"],
            phase=told["phase"],
            epoch=told["epoch"],
            epoch_phase=told["epoch_phase"],
            reports_waiting=told["reports_waiting"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed("the application says nothing about its state") from error


def _compare(node: NodeStatus, height: int, highest: int) -> NodeStatus:
    """With the node's state root under a height, unknown when it does not keep that block, and how far it is behind."""
    if node.trouble is None:
        node = replace(node, behind=highest - (node.height or 0))
        with suppress(OpenMGError), Node(node.url, _PATIENCE) as asked:
            for header in asked.headers(height, height):
                return replace(node, compared=header.app_hash.hex())
    return node
