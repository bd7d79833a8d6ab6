"""Networks for the tests: real homes on ports that are free."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from openmg.chains import Genesis
from openmg.network import Network, init_network
from openmg.network.folder import PORTS_EACH
from openmg.network.parameters import Parameters


def found(utility: bytes, battery: bytes, authorities: Sequence[bytes]) -> Genesis:
    return Parameters().genesis(utility, battery, authorities, int(time.time()))


def free_ports(nodes: int) -> int:
    """A base port from which on a network's ports are free now: below the range that systems hand out."""
    for base in random.sample(range(20_000, 30_000, PORTS_EACH * 16), 20):
        try:
            for port in range(base, base + PORTS_EACH * nodes):
                with socket.socket() as trial:
                    trial.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise AssertionError("no free ports")


def make_network(root: Path, authorities: int = 1, base_port: int | None = None) -> Network:
    return init_network(root, found, authorities=authorities, base_port=base_port or free_ports(authorities))
