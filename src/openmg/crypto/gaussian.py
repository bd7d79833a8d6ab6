"""Exact discrete Gaussian noise (Canonne, Kamath, Steinke 2020, Algorithm 3; WIRE-16)."""

from __future__ import annotations

from openmg import _core


def gaussian_noise(seed: bytes, variance: int, count: int) -> list[int]:
    """`count` independent samples of N_ℤ(0, `variance`), the same ones from the same 32-byte seed.

    `variance` is σ² in quanta², any u64; 0 is no noise. Integers only: every probability is exactly what it should be.
    """
    return _core.gaussian_noise(seed, variance, count)
