"""One program at a time: a lock that the system lets go when its holder ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Final

from openmg.errors import BadInput

_STEP: Final = 0.02


def lock_beside(path: Path, what: str, patience: float = 0.0) -> int:
    """Lock the file at `path` by one beside it; close the descriptor to let others in.

    `patience`: seconds to wait for another holder, such as one whose parent was just killed.

    Raises:
        BadInput: there is no such file, or another program has `what` open.
    """
    if not path.is_file():
        raise BadInput(f"{path}: cannot be read (no such file)")
    try:
        descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise BadInput(f"{path}: cannot be locked ({error.strerror})") from error
    deadline = time.monotonic() + patience
    try:
        while not _locked(descriptor):
            if time.monotonic() >= deadline:
                raise BadInput(f"{path}: another program has this {what} open")
            time.sleep(_STEP)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
