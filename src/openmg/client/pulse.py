"""A network's heartbeat: when to ask again. What it says is a hint, never a fact."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Final

from openmg.client.nodes import FAILURES, Nodes

EVERY: Final = 1.0
"""Seconds after which a node that announces nothing is suspected; and those between two tries when none is there."""


class Pulse:
    """Hears of new blocks over one subscription, for any number of threads that wait for the next one."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._height = 0
        self._news = threading.Condition()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="pulse", daemon=True)
        self._thread.start()

    def __enter__(self) -> Pulse:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the subscription, within `EVERY` or as soon as a node that is silent has had its time."""
        self._ended.set()
        self._thread.join()

    @property
    def height(self) -> int:
        """The highest block that was announced; 0 before any."""
        return self._height

    def wait(self, beyond: int, patience: float) -> int:
        """The same, as soon as it is above `beyond`, or after so many seconds: nodes may be gone or silent."""
        with self._news:
            self._news.wait_for(lambda: self._height > beyond, patience)
            return self._height

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                self._follow()
            except FAILURES:
                self._ended.wait(EVERY)

    def _follow(self) -> None:
        heights = self._nodes.new_blocks(EVERY)
        try:
            for height in heights:
                if self._ended.is_set():
                    return
                with self._news:
                    self._height = max(self._height, height)
                    self._news.notify_all()
        finally:
            heights.close()
