"""Files that are replaced whole: after a crash the old or the new content is there, never a mixture."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

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
