"""LEARN-0: what a task is, and what nobody may run."""

from __future__ import annotations

from hashlib import sha256

from openmg.learning import Rule, Task
from tests.unit.learning.tasks import a_task


def test_a_task_comes_back_from_its_bytes() -> None:
    task = a_task(rule=Rule.FEDADAM, second=60_000, adaptivity=66)
    assert Task.decode(task.encode()) == task
    assert len(task.encode()) == 123


def test_its_id_names_the_chain() -> None:
    task, chain = a_task(), b"\x07" * 32
    assert task.identity(chain) == sha256(b"openmg/1/learn/task" + chain + task.encode()).digest()
