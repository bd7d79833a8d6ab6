"""A folder that appears whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from openmg.errors import BadInput


def make_whole(root: Path, fill: Callable[[Path], None], otherwise: str) -> None:
    """Have `fill` write a new folder; `otherwise` is what to do where the folder holds a chain already.

    Raises:
        BadInput: the folder holds something already, or cannot be made.
    """
    try:
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            held = "a chain" if (root / "chain.db").exists() else "something"
            raise BadInput(f"{root}: holds {held} already; choose another --out, or {otherwise}")
        if root.exists() and root.samefile(Path()):
            raise BadInput(f"{root}: is the folder you are in; name a new one inside it")
        root.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(dir=root.parent, prefix=f".{root.name}."))
    except OSError as error:
        raise BadInput(f"{root}: cannot be made ({error.strerror})") from error
    try:
        fill(staged)
        staged.replace(root)
    except OSError as error:
        shutil.rmtree(staged, ignore_errors=True)
        raise BadInput(f"{root}: cannot be made ({error.strerror})") from error
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise


def read_passphrase(path: Path) -> str:
    """The passphrase in a file.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read as a passphrase ({error})") from error
