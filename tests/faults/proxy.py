"""A wire between two nodes that can be cut, slowed down and torn: a TCP proxy of this machine."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

_READ: Final = 65_536
_T = TypeVar("_T")


@dataclass(frozen=True)
class Weather:
    """What a wire does to bytes.

    `delay`: seconds each way. `loss`: the share of pieces that come late by `again` seconds, as a lost packet does that
    TCP sends once more. `tear`: the share of pieces with which the connection breaks.
    """

    delay: float = 0.0
    loss: float = 0.0
    again: float = 0.4
    tear: float = 0.0


class Wires:
    """The event loop on which all wires of a network run, in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._servers: list[asyncio.Server] = []

    def wire(self, target: int, dice: random.Random) -> Wire:
        """A wire to a port of this machine."""
        return self.call(Wire.laid(self, target, dice))

    def call(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do something on the loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """End them all."""
        self.call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def listen(self, welcome: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> int:
        """Listen on any port, which is returned."""
        server = await asyncio.start_server(welcome, "127.0.0.1", 0)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


class Wire:
    """Listens on `port`; what comes goes to the target and back. Cut, it swallows nothing and passes nothing on."""

    def __init__(self, wires: Wires, target: int, dice: random.Random) -> None:
        self._wires = wires
        self._target = target
        self._dice = dice
        self._weather = Weather()
        self._whole = asyncio.Event()
        self._whole.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self.port = 0

    @classmethod
    async def laid(cls, wires: Wires, target: int, dice: random.Random) -> Wire:
        wire = cls(wires, target, dice)
        wire.port = await wires.listen(wire.join)
        return wire

    # --- what a test does to it
    def cut(self) -> None:
        """From now on nothing arrives, also of what is under way, as if every packet were lost."""
        self._wires.call(self._set(whole=False))

    def heal(self) -> None:
        """Good as new; what was sent meanwhile arrives now."""
        self._wires.call(self._set(whole=True))

    def change(self, weather: Weather) -> None:
        """Another weather from now on."""
        self._wires.call(self._turn(weather))

    def tear(self) -> None:
        """Break all connections; new ones may come at once."""
        self._wires.call(self._break())

    # --- on the loop
    async def _set(self, *, whole: bool) -> None:
        if whole:
            self._whole.set()
        else:
            self._whole.clear()

    async def _turn(self, weather: Weather) -> None:
        self._weather = weather

    async def _break(self) -> None:
        for end in list(self._ends):
            end.transport.abort()

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Somebody called: connect him with the target."""
        self._ends.add(writer)
        there: asyncio.StreamWriter | None = None
        try:
            await self._whole.wait()
            incoming, there = await asyncio.open_connection("127.0.0.1", self._target)
            self._ends.add(there)
            pumps = {
                asyncio.ensure_future(self._pump(reader, there)),
                asyncio.ensure_future(self._pump(incoming, writer)),
            }
            try:
                # An end that is closed ends both ways: the nodes' protocol knows no half.
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
        except OSError:
            pass  # nobody listens there now
        finally:
            for end in (writer, there):
                if end is not None:
                    self._ends.discard(end)
                    end.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivery = asyncio.ensure_future(self._deliver(under_way, writer))
        try:
            while data := await reader.read(_READ):
                weather = self._weather
                if self._dice.random() < weather.tear:
                    return
                late = weather.again if self._dice.random() < weather.loss else 0.0
                under_way.put_nowait((loop.time() + weather.delay + late, data))
        except OSError:
            pass
        finally:
            delivery.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await delivery

    async def _deliver(self, under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, data = await under_way.get()
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            await self._whole.wait()
            writer.write(data)
            await writer.drain()
