"""From handing a report in to the block in which it stands being committed, at a steady pace."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

from rich.progress import Progress

from openmg.client.node import Node, Unreachable
from openmg.errors import Malformed
from tests.bench.network.figures import Figure, Section, console, percentile
from tests.bench.network.town import Town, until

_STEP: Final = 0.05
_PATIENCE: Final = 60.0


class Watcher:
    """Notes when each transaction of a node's new blocks was committed there."""

    def __init__(self, url: str) -> None:
        self.seen: dict[bytes, float] = {}
        self.blocks: list[float] = []
        self._url = url
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        """Until the node ends."""
        try:
            with Node(self._url) as node:
                known = node.status().height
                for newest in node.new_blocks():
                    moment = time.monotonic()
                    self.blocks += [moment] * (newest - known)
                    for height in range(known + 1, newest + 1):
                        self.seen |= dict.fromkeys(node.block(height).transactions, moment)
                    known = newest
        except (Unreachable, Malformed):
            return


def latency(town: Town, reports: Sequence[bytes], pace: int) -> Section:
    """Hand in `pace` reports a second, to all nodes in turn."""
    watcher = Watcher(town.urls[0])
    handed: dict[bytes, float] = {}
    with ExitStack() as stack:
        nodes = [stack.enter_context(Node(url)) for url in town.urls]
        progress = stack.enter_context(Progress(console=console))
        task = progress.add_task(f"{pace} reports a second", total=len(reports))
        started, pause, turn = time.monotonic(), threading.Event(), 0
        while len(handed) < len(reports):
            due = min(int((time.monotonic() - started) * pace), len(reports))
            batch = reports[len(handed) : due]
            if batch:
                moment = time.monotonic()
                nodes[turn % len(nodes)].submit(batch)
                handed |= dict.fromkeys(batch, moment)
                turn += 1
            progress.update(task, completed=len(handed))
            pause.wait(_STEP)
        paced = len(reports) / (time.monotonic() - started)
    until(lambda: all(raw in watcher.seen for raw in reports), _PATIENCE)
    took = [watcher.seen[raw] - moment for raw, moment in handed.items()]
    between = [late - early for early, late in zip(watcher.blocks, watcher.blocks[1:], strict=False)]
    median = percentile(between, 0.5)
    section = Section(f"Commit latency at {pace} reports a second ({paced:.0f} reached)")
    section.figures = [
        Figure("handed in to committed, median", percentile(took, 0.5), "s", median, "s between blocks"),
        Figure("handed in to committed, p99", percentile(took, 0.99), "s", median, "s between blocks"),
    ]
    return section
