"""The pipe by which a process learns that its supervisor is gone."""

from __future__ import annotations

import os
import signal
import threading
from typing import Final

LIFELINE: Final = "OPENMG_LIFELINE"
"""The environment's name for the descriptor of the pipe's reading end."""
_PATIENCE: Final = 10.0
"""Seconds to end in good order before it is cut short."""


def watch() -> None:
    """From now on, end this process as SIGTERM would when the pipe's other end closes; nothing where there is none."""
    lifeline = os.environ.pop(LIFELINE, None)
    if lifeline is not None:
        threading.Thread(target=_follow, args=(int(lifeline),), daemon=True).start()


def _follow(lifeline: int) -> None:
    while os.read(lifeline, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_PATIENCE)
    os._exit(1)
