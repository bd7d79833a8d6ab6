"""Which demo a command means when it is not told: the newest one here."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from openmg.demo.folder import DemoFolder
from openmg.errors import BadInput

NAME: Final = "openmg-demo"


def new_folder(base: Path | None = None, name: str = NAME) -> Path:
    """A free name: openmg-demo, openmg-demo-2, …"""
    number = max(_numbers(base or Path(), name), default=0) + 1
    return (base or Path()) / (name if number == 1 else f"{name}-{number}")


def find_folder(folder: Path | None, base: Path | None = None) -> DemoFolder:
    """The folder named, or the newest demo here.

    Raises:
        BadInput: there is none.
    """
    if folder is not None:
        if not (folder / "chain.db").is_file():
            raise BadInput(f"{folder}: no chain here; a folder that `openmg demo` made was expected")
        return DemoFolder(folder)
    newest = newest_folder(base)
    if newest is None:
        raise BadInput("no demo here: run `openmg demo` first, or name a folder")
    return DemoFolder(newest)


def newest_folder(base: Path | None = None, name: str = NAME) -> Path | None:
    """The newest folder with such a name that has a chain."""
    newest = max(_numbers(base or Path(), name), default=None)
    return None if newest is None else (base or Path()) / (name if newest == 1 else f"{name}-{newest}")


def _numbers(base: Path, name: str) -> list[int]:
    found = []
    for path in base.glob(f"{name}*"):
        suffix = path.name.removeprefix(name)
        if (path / "chain.db").is_file() and (not suffix or suffix.removeprefix("-").isdigit()):
            found.append(int(suffix.removeprefix("-")) if suffix else 1)
    return found
