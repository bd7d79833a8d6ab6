"""`openmg demo`: a day of real homes trades in secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from openmg.cli.folders import find_folder, new_folder
from openmg.cli.output import console, print_json, progress_console
from openmg.cli.progress import progress_bar
from openmg.demo.day import Day, Watch, opened
from openmg.demo.folder import DemoFolder
from openmg.demo.homes import check_date, load_homes
from openmg.demo.record import DayRecord, to_json
from openmg.demo.scenario import DEFAULT_DATE, Scenario
from openmg.demo.summary import summarise
from openmg.files import write_atomically
from openmg.units import ONE

_Folder = TypeVar("_Folder", bound=DemoFolder)
_WON = ONE * 1_000_000
_KWH = ONE * 1_000


def demo(
    date: Annotated[str, typer.Option(help="A day of the data, 2016-08-01 to 2017-07-30.")] = DEFAULT_DATE,
    homes: Annotated[int, typer.Option(help="How many of the 14 good homes take part.")] = 14,
    authorities: Annotated[int, typer.Option(help="How many authorities hold the key, each its own process.")] = 4,
    out: Annotated[Path | None, typer.Option(help="Folder for the chain and the report (a new one).")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue a demo that was stopped.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the finished day as JSON.")] = False,
) -> None:
    """Trade a day of real homes in secret, on a chain of your own, and show what everyone could see.

    California homes at Korean prices. Example: openmg demo --date 2017-04-08 --homes 12 --out my-day
    """
    folder = find_folder(out) if resume else _new(date, homes, authorities, out or new_folder())
    try:
        record = run_demo(folder, opened)
    except KeyboardInterrupt:
        progress_console.print(f"Stopped. Continue with: openmg demo --resume --out {folder.root}")
        raise
    print_demo(record, folder, as_json=as_json)


def print_demo(record: DayRecord, folder: DemoFolder, *, as_json: bool) -> None:
    """Show a finished day; exit code 1 when a check failed."""
    if as_json:
        print_json(to_json(record))
    else:
        _print_summary(record, folder)
    failed = [check.name_en for check in record.checks if not check.passed]
    if failed:
        progress_console.print(f"[red]Failed: {', '.join(failed)}[/red]")
        raise typer.Exit(1)


def _new(date: str, homes: int, authorities: int, out: Path) -> DemoFolder:
    day = check_date(date)
    load_homes(homes)
    return DemoFolder.create(out, Scenario(day.isoformat(), homes, authorities))


def run_demo(folder: _Folder, opened: Callable[[_Folder, Watch], AbstractContextManager[Day]]) -> DayRecord:
    """Run a day with a progress bar, and write what it leaves behind."""
    # Drawing is imported late: half a second that a bad option should not cost.
    from openmg.demo.plots import write_plots  # noqa: PLC0415 - see above
    from openmg.demo.report import write_report  # noqa: PLC0415 - see above

    with progress_bar("making keys", 24) as watch:
        with opened(folder, watch) as day:
            day.run()
            watch("checking", 24, 24)
            record = summarise(day)
        watch("drawing", 24, 24)
        write_atomically(folder.record, json.dumps(to_json(record), ensure_ascii=False).encode())
        write_report(record, folder.root)
        write_plots(record, folder.root)
    return record


def _print_summary(record: DayRecord, folder: DemoFolder) -> None:
    settled = [slot for slot in record.slots if slot.settled]
    traded = sum(max(slot.bought, slot.sold) for slot in record.slots) / _KWH
    saved = sum(home.saving for home in record.home_results) / _WON
    losers = sum(home.saving < 0 for home in record.home_results)
    console.print(
        f"[bold]{record.homes} homes traded {traded:,.1f} kWh on {record.date} and saved {saved:,.0f} won "
        f"together; nobody saw who.[/bold] {record.authorities} authorities, {record.threshold} of them needed to open "
        "a sum."
    )
    console.print(f"California homes at Korean prices; {record.why_en}.")
    prices = [slot.price for slot in settled]
    if prices:
        console.print(
            f"{len(settled)} of {len(record.slots)} hours had a market, at {min(prices) / 1000:.0f} to "
            f"{max(prices) / 1000:.0f} won/kWh. {losers} homes paid more than without it."
        )
    console.print(
        f"The battery's providers earned {_rounded(record.pool.earned):+,.0f} won by trades and "
        f"{_rounded(record.pool.apart):+,.0f} won by energy that moved without one; its store changed by "
        f"{record.pool.stock / 1000:+,.1f} kWh."
    )
    alone = sum(opened.speaking == 1 for slot in record.slots for opened in slot.opened)
    count = sum(len(slot.opened) for slot in record.slots)
    console.print(f"{count} sums were opened in the hours; {alone} of them spoke about a single home.")
    for check in record.checks:
        mark = "[green]✓[/green]" if check.passed else "[red]✗[/red]"
        console.print(f"  {mark} {check.name_en}: {check.detail_en}")
    for timing in record.timings:
        console.print(f"  [dim]{timing.name_en}: {timing.value:,.2f} {timing.unit} ({timing.note})[/dim]")
    console.print(f"\nOpen [bold]{folder.report}[/bold] in a browser (English and Korean).")
    console.print(
        f"Look around: openmg replay {folder.root} · openmg inspect slot 12 · "
        f"openmg wallet show home-01   (--dir {folder.root})",
        soft_wrap=True,
    )


def _rounded(ledger_money: int) -> int:
    """Whole won, so that a fraction below zero is not written as -0."""
    return round(ledger_money / _WON)
