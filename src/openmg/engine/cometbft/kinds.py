"""Which conduct a node has toward which kind of chain."""

from __future__ import annotations

from typing import Any, Final

from openmg.chains import PPDLChain, RelayChain
from openmg.engine.cometbft.conduct import Conduct
from openmg.engine.cometbft.journal import Journal
from openmg.engine.cometbft.learning import PPDLConduct
from openmg.engine.cometbft.relay import RelayConduct
from openmg.machine import Machine

_CONDUCTS: Final[dict[type[Machine], type[Conduct[Any]]]] = {
    PPDLChain: PPDLConduct,
    RelayChain: RelayConduct,
}


def conduct_of(kind: type[Machine], journal: Journal) -> Conduct[Any]:
    """The conduct toward a kind of chain; the plain one where nothing more is known of it."""
    return _CONDUCTS.get(kind, Conduct)(journal)
