"""Blocks of the past, each tied to a header that was verified (WIRE-14)."""

from __future__ import annotations

from collections.abc import Iterator

from openmg.chains import Block
from openmg.client.document import NetworkGenesis
from openmg.client.node import HEADERS, Node, Refused
from openmg.client.nodes import Nodes
from openmg.errors import Rejected
from openmg.lightclient import Trusted, check_transactions, header_hash
from openmg.lightclient.header import header_time


def blocks_between(nodes: Nodes, document: NetworkGenesis, begin: int, trusted: Trusted) -> Iterator[Block]:
    """The blocks from `begin` up to the trusted header's.

    Raises:
        Unreachable: no node answers.
        Refused: no node that answers keeps a block.
        Rejected: what nodes give does not belong to the chain.
    """
    for height, digest in enumerate(_hashes(nodes, max(begin, 1), trusted), max(begin, 1)):
        yield nodes.ask(lambda node, height=height, digest=digest: _block(node, document, height, digest))  # type: ignore[misc]


def _hashes(nodes: Nodes, begin: int, trusted: Trusted) -> list[bytes]:
    """The blocks' hashes, rising: each header names the one before it, so that one signature speaks for all.

    32 bytes a block are kept, not the headers.
    """
    if begin > trusted.height:
        return []
    found, height = [trusted.header_hash], trusted.height
    while height > begin:
        lowest = max(begin + 1, height - HEADERS + 1)
        found += nodes.ask(
            lambda node, lowest=lowest, height=height, digest=found[-1]: _before(node, lowest, height, digest)  # type: ignore[misc]
        )
        height = lowest - 1
    return found[::-1]


def _before(node: Node, lowest: int, highest: int, digest: bytes) -> list[bytes]:
    """The hashes before each header from the highest, whose own hash is known, to the lowest."""
    headers = node.headers(lowest, highest)
    if [header.height for header in headers] != list(range(lowest, highest + 1)):
        earliest = node.status().earliest
        if earliest > lowest:
            raise Refused(node.url, f"keeps blocks only from {earliest} on, {lowest} is needed; ask an archive")
        raise Rejected("WIRE-14", f"{node.url}: other headers than those from {lowest} to {highest}")
    found = []
    for header in reversed(headers):
        if header_hash(header) != digest:
            raise Rejected("WIRE-14", f"{node.url}: header {header.height} is not the chain's")
        digest = header.last_block_id.hash
        found.append(digest)
    return found


def _block(node: Node, document: NetworkGenesis, height: int, digest: bytes) -> Block:
    raw = node.block(height)
    header = raw.header
    if header_hash(header) != digest:
        raise Rejected("WIRE-14", f"{node.url}: block {height} is not the chain's")
    check_transactions(header, raw.transactions)
    time = document.timeline.block_time(header_time(header))
    proposer = document.index_of(header.proposer_address)
    return Block(header.height, time, proposer, header.app_hash, raw.transactions)
