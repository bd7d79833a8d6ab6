"""Files and folders that appear whole: after a crash the old or the new content is there, never a mixture."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from openmg.errors import BadInput

READABLE: Final = 0o644
"""Mode of a file that others on the machine may read."""


def write_atomically(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write `path` durably: it holds what it held, or all of `data`; only the owner reads it unless `mode` says so."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def staged_folder(root: Path) -> Iterator[Path]:
    """A folder to fill beside `root`; it takes the name when all went well, and is gone otherwise.

    Raises:
        BadInput: `root` holds something already, or cannot be made.
    """
    try:
        if root.is_symlink() or (root.exists() and (not root.is_dir() or any(root.iterdir()))):
            raise BadInput(f"{root}: holds something already; name a new folder")
        if root.exists() and root.samefile(Path()):
            raise BadInput(f"{root}: is the folder you are in; name a new one inside it")
        root.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(dir=root.parent, prefix=f".{root.name}."))
    except OSError as error:
        raise BadInput(f"{root}: cannot be made ({error.strerror})") from error
    try:
        yield staged
        staged.replace(root)
    except OSError as error:
        shutil.rmtree(staged, ignore_errors=True)
        raise BadInput(f"{root}: cannot be made ({error.strerror})") from error
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
