"""LEARN from the text of the book: slow, with no line in common with `openmg.learning`.

What the book gives exactly is computed exactly, on fractions and long sums; the steps of learning are given a
second time in floats, as their papers have them (McMahan et al. 2017, Reddi et al. 2021), to be compared within the
roundings that the book names.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from hashlib import sha256
from itertools import combinations
from pathlib import Path

Vector = list[int]


# LEARN-1


def subsets(members: int) -> list[tuple[int, ...]]:
    """Every w members."""
    w = {1: 1, 4: 2, 7: 3}[members]
    return sorted(combinations(range(members), w))


def beacon(task_id: bytes, round_index: int, keys: Sequence[bytes | None]) -> bytes:
    hashed = b"openmg/1/learn/beacon" + task_id + round_index.to_bytes(4, "little")
    for key in keys:
        hashed += bytes(32) if key is None else key
    return sha256(hashed).digest()


def coordinates(chance: bytes, k: int, d: int) -> Vector:
    """The k smallest hashes, one minimum after another."""
    left = {(sha256(chance + i.to_bytes(4, "little")).digest(), i) for i in range(d)}
    taken = []
    for _ in range(k):
        least = min(left)
        left.remove(least)
        taken.append(least[1])
    return sorted(taken)


def groups(chance: bytes, homes: Sequence[int], count: int) -> list[Vector]:
    order = sorted((sha256(chance + b"group" + i.to_bytes(4, "little")).digest(), i) for i in homes)
    dealt: list[Vector] = [[] for _ in range(count)]
    for j, (_, home) in enumerate(order):
        dealt[j % count].append(home)
    return [sorted(group) for group in dealt]


def packed(values: Sequence[int], bits: int) -> Vector:
    """The lanes as integers: Σ (x + 2^(bits−1))·2^(32j)."""
    lanes = [0] * math.ceil(len(values) / 5)
    for at, x in enumerate(values):
        lanes[at // 5] += (x + 2 ** (bits - 1)) * 2 ** (32 * (at % 5))
    return lanes


# LEARN-2


def nearest(value: Fraction) -> int:
    """Half-even: what `round` does to a fraction."""
    return round(value)


def quantised(update: Sequence[int], S: int, scale: int) -> Vector:
    """On fractions; the root of the norm is searched for."""
    q = [Fraction(delta * 2**scale, 2**32) for delta in update]
    squared = sum((x * x for x in q), Fraction(0))
    if squared > S * S:
        in_units = int(squared * 2**64)
        root = 0
        for bit in reversed(range(in_units.bit_length())):
            if (root | 1 << bit) ** 2 <= in_units:
                root |= 1 << bit
        root += root * root < in_units
        q = [x * S / Fraction(root, 2**32) for x in q]
    rounded = [nearest(x) for x in q]
    return rounded if sum(x * x for x in rounded) <= S * S else [math.trunc(x) for x in q]


def clipped(update: Sequence[float], clip: float) -> list[float]:
    """The update scaled into the ball, in floats and in the model's unit."""
    norm = math.sqrt(math.fsum(x * x for x in update))
    return [x * min(1.0, clip / norm) if norm else x for x in update]


# LEARN-5


