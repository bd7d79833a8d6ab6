"""`openmg replay`: every block again, from genesis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from openmg.chains import RelayChain
from openmg.cli.folders import find_folder
from openmg.cli.output import console, print_json, progress_console
from openmg.client import NetworkGenesis
from openmg.client.nodes import Nodes
from openmg.client.view import ChainView
from openmg.engine import replay
from openmg.errors import BadInput, Corrupt, OpenMGError
from openmg.machine import Block, Machine, Outcome
from openmg.network.home import read_text
from openmg.storage import ChainFile


def replay_chain(
    folder: Annotated[Path | None, typer.Argument(help="A folder that `openmg demo` made; the newest here.")] = None,
    node: Annotated[
        list[str] | None, typer.Option(help="Instead: a network's node, such as http://127.0.0.1:26601; one or more.")
    ] = None,
    genesis: Annotated[Path | None, typer.Option(help="With --node: the network's genesis.json.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Execute every block of a chain again from genesis and compare state roots.

    Names the first block that is damaged. Blocks of a network's nodes are taken only when the authorities signed them.

    Examples: openmg replay openmg-demo

    openmg replay --node http://127.0.0.1:26601 --genesis town/genesis.json
    """
    if not node and genesis is None:
        blocks, chain = _replay_file(find_folder(folder).chain)
        told = f"{blocks} blocks replayed; every state root agrees."
    elif folder is not None or not node or genesis is None:
        raise BadInput("--node and --genesis go together, and without a folder")
    else:
        blocks, chain = _replay_nodes(node, genesis)
        told = f"{blocks} signed blocks replayed; every state root in them agrees."
    if as_json:
        print_json({"blocks": blocks, "root": chain.root.hex(), "chain": chain.chain.hex()})
    else:
        console.print(f"{told} Newest root: {chain.root.hex()}")


def _replay_file(path: Path) -> tuple[int, Machine]:
    with ChainFile.open(path) as file:
        last = file.last()
    total = 0 if last is None else last.height
    with _progress(total) as show:

        def watch(block: Block, _outcome: Outcome, _chain: Machine) -> None:
            show(block.height)

        return total, replay(path, watch=watch)


def _replay_nodes(urls: Sequence[str], file: Path) -> tuple[int, Machine]:
    """What a network's nodes keep, from the first block to the newest when this began.

    The root in a header is that before its block: executing checks it (WIRE-11).
    """
    document = NetworkGenesis.decode(read_text(file), str(file))
    chain = RelayChain(document.genesis)
    with Nodes.at(*urls) as nodes:
        view = ChainView(nodes, document)
        with _progress(view.advance().height) as show:
            for block in view.blocks(1):
                try:
                    chain.execute(block)
                except OpenMGError as error:
                    raise Corrupt(f"block {block.height} does not follow ({error})") from error
                show(block.height)
    return chain.height, chain


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    with Progress(console=progress_console, transient=True, disable=not progress_console.is_terminal) as progress:
        task = progress.add_task("replaying blocks", total=total)
        yield lambda height: progress.update(task, completed=height)
