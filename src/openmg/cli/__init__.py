"""The `openmg` command: every error on purpose is one clear line and exit code 2."""

from __future__ import annotations

import sys

import typer

from openmg.cli import authority, demo, inspect, market, network, network_demo, replay, wallet
from openmg.errors import OpenMGError

app = typer.Typer(
    help="A private, decentralised local energy market for microgrids.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command(name="demo")(demo.demo)
app.command(name="replay")(replay.replay_chain)
app.add_typer(inspect.app, name="inspect")
app.add_typer(wallet.app, name="wallet")
app.add_typer(market.app, name="market")
network.app.command(name="demo")(network_demo.demo)
app.add_typer(network.app, name="network")
app.add_typer(authority.app, name="authority")

BAD_INPUT = 2
INTERRUPTED = 130


def main() -> None:
    """Run the command line."""
    try:
        app()
    except OpenMGError as error:
        sys.stderr.write(f"openmg: {error}\n")
        sys.exit(BAD_INPUT)
    except OSError as error:
        # A full disk, a folder that was taken away: what it says and where, not where in the program.
        path = error.filename2 or error.filename
        sys.stderr.write(f"openmg: {path}: {error.strerror}\n" if path else f"openmg: {error}\n")
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        sys.stderr.write("openmg: stopped\n")
        sys.exit(INTERRUPTED)
