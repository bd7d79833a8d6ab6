"""The application's end of the ABCI socket: four connections, answers in order, what one read brings is one batch."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, cast

from google.protobuf.message import DecodeError

from openmg.engine.cometbft.application import Application
from openmg.engine.cometbft.frames import FrameReader, frame
from openmg.errors import Malformed
from openmg.tendermint.abci import types_pb2 as abci

Crash = Callable[[BaseException], None]
_LOAD: Final = 8
"""Requests in one batch that make the next one wait a moment."""
_WORTH: Final = 64
"""Requests worth a batch; more share little more."""
_LINGER: Final = 0.025
"""Seconds."""
_MOST: Final = 512
"""Requests in one batch: the consensus connection must not wait long for the verifying thread."""


class Connection(asyncio.Protocol):
    """One of CometBFT's connections."""

    def __init__(self, application: Application, crash: Crash) -> None:
        self._application = application
        self._crash = crash
        self._reader = FrameReader()
        self._waiting: list[abci.Request] = []
        self._busy = False
        self._task: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """CometBFT connected."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Bytes came; a frame that is none ends this connection, and nothing else."""
        try:
            self._waiting += [abci.Request.FromString(message) for message in self._reader.feed(data)]
        except (Malformed, DecodeError) as error:
            self._refuse(str(error))
            return
        if self._waiting and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())

    def connection_lost(self, error: Exception | None) -> None:
        """CometBFT went."""
        if error is None and not self._reader.empty:
            self._application.journal.note("frame refused", reason="the connection ended in the middle of a frame")
        self._transport = None

    def _refuse(self, reason: str) -> None:
        self._application.journal.note("frame refused", reason=reason)
        self._reader = FrameReader()
        if self._transport is not None:
            self._transport.abort()

    async def _work(self) -> None:
        """Answer all that came, in order; what comes meanwhile is the next batch."""
        try:
            while self._waiting:
                if self._busy and len(self._waiting) < _WORTH:
                    # Under load a moment's patience makes batches that are verified in half the time.
                    await asyncio.sleep(_LINGER)
                batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
                self._busy = len(batch) > _LOAD
                answers = await respond(self._application, batch)
                if self._transport is not None:
                    self._transport.write(b"".join(frame(each.SerializeToString()) for each in answers))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the node must stop rather than answer wrongly
            self._crash(error)
        finally:
            self._task = None


async def respond(application: Application, requests: Sequence[abci.Request]) -> list[abci.Response]:
    """The answers in order; all transactions to check among the requests are checked together.

    CometBFT sends a flush every 20 ms in between: it asks for nothing but that what came before it is answered.

    Raises:
        Malformed: a request of no known kind.
    """
    checks = [request.check_tx for request in requests if request.HasField("check_tx")]
    checked = iter(await application.check(checks) if checks else [])
    return [
        abci.Response(check_tx=next(checked)) if request.HasField("check_tx") else await _respond(application, request)
        for request in requests
    ]


async def _respond(application: Application, request: abci.Request) -> abci.Response:
    kind = request.WhichOneof("value")
    if kind is None or kind not in _ANSWERS:
        raise Malformed(f"a request of kind {kind}")
    answer = _ANSWERS[kind](application, request)
    return await answer if isinstance(answer, Awaitable) else answer


async def _process(application: Application, request: abci.Request) -> abci.Response:
    return abci.Response(process_proposal=await application.process(request.process_proposal))


_Answer = Callable[[Application, abci.Request], abci.Response | Awaitable[abci.Response]]
_ANSWERS: dict[str, _Answer] = {
    "echo": lambda _, request: abci.Response(echo=abci.ResponseEcho(message=request.echo.message)),
    "flush": lambda _app, _request: abci.Response(flush=abci.ResponseFlush()),
    "info": lambda app, _: abci.Response(info=app.info()),
    "init_chain": lambda app, request: abci.Response(init_chain=app.init_chain(request.init_chain)),
    "query": lambda app, request: abci.Response(query=app.query(request.query)),
    "prepare_proposal": lambda app, request: abci.Response(prepare_proposal=app.prepare(request.prepare_proposal)),
    "process_proposal": _process,
    "finalize_block": lambda app, request: abci.Response(finalize_block=app.finalize(request.finalize_block)),
    "commit": lambda app, _: abci.Response(commit=app.commit()),
    "list_snapshots": lambda app, _: abci.Response(list_snapshots=app.list_snapshots()),
    "load_snapshot_chunk": lambda app, request: abci.Response(
        load_snapshot_chunk=app.load_chunk(request.load_snapshot_chunk)
    ),
    "offer_snapshot": lambda app, request: abci.Response(offer_snapshot=app.offer_snapshot(request.offer_snapshot)),
    "apply_snapshot_chunk": lambda app, request: abci.Response(
        apply_snapshot_chunk=app.apply_chunk(request.apply_snapshot_chunk)
    ),
}
