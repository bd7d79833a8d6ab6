"""The policy: the marginal step of the progressive tariff, at its edges and in summer, and an honest ladder."""

from __future__ import annotations

import pytest

from openmg.home import Policy
from openmg.home.policy import FEED_IN, STEP_PRICES, marginal_price
from openmg.market import Ladder
from openmg.units import Price, WattHours

LEVELS = (120_000, 135_000, 151_018, 185_000, 220_000, 257_632, 310_000, 362_105)
LADDER = Ladder(tuple(Price(level) for level in LEVELS))


@pytest.mark.parametrize("month", range(1, 13))
def test_the_steps_change_at_their_edges_and_later_in_summer(month: int) -> None:
    low, high = (300_000, 450_000) if month in {7, 8} else (200_000, 400_000)
    for used, step in ((0, 0), (low, 0), (low + 1, 1), (high, 1), (high + 1, 2), (1_000_000, 2)):
        assert marginal_price(used, month) == STEP_PRICES[step], (used, month)


@pytest.mark.parametrize("month", range(1, 13))
def test_a_super_users_kwh_is_dearer_in_summer_and_winter(month: int) -> None:
    dear = month in {12, 1, 2, 7, 8}
    assert marginal_price(1_000_001, month) == (845_475 if dear else STEP_PRICES[2])


def test_the_prices_are_the_tariffs_with_taxes() -> None:
    """(energy + climate 9.0 + fuel 5.0) · 1.127, in won per kWh."""
    for energy, price in zip((120.0, 214.6, 307.3), STEP_PRICES, strict=True):
        assert abs((energy + 14.0) * 1.127 * 1000 - price) < 1


def test_the_value_is_the_step_at_the_projected_month_end() -> None:
    assert Policy.projected(100_000, 10_000, 10, 6) == Policy(STEP_PRICES[0], FEED_IN)
    assert Policy.projected(100_001, 10_000, 10, 6).value == STEP_PRICES[1]
    assert Policy.projected(100_001, 10_000, 10, 7).value == STEP_PRICES[0]
    assert Policy.projected(400_001, 0, 0, 6).value == STEP_PRICES[2]


@pytest.mark.parametrize("fee", [0, 5_000])
@pytest.mark.parametrize("value", STEP_PRICES)
def test_an_honest_ladder_never_loses_against_the_tariff(value: Price, fee: int) -> None:
    policy = Policy(value)
    buying = policy.order(LADDER, Price(fee), WattHours(700), WattHours(0))
    selling = policy.order(LADDER, Price(fee), WattHours(0), WattHours(900))
    for rung in range(LADDER.rungs):
        highest = LEVELS[rung + 1] if rung + 1 < LADDER.rungs else None
        assert buying.buy[rung] == (700 if highest is not None and highest + fee <= value else 0) or highest is None
        assert selling.sell[rung] == (900 if LEVELS[rung] >= FEED_IN else 0)
    assert set(buying.sell) == set(selling.buy) == {0}
