"""LEARN-0: what a task is, and what nobody may run."""

from __future__ import annotations

from dataclasses import fields, replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.errors import BadInput, Malformed, Rejected
from openmg.learning import Rule, Task
from tests.unit.learning.tasks import a_plain_task, a_task

ADAM = a_task(rule=Rule.FEDADAM, second=60_000, adaptivity=66)
SIZES = {"name": 5, "model": 32, "noise": 8, "dishonest": 2}
SIZES |= dict.fromkeys(("scale", "bits", "evaluated", "groups", "delta", "rule", "committee"), 1)
TASKS = st.builds(
    lambda name, model, size, share, bits, delta, adam: a_task(
        name=name,
        model=model,
        size=size,
        chosen=1 + size // 3,
        bits=bits,
        clip=7,
        most_loss=3,
        most=32,
        noise=0 if delta == 0 else 14 * share,
        dishonest=0,
        delta=delta,
        rule=Rule.FEDADAM if adam else Rule.FEDAVG,
        second=adam,
        adaptivity=adam,
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=64),
    st.binary(min_size=32, max_size=32),
    st.integers(1, 1_000_000),
    st.integers(4, 25),
    st.integers(8, 24),
    st.integers(0, 12),
    st.integers(0, 2**16 - 1),
)


@given(TASKS)
def test_a_task_comes_back_from_its_bytes(task: Task) -> None:
    assert Task.decode(task.encode()) == task


def test_fields_stand_in_the_book_s_order() -> None:
    task, at = ADAM, 1
    for field in fields(Task):
        size = SIZES.get(field.name, 4)
        value = getattr(task, field.name)
        if isinstance(value, int):
            value = int(value).to_bytes(size, "little")
        elif isinstance(value, str):
            value = bytes([len(value)]) + value.encode()
        assert task.encode()[at : at + size] == value, field.name
        at += size
    assert task.encode()[0] == 1
    assert at == len(task.encode())


def test_its_id_names_the_chain() -> None:
    task, chain = a_task(), b"\x07" * 32
    assert task.identity(chain) == sha256(b"openmg/1/learn/task" + chain + task.encode()).digest()
    assert task.identity(bytes(32)) != task.identity(chain)


def test_what_follows_from_a_task() -> None:
    task = a_task()
    assert (task.values, task.lanes) == (708, 142)
    assert task.sensitivity_squared == 1884**2 + 1000**2
    assert task.share_variance == -(-60_000_000 * 10_000 // (8000 * 14))
    assert a_plain_task(5).share_variance == 0


@given(st.integers(0, 4999), st.integers(1, 16), st.integers(16, 64), st.integers(10**6, 10**9))
def test_the_honest_part_of_the_smallest_group_has_all_the_noise(
    dishonest: int, groups: int, least: int, noise: int
) -> None:
    task = a_task(dishonest=dishonest, groups=groups, least=least, noise=noise, bits=24, most=256)
    homes = least // groups
    honest = homes - homes * dishonest // 10_000
    assert honest * task.share_variance >= noise
    assert (homes * (10_000 - dishonest)) * (task.share_variance - 1) < noise * 10_000


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "n" * 65},
        {"name": "Lerné"},
        {"name": "two\nlines"},
        {"model": bytes(31)},
        {"size": 0},
        {"size": 1_000_001},
        {"chosen": 0},
        {"chosen": 708},
        {"scale": 31},
        {"bits": 3},
        {"bits": 25},
        {"clip": 0},
        {"clip": 2**15},
        {"evaluated": 5},
        {"most_loss": 0},
        {"most_loss": 2**15},
        {"noise": 2**64},
        {"noise": 30},
        {"noise": 2 * 10**9},
        {"noise": 0, "epsilon": 1},
        {"delta": 0},
        {"delta": 13},
        {"noise": 0, "delta": 13},
        {"dishonest": 5000},
        {"groups": 0},
        {"groups": 17},
        {"most": 2**16 + 1},
        {"bits": 12, "clip": 2, "most_loss": 1, "noise": 900, "most": 2**20 + 1},
        {"least": 0},
        {"least": 65},
        {"least": 2, "groups": 3, "noise": 10**6},
        {"rounds": 0},
        {"releases": 0},
        {"releases": 2, "groups": 3},
        {"rate": 0},
        {"rate": 2**32},
        {"momentum": 2**16},
        {"second": 1},
        {"adaptivity": 1},
        {"rule": Rule.FEDADAM},
        {"rule": Rule.FEDADAM, "adaptivity": 1, "second": 2**16},
        {"committee": 2},
        {"keys": 0},
        {"upload": 0},
        {"check": 0},
        {"unmask": 2**32},
        {"clip": True},
    ],
)
def test_nobody_may_run_this(changes: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        a_task(**changes)


def test_bounds_themselves_are_allowed() -> None:
    a_plain_task(1, bits=12, clip=2**11 - 1, most=2**20, scale=30, dishonest=4999, releases=1)
    a_task(name="n" * 64, size=1_000_000, chosen=1_000_000, momentum=2**16 - 1, delta=12)


def test_bytes_of_a_task_that_nobody_may_run_are_refused_by_the_chain() -> None:
    whole = a_task().encode()
    for at, value in ((0, 2), (2, 0xFF), (40, 0xFF), (len(whole) - 17, 3), (len(whole) - 34, 2)):
        broken = whole[:at] + bytes([value]) + whole[at + 1 :]
        with pytest.raises(Rejected, match="LEARN-0"):
            Task.decode(broken)


@given(st.data())
def test_a_task_has_one_encoding(data: st.DataObject) -> None:
    whole = ADAM.encode()
    with pytest.raises(Malformed):
        Task.decode(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(Malformed):
        Task.decode(whole + data.draw(st.binary(min_size=1, max_size=3)))
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    try:
        assert Task.decode(changed).encode() == changed
    except (Malformed, Rejected):
        return


def test_a_changed_task_is_checked_again() -> None:
    with pytest.raises(BadInput, match="least is 65: from 1 to 64"):
        replace(a_task(), least=65)
