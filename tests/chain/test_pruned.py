"""A node that keeps its newest blocks only says so; nobody takes it for a liar."""

from __future__ import annotations

from pathlib import Path

import pytest

from openmg.client.calls import Refused
from openmg.client.node import Node
from openmg.client.nodes import Nodes
from openmg.client.view import ChainView
from tests.chain.cometbft import Validator, document_of, running
from tests.chain.impostors import Json, changing

KEPT = 4
"""The first block that the node keeps."""


def pruned(request: Json, result: Json) -> Json:
    if request["method"] == "blockchain":
        result["block_metas"] = [each for each in result["block_metas"] if int(each["header"]["height"]) >= KEPT]
    if request["method"] == "status":
        result["sync_info"]["earliest_block_height"] = str(KEPT)
    return result


def test_a_node_without_old_blocks_names_its_first_one(tmp_path: Path) -> None:
    node = Validator(tmp_path / "validator")
    document = document_of([node])
    with running([node], document, "kvstore"):
        with Node(node.url) as open_node:
            for height in range(1, KEPT + 2):
                node.wait_for(height)
                open_node.broadcast([b"block=%d" % height])
        with changing(node.url, pruned) as young:
            with Nodes.at(young, patience=30) as nodes, pytest.raises(Refused, match="only from 4 on, 2 is needed"):
                list(ChainView(nodes, document).blocks(1))
            with Nodes.at(young, node.url, patience=30) as nodes:
                assert next(iter(ChainView(nodes, document).blocks(1))).height == 1
