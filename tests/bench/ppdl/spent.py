"""Seconds by who spent them: on the wall, and of the processor."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Spent:
    """Seconds. `processor` counts all threads of this process and nothing that others do on the machine."""

    wall: float = 0.0
    processor: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.wall + other.wall, self.processor + other.processor)

    def __str__(self) -> str:
        return f"{_shown(self.wall)} ({_shown(self.processor)})"


class Stopwatch:
    """Adds up what each part took."""

    def __init__(self) -> None:
        self.parts: dict[str, Spent] = {}

    @contextmanager
    def on(self, part: str) -> Iterator[None]:
        """What is done inside counts to this part."""
        wall, processor = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            spent = Spent(time.perf_counter() - wall, time.process_time() - processor)
            self.parts[part] = self.parts.get(part, Spent()) + spent

    def total(self, prefix: str) -> Spent:
        """Of all parts whose names begin so."""
        return total(spent for part, spent in self.parts.items() if part.startswith(prefix))


def total(each: Iterator[Spent]) -> Spent:
    """All of them together."""
    return sum(each, Spent())


def median(each: Sequence[Spent]) -> Spent:
    """The medians of both."""
    return Spent(statistics.median(s.wall for s in each), statistics.median(s.processor for s in each))


def _shown(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds >= 10 else f"{seconds:.3f}"
