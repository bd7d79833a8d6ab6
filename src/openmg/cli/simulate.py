"""`openmg simulate`: a street for a year, under our market and under others, honestly and under attack."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from openmg.cli.output import console, print_json
from openmg.cli.progress import progress_bar
from openmg.cli.simulate_tables import print_attack, print_comparison
from openmg.cli.street_options import takes_street
from openmg.files import READABLE, staged_folder, write_atomically
from openmg.simulation.attack import WAYS, Attack
from openmg.simulation.comparison import Comparison, attacked, community_of, compare
from openmg.simulation.mechanisms import ASKING, MECHANISMS
from openmg.simulation.record import Record, attack_json, record_of, to_json
from openmg.simulation.scenario import Scenario

app = typer.Typer(no_args_is_help=True, help="What a street would save, who would lose, and who could rig it.")

NAME: Final = "openmg-simulation"
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@app.command()
@takes_street(tuple(MECHANISMS))
def run(
    scenario: Scenario,
    *,
    out: Annotated[Path | None, typer.Option(help="Folder for report, pictures and tables (a new one).")] = None,
    as_json: Json = False,
) -> None:
    """Compare mechanisms on one street, and write a report.

    California homes at Korean prices, unless --data names others.

    Example: openmg simulate run --homes 50 --start 2017-05-01 --days 61
    """
    folder = out or _new_folder()
    with staged_folder(folder) as staged, progress_bar("reading homes", 1) as watch:
        began = time.process_time()
        comparison = compare(scenario, community_of(scenario), watch)
        record = record_of(comparison, time.process_time() - began)
        watch("drawing", record.slots, record.slots)
        _write(staged, record, comparison)
    if as_json:
        print_json(to_json(record))
        return
    print_comparison(record)
    console.print(f"\nOpen [bold]{folder / 'report.html'}[/bold] in a browser (English and Korean).", soft_wrap=True)
    console.print(f"Every slot: {folder / 'slots.parquet'}; the figures: {folder / 'result.json'}", soft_wrap=True)


@app.command()
@takes_street(ASKING)
def attack(
    scenario: Scenario,
    *,
    who: Annotated[str, typer.Option(help="sellers or buyers.")],
    how: Annotated[str, typer.Option(help=f"{', '.join(WAYS)}.")],
    share: Annotated[float, typer.Option(help="Which share of that side attacks together.")] = 0.2,
    as_json: Json = False,
) -> None:
    """Let some homes try to rig the market, against the same street without that.

    Example: openmg simulate attack --who sellers --share 0.2 --how withhold --start 2017-05-01 --days 61
    """
    what = Attack(who, share, how)
    with progress_bar("reading homes", 1) as watch:
        outcomes = attacked(scenario, community_of(scenario), what, watch)
    if as_json:
        print_json(attack_json(scenario, what, outcomes))
    else:
        print_attack(what, outcomes)


def _write(folder: Path, record: Record, comparison: Comparison) -> None:
    # Drawing is imported late: half a second that a bad option should not cost.
    from openmg.simulation.plots import write_plots  # noqa: PLC0415 - see above
    from openmg.simulation.report import write_report  # noqa: PLC0415 - see above
    from openmg.simulation.table import write_table  # noqa: PLC0415 - see above

    write_atomically(folder / "result.json", json.dumps(to_json(record), ensure_ascii=False).encode(), READABLE)
    write_table(folder / "slots.parquet", comparison.street, comparison.slots)
    write_report(record, folder)
    write_plots(record, folder)


def _new_folder() -> Path:
    """A free name here: openmg-simulation, openmg-simulation-2, …"""
    number = 1
    while (path := Path(NAME if number == 1 else f"{NAME}-{number}")).exists():
        number += 1
    return path
