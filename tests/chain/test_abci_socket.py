"""The application's socket: answers in order, batches, frames that are none, and a crash that is one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from openmg.engine.cometbft.frames import FrameReader, frame
from openmg.engine.cometbft.server import Connection
from openmg.errors import Corrupt
from openmg.tendermint.abci import types_pb2 as abci
from tests.chain.node import Node, node_of
from tests.chain.town import Town

Reports = tuple[bytes, ...]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def converse(node: Node, folder: Path, talk: Talk, crashed: asyncio.Event | None = None) -> list[BaseException]:
    """Serve the node on a socket while `talk` speaks to it; what crashed it, which `crashed` tells at once."""
    crashes: list[BaseException] = []

    def crash(error: BaseException) -> None:
        crashes.append(error)
        if crashed is not None:
            crashed.set()

    async def run() -> None:
        path = folder / "s"
        loop = asyncio.get_running_loop()
        server = await loop.create_unix_server(lambda: Connection(node.application, crash), path)
        reader, writer = await asyncio.open_unix_connection(path)
        try:
            async with asyncio.timeout(60):
                await talk(reader, writer)
        finally:
            writer.close()
            server.close()

    asyncio.run(run())
    return crashes


async def answers(reader: asyncio.StreamReader, count: int) -> list[abci.Response]:
    frames = FrameReader()
    found: list[abci.Response] = []
    while len(found) < count:
        data = await reader.read(65_536)
        assert data, "the connection ended"
        found += [abci.Response.FromString(message) for message in frames.feed(data)]
    return found


def request(**value: object) -> bytes:
    return frame(abci.Request(**value).SerializeToString())  # type: ignore[arg-type]


def test_answers_come_in_order_and_checks_in_batches(open_town: Town, proved: Reports, tmp_path: Path) -> None:
    kinds = ["echo", "check_tx", "check_tx", "check_tx", "flush", "check_tx", "info"]
    sent = request(echo=abci.RequestEcho(message="first"))
    sent += b"".join(request(check_tx=abci.RequestCheckTx(tx=raw)) for raw in proved)
    sent += request(flush=abci.RequestFlush()) + request(check_tx=abci.RequestCheckTx(tx=b"\xff"))
    sent += request(info=abci.RequestInfo())
    found: list[abci.Response] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        found.extend(await answers(reader, len(kinds)))

    with node_of(open_town, tmp_path / "node") as node:
        node.live(open_town.blocks)
        assert converse(node, tmp_path, talk) == []
        batches = next(iter(node.application.journal.metrics.batch.collect())).samples
        sizes = {sample.labels["le"]: sample.value for sample in batches if "le" in sample.labels}
        # Whatever stands between them, what one read brought is one batch.
        assert (sizes["2.0"], sizes["5.0"]) == (0, 1)
    assert [each.WhichOneof("value") for each in found] == kinds
    assert [each.check_tx.code for each in found if each.HasField("check_tx")] == [0, 0, 0, 1]


@pytest.mark.parametrize("data", [b"\xff" * 9, b"\x02\xff\xff"])
def test_a_frame_that_is_none_ends_its_connection_only(town: Town, tmp_path: Path, data: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        with suppress(ConnectionError):
            assert await reader.read() == b""
        other_reader, other = await asyncio.open_unix_connection(tmp_path / "s")
        other.write(request(flush=abci.RequestFlush()))
        [answer] = await answers(other_reader, 1)
        assert answer.HasField("flush")
        other.close()

    with node_of(town, tmp_path / "node") as node:
        assert converse(node, tmp_path, talk) == []
        [line] = [line for line in node.lines if line["event"] == "frame refused"]
        assert line["reason"]


def test_a_frame_cut_by_the_end_is_told(town: Town, tmp_path: Path) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x50half")
        writer.write_eof()
        assert await reader.read() == b""

    with node_of(town, tmp_path / "node") as node:
        assert converse(node, tmp_path, talk) == []
        [line] = [line for line in node.lines if line["event"] == "frame refused"]
        assert line["reason"] == "the connection ended in the middle of a frame"


def test_any_error_stops_the_node_without_an_answer(town: Town, tmp_path: Path) -> None:
    crashed = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(request(flush=abci.RequestFlush()))
        [answer] = await answers(reader, 1)
        assert answer.HasField("flush")
        writer.write(request(commit=abci.RequestCommit()))
        await crashed.wait()

    with node_of(town, tmp_path / "node") as node:
        [crash] = converse(node, tmp_path, talk, crashed)
        assert isinstance(crash, Corrupt)
