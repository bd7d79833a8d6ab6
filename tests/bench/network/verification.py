"""What verification alone allows: as many processes as nodes, on the same cores, the same reports."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from openmg.chains import Genesis
from openmg.crypto import Point
from openmg.errors import Rejected
from openmg.home.household import statement

Item = tuple[bytes, Point, bytes]


def verifications(items: Sequence[Item], genesis: bytes, key: Point, batch: int, until: float) -> tuple[int, float]:
    """In one process until a moment: how many were verified, in how many processor seconds."""
    stated, done, at = statement(Genesis.decode(genesis), key), 0, 0
    started = time.process_time()
    while time.time() < until:
        part = items[at : at + batch] if at + batch <= len(items) else items[:batch]
        at = at + batch if at + batch <= len(items) else batch
        if any(isinstance(verdict, Rejected) for verdict in stated.verify(part)):
            raise RuntimeError("a report of the bench does not verify")
        done += len(part)
    return done, time.process_time() - started


def verification_rate(
    nodes: int, items: Sequence[Item], genesis: Genesis, key: Point, batch: int, seconds: float
) -> tuple[float, float]:
    """(distinct reports a second when each of the nodes verifies every one, processor seconds for one)."""
    with ProcessPoolExecutor(nodes, get_context("spawn")) as pool:
        # The first round starts the processes and builds their tables.
        list(pool.map(partial(_verify, items, genesis.encode(), key, batch, time.time()), range(nodes)))
        until = time.time() + seconds
        started = time.time()
        told = list(pool.map(partial(_verify, items, genesis.encode(), key, batch, until), range(nodes)))
        taken = time.time() - started
    total, spent = sum(done for done, _ in told), sum(worked for _, worked in told)
    return total / taken / nodes, spent / total


def _verify(
    items: Sequence[Item], genesis: bytes, key: Point, batch: int, until: float, _node: int
) -> tuple[int, float]:
    return verifications(items, genesis, key, batch, until)
