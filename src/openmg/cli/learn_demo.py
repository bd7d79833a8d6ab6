"""`openmg learn demo` and `openmg learn run`: the commands that train."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from openmg.cli.folders import new_folder
from openmg.cli.learn import NAME, Folder, Json, find_learning, readable, status_of
from openmg.cli.output import console, print_facts, print_json, progress_console
from openmg.cli.progress import progress_bar
from openmg.demo.learning.folder import LearningFolder
from openmg.demo.learning.record import LearningRecord, to_json
from openmg.demo.learning.scenario import DELTA, LearningScenario, following
from openmg.demo.learning.summary import learn_all
from openmg.demo.learning.town import LearningHome, Town, opened
from openmg.files import write_atomically


def demo(
    homes: Annotated[int, typer.Option(help="How many of the 14 good homes take part; 2 at least.")] = 14,
    rounds: Annotated[int, typer.Option(help="How often they train and sum up.")] = 40,
    noise: Annotated[float, typer.Option(help="σ of a sum's noise, in units of what one home can add; 0: none.")] = 0.5,
    out: Annotated[Path | None, typer.Option(help="Folder for the chain and the report (a new one).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was learnt as JSON.")] = False,
) -> None:
    """Have real homes teach one model in secret, on a chain of your own, and show what everyone could see.

    Example: openmg learn demo --homes 8 --rounds 20 --out my-learning
    """
    folder = LearningFolder.create(out or new_folder(name=NAME), LearningScenario(homes, rounds, noise))
    try:
        record = run_demo(folder)
    except KeyboardInterrupt:
        progress_console.print(f"Stopped. Finish the rounds with: openmg learn run --dir {folder.root}")
        raise
    if as_json:
        print_json(to_json(record))
    else:
        _print_summary(record, folder)
    failed = [check.name_en for check in record.checks if not check.passed]
    if failed:
        progress_console.print(f"[red]Failed: {', '.join(failed)}[/red]")
        raise typer.Exit(1)


def run(
    folder: Folder = None,
    rounds: Annotated[int, typer.Option(help="How many rounds a new task has, where the last one is over.")] = 5,
    as_json: Json = False,
) -> None:
    """Take part in the rounds of a folder's chain: finish the task that runs, or begin one from its last model.

    All homes and authorities of the folder take part. A new task's ε comes on top of what was spent. Of a folder on
    this machine: a home cannot take part in a running network's rounds yet.

    Example: openmg learn run --rounds 10
    """
    place = find_learning(folder)
    with progress_bar("opening", 1) as watch, opened(place, watch) as town:
        done = _go_on(town, rounds)
        facts = {"rounds_now": done, **status_of(place, town.chain)}
        spent = {home.name: _spent(home) for home in town.homes}
        absent = dict(town.absent)
    if as_json:
        print_json({**facts, "epsilon_of_each_home": spent, "absent": absent})
        return
    print_facts(f"{done} rounds went on", readable(facts))
    told = ", ".join(f"{name} {'no noise' if cost is None else cost}" for name, cost in spent.items())
    console.print(f"ε of each home over all tasks: {told}")
    for why in absent.values():
        progress_console.print(f"Sat out: {why}")


def _spent(home: LearningHome) -> float | None:
    """What a home's own ledger says over all tasks."""
    cost = home.trainer.spent(DELTA)
    return None if cost is None else cost / 1000


def _go_on(town: Town, rounds: int) -> int:
    town.enrol()
    if not town.chain.state.running():
        tasks = town.chain.state.tasks
        if tasks:
            task, model = tasks[-1].task, tasks[-1].model
            town.adopt(following(task, f"load-{len(tasks) + 1}", model, rounds), model)
        else:  # stopped before the first task was adopted
            model = town.scenario.model()
            town.adopt(town.scenario.task(model), model)
    done = town.learn()
    town.personalise()
    return done


def run_demo(folder: LearningFolder) -> LearningRecord:
    """All rounds with a progress bar; what they leave behind is in the folder then."""
    # Drawing is imported late: half a second that a bad option should not cost.
    from openmg.demo.learning.plots import write_plots  # noqa: PLC0415 - see above
    from openmg.demo.learning.report import write_report  # noqa: PLC0415 - see above

    with progress_bar("making keys", folder.scenario().rounds) as watch:
        with opened(folder, watch) as town:
            record = learn_all(town, watch)
        watch("drawing", 1, 1)
        write_atomically(folder.record, json.dumps(to_json(record), ensure_ascii=False).encode())
        write_report(record, folder.root)
        write_plots(record, folder.root)
    return record


def _print_summary(record: LearningRecord, folder: LearningFolder) -> None:
    own, usual, privacy = record.own_error, record.median_error, record.privacy
    changed = f"{100 * abs(1 - own / usual):.1f} % {'better' if own <= usual else 'worse'}"
    errors = [100 * each for each in (record.week_error, usual, record.error, own)]
    console.print(
        f"[bold]{record.homes} homes taught one model in {len(record.rounds)} rounds; nobody's data was "
        f"collected.[/bold] Made its own by each home, it is {changed} than the 28-day median."
    )
    console.print(
        f"Error over {record.days} days that nobody learnt from, of the mean load: "
        "last week {:.1f} %, 28-day median {:.1f} %, common model {:.1f} %, made its own {:.1f} %. ".format(*errors)
        + f"{record.helped} of {record.homes} homes beat the median."
    )
    if privacy.epsilon is None:
        console.print(f"No noise: the sums have no ε. At {record.homes} homes they protect nobody.")
    else:
        crowd = (privacy.crowd_epsilon or 0) / 1000
        console.print(
            f"ε = {privacy.epsilon / 1000:.1f} at δ = 1e-{privacy.delta}: at {record.homes} homes that protects "
            f"nobody. With {privacy.crowd:,} homes and the same noise in the average it would be {crowd:.1f}."
        )
    for check in record.checks:
        mark = "[green]✓[/green]" if check.passed else "[red]✗[/red]"
        console.print(f"  {mark} {check.name_en}: {check.detail_en}")
    for timing in record.timings:
        console.print(f"  [dim]{timing.name_en}: {timing.value:,.2f} {timing.unit} ({timing.note})[/dim]")
    console.print(f"\nOpen [bold]{folder.report}[/bold] in a browser (English and Korean).")
    console.print(
        "Go on: openmg learn status · openmg learn join METER.csv --name home-15 · openmg learn run   "
        f"(--dir {folder.root})",
        soft_wrap=True,
    )
