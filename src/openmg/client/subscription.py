"""Heights of new blocks, as a node announces them over a WebSocket."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Final

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.sync.client import connect

from openmg.client.calls import Refused, Unreachable
from openmg.client.messages import reading, whole
from openmg.errors import Malformed

QUERY: Final = "tm.event='NewBlockHeader'"
PULSE: Final = 5.0
"""Seconds between two signs of life that a node is asked for: a chain at rest announces nothing."""
Heights = Callable[[float | None], int | None]
"""The next height; None after so many seconds without one."""


@contextlib.contextmanager
def new_heights(url: str, patience: float) -> Iterator[Heights]:
    """Subscribe to a node's new blocks.

    Raises:
        Unreachable: no connection within `patience` seconds, or a lost one.
        Refused: the node takes no subscription.
        Malformed: what comes is no announcement.
    """
    address = f"ws{url.removeprefix('http')}/websocket"
    subscribe = {"jsonrpc": "2.0", "id": 0, "method": "subscribe", "params": {"query": QUERY}}
    try:
        with connect(
            address, open_timeout=patience, close_timeout=1, ping_interval=PULSE, ping_timeout=patience, proxy=None
        ) as connection:
            connection.send(json.dumps(subscribe))
            _confirm(url, connection.recv(timeout=patience))

            def next_height(wait: float | None) -> int | None:
                try:
                    return _height(url, connection.recv(timeout=wait))
                except TimeoutError:
                    return None

            yield next_height
    except (ConnectionClosed, InvalidHandshake, InvalidMessage, EOFError, OSError) as error:
        raise Unreachable(f"{url}: no subscription ({str(error) or type(error).__name__})") from error


def _confirm(url: str, message: str | bytes) -> None:
    with reading(f"{url}: subscribe"):
        answer = json.loads(message)
        refusal = answer.get("error")
        if refusal is not None:
            raise Refused(url, " ".join(str(refusal.get("data") or refusal.get("message")).split())[:300])


def _height(url: str, message: str | bytes) -> int:
    with reading(f"{url}: new block"):
        answer = json.loads(message)
        if answer.get("error") is not None:
            raise Malformed("the subscription ended")
        return whole(answer["result"]["data"]["value"]["header"]["height"])
