"""What the machine says about a network: processor seconds, the nodes' own figures, bytes on disk."""

from __future__ import annotations

import os
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from openmg.network.home import AuthorityHome

_TICKS: Final = os.sysconf("SC_CLK_TCK")
MAIN, OTHERS = "main thread", "other threads"
_PATIENCE: Final = 10.0


@dataclass(frozen=True)
class Work:
    """Processor seconds by role and by thread within it; they only rise."""

    seconds: Mapping[str, float]

    def since(self, before: Work) -> dict[str, float]:
        return {name: spent - before.seconds.get(name, 0.0) for name, spent in self.seconds.items()}


def work_of(pids: Mapping[str, list[int]]) -> Work:
    """Of processes by role, and of their threads as `role/thread`."""
    found: defaultdict[str, float] = defaultdict(float)
    for role, each in pids.items():
        for pid in each:
            for task in Path(f"/proc/{pid}/task").iterdir():
                found[f"{role}/{MAIN if task.name == str(pid) else OTHERS}"] += _spent(task / "stat")
            found[role] += _spent(Path(f"/proc/{pid}/stat"))
    return Work(found)


def _spent(path: Path) -> float:
    try:
        text = path.read_text("utf-8", "replace")
    except OSError:
        return 0.0
    fields = text[text.rindex(")") + 2 :].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


class Scraper:
    """The Prometheus figures of one process at `host:port`."""

    def __init__(self, address: str | None) -> None:
        self._url = f"http://{address}/metrics"

    def read(self) -> dict[str, float]:
        """Every sample by its name and, but for the chain's id, its labels: `name{label=value}`, `name{bound}`."""
        # No proxy from the environment stands between this machine and itself.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self._url, timeout=_PATIENCE) as answer:
            text = answer.read().decode()
        found = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                labels = [f"{name}={value}" for name, value in sample.labels.items() if name not in {"le", "chain_id"}]
                bound = [sample.labels["le"]] if "le" in sample.labels else []
                shown = ",".join(bound + labels)
                found[f"{sample.name}{{{shown}}}" if shown else sample.name] = sample.value
        return found


def change(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    return {name: value - before.get(name, 0.0) for name, value in after.items()}


def median_of_histogram(name: str, figures: Mapping[str, float]) -> float:
    """Interpolated within its bucket; NaN when nothing was observed."""
    prefix = f"{name}_bucket{{"
    buckets = sorted((float(key[len(prefix) : -1]), count) for key, count in figures.items() if key.startswith(prefix))
    total = buckets[-1][1] if buckets else 0
    low, below = 0.0, 0.0
    for bound, count in buckets:
        if total and count >= total / 2:
            return low if bound == float("inf") else low + (bound - low) * (total / 2 - below) / (count - below)
        low, below = bound, count
    return float("nan")


STORES: Final[dict[str, Callable[[AuthorityHome], list[Path]]]] = {
    "chain.db": lambda home: [*home.root.glob("chain.db*")],
    "block store": lambda home: [home.cometbft / "data" / "blockstore.db"],
    "state store": lambda home: [home.cometbft / "data" / "state.db"],
    "consensus log": lambda home: [home.cometbft / "data" / "cs.wal"],
    "snapshots": lambda home: [home.root / "snapshots"],
}


def bytes_of(home: AuthorityHome) -> dict[str, int]:
    """By store; what a file system calls the files' lengths."""
    return {name: sum(_length(path) for path in paths(home)) for name, paths in STORES.items()}


def _length(path: Path) -> int:
    if path.is_dir():
        return sum(_length(each) for each in path.iterdir())
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
