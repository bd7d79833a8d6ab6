"""How long a node needs to be level again: after a restart, after blocks that it missed, after it lost its state."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from rich.progress import Progress

from openmg.client.node import Node, Unreachable
from openmg.network.programs import DAEMON, VALIDATOR
from tests.bench.network.figures import Figure, Section, console
from tests.bench.network.households import new_homes
from tests.bench.network.town import AUTHORITIES, Running, Timetable, Town, founded, height, until

_HOMES: Final = 10
_LAST: Final = AUTHORITIES - 1
_PATIENCE: Final = 600.0
_TIMETABLE: Final = Timetable(100_000, 60, 60)
"""No slot begins: blocks are made of enrolments alone."""


def restarts(folder: Path, blocks: int) -> Section:
    with founded(folder / "restarts", _HOMES, _TIMETABLE) as (town, run):
        run.stop(_LAST)
        first = height(town.urls[0])
        took = _make_blocks(town, blocks)
        made = height(town.urls[0]) - first
        caught_up = _start(town, run)
        run.stop(_LAST)
        again = _start(town, run)
        run.stop(_LAST)
        for path in town.network.homes[_LAST].root.glob("chain.db*"):
            path.unlink()
        replayed = _start(town, run)
        total = height(town.urls[0])
    against = "s that they took"
    section = Section(f"Until a node is level again, after {made:,} blocks")
    section.figures = [
        Figure("restart, nothing missed", again, "s"),
        Figure(f"restart, {made:,} blocks missed", caught_up, "s", took, against),
        Figure(f"its state deleted, {total:,} blocks replayed", replayed, "s", took * total / made, against),
    ]
    section.remarks = ["blocks of enrolments and approvals; their time is that of three nodes while the fourth is away"]
    return section


def _make_blocks(town: Town, count: int) -> float:
    """Enrol somebody new again and again until there are so many more blocks; how long it took."""
    chain, utility = town.genesis.chain, town.network.secret("utility")
    started, target, known = time.monotonic(), height(town.urls[0]) + count, 0
    with Progress(console=console) as progress, Node(town.urls[0]) as node:
        task, first = progress.add_task(f"{count:,} blocks without one node", total=count), target - count
        while (known := node.status().height) < target:
            node.submit([home.enrolment(chain, utility) for home in new_homes(1)])
            progress.update(task, completed=known - first)
            _pause(node, known)
        progress.update(task, completed=count)
    return time.monotonic() - started


def _pause(node: Node, known: int) -> None:
    until(lambda: node.status().height > known)


def _start(town: Town, run: Running) -> float:
    """Start the last node; seconds until it has the block that the others have."""
    started = time.monotonic()
    run.start(_LAST, VALIDATOR)
    until(lambda: _level(town), _PATIENCE)
    taken = time.monotonic() - started
    run.start(_LAST, DAEMON)
    return taken


def _level(town: Town) -> bool:
    try:
        with Node(town.urls[_LAST]) as node:
            status = node.status()
            return not status.catching_up and status.height >= height(town.urls[0])
    except Unreachable:
        return False
