"""Which demo a command means when it is not told: the newest one here."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from openmg.demo.folder import DemoFolder
from openmg.errors import BadInput

NAME: Final = "openmg-demo"


def new_folder(base: Path | None = None) -> Path:
    """A free name: openmg-demo, openmg-demo-2, …"""
    number = max(_numbers(base or Path()), default=0) + 1
    return (base or Path()) / (NAME if number == 1 else f"{NAME}-{number}")


def find_folder(folder: Path | None, base: Path | None = None) -> DemoFolder:
    """The folder named, or the newest demo here.

    Raises:
        BadInput: there is none.
    """
    if folder is not None:
        if not (folder / "chain.db").is_file():
            raise BadInput(f"{folder}: no chain here; a folder that `openmg demo` made was expected")
        return DemoFolder(folder)
    numbers = _numbers(base or Path())
    if not numbers:
        raise BadInput("no demo here: run `openmg demo` first, or name a folder")
    newest = max(numbers)
    return DemoFolder((base or Path()) / (NAME if newest == 1 else f"{NAME}-{newest}"))


def _numbers(base: Path) -> list[int]:
    found = []
    for path in base.glob(f"{NAME}*"):
        suffix = path.name.removeprefix(NAME)
        if (path / "chain.db").is_file() and (not suffix or suffix.removeprefix("-").isdigit()):
            found.append(int(suffix.removeprefix("-")) if suffix else 1)
    return found
