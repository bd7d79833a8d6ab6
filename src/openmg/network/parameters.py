"""What a new network is founded with: the chain's parameters without anybody's keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from openmg.chains import Genesis, PoolGenesis
from openmg.errors import BadInput
from openmg.market import Ladder, PoolParameters
from openmg.units import MicroWon, Price, Slot, WattHours

_TIME_OF_USE: Final = (138_700,) * 8 + (184_700,) * 8 + (220_500,) * 6 + (138_700,) * 2


@dataclass(frozen=True)
class Battery:
    """The community battery: as in `PoolParameters`, and what it begins with (Wh, µKRW)."""

    capacity: int = 50_000
    band_low: int = 133_000
    band_high: int = 245_000
    efficiency_permille: int = 950
    power_wh: int = 3_125
    stored: int = 0
    money: int = 200_000_000_000


@dataclass(frozen=True)
class Parameters:
    """The parameters, named and measured as in `Genesis`; prices in µKRW/Wh, times in seconds.

    The defaults: Korean prices and time, quarter-hour slots, reports for a minute after each; a battery of 50 kWh that
    moves 12.5 kW. While something waits there are about five blocks a second: ten minutes for openings, one
    for the battery's reading, seven for an authority that comes late to the making of the key. `first_slot` None is
    the next one to begin. A home counts as active for a day after a report (`active_window`) and is aged after four
    (`min_age`).
    """

    name: str = "openmg"
    slot_seconds: int = 900
    utc_offset: int = 32_400
    first_slot: int | None = None
    levels: tuple[int, ...] = (120_000, 135_000, 151_018, 185_000, 220_000, 257_632, 310_000, 362_105)
    fee: int = 0
    tariff: tuple[int, ...] = _TIME_OF_USE
    feed_in: int = 120_000
    collar_bp: int = 1000
    gate: int = 60
    open_ttl: int = 3000
    battery_wait: int = 300
    key_wait: int = 2000
    min_reports: int = 10
    active_window: int = 96
    min_age: int = 384
    room: int = 1_500_000
    battery: Battery | None = Battery()

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise BadInput("name: is empty; what the network is called was expected")

    def genesis(self, utility: bytes, battery: bytes, authorities: Sequence[bytes], now: int) -> Genesis:
        """The chain's parameters with the keys of those who take part; `now` in seconds since the Unix epoch.

        Raises:
            BadInput: a parameter that no chain can have.
        """
        begin = now // max(self.slot_seconds, 1) + 1 if self.first_slot is None else self.first_slot
        return Genesis(
            name=self.name,
            slot_seconds=self.slot_seconds,
            utc_offset=self.utc_offset,
            first_slot=Slot(begin),
            ladder=Ladder(tuple(Price(level) for level in self.levels)),
            fee=Price(self.fee),
            tariff=tuple(Price(price) for price in self.tariff),
            feed_in=Price(self.feed_in),
            collar_bp=self.collar_bp,
            gate=self.gate,
            open_ttl=self.open_ttl,
            battery_wait=self.battery_wait,
            key_wait=self.key_wait,
            min_reports=self.min_reports,
            active_window=self.active_window,
            min_age=self.min_age,
            room=self.room,
            pool=None if self.battery is None else _pool(self.battery, battery),
            utility=utility,
            authorities=tuple(authorities),
        )

    def encode(self) -> str:
        """As JSON text."""
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def decode(cls, text: str, where: str) -> Parameters:
        """Inverse of `encode`; what is absent keeps its default.

        Raises:
            BadInput: one line that begins with `where`.
        """
        try:
            given = json.loads(text)
            read = _checked(given, cls(), "the document")
            if given.get("battery") is not None:
                read["battery"] = replace(Battery(), **_checked(given["battery"], Battery(), "battery"))
            return replace(cls(), **read)
        except BadInput as error:
            raise BadInput(f"{where}: {error}") from error
        except (ValueError, RecursionError) as error:
            raise BadInput(f"{where}: no JSON ({error})") from error


def _pool(battery: Battery, meter: bytes) -> PoolGenesis:
    curve = PoolParameters(
        capacity=WattHours(battery.capacity),
        band_low=Price(battery.band_low),
        band_high=Price(battery.band_high),
        efficiency_permille=battery.efficiency_permille,
        power_wh=WattHours(battery.power_wh),
    )
    return PoolGenesis(curve, WattHours(battery.stored), MicroWon(battery.money), meter)


def _checked(given: Any, defaults: Parameters | Battery, what: str) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON can hold
    if not isinstance(given, dict):
        raise BadInput(f"{what}: an object was expected")
    known = asdict(defaults)
    for name, value in given.items():
        if name not in known:
            raise BadInput(f"{name} is unknown; known are {', '.join(known)}")
        _check_kind(name, value)
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def _check_kind(name: str, value: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Whole numbers below 2^63 but for the few that are something else; their ranges are the chain's matter."""
    if name == "name":
        if not isinstance(value, str):
            raise BadInput("name: a text was expected")
    elif name in ("levels", "tariff"):
        if not isinstance(value, list) or not all(_whole(item) for item in value):
            raise BadInput(f"{name}: a list of whole numbers was expected")
    elif name == "battery":
        if not (value is None or isinstance(value, dict)):
            raise BadInput("battery: null or an object was expected")
    elif not (_whole(value) or (name == "first_slot" and value is None)):
        raise BadInput(f"{name}: a whole number was expected")


def _whole(value: object) -> bool:
    return type(value) is int and -(2**31) <= value < 2**63
