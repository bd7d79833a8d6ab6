"""`openmg network`: several authorities on one machine, and how they are doing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, ClassVar

import typer
from rich.table import Table

from openmg.chains import Genesis
from openmg.cli.late import Late, LateGroup
from openmg.cli.output import console, print_json
from openmg.errors import BadInput
from openmg.network import AuthorityHome, Network, init_network
from openmg.network.folder import BASE_PORT, OBSERVER_PORT
from openmg.network.home import read_text
from openmg.network.joining import join_network
from openmg.network.parameters import Parameters
from openmg.network.run import run_homes
from openmg.network.status import MUCH, NetworkStatus, NodeStatus, ask_homes


class Commands(LateGroup):
    """The commands below, and the one that needs a whole demo."""

    late: ClassVar[Mapping[str, Late]] = {
        "demo": Late(
            "openmg.cli.network_demo:demo",
            "Trade the demo's day on a network of authorities, kill one and pause one, and compare with the embedded "
            "engine.",
        )
    }


app = typer.Typer(cls=Commands, help="Several authorities as real processes, one chain.", no_args_is_help=True)

_ROOT_DIGITS = 8
"""A line of the table fits 80 columns."""


@app.callback()
def network() -> None:
    """Several authorities as real processes, one chain."""


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    authorities: Annotated[int, typer.Option(help="How many: 1 to 16.")] = 4,
    base_port: Annotated[
        int, typer.Option(help="Authority i has this + 10·(i − 1) and the three after it.")
    ] = BASE_PORT,
    name: Annotated[str | None, typer.Option(help="The chain's name; by default the parameters'.")] = None,
    parameters: Annotated[Path | None, typer.Option(help="A JSON file with what differs from the defaults.")] = None,
    keep_days: Annotated[int | None, typer.Option(help="Prune blocks older than this; by default none.")] = None,
) -> None:
    """Make a network: everyone's keys, the document it begins with, a home for each authority.

    Example: openmg network init --authorities 4 town
    """
    chosen = Parameters() if parameters is None else Parameters.decode(read_text(parameters), str(parameters))
    if name is not None:
        chosen = replace(chosen, name=name)

    def found(utility: bytes, battery: bytes, keys: Sequence[bytes]) -> Genesis:
        try:
            return chosen.genesis(utility, battery, keys, int(time.time()))
        except BadInput as error:
            raise BadInput(f"{parameters}: {error}" if parameters else str(error)) from error

    made = init_network(folder, found, authorities=authorities, base_port=base_port, keep_days=keep_days)
    genesis = made.document().genesis
    console.print(f"{folder}: {authorities} authorities, network {made.document().chain_id}", soft_wrap=True)
    console.print(f"The first slot begins at {_clock(genesis.starts(genesis.first_slot))}.")
    console.print(f"Start them: openmg network start {folder}")


@app.command()
def start(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `openmg network init` made.")],
) -> None:
    """Run all authorities of a network on this machine, until Ctrl-C.

    Each has three processes, in its home's logs: validator, application and daemon. What ends is started again, unless
    it says that it would fail in the same way; then its node stays down, and exit code 2 follows when none is left.
    """
    made = Network.open(folder)
    run_homes(made.homes, say)


@app.command()
def status(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A network's folder, or one node's home.")],
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Ask every node how it is doing: height, state, peers, slot, epoch.

    It is what they say, proved by nothing. Exit code 1 when one of them does not answer as it should, or they disagree.
    """
    alone = AuthorityHome(folder)
    one = alone.settings_file.exists()
    found = ask_homes([alone] if one else Network.open(folder).homes)
    if as_json:
        print_json(asdict(found))
    else:
        _print_status(found, one)
    if not found.well:
        raise typer.Exit(1)


@app.command()
def join(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    source: Annotated[Path, typer.Option("--from", help="A node's home, or the network's genesis.json.")],
    rpc: Annotated[
        list[str] | None, typer.Option(help="A node to take the newest state from: at least two; none: replay all.")
    ] = None,
    peer: Annotated[list[str] | None, typer.Option(help="nodeid@host:port to talk to, beside the home's own.")] = None,
    base_port: Annotated[int, typer.Option(help="Its four ports begin here.")] = OBSERVER_PORT,
    name: Annotated[str, typer.Option(help="What the others see.")] = "observer",
    keep_days: Annotated[int | None, typer.Option(help="Prune blocks older than this; by default none.")] = None,
) -> None:
    """Make a home for an observer: a node that follows the chain, checks everything and has no voice.

    Example: openmg network join observer --from town/authority-1 --rpc http://127.0.0.1:26601 --rpc http://127.0.0.1:26611
    """
    joined = join_network(
        folder, source, rpc or [], peers=peer or [], base_port=base_port, name=name, keep_days=keep_days
    )
    console.print(f"{folder}: an observer of network {joined.home.settings().chain}", soft_wrap=True)
    console.print("Whoever is to let it in adds this to the peers in authority.json and starts again:", soft_wrap=True)
    console.print(f"  {joined.entry}", soft_wrap=True)
    console.print(f"Start it: openmg authority run {folder}")


def say(name: str, line: str) -> None:
    """One event, at once: also when nobody looks at a screen."""
    typer.echo(f"{time.strftime('%H:%M:%S')} {name}: {line}")


def _print_status(found: NetworkStatus, alone: bool) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("node", "height", "age", "state", "peers", "slot", "epoch", "waiting"):
        table.add_column(heading)
    for node in found.nodes:
        table.add_row(node.name, *_columns(node))
    console.print(table)
    for line in _remarks(found, alone):
        console.print(line, soft_wrap=True)


def _columns(node: NodeStatus) -> list[str]:
    if node.trouble is not None:
        return ["-"]
    return [
        str(node.height),
        "-" if node.age is None else _duration(node.age),
        (node.app_hash or "-")[:_ROOT_DIGITS],
        str(len(node.peers)),
        f"{node.slot} {node.phase}",
        "not yet" if node.epoch is None else f"{node.epoch} {node.epoch_phase}",
        str(node.reports_waiting),
    ]


def _remarks(found: NetworkStatus, alone: bool) -> Iterator[str]:
    """What a table is too narrow for; `alone`: the nodes are not a whole network's."""
    for node in found.nodes:
        if node.trouble is not None:
            yield f"{node.name}: {node.trouble}"
        elif (node.behind or 0) > MUCH:
            yield f"{node.name} is {node.behind} blocks behind"
        elif node.catching_up:
            yield f"{node.name} is catching up"
    answering = sum(node.trouble is None for node in found.nodes)
    if not alone and 3 * answering <= 2 * len(found.nodes):
        yield f"{answering} of {len(found.nodes)} answer: without more than two thirds the network stands still"
    if not found.agree:
        roots = ", ".join(
            f"{node.name} {(node.compared or '?')[:_ROOT_DIGITS]}" for node in found.nodes if not node.trouble
        )
        yield f"They DISAGREE about the state under height {found.common}: {roots}"


def _duration(seconds: float) -> str:
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _clock(seconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
