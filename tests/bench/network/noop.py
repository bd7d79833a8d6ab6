"""An application that takes everything and does nothing: what CometBFT alone costs on the same machine."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

import uvloop

from openmg.engine.cometbft.frames import FrameReader, frame
from openmg.network import lifeline
from openmg.tendermint.abci import types_pb2 as abci


class Nothing(asyncio.Protocol):
    """One of CometBFT's connections; `executed` counts over all of them."""

    executed = 0
    height = 0

    def __init__(self) -> None:
        self._reader = FrameReader()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        requests = [abci.Request.FromString(message) for message in self._reader.feed(data)]
        self._transport.write(b"".join(frame(_answer(request).SerializeToString()) for request in requests))


def _answer(request: abci.Request) -> abci.Response:
    kind = request.WhichOneof("value")
    if kind not in _ANSWERS:
        raise RuntimeError(f"a request of kind {kind}")
    return _ANSWERS[kind](request)


def _prepare(request: abci.Request) -> abci.Response:
    return abci.Response(prepare_proposal=abci.ResponsePrepareProposal(txs=request.prepare_proposal.txs))


def _finalize(request: abci.Request) -> abci.Response:
    block = request.finalize_block
    Nothing.executed, Nothing.height = Nothing.executed + len(block.txs), block.height
    results = [abci.ExecTxResult() for _ in block.txs]
    return abci.Response(finalize_block=abci.ResponseFinalizeBlock(tx_results=results, app_hash=_ROOT))


def _echo(request: abci.Request) -> abci.Response:
    return abci.Response(echo=abci.ResponseEcho(message=request.echo.message))


_ROOT: Final = bytes(32)
_ACCEPT: Final = abci.ResponseProcessProposal(status=abci.ResponseProcessProposal.ProposalStatus.ACCEPT)
_ANSWERS: Final[dict[str | None, Callable[[abci.Request], abci.Response]]] = {
    "echo": _echo,
    "flush": lambda _: abci.Response(flush=abci.ResponseFlush()),
    "info": lambda _: abci.Response(info=abci.ResponseInfo(app_version=1)),
    "init_chain": lambda _: abci.Response(init_chain=abci.ResponseInitChain(app_hash=_ROOT)),
    "check_tx": lambda _: abci.Response(check_tx=abci.ResponseCheckTx()),
    "prepare_proposal": _prepare,
    "process_proposal": lambda _: abci.Response(process_proposal=_ACCEPT),
    "finalize_block": _finalize,
    "commit": lambda _: abci.Response(commit=abci.ResponseCommit()),
    "query": lambda _: abci.Response(query=_told()),
    "list_snapshots": lambda _: abci.Response(list_snapshots=abci.ResponseListSnapshots()),
}


def _told() -> abci.ResponseQuery:
    told = {"height": Nothing.height, "executed": Nothing.executed}
    return abci.ResponseQuery(value=json.dumps(told).encode(), height=Nothing.height)


async def _serve() -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    server = await loop.create_unix_server(Nothing, Path("application.sock"))
    await ended.wait()
    server.close()


if __name__ == "__main__":
    lifeline.watch()
    uvloop.run(_serve())
