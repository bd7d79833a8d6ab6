"""One street under several mechanisms, and under attack: each against the same street without a market."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from openmg.errors import BadInput
from openmg.simulation.accounts import WON
from openmg.simulation.attack import Attack, Members, plot_of
from openmg.simulation.calendar import Calendar
from openmg.simulation.community import Community, default_community, resampled, side_by_side
from openmg.simulation.figures import Figures, figures_of
from openmg.simulation.mechanisms import ASKING, NONE, market_of
from openmg.simulation.meter_file import read_table
from openmg.simulation.own_battery import netted
from openmg.simulation.run import Run, live
from openmg.simulation.scenario import Scenario
from openmg.simulation.slots import Slots
from openmg.simulation.street import Street

Watch = Callable[[str, int, int], None]
"""Told what is happening, how many slots are done, and of how many."""


@dataclass(frozen=True)
class Comparison:
    """A street's figures and slots under every mechanism that was asked for, in that order."""

    scenario: Scenario
    community: Community
    street: Street
    before: Run
    figures: tuple[Figures, ...]
    slots: dict[str, Slots]


def silent(_what: str, _done: int, _whole: int) -> None:
    """Watches nothing."""


def community_of(scenario: Scenario) -> Community:
    """The homes that a scenario names: from its files, or the package's.

    Raises:
        BadInput: as the files deserve, or less than one home.
    """
    community = _from_files(scenario) if scenario.data else default_community()
    if scenario.homes is not None:
        community = resampled(community, scenario.homes, scenario.seed)
    return community if scenario.solar == 1 else community.with_solar_times(scenario.solar)


def _from_files(scenario: Scenario) -> Community:
    tables = [read_table(path) for path in scenario.data]
    named = {name for table in tables for name in table.names}
    for name in scenario.leave_out:
        if name not in named:
            raise BadInput(f"--leave-out {name}: no file has such a home")
    kept = [table.keeping([name for name in table.names if name not in scenario.leave_out]) for table in tables]
    first = kept[0].community()
    return side_by_side([first, *(table.beside(first, scenario.turn) for table in kept[1:])])


def street_of(scenario: Scenario, community: Community) -> Street:
    """The street's meters and its window."""
    net = netted(community, scenario.own_battery)
    calendar = Calendar(community.first, community.days, community.minutes)
    window = _window(scenario, calendar)
    if not (net[window.start : window.stop] < 0).any():
        raise BadInput(
            f"{_named(scenario)}: no home exports anything from {calendar.moment(window.start):%Y-%m-%d} to "
            f"{calendar.moment(window.stop - 1):%Y-%m-%d}: homes with solar power (columns NAME_pv_kwh) were expected"
        )
    consumed = int(community.load_wh[window.start : window.stop].sum(dtype=np.int64))
    return Street(community.names, calendar, net, window, consumed, scenario.terms())


def compare(scenario: Scenario, community: Community, watch: Watch = silent) -> Comparison:
    """Run every mechanism on the same street.

    Raises:
        BadInput: an option that cannot be used, or no home that exports.
    """
    street, setting = street_of(scenario, community), scenario.setting(community.minutes)
    runs: dict[str, Run] = {}
    for name in (NONE, *(name for name in scenario.mechanisms if name != NONE)):
        runs[name] = live(street, market_of(name, setting), watch=_daily(watch, name, street))
    before = runs[NONE]
    figures = tuple(figures_of(name, street, runs[name], before) for name in scenario.mechanisms)
    slots = {name: runs[name].slots for name in scenario.mechanisms}
    return Comparison(scenario, community, street, before, figures, slots)


@dataclass(frozen=True)
class Outcome:
    """What an attack comes to under one mechanism, against the same run without it; won and KRW/kWh.

    `gain` is the attackers' together, `loss` what all other homes pay more; `providers` and `utility` what these have
    more. `price` is the mean by energy without the attack, `impact` by how much the attack moves it; None where nothing
    is traded any more.
    """

    mechanism: str
    attackers: int
    gain: float
    loss: float
    providers: float
    utility: float
    price: float
    impact: float | None
    traded_kwh: float
    traded_with: float


def attacked(scenario: Scenario, community: Community, how: Attack, watch: Watch = silent) -> tuple[Outcome, ...]:
    """Run every mechanism of the scenario with the attack and without.

    Raises:
        BadInput: as `compare`, nobody can attack so, or a mechanism that asks homes for nothing.
    """
    for name in scenario.mechanisms:
        if name not in ASKING:
            raise BadInput(f"--mechanism {name}: asks homes for no price; one of {', '.join(ASKING)} was expected")
    street, setting = street_of(scenario, community), scenario.setting(community.minutes)
    plot = plot_of(how, street, setting.ladder, scenario.seed)
    base = live(street, market_of(NONE, setting), plot.otherwise(), _daily(watch, NONE, street))
    outcomes = []
    for name in scenario.mechanisms:
        plain = live(street, market_of(name, setting), plot.otherwise(), _daily(watch, name, street))
        rigged = live(street, market_of(name, setting), plot.conduct(), _daily(watch, f"{name}, attacked", street))
        sides = figures_of(name, street, plain, base), figures_of(name, street, rigged, base)
        outcomes.append(_outcome(plot.members, plain, rigged, *sides))
    return tuple(outcomes)


def _outcome(members: Members, plain: Run, rigged: Run, before: Figures, after: Figures) -> Outcome:
    change = (plain.cost - rigged.cost) / WON
    earned = [
        0.0 if each.providers is None else each.providers.traded + each.providers.apart + each.providers.stock
        for each in (before, after)
    ]
    return Outcome(
        mechanism=before.mechanism,
        attackers=int(members.sum()),
        gain=float(change[members].sum()),
        loss=float(-change[~members].sum()),
        providers=earned[1] - earned[0],
        utility=after.utility - before.utility,
        price=before.prices.weighted,
        impact=after.prices.weighted - before.prices.weighted if after.prices.slots else None,
        traded_kwh=before.traded_kwh,
        traded_with=after.traded_kwh,
    )


def _window(scenario: Scenario, calendar: Calendar) -> range:
    start = scenario.start or calendar.first
    last = calendar.first + datetime.timedelta(days=calendar.days - 1)
    if not calendar.first <= start <= last:
        raise BadInput(f"--start {start}: the homes' data covers {calendar.first} to {last}")
    left = (last - start).days + 1
    days = left if scenario.days is None else scenario.days
    if not 1 <= days <= left:
        raise BadInput(f"--days {days}: 1 to {left} were expected, from {start} on")
    first = (start - calendar.first).days * calendar.slots_per_day
    return range(first, first + days * calendar.slots_per_day)


def _daily(watch: Watch, name: str, street: Street) -> Callable[[int], None]:
    return lambda done: watch(name, done, len(street.window))


def _named(scenario: Scenario) -> str:
    return ", ".join(os.fspath(path) for path in scenario.data) or "the homes"
