"""Discrete Gaussian noise: the same samples as the slow reference's, and the distribution that it should have."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openmg.crypto import gaussian_noise
from tests.reference import gaussian
from tests.unit.crypto.cases import Case, cases, raw, title

SEED = bytes(range(32))


@pytest.mark.parametrize("case", cases("masks", "noise"), ids=title)
def test_vectors(case: Case) -> None:
    samples = case["samples"]
    assert gaussian_noise(raw(case["seed"]), int(case["variance"]), len(samples)) == samples


@given(seed=st.binary(min_size=32, max_size=32), variance=st.integers(0, 2**64 - 1))
@settings(max_examples=30)
def test_any_seed_and_variance_agree_with_the_reference(seed: bytes, variance: int) -> None:
    assert gaussian_noise(seed, variance, 8) == gaussian.noise(seed, variance, 8)


def probabilities(variance: int) -> dict[int, float]:
    """Of N_ℤ(0, variance), as far out as anything is left."""
    reach = 12 * math.isqrt(variance) + 12
    weights = {x: math.exp(-x * x / (2 * variance)) for x in range(-reach, reach + 1)}
    total = sum(weights.values())
    return {x: weight / total for x, weight in weights.items()}


@pytest.mark.parametrize("variance", [1, 2, 5, 30])
def test_samples_are_distributed_as_they_should(variance: int) -> None:
    count = 200_000
    seen = Counter(gaussian_noise(SEED, variance, count))
    expected = {x: p * count for x, p in probabilities(variance).items() if p * count >= 10}
    inner = sum((seen[x] - wanted) ** 2 / wanted for x, wanted in expected.items())
    outside = count - sum(expected.values())
    outer = (count - sum(seen[x] for x in expected) - outside) ** 2 / max(outside, 1)
    # The mean of chi-square is its degrees of freedom, its deviation √(2·degrees): four of these are 1 in 30,000.
    degrees = len(expected)
    assert inner + outer < degrees + 4 * math.sqrt(2 * degrees)


@pytest.mark.parametrize("variance", [3, 10_000, 2**40, 2**64 - 1])
def test_moments(variance: int) -> None:
    count = 100_000
    samples = gaussian_noise(SEED, variance, count)
    scaled = [x / math.sqrt(variance) for x in samples]
    for power, wanted, spread in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        moment = sum(x**power for x in scaled) / count
        assert abs(moment - wanted) < 4 * math.sqrt(spread / count) + 1 / variance
    signs = sum(x < 0 for x in samples) - sum(x > 0 for x in samples)
    assert abs(signs) < 4 * math.sqrt(count)


def test_no_variance_is_no_noise() -> None:
    assert gaussian_noise(SEED, 0, 4) == [0, 0, 0, 0]
    assert gaussian_noise(SEED, 9, 0) == []


def test_a_prefix_stays_and_another_seed_says_something_else() -> None:
    samples = gaussian_noise(SEED, 10**6, 100)
    assert gaussian_noise(SEED, 10**6, 40) == samples[:40]
    assert gaussian_noise(bytes(32), 10**6, 100) != samples


@pytest.mark.parametrize("variance", [-1, 2**64])
def test_a_variance_is_a_u64(variance: int) -> None:
    with pytest.raises(OverflowError):
        gaussian_noise(SEED, variance, 1)


def test_a_seed_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="32"):
        gaussian_noise(b"short", 1, 1)
