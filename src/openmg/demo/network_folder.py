"""The folder of a demo on four authorities: beside what every demo has, their homes, keys and blocks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from openmg.authority import AuthorityKeys
from openmg.chains import Genesis
from openmg.client import Timeline
from openmg.demo.folder import DemoFolder, home_names
from openmg.demo.scenario import SLOT_SECONDS, Scenario
from openmg.files import write_atomically
from openmg.home.meter import Meter
from openmg.home.wallet_file import WalletFile
from openmg.network import Network, init_network
from openmg.storage import ChainFile

SLOT_LASTS: Final = 9
"""Seconds of real time for an hour of the day: 14 homes and 4 authorities keep up on two cores with other work."""
_RATE: Final = SLOT_SECONDS // SLOT_LASTS
"""Chain seconds in a second."""
_GATE: Final = 6 * _RATE
"""Chain seconds for which reports are taken: homes prove in its first quarter, the last one is for late blocks."""
_LEAD: Final = 30 * _RATE
"""Chain seconds before the first slot: for the epoch key and the enrolments, which take about 10 s."""
_PATIENCE: Final = 10
"""Times as many blocks as with the embedded engine: here they go by while processes start again."""


@dataclass(frozen=True)
class NetworkFolder(DemoFolder):
    """Paths in the folder of a demo on several authorities."""

    @property
    def network(self) -> Network:
        """The authorities."""
        return Network(self.root / "network")

    def authority(self, index: int) -> Path:
        """An authority's key file."""
        return self.network.homes[index - 1].key

    def authority_keys(self, index: int) -> AuthorityKeys:
        """An authority's open key file."""
        return AuthorityKeys.open(self.authority(index), self.network.homes[index - 1].passphrase())

    def secret(self, role: str) -> bytes:
        """The signing key of the utility or of the battery's meter."""
        return self.network.secret(role)

    def fill(self, scenario: Scenario) -> None:
        """Make all that a new demo holds, in a folder that is empty."""

        def found(utility: bytes, battery: bytes, authorities: Sequence[bytes]) -> Genesis:
            return network_genesis(scenario.genesis(utility, battery, authorities))

        network = init_network(
            self.root / "network",
            found,
            authorities=scenario.authorities,
            base_port=scenario.base_port,
            timeline=timeline_of(scenario),
        )
        for name in ("wallets", "meters"):
            (self.root / name).mkdir()
        write_atomically(self.root / "passphrase", network.passphrase().encode() + b"\n")
        for name in home_names(scenario.homes):
            WalletFile.create(self.wallet(name), network.passphrase()).close()
            Meter.create(self.meter(name), network.passphrase(), {})
        ChainFile.create(self.chain, network.document().genesis).close()
        write_atomically(self.scenario_file, scenario.encode().encode())


def network_genesis(genesis: Genesis) -> Genesis:
    """The demo's parameters where time passes by itself."""
    return replace(
        genesis,
        name=f"{genesis.name}-network",
        gate=_GATE,
        open_ttl=_PATIENCE * genesis.open_ttl,
        battery_wait=_PATIENCE * genesis.battery_wait,
        key_wait=_PATIENCE * genesis.key_wait,
    )


def timeline_of(scenario: Scenario) -> Timeline:
    """The day's clock: it begins now, before the first slot, and hurries."""
    origin = scenario.first_slot * SLOT_SECONDS - _LEAD
    return Timeline(time.time_ns(), origin, _RATE)
