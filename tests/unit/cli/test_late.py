"""Commands that are imported late: listed as they say themselves, and not before they are called."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from openmg.cli import Commands
from openmg.cli.late import Late
from openmg.cli.network import Commands as NetworkCommands

OPENMG = Path(sys.executable).with_name("openmg")
LATE = {**Commands.late, **{f"network {name}": each for name, each in NetworkCommands.late.items()}}


@pytest.mark.parametrize(("name", "late"), LATE.items())
def test_the_list_says_what_the_command_says(name: str, late: Late) -> None:
    command = late.load(name)
    assert " ".join(command.help.split("\n\n")[0].split()) == late.says


def test_help_needs_none_of_the_rooms() -> None:
    """Nor does a mistyped command."""
    for arguments in (["--help"], [], ["nonsense"]):
        code = f"""
import sys
from openmg.cli import main
sys.argv[1:] = {arguments!r}
try:
    main()
except SystemExit:
    rooms = {{each for each in sys.modules if each.startswith("openmg.")}}
    print("imported:", sorted(rooms - {{"openmg.cli", "openmg.cli.late", "openmg.errors"}}))
"""
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout.endswith("imported: []\n")


@pytest.mark.parametrize("name", LATE)
def test_every_command_is_there(name: str) -> None:
    done = subprocess.run(
        [OPENMG, *name.split(), "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"COLUMNS": "300"},
    )
    assert f"Usage: openmg {name} " in done.stdout
    assert LATE[name].says in done.stdout
