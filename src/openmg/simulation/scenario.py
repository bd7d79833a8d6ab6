"""What a simulation was asked for."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from openmg.errors import BadInput
from openmg.market import Ladder, PoolParameters
from openmg.simulation.battery import Providers
from openmg.simulation.mechanisms import MECHANISMS, Setting
from openmg.simulation.street import Terms
from openmg.tariff import Month, Tariff, flat, jeju, kepco
from openmg.units import MicroWon, Price, WattHours

TARIFFS: Final = ("kepco-low", "kepco-high", "jeju", "flat")
PRICED_AS_OF: Final = Month(2025, 10)
"""Meter years are priced as if they were now: the newest rates of the table, the seasons of the data."""
_SHOULDER: Final = 4
"""A month without summer edges and without the super-user step: its steps make the ladder."""
_RUNGS: Final = 8
_MONEY_PER_WH: Final = 4_000_000
"""µKRW that the battery's providers pay in for each Wh: enough to fill it from empty more than ten times."""
_WON: Final = 1000
_SEEDS: Final = 2**32
_YEAR_WEEKS: Final = 52


@dataclass(frozen=True)
class Scenario:
    """Options by their names on the command line. Prices in KRW/kWh, energy in kWh, shares from 0 to 1.

    `levels` empty: from the tariff. `battery` in kWh; its power is a quarter of it an hour. `reference`: the price at
    which the battery starts on its curve; empty: it starts empty. `turn`: weeks by which the files after the first
    are turned against the season.
    """

    data: tuple[Path, ...] = ()
    leave_out: tuple[str, ...] = ()
    turn: int = 0
    homes: int | None = None
    seed: int = 1
    start: datetime.date | None = None
    days: int | None = None
    solar: float = 1.0
    own_battery: float = 0.0
    tariff: str = TARIFFS[0]
    flat_price: float = 180.0
    feed_in: float = 120.0
    fee: float = 0.0
    net_metering: bool = False
    battery: float = 50.0
    band: tuple[float, float] = (133.0, 245.0)
    reference: float | None = None
    efficiency: float = 0.95
    collar: float = 0.1
    levels: tuple[float, ...] = ()
    mechanisms: tuple[str, ...] = tuple(MECHANISMS)

    def __post_init__(self) -> None:
        for name in self.mechanisms:
            if name not in MECHANISMS:
                raise BadInput(f"--mechanism {name}: one of {', '.join(MECHANISMS)} was expected")
        if self.tariff not in TARIFFS:
            raise BadInput(f"--tariff {self.tariff}: one of {', '.join(TARIFFS)} was expected")
        if not 0 <= self.seed < _SEEDS:
            raise BadInput(f"--seed {self.seed}: 0 to {_SEEDS - 1} was expected")
        if abs(self.turn) > _YEAR_WEEKS:
            raise BadInput(f"--turn {self.turn}: {-_YEAR_WEEKS} to {_YEAR_WEEKS} weeks were expected")
        if self.net_metering and len(self.utility().bands) > 1:
            raise BadInput(f"--net-metering: {self.tariff} has bands of the day; a tariff with one price was expected")

    def utility(self) -> Tariff:
        """The homes' tariff."""
        if self.tariff == "jeju":
            return jeju()
        if self.tariff == "flat":
            return flat(_price("--flat-price", self.flat_price, 1, 1000))
        return kepco(self.tariff.removeprefix("kepco-"), PRICED_AS_OF)

    def terms(self) -> Terms:
        """What holds between homes and utility."""
        feed_in = _price("--feed-in", self.feed_in, 1, 1000)
        return Terms(self.utility(), feed_in, _price("--fee", self.fee, 0, 1000), self.net_metering)

    def ladder(self) -> Ladder:
        """The levels asked for; or the feed-in price and the tariff's steps, the widest gaps halved until there are 8.

        Raises:
            BadInput: levels that do not increase.
        """
        if self.levels:
            return Ladder(tuple(_price("--levels", level, 1, 1048) for level in self.levels))
        tariff, terms = self.utility(), self.terms()
        month = Month(PRICED_AS_OF.year, _SHOULDER)
        steps = {step.price for band in range(len(tariff.bands)) for step in tariff.steps(month, band)}
        levels = sorted({terms.feed_in, *(price for price in steps if price > terms.feed_in)})
        if len(levels) < 2:
            raise BadInput(f"--feed-in {self.feed_in:g}: a price below the tariff's was expected")
        while len(levels) < _RUNGS:
            gap, low = max((high - low, low) for low, high in pairwise(levels))
            levels = sorted([*levels, Price(low + gap // 2)])
        return Ladder(tuple(levels))

    def providers(self, minutes: int) -> Providers:
        """The community battery for slots of `minutes`.

        Raises:
            BadInput: no capacity, a band that is none, a reference outside of it.
        """
        low, high = (_price("--band", price, 1, 1048) for price in self.band)
        if not 0 < self.battery <= 1e6:
            raise BadInput(
                f"--battery {self.battery:g}: above 0 to 1,000,000 kWh were expected "
                "(without a battery: --mechanism no-battery)"
            )
        if low >= high:
            raise BadInput(f"--band {self.band[0]:g},{self.band[1]:g}: a lower and a higher price were expected")
        if not 0.5 <= self.efficiency <= 1:
            raise BadInput(f"--efficiency {self.efficiency:g}: 0.5 to 1 was expected")
        capacity = WattHours(round(self.battery * 1000))
        power = WattHours(max(capacity * minutes // 240, 1))
        parameters = PoolParameters(capacity, low, high, round(self.efficiency * 1000), power)
        stored = WattHours(0)
        if self.reference is not None:
            reference = _price("--reference", self.reference, 0, 1048)
            if not low <= reference <= high:
                raise BadInput(
                    f"--reference {self.reference:g}: {self.band[0]:g} to {self.band[1]:g} KRW/kWh was expected, "
                    "the battery's band"
                )
            stored = WattHours(parameters.stored_at(reference))
        return Providers(parameters, stored, MicroWon(capacity * _MONEY_PER_WH))

    def setting(self, minutes: int) -> Setting:
        """What all mechanisms share."""
        tariff, terms = self.utility(), self.terms()
        if not 0 <= self.collar <= 1:
            raise BadInput(f"--collar {self.collar:g}: a share from 0 to 1 was expected")
        return Setting(
            ladder=self.ladder(),
            fee=terms.fee,
            feed_in=terms.feed_in,
            grid=tariff.steps(Month(PRICED_AS_OF.year, _SHOULDER), 0)[0].price,
            collar_bp=round(self.collar * 10_000),
            providers=self.providers(minutes),
            seed=self.seed,
        )


def _price(option: str, won_per_kwh: float, least: float, most: float) -> Price:
    """µKRW/Wh."""
    if not least <= won_per_kwh <= most:
        raise BadInput(f"{option} {won_per_kwh:g}: {least:g} to {most:g} KRW/kWh was expected")
    return Price(round(won_per_kwh * _WON))
