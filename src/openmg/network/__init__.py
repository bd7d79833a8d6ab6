"""Authorities as real processes: their homes, and who starts, watches and ends what runs in them."""

from openmg.network.folder import Network, init_network
from openmg.network.home import AuthorityHome
from openmg.network.settings import Settings

__all__ = ["AuthorityHome", "Network", "Settings", "init_network"]
