"""What must hold whatever anybody sends: a broken invariant is a fault of the code, never of an input."""

from __future__ import annotations

from openmg.errors import OpenMGError


class InvariantBroken(OpenMGError):
    """Something that the protocol guarantees does not hold; `clause` names it, e.g. ``MARKET-10``."""

    def __init__(self, clause: str, reason: str) -> None:
        super().__init__(f"{clause} broken: {reason}")
        self.clause = clause
        self.reason = reason

    def __reduce__(self) -> tuple[type[InvariantBroken], tuple[str, str]]:
        return (InvariantBroken, (self.clause, self.reason))
