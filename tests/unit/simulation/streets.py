"""Small streets for tests, made of numbers."""

from __future__ import annotations

import datetime

import numpy as np
from numpy.typing import NDArray

from openmg.market import Ladder, PoolParameters
from openmg.simulation.battery import Providers
from openmg.simulation.calendar import Calendar
from openmg.simulation.mechanisms import Setting
from openmg.simulation.street import Street, Terms
from openmg.simulation.wishes import Wishes
from openmg.tariff import Month, Tariff, kepco
from openmg.units import MicroWon, Price, WattHours

LADDER = Ladder(tuple(Price(level) for level in (120_000, 151_018, 200_000, 257_632, 310_000, 362_105)))
BATTERY = PoolParameters(WattHours(20_000), Price(133_000), Price(245_000), 950, WattHours(5_000))
PROVIDERS = Providers(BATTERY, WattHours(6_000), MicroWon(10**11))
FEED_IN = Price(120_000)
LOW = kepco("low", Month(2025, 10))


def setting(*, fee: int = 0, collar_bp: int = 1_000, providers: Providers | None = PROVIDERS) -> Setting:
    return Setting(LADDER, Price(fee), FEED_IN, Price(151_018), collar_bp, providers, seed=7)


def street_of(
    net: NDArray[np.int32],
    *,
    first: datetime.date = datetime.date(2017, 5, 1),
    window: range | None = None,
    tariff: Tariff = LOW,
    fee: int = 0,
    net_metering: bool = False,
) -> Street:
    """A street with hourly meters."""
    calendar = Calendar(first, len(net) // 24, 60)
    names = tuple(f"home {number}" for number in range(net.shape[1]))
    return Street(
        names, calendar, net, window or range(len(net)), int(np.maximum(net, 0).sum()),
        Terms(tariff, FEED_IN, Price(fee), net_metering),
    )  # fmt: skip


def drawn(homes: int, days: int, seed: int) -> NDArray[np.int32]:
    """Net loads like those of homes, every other one with solar power."""
    dice = np.random.default_rng(seed)
    hours = np.arange(24 * days) % 24
    sun = np.maximum(np.sin((hours - 6) / 12 * np.pi), 0)
    load = dice.gamma(2.0, 300.0, (24 * days, homes))
    solar = 4_000 * sun[:, None] * dice.uniform(0.2, 1.0, (24 * days, homes)) * (np.arange(homes) % 2)
    return np.round(load - solar).astype(np.int32)


def wishes(net: list[int], values: list[int], costs: list[int]) -> Wishes:
    flows = np.array(net, dtype=np.int64)
    return Wishes(
        np.maximum(flows, 0), np.array(values, dtype=np.int64), np.maximum(-flows, 0), np.array(costs, dtype=np.int64)
    )
