"""How authorities ask for a block when only time has passed (SLOT-7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from openmg.encoding import Reader, Writer
from openmg.errors import Rejected

_AHEAD: Final = 2
"""Changes of the state by which another node may be ahead."""


@dataclass(frozen=True)
class Tick:
    """An authority asks for a block, because by its clock a slot begins or a gate ends (SLOT-7)."""

    kind: ClassVar[int] = 22
    authority: int
    height: int
    """The newest height that changed the state: a later change makes the tick stale."""

    def encode(self) -> bytes:
        return Writer().integer(self.kind, 1).integer(self.authority, 1).integer(self.height, 8).done()

    @classmethod
    def read(cls, reader: Reader) -> Tick:
        return cls(reader.integer(1), reader.integer(8))


def check_tick(tick: Tick, newest: int, *, lagging: bool = False) -> None:
    """A tick names the newest height that changed the state; where other nodes may be ahead, one soon to come too.

    Raises:
        Rejected: `SLOT-7`.
    """
    if lagging and newest < tick.height <= newest + _AHEAD:
        return
    if tick.height != newest:
        raise Rejected("SLOT-7", f"a tick after block {tick.height}, {newest} changed something last")
