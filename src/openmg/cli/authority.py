"""`openmg authority`: one node, as its operator runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from openmg.cli.network import say
from openmg.network import AuthorityHome
from openmg.network.keys import node_id
from openmg.network.roles import run_application, run_daemon
from openmg.network.run import run_homes

app = typer.Typer(help="One authority's node, or an observer's.", no_args_is_help=True)

Home = Annotated[Path, typer.Argument(metavar="HOME", help="The node's home: the folder with authority.json.")]
Passphrase = Annotated[
    Path | None, typer.Option(help="A file with the key file's passphrase; by default the home's own.")
]


@app.callback()
def authority() -> None:
    """One authority's node, or an observer's."""


@app.command()
def run(home: Home, passphrase_file: Passphrase = None) -> None:
    """Run a node until Ctrl-C: its validator, its application and, for an authority, its daemon.

    What ends is started again, unless it says that it would fail in the same way: exit code 2. The processes write to
    the logs in HOME/logs.
    """
    run_homes([AuthorityHome(home)], say, passphrase_file)


@app.command(name="id")
def show_id(home: Home) -> None:
    """Show by which id other nodes know this one: what stands before the @ in their `peers`."""
    typer.echo(node_id(AuthorityHome(home)))


@app.command()
def application(home: Home) -> None:
    """Run a node's application alone: what `run` does for you."""
    run_application(home)


@app.command()
def daemon(home: Home, passphrase_file: Passphrase = None) -> None:
    """Run an authority's daemon alone: what `run` does for you."""
    run_daemon(home, passphrase_file)
