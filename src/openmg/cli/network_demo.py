"""`openmg network demo`: the day of real homes on several authorities, one killed and one paused in the middle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from openmg.cli.demo import print_demo, run_demo
from openmg.cli.folders import new_folder
from openmg.demo.homes import check_date, load_homes
from openmg.demo.network_day import opened_network
from openmg.demo.network_folder import NetworkFolder
from openmg.demo.scenario import DEFAULT_DATE, Scenario
from openmg.errors import BadInput
from openmg.network.folder import BASE_PORT

_LEAST, _MOST = 4, 7
"""Fewer cannot lose one and go on; more are too much for one machine."""


def demo(
    date: Annotated[str, typer.Option(help="A day of the data, 2016-08-01 to 2017-07-30.")] = DEFAULT_DATE,
    homes: Annotated[int, typer.Option(help="How many of the 14 good homes take part.")] = 14,
    authorities: Annotated[int, typer.Option(help="How many authorities, each three processes: 4 to 7.")] = 4,
    base_port: Annotated[int, typer.Option(help="First of the ports on this machine.")] = BASE_PORT,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the network, the chain and the report (a new one).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the finished day as JSON.")] = False,
) -> None:
    """Trade the demo's day on a network of authorities, kill one and pause one, and compare with the embedded engine.

    Example: openmg network demo --homes 8 --out my-network
    """
    day = check_date(date)
    load_homes(homes)
    if not _LEAST <= authorities <= _MOST:
        raise BadInput(f"--authorities {authorities}: {_LEAST} to {_MOST} were expected")
    folder = NetworkFolder.create(out or new_folder(), Scenario(day.isoformat(), homes, authorities, base_port))
    print_demo(run_demo(folder, opened_network), folder, as_json=as_json)
