"""Networks for the tests: real homes on ports that are free."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from openmg.chains import Genesis
from openmg.network import Network, init_network
from openmg.network.folder import PORTS_EACH
from openmg.network.parameters import Parameters
from tests.ports import free_ports


def found(utility: bytes, battery: bytes, authorities: Sequence[bytes]) -> Genesis:
    return Parameters().genesis(utility, battery, authorities, int(time.time()))


def make_network(root: Path, authorities: int = 1, base_port: int | None = None) -> Network:
    return init_network(
        root, found, authorities=authorities, base_port=base_port or free_ports(PORTS_EACH * authorities).start
    )
