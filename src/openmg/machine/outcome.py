"""What executing a block did; engines do the writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openmg.errors import Rejected
from openmg.machine.trees import Leaf

Kept = tuple[int, int, bytes]
"""A payload that waits: what it waits for (a slot, a round), whose it is (an index), its bytes."""
Waiting = Mapping[tuple[int, int], bytes]
"""All payloads that wait, by the same two numbers."""


@dataclass(frozen=True)
class Outcome:
    """Effects of one block.

    `verdicts`: None or the rejection of each transaction; `leaves`: changed state; `kept`: new payloads that wait, of
    nothing that is final by now; `final`: slots or rounds that ended in this block, whose payloads may go; `models`:
    new checkpoints, each to be kept under its digest.
    """

    root: bytes
    verdicts: tuple[Rejected | None, ...]
    leaves: list[Leaf]
    kept: list[Kept]
    final: tuple[int, ...]
    models: tuple[bytes, ...] = ()
