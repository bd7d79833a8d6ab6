"""The model: one small network for all slots of a day, whose parameters are one flat vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from openmg.errors import BadInput
from openmg.forecast.clock import Floats
from openmg.forecast.features import Windows
from openmg.forecast.scaling import FEATURES

Singles = NDArray[np.float32]
A = TypeVar("A")

QUANTILES: Final = (0.1, 0.5, 0.9)
SMALL: Final = 707
"""Parameters with 16 hidden units: for learning with noise."""
LARGE: Final = 2115
"""Parameters with 48."""
_PER_UNIT: Final = FEATURES + 1 + len(QUANTILES)
_SPREAD: Final = 1.4
EVEN_BLEND: Final = (0.3, 0.4, 0.3)
"""The mean of a day as a blend of the three quantiles, for a home that has none of its own (Swanson's rule)."""


@dataclass(frozen=True)
class Layers(Generic[A]):
    """A flat vector taken apart: its views."""

    weights: A
    biases: A
    head: A
    head_biases: A


@dataclass(frozen=True)
class Forecast:
    """A day ahead for every window, in Wh a slot: `quantiles[row, slot, quantile]`, `mean[row, slot]`."""

    quantiles: Floats
    mean: Floats

    @property
    def median(self) -> Floats:
        """What to expect of this home; of many homes together expect the sum of their means."""
        return self.quantiles[..., 1]


def hidden_of(size: int) -> int:
    """Hidden units of a model of so many parameters.

    Raises:
        BadInput: no model of this room has that size.
    """
    hidden, rest = divmod(size - len(QUANTILES), _PER_UNIT)
    if hidden < 1 or rest:
        raise BadInput(f"a model of {size} parameters: 44 for each hidden unit and 3 were expected: {SMALL}, {LARGE}")
    return hidden


def layers_of(flat: A) -> Layers[A]:
    """40 × hidden weights, row by row; their biases; hidden × 3 weights of the head, row by row; its biases.

    `flat` is an array of NumPy or of JAX.

    Raises:
        BadInput: a vector of another size.
    """
    vector: Any = flat
    hidden, outputs = hidden_of(vector.shape[0]), len(QUANTILES)
    biases = FEATURES * hidden
    head = biases + hidden
    last = head + hidden * outputs
    return Layers(
        vector[:biases].reshape(FEATURES, hidden),
        vector[biases:head],
        vector[head:last].reshape(hidden, outputs),
        vector[last:],
    )


def head_of(size: int) -> slice:
    """Where the head is in a vector of that size: what a home may keep for itself."""
    return slice(FEATURES * hidden_of(size) + hidden_of(size), size)


def start(size: int, seed: int) -> Singles:
    """A model that knows nothing: its head is zero, so that it says what the 28 days before say.

    Raises:
        BadInput: no model has this size.
    """
    hidden = hidden_of(size)
    flat = np.zeros(size, dtype=np.float32)
    draws = np.random.default_rng(seed).standard_normal(FEATURES * hidden)
    flat[: FEATURES * hidden] = draws * _SPREAD / np.sqrt(FEATURES)
    return flat


def residuals(flat: Singles, inputs: Singles) -> Singles:
    """What the network adds to the 28-day quantiles, in units of the 28-day mean."""
    layers = layers_of(flat)
    hidden = np.maximum(inputs @ layers.weights + layers.biases, 0)
    return np.asarray(hidden @ layers.head + layers.head_biases, dtype=np.float32)


def scaled_quantiles(flat: Singles, windows: Windows) -> Floats:
    """Quantiles in units of the 28-day mean: in order and not below zero."""
    raw = windows.base.astype(np.float64) + residuals(flat, windows.inputs)
    return np.sort(np.maximum(raw, 0), axis=2)


def forecast(flat: Singles, windows: Windows, blend: tuple[float, float, float] = EVEN_BLEND) -> Forecast:
    """The days ahead of these windows, in Wh.

    Raises:
        BadInput: parameters of no model of this room.
    """
    scaled = scaled_quantiles(flat, windows)
    scales = windows.scales[:, None]
    return Forecast(scaled * scales[..., None], np.maximum(scaled @ np.array(blend), 0) * scales)


def fit_blend(flat: Singles, windows: Windows, pull: float = 0.1) -> tuple[float, float, float]:
    """A home's own blend of its quantiles for the mean: least squares, pulled to the even blend."""
    quantiles = scaled_quantiles(flat, windows).reshape(-1, len(QUANTILES))
    targets = windows.targets.astype(np.float64).reshape(-1)
    even = np.array(EVEN_BLEND)
    squares = quantiles.T @ quantiles
    pulled = squares + pull * np.trace(squares) / len(even) * np.eye(len(even))
    found = even + np.linalg.solve(pulled, quantiles.T @ (targets - quantiles @ even))
    return float(found[0]), float(found[1]), float(found[2])
