"""Which kind of chain a genesis begins; engines, storage and replay ask here and know no chain by name."""

from __future__ import annotations

from typing import Final

from openmg.chains.ppdl import PPDLGenesis
from openmg.chains.ppdl_chain import PPDLChain
from openmg.chains.relay_chain import RelayChain
from openmg.errors import Malformed
from openmg.machine import Machine

_NAMELESS: Final = bytes(2)
"""A relay chain's genesis begins with the length of its name, which is at least 1: other kinds begin with 0."""


def machine_of(genesis: bytes) -> type[Machine]:
    """The machine for a chain with these encoded parameters.

    Raises:
        Malformed: a kind that this program does not know.
    """
    if genesis.startswith(PPDLGenesis.prefix):
        return PPDLChain
    if genesis[:2] == _NAMELESS:
        raise Malformed("genesis: a kind of chain that this version does not know")
    return RelayChain
