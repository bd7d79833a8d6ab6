"""Hands transactions in, to all nodes in turn, no faster than the chain takes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from threading import Event
from typing import Final

from rich.progress import Progress

from openmg.client.node import Node, Unreachable
from tests.bench.network.figures import console

BATCH: Final = 50
_PAUSE: Final = 0.02
_ASK: Final = 0.2
_STALL: Final = 4.0
_SILENCE: Final = 60.0


@dataclass
class Load:
    """What became of it: (moment in s, how many are committed) whenever that rose; the loader's processor seconds."""

    rises: list[tuple[float, int]] = field(default_factory=list)
    seconds: float = 0.0
    worked: float = 0.0
    handed_in: int = 0
    again: int = 0
    """Times that all of it was handed in again, because a node that was a block behind had refused some."""

    def rate(self, after: float = 0.0) -> float:
        """Committed each second, from block to block, of what came `after` so many seconds."""
        start = self.rises[0][0] + after if self.rises else 0.0
        seen = [rise for rise in self.rises if rise[0] >= start]
        if len(seen) < 2:
            return float("nan")
        return (seen[-1][1] - seen[0][1]) / (seen[-1][0] - seen[0][0])

    @property
    def committed(self) -> int:
        return self.rises[-1][1] if self.rises else 0


class Loader:
    """Nodes that take transactions in turn."""

    def __init__(self, nodes: Sequence[Node], transactions: Sequence[bytes]) -> None:
        self._nodes = nodes
        self._transactions = transactions
        self._turn = 0

    def send(self, first: int, last: int) -> None:
        """One batch of the transactions, to the next node that takes it."""
        for _ in self._nodes:
            self._turn = (self._turn + 1) % len(self._nodes)
            try:
                self._nodes[self._turn].submit(self._transactions[first:last])
            except Unreachable:
                continue
            return

    def send_again(self, last: int) -> None:
        """All that was handed in: the nodes know what is in a block, or waits, by its hash."""
        for first in range(0, last, BATCH):
            self.send(first, min(first + BATCH, last))


def hand_in(
    urls: Sequence[str],
    transactions: Sequence[bytes],
    what: str,
    committed: Callable[[], int],
    *,
    window: int = 2000,
    seconds: float | None = None,
) -> Load:
    """Hand all in, at most `window` ahead of what is `committed`; stop after `seconds`, or when all are committed.

    Raises:
        RuntimeError: nothing more gets into blocks.
    """
    load, target = Load(), len(transactions)
    started, worked, pause = time.monotonic(), time.process_time(), Event()
    known, asked, changed, sent = 0, 0.0, started, started
    with ExitStack() as stack:
        loader = Loader([stack.enter_context(Node(url)) for url in urls], transactions)
        progress = stack.enter_context(Progress(console=console))
        task = progress.add_task(what, total=target if seconds is None else seconds)
        while known < target and (seconds is None or time.monotonic() - started < seconds):
            now = time.monotonic()
            if now - asked > _ASK:
                asked, before, known = now, known, committed()
                if known != before:
                    changed = sent = now
                    load.rises.append((now, known))
                progress.update(task, completed=known if seconds is None else now - started)
            if now - changed > _SILENCE:
                raise RuntimeError(f"{what}: {known} of {load.handed_in} are in blocks, no more for {_SILENCE:.0f} s")
            if now - sent > _STALL:
                load.again, sent = load.again + 1, now
                loader.send_again(load.handed_in)
            ahead = min(known + window, target) - load.handed_in
            if ahead < min(BATCH, window, target - load.handed_in) or load.handed_in == target:
                pause.wait(_PAUSE)
                continue
            last = load.handed_in + min(BATCH, ahead)
            loader.send(load.handed_in, last)
            load.handed_in = last
    load.seconds, load.worked = time.monotonic() - started, time.process_time() - worked
    return load
