"""What runs in a home: an application with its validator, and an authority's daemon."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Final

from openmg.network import leash
from openmg.network.home import AuthorityHome
from openmg.network.supervisor import Group, Program
from openmg.network.verdict import BAD_INPUT

VALIDATOR: Final = "validator"
APPLICATION: Final = "application"
DAEMON: Final = "daemon"
_FAILURE: Final = re.compile(rb"E\[[^\]]*\] CONSENSUS FAILURE!!! ")
"""After this CometBFT answers and decides nothing more until it is started again. Only where it speaks
itself: what a peer sent may stand further on in a line."""


def groups_of(
    home: AuthorityHome, locks: tuple[int, ...], cometbft: Path, passphrase: Path | None, nodes: int = 1
) -> list[Group]:
    """The processes of a home, for a supervisor in this process; `passphrase`: a file outside the home, if any.

    `nodes`: how many homes run on this machine; each takes its part of the cores, since threads that wait for one
    another's core cost more than they do.

    CometBFT looks for the application every three seconds: it starts when there is a socket, so that it finds one.
    """
    on_leash = (sys.executable, "-I", "-S", str(Path(leash.__file__).resolve()), str(os.getpid()))
    part = str(max((os.cpu_count() or 1) // nodes, 1))
    threads = {} if nodes == 1 else {"RAYON_NUM_THREADS": part, "GOMAXPROCS": part}
    start = (*on_leash, str(cometbft), "start", "--home", "cometbft")
    chain = (
        Program(
            APPLICATION,
            _python(APPLICATION),
            home.log(APPLICATION),
            home.socket,
            refusal=BAD_INPUT,
            environment=threads,
        ),
        Program(VALIDATOR, start, home.log(VALIDATOR), fatal=_FAILURE, environment=threads),
    )
    name = home.settings().name
    groups = [Group(name, home.root, chain, locks)]
    if home.votes:
        given = () if passphrase is None else ("--passphrase-file", str(passphrase.absolute()))
        daemon = Program(DAEMON, _python(DAEMON, *given), home.log(DAEMON), after=home.socket, refusal=BAD_INPUT)
        groups.append(Group(name, home.root, (daemon,), locks))
    return groups


def _python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "openmg.network", *arguments)
