"""Running homes in the foreground, until a signal."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from openmg.errors import BadInput
from openmg.files import READABLE, write_atomically
from openmg.network.config import config_toml
from openmg.network.home import AuthorityHome
from openmg.network.programs import groups_of
from openmg.network.readiness import check_homes, find_cometbft, hold_homes
from openmg.network.supervisor import Supervisor, Tell

_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def supervised(homes: Sequence[AuthorityHome], tell: Tell, passphrase: Path | None = None) -> Iterator[Supervisor]:
    """A supervisor that may run these homes, whose readiness was checked and which nobody else runs.

    Raises:
        BadInput: one of them cannot run; nothing was started or written.
    """
    cometbft = find_cometbft()
    with hold_homes(homes) as held:
        check_homes(homes, passphrase)
        for home in homes:
            write_atomically(home.config, config_toml(home.settings()).encode(), READABLE)
            home.socket.unlink(missing_ok=True)  # left by an application that was killed
        groups = [group for home, locks in held for group in groups_of(home, locks, cometbft, passphrase, len(homes))]
        yield Supervisor(groups, tell)


def run_homes(homes: Sequence[AuthorityHome], tell: Tell, passphrase: Path | None = None) -> None:
    """Run these homes until SIGINT, SIGTERM or SIGHUP; all their processes have ended when this returns.

    Raises:
        BadInput: one of them cannot run, nothing was started; or none of them runs any more, for reasons that stay.
    """
    with supervised(homes, tell, passphrase) as supervisor:

        def stop(_number: int, _frame: FrameType | None) -> None:
            supervisor.stop()

        before = {number: signal.signal(number, stop) for number in _ENDING}
        try:
            supervisor.run()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    if len(supervisor.refusals) == len(homes):
        raise BadInput("; ".join(supervisor.refusals))
