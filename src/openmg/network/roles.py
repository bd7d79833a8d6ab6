"""The two Python processes of a node. Each works in its home, so that the paths of sockets are short."""

from __future__ import annotations

import os
from pathlib import Path

from openmg.errors import BadInput
from openmg.network.home import AuthorityHome


def run_application(root: Path) -> None:
    """Run the application of the home at `root` until SIGTERM.

    Raises:
        OpenMGError: bad input, in one line.
    """
    from openmg.engine.cometbft import serve  # noqa: PLC0415 - the daemon needs none of it

    home = _enter(root)
    settings = home.settings()
    serve(home.root, home.document(), peers=settings.peers, metrics=settings.metrics, keep_days=settings.keep_days)


def run_daemon(root: Path, passphrase: Path | None = None) -> None:
    """Run the authority's daemon of the home at `root` until SIGTERM.

    Raises:
        OpenMGError: bad input, in one line.
    """
    from openmg.authority.daemon import run  # noqa: PLC0415 - the application needs none of it

    file = None if passphrase is None else passphrase.absolute()
    home = _enter(root)
    if not home.votes:
        raise BadInput(f"{root}: an observer's home, it has no authority.key and needs no daemon")
    run(home.root, home.passphrase(file), home.document(), f"http://{home.settings().rpc}")


def _enter(root: Path) -> AuthorityHome:
    try:
        os.chdir(root)
    except OSError as error:
        raise BadInput(f"{root}: no node here ({error.strerror})") from error
    return AuthorityHome(Path())