def averaged(groups: Sequence[tuple[int, Sequence[int]]], scale: int) -> Vector:
    """g in 2^−32 from (homes, sums of the chosen coordinates)."""
    columns = list(zip(*(sums for _, sums in groups), strict=True))
    if len(groups) < 3:
        homes = sum(n for n, _ in groups)
        return [nearest(Fraction(sum(column) * 2**32, 2**scale * homes)) for column in columns]
    moves = []
    for column in columns:
        means = sorted(nearest(Fraction(s * 2**32, 2**scale * n)) for s, (n, _) in zip(column, groups, strict=True))
        middle = means[(len(means) - 1) // 2 : len(means) // 2 + 1]
        moves.append(nearest(Fraction(sum(middle), len(middle))))
    return moves


def up(value: Fraction) -> int:
    """Half-up."""
    return math.floor(value + Fraction(1, 2))


def fedavg(w: int, u: int, g: int, rate: int, momentum: int) -> tuple[int, int]:
    u = math.floor(Fraction(momentum * u, 2**16)) + g
    return w + up(Fraction(rate * u, 2**16)), u


def fedadam(
    w: int, u: int, v: int, g: int, rate: int, momentum: int, second: int, adaptivity: int
) -> tuple[int, int, int]:
    u = math.floor(Fraction(momentum * u + (2**16 - momentum) * g, 2**16))
    v = math.floor(Fraction(second * v + (2**16 - second) * math.floor(Fraction(g * g, 2**16)), 2**16))
    root = math.isqrt(v * 2**16)
    return w + up(Fraction(rate * u * 2**16, root + adaptivity * 2**16)), u, v


def fedavg_float(w: float, u: float, g: float, rate: float, momentum: float) -> tuple[float, float]:
    """FedAvg with server momentum: u ← β·u + Δ, w ← w + η·u."""
    u = momentum * u + g
    return w + rate * u, u


def fedadam_float(
    w: float, m: float, v: float, g: float, rate: float, momentum: float, second: float, adaptivity: float
) -> tuple[float, float, float]:
    """FedAdam: m ← β1·m + (1 − β1)·Δ, v ← β2·v + (1 − β2)·Δ², w ← w + η·m/(√v + τ)."""
    m = momentum * m + (1 - momentum) * g
    v = second * v + (1 - second) * g * g
    return w + rate * m / (math.sqrt(v) + adaptivity), m, v


# LEARN-6


def gaussian_delta(mu: float, epsilon: float) -> float:
    """δ of a Gaussian with sensitivity/σ = mu (Balle and Wang 2018)."""

    def below(x: float) -> float:
        return math.erfc(-x / math.sqrt(2)) / 2

    return below(mu / 2 - epsilon / mu) - math.exp(epsilon) * below(-mu / 2 - epsilon / mu)


def discrete_delta(variance: int, moved: int, epsilon: float) -> float:
    """δ of one discrete Gaussian in whole quanta, term by term, between neighbours that are `moved` quanta apart."""
    reach = 40 * math.isqrt(variance) + moved + 1
    weights = {x: math.exp(-x * x / (2 * variance)) for x in range(-reach - moved, reach + moved + 1)}
    gained = (max(0.0, weights[x] - math.exp(epsilon) * weights[x - moved]) for x in range(-reach, reach + 1))
    return math.fsum(gained) / math.fsum(weights.values())


def epsilon_for(delta: float, cost: Callable[[float], float]) -> float:
    """The least ε whose δ, by `cost`, is not above `delta`; by bisection."""
    low, high = 0.0, 100.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if cost(middle) > delta else (low, middle)
    return high


# Golden values: python -m tests.reference.learning FILE


class Dice:
    """Numbers that are the same every time."""

    def __init__(self, name: str) -> None:
        self._name, self._count = name, 0

    def number(self, low: int, high: int) -> int:
        self._count += 1
        drawn = sha256(f"{self._name} {self._count}".encode()).digest()
        return low + int.from_bytes(drawn, "big") % (high - low + 1)

    def numbers(self, count: int, low: int, high: int) -> Vector:
        return [self.number(low, high) for _ in range(count)]


def selection_cases() -> Iterator[dict[str, object]]:
    for number, (k, d, homes, count, missing) in enumerate(
        [(5, 5, 3, 1, None), (20, 200, 14, 3, 0), (71, 707, 100, 16, 3), (1, 1000, 2, 5, 1)]
    ):
        task_id = sha256(f"task {number}".encode()).digest()
        keys = [None if i == missing else sha256(f"key {i}".encode()).digest() for i in range(4)]
        chance = beacon(task_id, 7 * number, keys)
        members = sorted({Dice(f"homes {number}").number(0, 2**32 - 1), *range(homes)})
        yield {
            "task": task_id.hex(),
            "round": 7 * number,
            "keys": [key and key.hex() for key in keys],
            "beacon": chance.hex(),
            "chosen": k,
            "size": d,
            "coordinates": coordinates(chance, k, d),
            "homes": members,
            "groups": groups(chance, members, count),
        }


def update_cases() -> Iterator[dict[str, object]]:
    for name, count, reach, S, scale, bits in [
        ("small", 7, 2**20, 1884, 12, 16),
        ("clipped", 12, 2**31, 1884, 12, 16),
        ("huge", 5, 2**63 - 1, 7, 30, 4),
        ("grains", 50, 2**27, 4, 4, 5),
        ("halves", 6, 3, 7, 30, 4),
    ]:
        dice = Dice(name)
        update = dice.numbers(count, -reach, reach)
        quanta = quantised(update, S, scale)
        yield {
            "case": name,
            "update": update,
            "clip": S,
            "scale": scale,
            "bits": bits,
            "quanta": quanta,
            "packed": b"".join(lane.to_bytes(20, "little") for lane in packed(quanta, bits)).hex(),
        }


def step_cases() -> Iterator[dict[str, object]]:
    for rule, scale, sizes in [
        (0, 12, [14]),
        (1, 12, [5, 4]),
        (0, 0, [5, 5, 4]),
        (1, 30, [3, 3, 2, 2]),
        (1, 12, [7, 7, 7, 7, 6]),
    ]:
        dice = Dice(f"step {rule} {scale} {len(sizes)}")
        width = 6
        sums = [dice.numbers(width, -1000 * n, 1000 * n) for n in sizes]
        w, u = dice.numbers(width, -(2**34), 2**34), dice.numbers(width, -(2**30), 2**30)
        v = dice.numbers(width, 0, 2**44) if rule else [0] * width
        rate, momentum = dice.number(1, 2**18), dice.number(0, 2**16 - 1)
        second, adaptivity = (dice.number(0, 2**16 - 1), dice.number(1, 2**10)) if rule else (0, 0)
        g = averaged(list(zip(sizes, sums, strict=True)), scale)
        after = [
            fedadam(*each, rate, momentum, second, adaptivity)
            if rule
            else (*fedavg(each[0], each[1], each[3], rate, momentum), 0)
            for each in zip(w, u, v, g, strict=True)
        ]
        yield {
            "rule": rule,
            "scale": scale,
            "homes": sizes,
            "sums": sums,
            "rate": rate,
            "momentum": momentum,
            "second": second,
            "adaptivity": adaptivity,
            "before": [w, u, v],
            "average": g,
            "after": [list(column) for column in zip(*after, strict=True)],
        }


def golden() -> dict[str, list[dict[str, object]]]:
    return {"selection": list(selection_cases()), "update": list(update_cases()), "step": list(step_cases())}


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(golden()) + "\n", "utf-8")
