"""The default day is what the report says of it."""

from __future__ import annotations

from openmg.demo.homes import HOURS, load_homes
from openmg.demo.scenario import CHOSEN_EN, DEFAULT_DATE, WHY_EN, WHY_KO, Scenario
from openmg.forecast.citylearn import GOOD
from openmg.home.policy import STEP_PRICES


def test_the_reason_given_for_the_default_day_is_true() -> None:
    scenario = Scenario(DEFAULT_DATE, len(GOOD), 4)
    homes = load_homes(scenario.homes)
    days = [home.day(scenario.day) for home in homes]
    both = [hour for hour in range(HOURS) if any(day[hour][0] for day in days) and any(day[hour][1] for day in days)]
    assert f"{len(both)} hours" in WHY_EN
    assert f"{len(both)}시간" in WHY_KO
    assert f"{len(homes)} homes" in WHY_EN
    assert {home.policy(scenario.day).value for home in homes} == set(STEP_PRICES)
    assert scenario.day.strftime("%A") in WHY_EN


def test_no_reason_is_given_that_was_not_checked() -> None:
    assert Scenario(DEFAULT_DATE, len(GOOD), 7).why == (WHY_EN, WHY_KO)
    assert Scenario(DEFAULT_DATE, 5, 4).why[0] == CHOSEN_EN
    assert Scenario("2017-04-08", len(GOOD), 4).why[0] == CHOSEN_EN
