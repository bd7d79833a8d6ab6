"""Parameters as the chain counts them: integers of 2^−32, half to even (LEARN-0)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openmg.errors import BadInput
from openmg.learning import Model

ONE: Final = 2.0**32
_MOST: Final = 2.0**62


def to_model(flat: NDArray[np.float32]) -> Model:
    """A checkpoint.

    Raises:
        BadInput: a parameter is no number, or too large.
    """
    return Model(tuple(_integers(flat.astype(np.float64))))


def to_floats(parameters: Iterable[int]) -> NDArray[np.float32]:
    """Parameters for the network, the nearest single-precision numbers."""
    return (np.array(tuple(parameters), dtype=np.int64).astype(np.float64) / ONE).astype(np.float32)


def update_of(before: NDArray[np.float32], after: NDArray[np.float32], coordinates: Iterable[int]) -> list[int]:
    """How far training moved these coordinates, in 2^−32.

    Raises:
        BadInput: training left the numbers.
    """
    moved = after.astype(np.float64) - before.astype(np.float64)
    return _integers(moved[np.fromiter(coordinates, dtype=np.int64)])


def _integers(values: NDArray[np.float64]) -> list[int]:
    scaled = np.rint(values * ONE)
    if not (np.abs(scaled) < _MOST).all():
        raise BadInput("a parameter is no number, or past 2^30: training went astray")
    found: list[int] = scaled.astype(np.int64).tolist()
    return found
