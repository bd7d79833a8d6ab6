"""A model as the chain knows it: integers in 2^−32 of its unit, and the optimiser's memory (LEARN-0, LEARN-5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final

from openmg.encoding import Reader
from openmg.errors import BadInput, Malformed

UNIT_BITS: Final = 32
"""A parameter counts 2^−32 of the model's own unit."""
MOST_PARAMETERS: Final = 1_000_000
LIMIT: Final = 2**63
"""Parameters and memory are i64."""
_MAGIC: Final = b"openmg/1/model"
_SIZE: Final = 8


@dataclass(frozen=True)
class Model:
    """A checkpoint: parameters in 2^−32, each an i64.

    Raises:
        BadInput: no parameter, more than a million, or one that is no i64.
    """

    parameters: tuple[int, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.parameters) <= MOST_PARAMETERS:
            raise BadInput(f"a model of {len(self.parameters)} parameters: 1 to {MOST_PARAMETERS} were expected")
        if not fits(self.parameters):
            raise BadInput("a parameter does not fit 64 bits")

    def __len__(self) -> int:
        return len(self.parameters)

    def encode(self) -> bytes:
        """``"openmg/1/model" ‖ size u32 ‖ i64 × size``."""
        values = b"".join([value.to_bytes(_SIZE, "little", signed=True) for value in self.parameters])
        return _MAGIC + len(self.parameters).to_bytes(4, "little") + values

    @classmethod
    def decode(cls, data: bytes) -> Model:
        """The model in a checkpoint.

        Raises:
            Malformed: not the bytes of a checkpoint, a size that no model has, or trailing bytes.
        """
        reader = Reader(data, "checkpoint")
        if reader.fixed(len(_MAGIC)) != _MAGIC:
            raise Malformed(f"checkpoint: it does not begin with {_MAGIC.decode()}")
        if not 1 <= (size := reader.integer(4)) <= MOST_PARAMETERS:
            raise Malformed(f"checkpoint: {size} parameters where 1 to {MOST_PARAMETERS} were expected")
        values = reader.fixed(_SIZE * size)
        reader.end()
        return cls(
            tuple(
                [int.from_bytes(values[at : at + _SIZE], "little", signed=True) for at in range(0, len(values), _SIZE)]
            )
        )

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the checkpoint: its name on the chain and beside it."""
        return sha256(self.encode()).digest()


@dataclass(frozen=True)
class Optimiser:
    """What the step remembers: u, the momentum, in 2^−32, and v, FedAdam's second moment, in 2^−48; both i64.

    Raises:
        BadInput: another number of one than of the other, one that is no i64, or a negative v.
    """

    u: tuple[int, ...]
    v: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.u) != len(self.v):
            raise BadInput(f"a memory of {len(self.u)} and {len(self.v)} values: as many of each were expected")
        if not (fits(self.u) and fits(self.v)) or min(self.v, default=0) < 0:
            raise BadInput("a value of the memory does not fit 64 bits, or is negative where it cannot be")

    @classmethod
    def start(cls, size: int) -> Optimiser:
        """The memory before the first step."""
        return cls((0,) * size, (0,) * size)


def fits(values: Sequence[int]) -> bool:
    """Whether all values are i64."""
    return not values or (min(values) >= -LIMIT and max(values) < LIMIT)
