"""The generated messages are those of the pinned CometBFT."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from openmg.tendermint.abci import types_pb2 as abci
from openmg.tendermint.types import types_pb2 as types

HOUSE = Path(__file__).resolve().parents[2]


def test_the_committed_messages_are_what_the_pinned_protocol_gives(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(HOUSE / "requirements/cometbft/protocol.py"), str(tmp_path)], check=True)
    made, kept = (
        {path.relative_to(root): path.read_text("utf-8") for path in root.rglob("*.py*") if path.suffix != ".pyc"}
        for root in (tmp_path / "tendermint", HOUSE / "src/openmg/tendermint")
    )
    assert made == kept


def test_a_message_reads_back() -> None:
    request = abci.Request(check_tx=abci.RequestCheckTx(tx=b"\x01\x02"))
    assert abci.Request.FromString(request.SerializeToString()) == request
    assert types.Header(height=7).SerializeToString() == b"\x18\x07"
