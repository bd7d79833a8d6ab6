"""`openmg network`: several authorities on one machine, and how they are doing."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, ClassVar

import typer
from rich.table import Table

from openmg.chains import Genesis
from openmg.cli.late import Late, LateGroup
from openmg.cli.output import console, print_json
from openmg.network import AuthorityHome, Network, init_network
from openmg.network.folder import BASE_PORT, OBSERVER_PORT
from openmg.network.home import read_text
from openmg.network.joining import join_network
from openmg.network.parameters import Parameters
from openmg.network.run import run_homes
from openmg.network.status import NetworkStatus, NodeStatus, ask_nodes


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

_ROOT_DIGITS = 12


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
        return chosen.genesis(utility, battery, keys, int(time.time()))

    made = init_network(folder, found, authorities=authorities, base_port=base_port, keep_days=keep_days)
    genesis = made.document().genesis
    console.print(f"{folder}: {authorities} authorities, network {made.document().chain_id}")
    console.print(f"The first slot begins at {_clock(genesis.starts(genesis.first_slot))}.")
    console.print(f"Start them: openmg network start {folder}")


@app.command()
def start(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `openmg network init` made.")],
) -> None:
    """Run all authorities of a network on this machine, until Ctrl-C.

    Each has three processes, in its home's logs: validator, application and daemon. What ends is started again.
    """
    made = Network.open(folder)
    run_homes(made.homes, say)


@app.command()
def status(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A network's folder, or one node's home.")],
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Ask every node how it is doing: height, state, peers, slot, epoch.

    It is what they say, proved by nothing.
    """
    alone = AuthorityHome(folder)
    homes = [alone] if alone.settings_file.exists() else Network.open(folder).homes
    asked = [(settings.name, f"http://{settings.rpc}") for settings in (home.settings() for home in homes)]
    found = ask_nodes(asked)
    if as_json:
        print_json(asdict(found))
    else:
        _print_status(found)


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
    console.print(f"{folder}: an observer of network {joined.home.settings().chain}")
    console.print("Whoever is to let it in adds this to the peers in authority.json and starts again:", soft_wrap=True)
    console.print(f"  {joined.entry}", soft_wrap=True)
    console.print(f"Start it: openmg authority run {folder}")


def say(name: str, line: str) -> None:
    """One event, at once: also when nobody looks at a screen."""
    typer.echo(f"{time.strftime('%H:%M:%S')} {name}: {line}")


def _print_status(found: NetworkStatus) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("node", "height", "state", "peers", "slot", "epoch", "waiting"):
        table.add_column(heading)
    for node in found.nodes:
        table.add_row(node.name, *_columns(node))
    console.print(table)
    if not found.agree:
        roots = ", ".join(
            f"{node.name} {(node.compared or '?')[:_ROOT_DIGITS]}" for node in found.nodes if not node.trouble
        )
        console.print(f"They DISAGREE about the state under height {found.common}: {roots}", soft_wrap=True)


def _columns(node: NodeStatus) -> list[str]:
    if node.trouble is not None:
        return [node.trouble]
    return [
        f"{node.height}{' (catching up)' if node.catching_up else ''}",
        (node.app_hash or "")[:_ROOT_DIGITS],
        str(len(node.peers)),
        f"{node.slot} {node.phase}",
        f"{node.epoch} {node.epoch_phase}",
        str(node.reports_waiting),
    ]


def _clock(seconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
