"""`openmg replay`: every block again, from genesis."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from openmg.chains import Block, Outcome, RelayChain
from openmg.cli.folders import find_folder
from openmg.cli.output import console, print_json, progress_console
from openmg.engine import replay
from openmg.storage import ChainFile


def replay_chain(
    folder: Annotated[Path | None, typer.Argument(help="A folder that `openmg demo` made; the newest here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Execute every block of a chain again from genesis and compare state roots.

    Names the first block that is damaged. Example: openmg replay openmg-demo
    """
    path = find_folder(folder).chain
    with ChainFile.open(path) as file:
        last = file.last()
    total = 0 if last is None else last.height
    with Progress(console=progress_console, transient=True, disable=not progress_console.is_terminal) as progress:
        task = progress.add_task("replaying blocks", total=total)

        def watch(block: Block, _outcome: Outcome, _chain: RelayChain) -> None:
            progress.update(task, completed=block.height)

        chain = replay(path, watch)
    if as_json:
        print_json({"blocks": total, "root": chain.root.hex(), "chain": chain.chain.hex()})
    else:
        console.print(f"{total} blocks replayed; every state root agrees. Newest root: {chain.root.hex()}")
