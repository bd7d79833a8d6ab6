"""LEARN-6: what a home pays, checked against two other accounts."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from functools import partial
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.errors import BadInput, Malformed, Rejected
from openmg.learning import Charge, Ledger, check_claim, epsilon_of, noise_for, rounds_of, spent
from tests.reference import learning as reference
from tests.unit.learning.tasks import a_plain_task, a_task

NOTHING = Fraction(0)
TASK, OTHER = b"\x01" * 32, b"\x02" * 32
COARSE = a_task(clip=1000, most_loss=100, evaluated=0, noise=10**8)
"""(sensitivity/σ)² = 1/100 a round."""


@pytest.mark.parametrize(("mu", "thousandths"), [(1666, 8000), (925, 4000), (502, 2000), (268, 1000)])
def test_known_values(mu: int, thousandths: int) -> None:
    assert abs(epsilon_of(Fraction(mu * mu, 10**6), NOTHING, 5) - thousandths) <= 2


@pytest.mark.parametrize("delta", [3, 5, 9])
@pytest.mark.parametrize("mu", [0.03, 0.4, 1.5, 7.0])
def test_the_accountant_is_the_closed_formula_rounded_up(mu: float, delta: int) -> None:
    exact = reference.epsilon_for(10.0**-delta, partial(reference.gaussian_delta, mu))
    found = epsilon_of(Fraction(mu) ** 2, NOTHING, delta)
    assert exact * 1000 <= found + 1e-6
    assert found <= ceil(exact * 1000 + 1 + mu / 5)


@pytest.mark.parametrize("delta", [3, 6])
@pytest.mark.parametrize(("variance", "moved"), [(4, 1), (4, 5), (16, 3), (100, 20), (400, 7), (900, 60)])
def test_noise_in_whole_quanta_costs_no_more_than_is_counted(variance: int, moved: int, delta: int) -> None:
    exact = reference.epsilon_for(10.0**-delta, partial(reference.discrete_delta, variance, moved))
    counted = epsilon_of(Fraction(moved * moved, variance), Fraction(moved, 2 * variance), delta)
    assert exact * 1000 <= counted


def test_ends_of_the_scale() -> None:
    assert epsilon_of(NOTHING, NOTHING, 5) == 0
    assert epsilon_of(Fraction(10**8), NOTHING, 5) == 2**32 - 1
    assert epsilon_of(Fraction(2500), NOTHING, 5) > 1_250_000


def test_releases_add_up_and_chunks_count_squared() -> None:
    assert spent(COARSE, 0) == 0
    assert spent(COARSE, 5, 0) == 0
    alone = spent(COARSE, 9)
    assert alone == spent(COARSE, 1, 3)
    assert spent(COARSE, 4) < alone < spent(COARSE, 10)  # type: ignore[operator]
    assert spent(a_plain_task(5), 1) is None
    assert spent(a_plain_task(5), 0) == 0


def test_a_task_costs_a_home_one_release_a_round() -> None:
    assert rounds_of(a_task(rounds=40, releases=119, groups=3, least=42)) == 39
    assert rounds_of(a_task(rounds=10, releases=119, groups=3, least=42)) == 10


def test_a_claim_covers_every_round() -> None:
    noise = noise_for(COARSE.sensitivity_squared, 40, 4000, 5)
    task = a_task(clip=1000, most_loss=100, evaluated=0, noise=noise)
    check_claim(task)
    cost = spent(task, 40)
    assert cost is not None
    assert 3998 <= cost <= 4000
    check_claim(a_task(clip=1000, evaluated=0, noise=noise, epsilon=4000))
    check_claim(a_task(clip=1000, evaluated=0, noise=noise, epsilon=4000, releases=80, groups=2, least=28))
    with pytest.raises(Rejected, match="LEARN-6: 41 rounds cost"):
        check_claim(a_task(clip=1000, evaluated=0, noise=noise, epsilon=4000, rounds=41, releases=41))


def test_noise_for_little_is_found_too() -> None:
    assert noise_for(1, 1, 10**6, 5) == 1
    for wrong in ((0, 1, 1), (1, 0, 1), (1, 1, 0)):
        with pytest.raises(BadInput):
            noise_for(*wrong, 5)


def test_a_ledger_adds_up_all_tasks_of_a_home() -> None:
    ledger = Ledger()
    assert ledger.spent(5) == 0
    for number in range(4):
        ledger = ledger.charge(COARSE, TASK, number)
    ledger = ledger.charge(COARSE, OTHER, 0, chunks=2)
    assert ledger.spent(5) == spent(COARSE, 8)
    ledger.check(5, 2000)
    with pytest.raises(Rejected, match=r"LEARN-6: ε would be \d+ thousandths, the home allows 100"):
        ledger.check(5, 100)


def test_a_round_is_paid_once() -> None:
    ledger = Ledger().charge(COARSE, TASK, 7, chunks=2)
    assert ledger.charge(COARSE, TASK, 7, chunks=2) == ledger
    with pytest.raises(BadInput, match="round 7 was charged with 2 chunks"):
        ledger.charge(COARSE, TASK, 7, chunks=3)
    for chunks in (0, 2**16):
        with pytest.raises(BadInput):
            ledger.charge(COARSE, TASK, 8, chunks)


def test_one_round_without_noise_leaves_nothing_to_count() -> None:
    ledger = Ledger().charge(COARSE, TASK, 0).charge(a_plain_task(5), OTHER, 0)
    assert ledger.spent(5) is None
    with pytest.raises(Rejected, match="without bound"):
        ledger.check(5, 2**32 - 1)


WORD, U64 = st.binary(min_size=32, max_size=32), st.integers(0, 2**64 - 1)
CHARGES = st.builds(Charge, WORD, st.integers(0, 2**32 - 1), st.integers(1, 2**16 - 1), U64, U64)


@given(st.lists(CHARGES, max_size=5, unique_by=lambda charge: (charge.task, charge.round)).map(tuple))
def test_a_ledger_comes_back_from_its_bytes(charges: tuple[Charge, ...]) -> None:
    data = Ledger(charges).encode()
    assert Ledger.decode(data) == Ledger(charges)
    for broken in (data[:-1], data + b"\0", b"\x02" + data[1:]):
        with pytest.raises(Malformed):
            Ledger.decode(broken)


def test_a_ledger_names_a_round_once_and_for_somebody() -> None:
    charge = Charge(TASK, 1, 1, 1, 1)
    for wrong in ((charge, charge), (Charge(TASK, 1, 0, 1, 1),)):
        with pytest.raises(Malformed):
            Ledger.decode(Ledger(wrong).encode())


def test_the_rules_load_without_the_accountant_s_package() -> None:
    code = "import openmg.learning, sys; sys.exit('dp_accounting' in sys.modules or 'numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
