"""How a network's nodes are doing, as each of them says: for its operator, proved by nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from openmg.client.node import Node
from openmg.errors import Malformed, OpenMGError

_PATIENCE: Final = 3.0


@dataclass(frozen=True)
class NodeStatus:
    """One node. `trouble`: why there is nothing to say about it, or None; what is not known is None too.

    `compared`: the state root that the node has under the newest height that all nodes have.
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


def ask_nodes(nodes: Sequence[tuple[str, str]]) -> NetworkStatus:
    """Ask each (name, URL) at the same time; nobody's silence keeps the others waiting."""
    with ThreadPoolExecutor(max_workers=max(len(nodes), 1)) as pool:
        found = list(pool.map(lambda each: _ask(*each), nodes))
        heights = [node.height for node in found if node.height]
        common = min(heights, default=None)
        if common is not None:
            found = list(pool.map(lambda node: _compare(node, common), found))
    told = [node for node in found if node.trouble is None]
    agree = len({node.network for node in told}) <= 1 and len({node.compared for node in told if node.compared}) <= 1
    return NetworkStatus(tuple(found), common, agree)


def _ask(name: str, url: str) -> NodeStatus:
    try:
        with Node(url, _PATIENCE) as node:
            status = node.status()
            found = NodeStatus(
                name,
                url,
                network=status.network,
                height=status.height,
                app_hash=status.app_hash.hex(),
                peers=tuple(sorted(peer.moniker for peer in node.net_peers())),
                catching_up=status.catching_up,
            )
            answer = node.query("/status", b"")
    except OpenMGError as error:
        return NodeStatus(name, url, trouble=str(error))
    try:
        return _with_market(found, answer.value)
    except Malformed as error:
        return replace(found, trouble=f"{url}: {error}")


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


def _compare(node: NodeStatus, height: int) -> NodeStatus:
    """With the node's state root under a height; unknown when it does not keep that block."""
    if node.trouble is None:
        with suppress(OpenMGError), Node(node.url, _PATIENCE) as asked:
            for header in asked.headers(height, height):
                return replace(node, compared=header.app_hash.hex())
    return node
