"""The demo's chain: one day, hourly slots, the community battery, Korean prices."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from openmg.chains import Genesis, PoolGenesis
from openmg.errors import BadInput
from openmg.forecast.citylearn import GOOD
from openmg.home.policy import FEED_IN
from openmg.market import Ladder, PoolParameters
from openmg.units import MicroWon, Price, Slot, WattHours

DEFAULT_DATE: Final = "2017-06-04"
WHY_EN: Final = (
    "a sunny Sunday on which 13 hours have homes that buy and homes that sell at the same time, "
    "and the 14 homes stand on all three steps of the tariff"
)
WHY_KO: Final = (
    "사는 집과 파는 집이 동시에 있는 시간이 13시간이고, 14가구가 누진제 세 단계에 고루 걸쳐 있는 맑은 일요일"
)
CHOSEN_EN: Final = "one day of the data"
CHOSEN_KO: Final = "데이터 가운데 하루"

KST_SECONDS: Final = 9 * 3600
SLOT_SECONDS: Final = 3600
GATE_SECONDS: Final = 60
LEVELS: Final = (120_000, 135_000, 151_018, 185_000, 220_000, 257_632, 310_000, 362_105)
MOST_AUTHORITIES: Final = 16
DEPOSIT: Final = MicroWon(50_000_000_000)
"""50,000 won prepaid by each home."""
POOL: Final = PoolParameters(
    capacity=WattHours(50_000),
    band_low=Price(133_000),
    band_high=Price(245_000),
    efficiency_permille=950,
    power_wh=WattHours(12_500),
)
POOL_STORED: Final = WattHours(0)
"""Empty, so that no home lives off what nobody paid for on this day."""
POOL_MONEY: Final = MicroWon(200_000_000_000)
_TIME_OF_USE: Final = ((8, 138_700), (16, 184_700), (22, 220_500), (24, 138_700))
"""Jeju's three bands (µKRW/Wh until the hour), for the cost accumulator, which progressive-tariff homes do not open."""


@dataclass(frozen=True)
class Scenario:
    """What `openmg demo` was asked for."""

    date: str
    homes: int
    authorities: int
    base_port: int = 0
    """First of the ports of a demo whose authorities listen; 0 where they do not."""

    def __post_init__(self) -> None:
        if not 1 <= self.authorities <= MOST_AUTHORITIES:
            raise BadInput(f"--authorities {self.authorities}: 1 to {MOST_AUTHORITIES} were expected")

    @property
    def day(self) -> datetime.date:
        """The day as a date."""
        return datetime.date.fromisoformat(self.date)

    @property
    def first_slot(self) -> Slot:
        """The slot of local midnight."""
        days = self.day.toordinal() - datetime.date(1970, 1, 1).toordinal()
        return Slot((days * 86_400 - KST_SECONDS) // SLOT_SECONDS)

    @property
    def why(self) -> tuple[str, str]:
        """Why this day, in English and Korean."""
        return (WHY_EN, WHY_KO) if (self.date, self.homes) == (DEFAULT_DATE, len(GOOD)) else (CHOSEN_EN, CHOSEN_KO)

    def genesis(self, utility: bytes, battery: bytes, authorities: Sequence[bytes]) -> Genesis:
        """The chain's parameters, with the keys of those who take part."""
        tariff = tuple(Price(next(price for until, price in _TIME_OF_USE if hour < until)) for hour in range(24))
        return Genesis(
            name=f"openmg-demo-{self.date}",
            slot_seconds=SLOT_SECONDS,
            utc_offset=KST_SECONDS,
            first_slot=self.first_slot,
            ladder=Ladder(tuple(Price(level) for level in LEVELS)),
            fee=Price(0),
            tariff=tariff,
            feed_in=FEED_IN,
            collar_bp=1000,
            gate=GATE_SECONDS,
            open_ttl=100,
            battery_wait=20,
            key_wait=20,
            min_reports=min(10, self.homes),
            active_window=24,
            min_age=96,
            room=1_500_000,
            pool=PoolGenesis(POOL, POOL_STORED, POOL_MONEY, battery),
            utility=utility,
            authorities=tuple(authorities),
        )

    def encode(self) -> str:
        """As JSON text."""
        return json.dumps({"schema": "openmg/demo-scenario/1", **asdict(self)}, indent=2)

    @classmethod
    def decode(cls, text: str, where: str) -> Scenario:
        """Inverse of `encode`.

        Raises:
            BadInput: not a scenario.
        """
        try:
            content = json.loads(text)
            if content.pop("schema") != "openmg/demo-scenario/1":
                raise KeyError("schema")
            scenario = cls(**content)
            datetime.date.fromisoformat(scenario.date)
            if (type(scenario.homes), type(scenario.authorities)) != (int, int):
                raise TypeError("homes, authorities")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(f"{where}: not a demo's scenario") from error
        except BadInput as error:
            raise BadInput(f"{where}: {error}") from error
        return scenario
