"""Homes that run, for the tests: supervised in a thread, watched through their RPC."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from openmg.network import AuthorityHome
from openmg.network.run import supervised
from openmg.network.status import NetworkStatus, ask_homes
from openmg.network.supervisor import Supervisor

STEP = 0.1
LOOKS = 1800
"""How often a condition is looked at before it counts as never coming."""


@contextmanager
def run(homes: Sequence[AuthorityHome]) -> Iterator[Supervisor]:
    """Run homes until the block ends."""
    with supervised(homes, print) as supervisor:
        thread = threading.Thread(target=supervisor.run)
        thread.start()
        try:
            yield supervisor
        finally:
            supervisor.stop()
            thread.join()


def status_when(homes: Sequence[AuthorityHome], holds: Callable[[NetworkStatus], bool]) -> NetworkStatus:
    """The nodes' status as soon as something holds of it."""
    step = threading.Event()
    for _ in range(LOOKS):
        status = ask_homes(homes)
        if holds(status):
            return status
        step.wait(STEP)
    raise AssertionError(status)


def all_at(height: int) -> Callable[[NetworkStatus], bool]:
    """Every node has executed a block of this height, or a higher one."""
    return lambda status: all((node.height or 0) >= height and not node.catching_up for node in status.nodes)
