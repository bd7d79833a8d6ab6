"""Tasks for the tests of this room."""

from __future__ import annotations

from typing import Any

from openmg.learning import GroupSum, Rule, Task


def a_task(**changes: object) -> Task:
    """A small task with noise; `changes` name the fields that differ."""
    values: dict[str, Any] = {
        "name": "load",
        "model": bytes(range(32)),
        "size": 707,
        "chosen": 707,
        "scale": 12,
        "bits": 16,
        "clip": 1884,
        "evaluated": 1,
        "most_loss": 1000,
        "noise": 60_000_000,
        "dishonest": 2000,
        "least": 14,
        "most": 64,
        "groups": 1,
        "rounds": 40,
        "releases": 40,
        "epsilon": 0,
        "delta": 5,
        "rule": Rule.FEDAVG,
        "rate": 3 << 16,
        "momentum": 0,
        "second": 0,
        "adaptivity": 0,
        "committee": 4,
        "keys": 30,
        "upload": 60,
        "check": 30,
        "unmask": 60,
    }
    return Task(**(values | changes))


def a_plain_task(width: int, **changes: object) -> Task:
    """A task of so many coordinates, all of them chosen, with neither noise nor evaluation numbers."""
    plain = {"size": width, "chosen": width, "evaluated": 0, "most_loss": 0, "noise": 0, "least": 1}
    return a_task(**(plain | changes))


def group(homes: int, *sums: int) -> GroupSum:
    return GroupSum(homes, sums)
