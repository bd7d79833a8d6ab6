"""Homes from data: energy is kept, copies are told of, and the public homes are what the package holds."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.demo.homes import load_homes
from openmg.errors import BadInput
from openmg.simulation.community import Community, default_community, resampled, side_by_side
from openmg.simulation.own_battery import EFFICIENCY_PERMILLE, netted


def community(homes: int, days: int, seed: int, *, minutes: int = 60, name: str = "home") -> Community:
    dice, slots = np.random.default_rng(seed), days * 1440 // minutes
    load = dice.integers(0, 5_000, (slots, homes)).astype(np.int32)
    solar = dice.integers(0, 4_000, (slots, homes)).astype(np.int32) * (np.arange(homes) % 2 == 0).astype(np.int32)
    names = tuple(f"{name}-{number}" for number in range(homes))
    return Community(names, datetime.date(2017, 1, 2), minutes, load, solar)


def test_the_public_homes_are_the_demos() -> None:
    found = default_community()
    assert (found.homes, found.days, found.minutes, found.first) == (14, 364, 60, datetime.date(2016, 8, 1))
    net = (found.load_wh - found.solar_wh)[:, 0]
    # Load and sun are rounded apart here, together there.
    assert np.abs(net - np.array(load_homes(1)[0].net_wh[1 : 1 + len(net)])).max() <= 1
    assert found.notes


@given(st.integers(0, 2**32 - 1), st.sampled_from((30, 60, 120)))
def test_longer_slots_hold_the_same_energy(seed: int, minutes: int) -> None:
    fine = community(3, 2, seed, minutes=15)
    coarse = fine.every(minutes)
    assert (coarse.days, coarse.minutes) == (2, minutes)
    assert np.array_equal(coarse.load_wh.sum(axis=0), fine.load_wh.sum(axis=0))
    assert np.array_equal(coarse.solar_wh[0], fine.solar_wh[: minutes // 15].sum(axis=0))


def test_slots_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(BadInput, match="slots of 60 minutes do not add up to 15"):
        community(1, 1, 1).every(15)


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_more_homes_are_the_old_ones_and_copies_of_them(seed: int, homes: int) -> None:
    few = community(4, 70, 7)
    many = resampled(few, homes, seed)
    assert many.homes == homes == len(set(many.names))
    assert np.array_equal(many.load_wh[:, : min(homes, 4)], few.load_wh[:, : min(homes, 4)])
    for at in range(4, homes):
        source, _, week = many.names[at].partition("#")[0].removesuffix("w").rpartition("+")
        if not source:
            source, _, week = many.names[at].partition("#")[0].removesuffix("w").rpartition("-")
            week = f"-{week}"
        assert 1 <= abs(int(week)) <= 4
        original = few.load_wh[:, few.names.index(source)]
        assert np.array_equal(many.load_wh[:, at], np.roll(original, int(week) * 7 * 24))
    assert any(f"{homes - 4} of the {homes} homes are copies" in note.en for note in many.notes) == (homes > 4)
    assert np.array_equal(many.solar_wh, resampled(few, homes, seed).solar_wh)


@given(st.integers(0, 2**32 - 1), st.integers(14, 80))
def test_copies_live_on_the_weekdays_of_their_home(seed: int, days: int) -> None:
    """Each slot holds which weekday it is, in data that is no whole number of weeks as well; none is its home again."""
    weekday = np.repeat(np.arange(days) % 7, 24).astype(np.int32)[:, np.newaxis]
    day = np.repeat(np.arange(days), 24).astype(np.int32)[:, np.newaxis]
    few = Community(("a",), datetime.date(2017, 1, 2), 60, weekday, day)
    many = resampled(few, 6, seed)
    assert (many.load_wh == weekday).all()
    assert (many.solar_wh[:, 1:] != day).any(axis=0).all()
    assert ((many.solar_wh >= 0) & (many.solar_wh < days)).all()


def test_copies_of_less_than_two_weeks_are_refused() -> None:
    assert resampled(community(2, 13, 1), 2, 1).homes == 2
    with pytest.raises(BadInput, match="--homes 3: 2 homes were metered for 13 days: at least 14 days were expected"):
        resampled(community(2, 13, 1), 3, 1)


def test_copies_of_copies_have_names_of_their_own() -> None:
    twice = resampled(resampled(community(1, 70, 1), 20, 1), 400, 2)
    assert len(set(twice.names)) == 400


@pytest.mark.parametrize("homes", [0, -1, 100_001])
def test_a_number_of_homes_that_is_none_is_refused(homes: int) -> None:
    with pytest.raises(BadInput, match=f"--homes {homes}: 1 to 100,000"):
        resampled(community(1, 1, 1), homes, 1)


def test_more_sun_is_told_of() -> None:
    sunny = community(2, 1, 3).with_solar_times(2.5)
    assert np.array_equal(sunny.solar_wh, np.rint(community(2, 1, 3).solar_wh * 2.5))
    assert "2.5 times" in sunny.notes[-1].en
    with pytest.raises(BadInput, match="--solar -1: 0 to 100"):
        sunny.with_solar_times(-1)
    with pytest.raises(BadInput, match="--solar nan: 0 to 100"):
        sunny.with_solar_times(float("nan"))


def test_homes_side_by_side_share_days_and_names_are_their_own() -> None:
    one, other = community(2, 3, 1, name="a"), community(1, 3, 2, name="b")
    both = side_by_side([one, other])
    assert both.names == ("a-0", "a-1", "b-0")
    assert np.array_equal(both.load_wh[:, 2], other.load_wh[:, 0])
    with pytest.raises(BadInput, match="two homes are called a-0"):
        side_by_side([one, one])
    with pytest.raises(BadInput, match="the same days and resolution were expected"):
        side_by_side([one, community(1, 4, 2, name="b")])


@given(st.integers(0, 2**32 - 1), st.sampled_from((0.5, 6.4, 100.0)))
def test_an_own_battery_only_moves_what_its_home_has(seed: int, capacity: float) -> None:
    homes = community(4, 3, seed)
    plain, after = netted(homes, 0), netted(homes, capacity)
    assert np.array_equal(plain, homes.load_wh - homes.solar_wh)
    assert np.array_equal(plain[:, 1::2], after[:, 1::2]), "who has no panels has no battery"
    assert (np.abs(after) <= np.abs(plain)).all(), "it takes surplus and serves need, and nothing else"
    assert (np.sign(after) * np.sign(plain) >= 0).all()
    charged = (np.maximum(-plain, 0) - np.maximum(-after, 0)).sum(axis=0)
    served = (np.maximum(plain, 0) - np.maximum(after, 0)).sum(axis=0)
    assert (served * 1000 * 1000 <= charged * EFFICIENCY_PERMILLE**2).all(), "losses are paid"


@pytest.mark.parametrize(("sign", "says"), [(1, "70,000"), (-1, "-70,000")])
def test_what_no_meter_counts_is_refused_by_home_and_hour(sign: int, says: str) -> None:
    homes = community(2, 2, 1)
    homes.load_wh[30, 1], homes.solar_wh[30, 1] = (70_000, 0) if sign > 0 else (0, 70_000)
    with pytest.raises(BadInput, match=f"home-1 at 2017-01-03 06:00: {says} Wh in 60 minutes; at most 65,535"):
        netted(homes, 0)


@pytest.mark.parametrize("capacity", [-1.0, 1_001.0, float("nan")])
def test_an_own_battery_that_is_none_is_refused(capacity: float) -> None:
    with pytest.raises(BadInput, match="--own-battery"):
        netted(community(1, 1, 1), capacity)
