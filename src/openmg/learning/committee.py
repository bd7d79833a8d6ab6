"""Who holds which mask: every set of f+1 members of the mask committee has one (LEARN-1)."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import Final

from openmg.errors import BadInput

Subsets = tuple[tuple[int, ...], ...]
"""The holders of each mask, as positions in the committee: rising in a subset, subsets in lexicographic order."""

COMMITTEES: Final = (1, 4, 7)
"""How many members a mask committee may have: 1, 6 or 35 masks."""


def holders_of(committee: int) -> int:
    """w = f+1, the holders of one mask, with f = ⌊(committee − 1)/3⌋: one of them is honest.

    Raises:
        BadInput: no committee has this size.
    """
    if committee not in COMMITTEES:
        raise BadInput(f"a committee of {committee}: 1, 4 or 7 members were expected")
    return (committee - 1) // 3 + 1


@cache
def subsets_of(committee: int) -> Subsets:
    """The subsets T of a committee, in the order in which masks are numbered.

    Raises:
        BadInput: no committee has this size.
    """
    return tuple(combinations(range(committee), holders_of(committee)))
