"""A street's months: what homes remember, what the utility bills, and that nothing is made or lost."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openmg.simulation.accounts import WON
from openmg.simulation.figures import figures_of
from openmg.simulation.household import Households
from openmg.simulation.mechanisms import MECHANISMS, NONE, market_of
from openmg.simulation.run import Run, live
from openmg.simulation.street import Street
from openmg.tariff import Month, flat
from openmg.units import ONE, Price, WattHours
from tests.unit.simulation.streets import FEED_IN, LOW, drawn, setting, street_of


def lived(street: Street, name: str, *, fee: int = 0) -> Run:
    return live(street, market_of(name, setting(fee=fee)))


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(sorted(MECHANISMS)), st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from((0, 4_000)))
def test_what_homes_save_others_have_less_of(name: str, seed: int, net_metering: bool, fee: int) -> None:
    """`figures_of` asserts it to the last unit; here it must also reach the figures."""
    street = street_of(drawn(6, 9, seed), first=datetime.date(2017, 1, 27), fee=fee, net_metering=net_metering)
    figures = figures_of(name, street, lived(street, name, fee=fee), lived(street, NONE))
    providers = figures.providers
    others = figures.utility + figures.rounding
    others += 0 if providers is None else providers.traded + providers.apart
    assert figures.saving + others == pytest.approx(0, abs=1e-3)
    assert figures.unserved_kwh == 0


def test_import_that_no_bill_has_is_unserved() -> None:
    street = street_of(drawn(4, 35, 3), window=range(24 * 3, 24 * 33))
    run, before = lived(street, "pool"), lived(street, NONE)
    assert figures_of("pool", street, run, before).unserved_kwh == 0
    run.accounts.imported[0, 0, 1] -= ONE * 2_000
    assert figures_of("pool", street, run, before).unserved_kwh == 2


def test_without_a_market_nobody_saves() -> None:
    street = street_of(drawn(4, 5, 1))
    figures = figures_of(NONE, street, lived(street, NONE), lived(street, NONE))
    assert (figures.saving, figures.losers, figures.traded_kwh, figures.utility) == (0, 0, 0, 0)


def test_a_bill_is_the_tariffs_for_what_the_market_left() -> None:
    net = np.full((24 * 31, 2), 500, dtype=np.int32)
    net[:, 1] = -300
    street = street_of(net)
    run = lived(street, "pool")
    used = int(run.accounts.imported[0, 0, 0]) // ONE
    assert used < 500 * 24 * 31
    bill = LOW.bill(Month(2017, 5), (WattHours(used),)).total
    assert run.at_utility[0] == WON * bill
    unsold = int(run.accounts.exported[0, 1])
    assert unsold == ONE * 300 * 24 * 31 - int(run.accounts.sold[1])
    base = LOW.bill(Month(2017, 5), (WattHours(0),)).total
    assert run.at_utility[1] == WON * base - FEED_IN * unsold


def test_homes_live_without_a_market_before_and_after_the_window() -> None:
    net = drawn(4, 31, 3)
    street = street_of(net, window=range(24 * 10, 24 * 12))
    run, before = lived(street, "pool"), lived(street, NONE)
    whole = ONE * np.maximum(net, 0).sum(axis=0, dtype=np.int64)
    assert np.array_equal(before.accounts.imported[0, 0], whole)
    assert np.array_equal(run.accounts.imported[0, 0] + run.accounts.bought, whole)
    assert len(run.slots.price) == 48


def test_a_home_values_a_kwh_by_the_step_at_the_projected_month_end() -> None:
    """10 kWh a day from the 1st on: 310 kWh by the end of May, the second step, known from the second hour on."""
    net = np.full((24 * 31, 1), 10_000 // 24, dtype=np.int32)
    homes = Households(street_of(net))
    homes.enter(Month(2017, 5), np.zeros(1))
    assert homes.marginal(0, 24 * 31).tolist() == [151_018]
    hour = ONE * net[0].astype(np.int64)
    homes.settle(hour, 0 * hour)
    assert homes.marginal(0, 24 * 31 - 1).tolist() == [257_632]


def test_what_the_market_sold_does_not_count_for_the_step() -> None:
    net = np.full((24 * 31, 1), 10_000 // 24, dtype=np.int32)
    homes = Households(street_of(net))
    homes.enter(Month(2017, 5), np.zeros(1))
    hour = ONE * net[0].astype(np.int64)
    homes.settle(hour // 2, 0 * hour)
    assert homes.marginal(0, 24 * 31 - 1).tolist() == [151_018]


def test_the_mean_forgets_what_is_older_than_its_days() -> None:
    """A home that was away for a month and is back: after 20 days it knows 1 − 1/e of what it uses now."""
    net = np.zeros((24 * 60, 1), dtype=np.int32)
    net[24 * 30 :] = 1_000
    street = street_of(net, window=range(24 * 50, 24 * 60))
    mean = Households(street)._mean[0]
    assert mean == pytest.approx(1_000, rel=0.01), "its memory holds the last 20 days before the window alone"


def test_net_metering_carries_a_surplus_into_the_next_month() -> None:
    net = np.zeros((24 * 61, 2), dtype=np.int32)
    net[: 24 * 31, 0] = -100
    net[24 * 31 :, 0] = 300
    street = street_of(net, net_metering=True)
    run = lived(street, NONE)
    carried = 100 * 24 * 31
    left = 300 * 24 * 30 - carried
    bills = LOW.bill(Month(2017, 5), (WattHours(0),)).total + LOW.bill(Month(2017, 6), (WattHours(left),)).total
    assert run.at_utility[0] == WON * bills


def test_what_is_left_of_a_credit_earns_the_feed_in_price() -> None:
    net = np.full((24 * 31, 1), -100, dtype=np.int32)
    run = lived(street_of(net, net_metering=True), NONE)
    base = LOW.bill(Month(2017, 5), (WattHours(0),)).total
    assert run.at_utility[0] == WON * base - FEED_IN * ONE * 100 * 24 * 31


def test_where_import_costs_what_export_earns_there_is_nothing_to_share() -> None:
    street = street_of(drawn(6, 10, 2), tariff=flat(Price(120_000)))
    figures = figures_of("no-battery", street, lived(street, "no-battery"), lived(street, NONE))
    assert figures.saving <= 0.01
