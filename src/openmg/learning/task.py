"""What t authorities agreed on to learn, and how (LEARN-0)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from math import isqrt
from typing import Final

from openmg.encoding import Reader, Writer
from openmg.errors import BadInput, Rejected
from openmg.learning.committee import holders_of
from openmg.learning.lanes import lanes_of
from openmg.learning.model import MOST_PARAMETERS
from openmg.learning.rounding import ceiling

VERSION: Final = 1
WHOLE: Final = 10_000
"""The whole of `dishonest`."""
ONE: Final = 2**16
"""One, for rate, momentum, second and adaptivity."""
MOST_NAME: Final = 64
MOST_HOMES: Final = 2**20
"""Sums of so many masks, of the 15 subsets that one of seven holds, stay below 2^248 (LEARN-4)."""
LEAST_SHARE: Final = 4
"""quanta²: from here on a sum of discrete Gaussians is as good as one (LEARN-2)."""
ROOM: Final = 10
"""Standard deviations of noise that fit between the bounds of a value and the end of its field."""


class Rule(IntEnum):
    """How the model moves (LEARN-5)."""

    FEDAVG = 0
    FEDADAM = 1


_SIZES: Final = {
    "size": 4,
    "chosen": 4,
    "scale": 1,
    "bits": 1,
    "clip": 4,
    "evaluated": 1,
    "most_loss": 4,
    "noise": 8,
    "dishonest": 2,
    "least": 4,
    "most": 4,
    "groups": 1,
    "rounds": 4,
    "releases": 4,
    "epsilon": 4,
    "delta": 1,
    "rule": 1,
    "rate": 4,
    "momentum": 4,
    "second": 4,
    "adaptivity": 4,
    "committee": 1,
    "keys": 4,
    "upload": 4,
    "check": 4,
    "unmask": 4,
}
"""Bytes of the numbers on the wire, in their order."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A model to be trained, and all rules of its rounds.

    A quantum is 2^−scale of the model's unit. `clip` and `most_loss` in quanta, `noise` in quanta² (what every
    published sum carries from its honest homes), `dishonest` in 1/10000, `epsilon` in 1/1000 (0: none is claimed),
    δ = 10^−delta, `rate`, `momentum`, `second` and `adaptivity` in 2^−16, `keys`, `upload`, `check` and `unmask` in
    seconds. `releases` counts published sums, one for each group of a round.

    Raises:
        BadInput: a task that LEARN-0 refuses; the message names the field.
    """

    name: str
    model: bytes
    size: int
    chosen: int
    scale: int
    bits: int
    clip: int
    evaluated: int
    most_loss: int
    noise: int
    dishonest: int
    least: int
    most: int
    groups: int
    rounds: int
    releases: int
    epsilon: int
    delta: int
    rule: Rule
    rate: int
    momentum: int
    second: int
    adaptivity: int
    committee: int
    keys: int
    upload: int
    check: int
    unmask: int

    def __post_init__(self) -> None:
        if not (1 <= len(self.name) <= MOST_NAME and self.name.isascii() and self.name.isprintable()):
            raise BadInput(f"name is {self.name[:80]!r}: 1 to {MOST_NAME} printable ASCII characters were expected")
        if len(self.model) != 32:
            raise BadInput(f"model has {len(self.model)} bytes: the 32 of a checkpoint's digest were expected")
        holders_of(self.committee)
        self._check_ranges()
        self._check_noise()

    def _check_ranges(self) -> None:
        self._between("size", 1, MOST_PARAMETERS)
        self._between("chosen", 1, self.size)
        self._between("scale", 0, 30)
        self._between("bits", 4, 24)
        half = 1 << (self.bits - 1)
        self._between("clip", 1, half - 1)
        self._between("evaluated", 0, 4)
        self._between("most_loss", 1 if self.evaluated else 0, half - 1)
        self._between("dishonest", 0, WHOLE // 2 - 1)
        self._between("groups", 1, 16)
        self._between("most", 1, min(MOST_HOMES, 1 << (32 - self.bits)))
        self._between("least", self.groups, self.most)
        self._between("rounds", 1, 2**32 - 1)
        self._between("releases", self.groups, 2**32 - 1)
        self._between("rate", 1, 2**32 - 1)
        self._between("momentum", 0, ONE - 1)
        adam = self.rule is Rule.FEDADAM
        self._between("second", 0, ONE - 1 if adam else 0)
        self._between("adaptivity", 1 if adam else 0, 2**32 - 1 if adam else 0)
        for phase in ("keys", "upload", "check", "unmask"):
            self._between(phase, 1, 2**32 - 1)

    def _check_noise(self) -> None:
        """Noise that is what the accountant takes it for, or none at all."""
        self._between("noise", 0, 2**64 - 1)
        if not self.noise:
            self._between("epsilon", 0, 0)
            self._between("delta", 0, 12)
            return
        self._between("epsilon", 0, 2**32 - 1)
        self._between("delta", 1, 12)
        if self.share_variance < LEAST_SHARE:
            raise BadInput(f"noise is {self.noise}: a home's share must be {LEAST_SHARE} quanta² at least")
        reach = max(self.clip, self.most_loss) + ROOM * (isqrt(self.share_variance - 1) + 1)
        if reach >= 1 << (self.bits - 1):
            raise BadInput(f"bits is {self.bits}: a value with its noise reaches {reach}, out of its field")

    def _between(self, name: str, least: int, most: int) -> None:
        value = getattr(self, name)
        if type(value) is not int or not least <= value <= most:
            raise BadInput(f"{name} is {value}: from {least} to {most} was expected")

    @property
    def values(self) -> int:
        """K: values of a vector, the chosen coordinates and then the evaluation numbers."""
        return self.chosen + self.evaluated

    @property
    def lanes(self) -> int:
        """P: lanes of a vector."""
        return lanes_of(self.values)

    @property
    def sensitivity_squared(self) -> int:
        """What one home's vector can be at most, as a squared L2 norm in quanta²."""
        return self.clip * self.clip + self.evaluated * self.most_loss * self.most_loss

    @property
    def share_variance(self) -> int:
        """Noise of one home in quanta², rounded up: the honest part of the smallest group reaches `noise`."""
        return ceiling(self.noise * WHOLE, (WHOLE - self.dishonest) * (self.least // self.groups))

    def encode(self) -> bytes:
        parts = Writer().integer(VERSION, 1).sized(self.name.encode("ascii"), 1).fixed(self.model, 32)
        for name, size in _SIZES.items():
            parts.integer(getattr(self, name), size)
        return parts.done()

    @classmethod
    def decode(cls, data: bytes) -> Task:
        """The task in these bytes.

        Raises:
            Malformed: not the bytes of a task, or trailing ones.
            Rejected: `LEARN-0`, when it is a task that nobody may run.
        """
        reader = Reader(data, "task")
        if (version := reader.integer(1)) != VERSION:
            raise Rejected("LEARN-0", f"task of version {version}: {VERSION} was expected")
        name, model = reader.sized(1), reader.fixed(32)
        numbers = {field: reader.integer(size) for field, size in _SIZES.items()}
        reader.end()
        if (rule := numbers.pop("rule")) not in tuple(Rule):
            raise Rejected("LEARN-0", f"rule is {rule}: 0 (FedAvg) or 1 (FedAdam) was expected")
        try:
            return cls(name=name.decode("ascii"), model=model, rule=Rule(rule), **numbers)
        except UnicodeDecodeError as error:
            raise Rejected("LEARN-0", "name is not ASCII") from error
        except BadInput as error:
            raise Rejected("LEARN-0", str(error)) from error

    def identity(self, chain: bytes) -> bytes:
        """The task's id on that chain (its 32 bytes)."""
        return sha256(b"openmg/1/learn/task" + chain + self.encode()).digest()
