"""The `openmg` command: every error on purpose is one clear line and exit code 2."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import ClassVar

import typer

from openmg.cli.late import Late, LateGroup
from openmg.errors import OpenMGError


class Commands(LateGroup):
    """All that `openmg` can do."""

    late: ClassVar[Mapping[str, Late]] = {
        "demo": Late(
            "openmg.cli.demo:demo",
            "Trade a day of real homes in secret, on a chain of your own, and show what everyone could see.",
        ),
        "learn": Late("openmg.cli.learn:app", "Homes teach one model together, without a server that sees their data."),
        "replay": Late(
            "openmg.cli.replay:replay_chain",
            "Execute every block of a chain again from genesis and compare state roots.",
        ),
        "inspect": Late("openmg.cli.inspect:app", "What anyone can see of a chain."),
        "wallet": Late("openmg.cli.wallet:app", "What only the owner sees."),
        "market": Late("openmg.cli.market:app", "The market's rule on plain numbers."),
        "bill": Late(
            "openmg.cli.bill:bill", "A month's bill by KEPCO's tariff, line by line, and what one more kWh costs."
        ),
        "simulate": Late("openmg.cli.simulate:app", "What a street would save, who would lose, and who could rig it."),
        "network": Late("openmg.cli.network:app", "Several authorities as real processes, one chain."),
        "authority": Late("openmg.cli.authority:app", "One authority's node, or an observer's."),
    }


app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def openmg() -> None:
    """A private, decentralised local energy market for microgrids."""


BAD_INPUT = 2
INTERRUPTED = 130


def main() -> None:
    """Run the command line."""
    try:
        app()
    except OpenMGError as error:
        sys.stderr.write(f"openmg: {error}\n")
        sys.exit(BAD_INPUT)
    except OSError as error:
        # A full disk, a folder that was taken away: what it says and where, not where in the program.
        path = error.filename2 or error.filename
        sys.stderr.write(f"openmg: {path}: {error.strerror}\n" if path else f"openmg: {error}\n")
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        sys.stderr.write("openmg: stopped\n")
        sys.exit(INTERRUPTED)
