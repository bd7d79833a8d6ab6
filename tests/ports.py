"""Ports of this machine that are free for a test's servers."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack

# Below the range from which systems draw the near end of every connection (32768 on Linux): a port of that range that
# is free now may be the near end of somebody's connection when a server wants it a moment later.
_RANGE = range(10_000, 30_000)
_dice = random.SystemRandom()
_given: set[int] = set()


def free_ports(count: int) -> range:
    """As many ports in a row as asked for; none of them is given twice in a process."""
    for _ in range(200):
        first = _dice.randrange(_RANGE.start, _RANGE.stop - count)
        ports = range(first, first + count)
        if _given.isdisjoint(ports) and _are_free(ports):
            _given.update(ports)
            return ports
    raise RuntimeError(f"no {count} ports in a row are free between {_RANGE.start} and {_RANGE.stop}")


def _are_free(ports: range) -> bool:
    with ExitStack() as stack:
        try:
            for port in ports:
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
        except OSError:
            return False
    return True
