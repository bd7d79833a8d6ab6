"""A folder that appears whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from openmg.errors import BadInput
from openmg.files import staged_folder


def make_whole(root: Path, fill: Callable[[Path], None], otherwise: str) -> None:
    """Have `fill` write a new folder; `otherwise` is what to do where the folder holds a chain already.

    Raises:
        BadInput: the folder holds something already, or cannot be made.
    """
    with suppress(OSError):  # What cannot be looked at cannot be filled either, which is said below.
        if (root / "chain.db").exists():
            raise BadInput(f"{root}: holds a chain already; choose another --out, or {otherwise}")
    with staged_folder(root) as staged:
        fill(staged)


def read_passphrase(path: Path) -> str:
    """The passphrase in a file.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read as a passphrase ({error})") from error
