"""The application's process: it serves until it is told to end, or until anything goes wrong."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import stat
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import uvloop

from openmg.client.document import NetworkGenesis
from openmg.engine.cometbft.application import Application, NodeSettings
from openmg.engine.cometbft.events import Announcer
from openmg.engine.cometbft.journal import Journal
from openmg.engine.cometbft.metrics import Metrics
from openmg.engine.cometbft.server import Connection
from openmg.errors import BadInput
from openmg.storage import lock_beside

CHAIN: Final = Path("chain.db")
SOCKET: Final = Path("application.sock")
EVENTS: Final = Path("events.sock")
_GENESIS: Final = Path("cometbft/config/genesis.json")
_PRIVATE: Final = 0o077


def serve(
    home: Path, document: NetworkGenesis, *, peers: Collection[str], metrics: str | None, keep_days: int | None
) -> None:
    """Serve one node's application on sockets in `home` until SIGTERM or SIGINT.

    `peers`: nodes that may connect, `id` or `id@host:port`; `metrics`: `host:port` for Prometheus; `keep_days`: None
    for an archive.

    Raises:
        OpenMGError: what is in `home` cannot be served, or does not follow from the blocks.
    """
    # Socket names are short: the folder is entered, not written out.
    os.chdir(home)
    os.umask(_PRIVATE)
    lock = lock_beside(_GENESIS, "application")
    figures = Metrics()
    if metrics is not None:
        figures.serve(metrics)
    executor = ThreadPoolExecutor(2, "verify")
    announcer = Announcer()
    try:
        settings = NodeSettings(frozenset(peer.partition("@")[0] for peer in peers), keep_days)
        application = Application(CHAIN, document, settings, executor, announcer, Journal(figures))
        # What was loaded stays: the collector need not look through it again and again.
        gc.freeze()
        try:
            uvloop.run(_serve(application, announcer))
        finally:
            application.close()
    finally:
        executor.shutdown(cancel_futures=True)
        os.close(lock)


async def _serve(application: Application, announcer: Announcer) -> None:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def crash(error: BaseException) -> None:
        if not ended.done():
            ended.set_exception(error)

    def stop() -> None:
        if not ended.done():
            ended.set_result(None)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    for path in (SOCKET, EVENTS):
        _clear(path)
    events = await announcer.listen(EVENTS)
    server = await loop.create_unix_server(lambda: Connection(application, crash), SOCKET)
    try:
        await ended
    finally:
        application.journal.note("end", height=application.chain.height)
        server.close()
        events.close()


def _clear(path: Path) -> None:
    """Remove the socket of a process that was killed; the lock says that it is gone."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise BadInput(f"{path}: is no socket; remove it")
        path.unlink()
    except FileNotFoundError:
        return
