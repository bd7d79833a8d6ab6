"""What a block of the PPDL chain does beside changing state; engines do the writing."""

from __future__ import annotations

from dataclasses import dataclass, field

from openmg.machine import Kept


@dataclass
class Effects:
    """Collected while a block is executed: payloads that now wait, rounds that ended, checkpoints that are new."""

    kept: list[Kept] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    models: list[bytes] = field(default_factory=list)
