"""What a simulation may be asked for, and what it refuses in one line."""

from __future__ import annotations

import datetime
from dataclasses import replace
from itertools import pairwise

import pytest

from openmg.errors import BadInput
from openmg.simulation.comparison import street_of
from openmg.simulation.scenario import Scenario
from openmg.units import Price
from tests.unit.simulation.test_community import community

DEFAULT = Scenario()


def test_the_ladder_has_the_tariffs_steps_and_halves_the_widest_gaps() -> None:
    ladder = DEFAULT.ladder()
    assert {120_000, 151_018, 257_632, 362_105} <= set(ladder.levels)
    assert ladder.rungs == 8
    gaps = [high - low for low, high in pairwise(ladder.levels)]
    assert max(gaps) <= 2 * (257_632 - 151_018) // 4 + 1


def test_levels_may_be_set() -> None:
    assert replace(DEFAULT, levels=(120.0, 151.018, 300.0)).ladder().levels == (120_000, 151_018, 300_000)


def test_a_reference_sets_what_the_battery_holds_at_first() -> None:
    providers = replace(DEFAULT, reference=180.0).providers(60)
    assert providers.parameters.marginal(providers.stored) == pytest.approx(180_000, abs=20)
    assert DEFAULT.providers(60).stored == 0
    assert DEFAULT.providers(15).parameters.power_wh * 4 == DEFAULT.providers(60).parameters.power_wh


def test_every_tariff_is_there() -> None:
    for tariff in ("kepco-low", "kepco-high", "jeju", "flat"):
        assert replace(DEFAULT, tariff=tariff).setting(60).ladder.rungs >= 8
    assert replace(DEFAULT, tariff="flat", flat_price=200.0).ladder().top == Price(200_000)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"mechanisms": ("lottery",)}, "--mechanism lottery: one of pool"),
        ({"seed": -1}, "--seed -1: 0 to 4294967295 was expected"),
        ({"turn": 100}, "--turn 100: -52 to 52 weeks were expected"),
        ({"tariff": "kepco"}, "--tariff kepco: one of kepco-low"),
        ({"tariff": "jeju", "net_metering": True}, "--net-metering: jeju has bands of the day"),
        ({"levels": (120.0, 110.0)}, "level 2 is 110000, not above level 1"),
        ({"levels": (120.0, float("nan"))}, "--levels nan: 1 to 1048 KRW/kWh"),
        ({"feed_in": 400.0}, "--feed-in 400: a price below the tariff's"),
        ({"feed_in": 0.0}, "--feed-in 0: 1 to 1000 KRW/kWh"),
        ({"fee": -1.0}, "--fee -1: 0 to 1000 KRW/kWh"),
        (
            {"battery": 0.0},
            "--battery 0: above 0 to 1,000,000 kWh were expected (without a battery: --mechanism",
        ),
        ({"band": (245.0, 133.0)}, "--band 245,133: a lower and a higher price"),
        ({"reference": 120.0}, "--reference 120: 133 to 245 KRW/kWh was expected, the battery's band"),
        ({"reference": float("nan")}, "--reference nan: 0 to 1048"),
        ({"efficiency": 0.4}, "--efficiency 0.4: 0.5 to 1"),
        ({"collar": 1.5}, "--collar 1.5: a share from 0 to 1"),
        ({"collar": float("nan")}, "--collar nan: a share from 0 to 1"),
        ({"tariff": "flat", "flat_price": 0.0}, "--flat-price 0: 1 to 1000 KRW/kWh"),
    ],
)
def test_options_that_cannot_be_are_refused_in_one_line(options: dict[str, object], says: str) -> None:
    with pytest.raises(BadInput) as refused:
        replace(DEFAULT, **options).setting(60)  # type: ignore[arg-type]
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_window_lies_in_the_data() -> None:
    homes = community(2, 10, 1)
    street = street_of(replace(DEFAULT, start=datetime.date(2017, 1, 4), days=3), homes)
    assert street.window == range(48, 120)
    assert street_of(DEFAULT, homes).window == range(240)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"start": datetime.date(2018, 1, 1)}, "--start 2018-01-01: the homes' data covers 2017-01-02 to 2017-01-11"),
        ({"days": 11}, "--days 11: 1 to 10 were expected, from 2017-01-02 on"),
        ({"days": 0}, "--days 0: 1 to 10 were expected"),
    ],
)
def test_a_window_outside_the_data_is_refused(options: dict[str, object], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        street_of(replace(DEFAULT, **options), community(2, 10, 1))  # type: ignore[arg-type]


def test_a_street_without_sun_is_refused() -> None:
    homes = community(2, 10, 1)
    with pytest.raises(BadInput, match="no home exports anything from 2017-01-02 to 2017-01-11: homes with solar"):
        street_of(DEFAULT, replace(homes, solar_wh=0 * homes.solar_wh))
