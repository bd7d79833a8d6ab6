"""What chance decides in a round: its coordinates and its groups, the same for everybody (LEARN-1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from openmg.encoding import Writer
from openmg.errors import BadInput

_MISSING: Final = bytes(32)


def beacon_of(task_id: bytes, round_index: int, keys: Sequence[bytes | None]) -> bytes:
    """The round's common chance, from the committee's round keys in its order; None for one that posted none.

    Raises:
        Malformed: a key or the task's id has not 32 bytes, or the round does not fit a u32.
    """
    parts = Writer().fixed(task_id, 32).integer(round_index, 4)
    for key in keys:
        parts.fixed(_MISSING if key is None else key, 32)
    return sha256(b"openmg/1/learn/beacon" + parts.done()).digest()


def coordinates_of(beacon: bytes, chosen: int, size: int) -> tuple[int, ...]:
    """The `chosen` of `size` coordinates that this round trains, rising.

    Raises:
        BadInput: more coordinates are to be chosen than there are, or none.
    """
    if not 1 <= chosen <= size:
        raise BadInput(f"{chosen} coordinates of {size}: from 1 to {size} were expected")
    if chosen == size:
        return tuple(range(size))
    return tuple(sorted(_shuffled(beacon, range(size))[:chosen]))


def groups_of(beacon: bytes, indices: Iterable[int], groups: int) -> tuple[tuple[int, ...], ...]:
    """The included homes (registry indices) dealt to the task's groups; rising within a group.

    Group sizes differ by one at most; with fewer homes than groups some are empty.

    Raises:
        BadInput: there is no group.
    """
    if groups < 1:
        raise BadInput(f"{groups} groups: at least 1 was expected")
    dealt = _shuffled(beacon + b"group", set(indices))
    return tuple(tuple(sorted(dealt[group::groups])) for group in range(groups))


def _shuffled(prefix: bytes, numbers: Iterable[int]) -> list[int]:
    """Numbers in the order of their hashes, ties (which nobody will see) by themselves."""
    return [number for _, number in sorted((sha256(prefix + n.to_bytes(4, "little")).digest(), n) for n in numbers)]
