"""`openmg learn`: homes teach one model together, and nobody sees what any of them learnt."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Final

import typer

from openmg.chains import PPDLChain
from openmg.chains.ppdl import TaskState
from openmg.cli.folders import newest_folder
from openmg.cli.late import Late, LateGroup
from openmg.cli.output import console, print_facts, print_json
from openmg.demo.learning.folder import LearningFolder
from openmg.engine import LocalEngine
from openmg.errors import BadInput
from openmg.forecast import read_history, training_windows
from openmg.learning import rounds_of, spent
from openmg.lightclient import verify_state

NAME: Final = "openmg-learning"


class Commands(LateGroup):
    """The commands below, and those that train."""

    late: ClassVar[Mapping[str, Late]] = {
        "demo": Late(
            "openmg.cli.learn_demo:demo",
            "Have real homes teach one model in secret, on a chain of your own, and show what everyone could see.",
        ),
        "run": Late(
            "openmg.cli.learn_demo:run",
            "Take part in the rounds of a folder's chain: finish the task that runs, or begin one from its last model.",
        ),
    }


app = typer.Typer(
    cls=Commands, help="Homes teach one model together, without a server that sees their data.", no_args_is_help=True
)

Folder = Annotated[Path | None, typer.Option("--dir", help="A folder that `openmg learn demo` made; the newest here.")]
Json = Annotated[bool, typer.Option("--json", help="For machines.")]


@app.callback()
def learn() -> None:
    """Homes teach one model together, without a server that sees their data."""


@app.command()
def join(
    meter: Annotated[
        Path, typer.Argument(metavar="METER", help="CSV or Parquet with the columns start (local time) and wh.")
    ],
    name: Annotated[str, typer.Option(help="The new home's name, such as home-15.")],
    folder: Folder = None,
    zone: Annotated[str | None, typer.Option(help="The home's time zone, where the times have offsets.")] = None,
    as_json: Json = False,
) -> None:
    """Make a home's training folder from its meter's history; it takes part from the next round that begins.

    It joins a folder on this machine, whose authorities all run here: a home cannot join a running network yet.

    Example: openmg learn join meter.csv --name home-15
    """
    place = find_learning(folder)
    history = read_history(meter, zone)
    windows = training_windows(str(meter), history)
    home = place.join(name, meter, zone or "")
    facts = {
        "home": name,
        "account": home.facts().account,
        "complete_days": history.complete_days,
        "days_to_learn_from": len(windows),
        "folder": str(home.root),
    }
    if as_json:
        print_json(facts)
        return
    print_facts(f"{name} has joined", facts)
    console.print(f"It takes part from the next round on: openmg learn run --dir {place.root}", soft_wrap=True)


@app.command()
def status(folder: Folder = None, as_json: Json = False) -> None:
    """Show how far a folder's chain has learnt: rounds, releases, ε, the model; each proved under the state root.

    Of a folder on this machine: a running network cannot be asked yet.
    """
    place = find_learning(folder)
    engine = LocalEngine.open(place.chain, PPDLChain)
    engine.close()
    facts = status_of(place, engine.chain)
    print_json(facts) if as_json else print_facts("What everyone can see", readable(facts))


def find_learning(folder: Path | None) -> LearningFolder:
    """The folder named, or the newest learning demo here.

    Raises:
        BadInput: there is none.
    """
    found = newest_folder(name=NAME) if folder is None else folder
    if found is None:
        raise BadInput("no learning demo here: run `openmg learn demo` first, or name a folder with --dir")
    if not (found / "chain.db").is_file():
        raise BadInput(f"{found}: no chain here; a folder that `openmg learn demo` made was expected")
    place = LearningFolder(found)
    place.scenario()
    return place


def status_of(place: LearningFolder, chain: PPDLChain) -> dict[str, object]:
    """What everyone can see of a chain and its newest task, checked against the root.

    Raises:
        BadInput: the chain has no task yet.
    """
    state = chain.state
    if not state.tasks:
        raise BadInput(f"{place.root}: its chain has no task yet: openmg learn run --dir {place.root}")
    task, position = state.tasks[-1], len(state.tasks) - 1
    newest = max(at for at, each in enumerate(state.checkpoints) if each.task == position)
    for tree, index in (("tasks", position), ("checkpoints", newest)):
        data, within, leaf, top = chain.prove(tree, index)
        verify_state(tree, data, within, leaf[-32:], top, chain.root)
    rounds = [each for each in state.rounds if each.task == position]
    return {
        "task": task.task.name,
        "tasks": len(state.tasks),
        "rounds_begun": len(rounds),
        "rounds_of": rounds_of(task.task),
        "phase": rounds[-1].phase.name.lower() if rounds else "none",
        "void": sum(bool(each.reason) for each in rounds),
        "releases": task.releases,
        "epsilon": _epsilon(task),
        "delta": f"1e-{task.task.delta}",
        "homes": len(place.homes()),
        "parameters": len(task.model),
        "model": task.model.digest.hex(),
        "model_on_shelf": task.model.digest in place.shelf,
        "height": chain.height,
        "proved_against_root": chain.root.hex(),
    }


def readable(facts: dict[str, object]) -> dict[str, object]:
    """The same for people."""
    shown = dict(facts)
    shown["rounds"] = f"{shown.pop('rounds_begun')} of {shown.pop('rounds_of')}, {shown.pop('void')} void"
    epsilon = shown.pop("epsilon")
    shown["ε spent"] = "no noise: none can be claimed" if epsilon is None else f"{epsilon} at δ = {shown['delta']}"
    del shown["delta"]
    return {name.replace("_", " "): value for name, value in shown.items()}


def _epsilon(task: TaskState) -> float | None:
    """What the task's releases have cost each home that took part in all of them; other tasks come on top."""
    cost = spent(task.task, task.releases)
    return None if cost is None else cost / 1000
