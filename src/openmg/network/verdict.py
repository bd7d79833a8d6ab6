"""How a node's process ends: for a reason that stays, or for one that may be gone at its next start."""

from __future__ import annotations

import sqlite3
from typing import Final

from openmg.client.node import Refused
from openmg.errors import BadInput, Corrupt, OpenMGError

BAD_INPUT: Final = 2
"""Exit code of a process that would fail in the same way again: nobody starts it until somebody mended the reason."""
AGAIN: Final = 1
_DAMAGE: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def exit_code(error: OpenMGError) -> int:
    """`BAD_INPUT` for what a person gave or what is damaged; `AGAIN` for what the system or another node refused.

    A full disk has room later, a port is let go, a node answers: what they refuse stands as the cause of our own error.
    """
    if isinstance(error, Refused) or not isinstance(error, BadInput | Corrupt):
        return AGAIN
    cause = error.__cause__
    while cause is not None:
        if isinstance(cause, sqlite3.DatabaseError):
            code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
            return BAD_INPUT if code in _DAMAGE else AGAIN
        if isinstance(cause, OSError):
            return AGAIN
        cause = cause.__cause__
    return BAD_INPUT
