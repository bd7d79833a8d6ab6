"""What is measured: so many homes, a model of so many parameters, a share of them in a round, a committee."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil
from typing import Final

from openmg.learning import Model, Task
from tests.unit.learning.tasks import a_task

HOMES: Final = (100, 1000)
SIZES: Final = (707, 2115, 20_000)
SHARES: Final = (1.0, 0.1)
COMMITTEES: Final = (4, 7)
MORE_HOMES: Final = (30, 300)
"""Beside the others, so that growth is seen: of the largest model with the smallest share alone."""
QUICK: Final = ((8, 16), (120, 707), SHARES, (4,))
MOST: Final = 2**16
"""Homes that fit a round whose values have 16 bits."""


@dataclass(frozen=True, order=True)
class Case:
    """`share` is θ: the part of the parameters that a round has."""

    homes: int
    size: int
    share: float
    committee: int

    def __str__(self) -> str:
        return f"{self.homes:,} homes × {self.size:,} parameters, θ = {self.share:g}, committee of {self.committee}"

    @property
    def model(self) -> Model:
        return Model((0,) * self.size)

    @property
    def task(self) -> Task:
        """Clip 0.46, one evaluation number, and noise that makes every home's share some 900 quanta wide."""
        return a_task(
            model=self.model.digest,
            size=self.size,
            chosen=ceil(self.size * self.share),
            noise=600_000 * self.homes,
            least=self.homes,
            most=MOST,
            committee=self.committee,
        )


GOAL: Final = Case(100, 20_000, 0.1, 4)


def cases_of(
    homes: Sequence[int], sizes: Sequence[int], shares: Sequence[float], committees: Sequence[int]
) -> list[Case]:
    """Every combination."""
    return in_order([Case(*each) for each in product(homes, sizes, shares, committees)])


def in_order(some: Sequence[Case]) -> list[Case]:
    """The cheap ones first."""
    return sorted(some, key=lambda case: case.homes * case.size * case.share * case.committee**2)
