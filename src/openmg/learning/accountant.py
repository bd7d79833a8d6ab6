"""ε of Gaussian noise by privacy loss distributions, with integers at the edge (LEARN-6).

The one file of this room with floats inside, since dp-accounting is made of them. It rounds them up to integers, and
no state depends on its answer. The package takes seconds to load and is imported when the first ε is asked for.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import ceil, sqrt
from typing import Final

PER_UNIT: Final = 1000
"""ε counts thousandths."""
MOST_EPSILON: Final = 2**32 - 1
"""Beyond a claim's four bytes: who spends that much has no privacy to count."""
_MOST_LOSS: Final = 2 * MOST_EPSILON // PER_UNIT
_GRID: Final = 1e-4
"""Step of the distribution's losses: ε is pessimistic by less than one of them."""


def epsilon_of(loss: Fraction, grain: Fraction, delta: int) -> int:
    """ε in 1/1000, rounded up, of Gaussian noise whose (sensitivity/σ)² is `loss`, at δ = 10^−delta.

    Gaussians one after another, also of different noise and each chosen after the last was seen, are one whose loss
    is the sum of theirs. Noise of whole quanta may be off by half a quantum: `grain`, sensitivity/(2σ²) in quanta,
    is what that adds to ε. A loss too large for any claim gives `MOST_EPSILON`.
    """
    if loss <= 0:
        return 0
    if loss + grain >= _MOST_LOSS:
        return MOST_EPSILON
    return min(MOST_EPSILON, ceil((_gaussian(loss, delta) + grain) * PER_UNIT))


@lru_cache(maxsize=1024)
def _gaussian(loss: Fraction, delta: int) -> float:
    """ε of a Gaussian."""
    from dp_accounting.pld import privacy_loss_distribution  # noqa: PLC0415 - takes seconds, and few ask

    mu = sqrt(loss)
    grid = _GRID * max(1.0, mu, mu * mu / 100)  # keeps the distribution near a million points
    gaussian = privacy_loss_distribution.from_gaussian_mechanism(1 / mu, value_discretization_interval=grid)
    return float(gaussian.get_epsilon_for_delta(10.0**-delta))
