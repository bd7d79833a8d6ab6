"""What the core refuses becomes the house's `Rejected`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openmg import _core
from openmg.errors import Rejected


@contextmanager
def rejections() -> Iterator[None]:
    """Raise `Rejected(clause, reason)` where the core raises `Refused`."""
    try:
        yield
    except _core.Refused as refused:
        clause, reason = refused.args
        raise Rejected(clause, reason) from None
