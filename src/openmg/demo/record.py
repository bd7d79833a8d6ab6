"""The record of one finished day: what `openmg demo --json` prints and what the report is drawn from.

Energy is in Wh, or in Wh/65536 where a ledger kept it (fills are fractions); money is in µKRW/65536; prices are in
µKRW/Wh (151_018 is 151.018 KRW/kWh). Some figures are known to the homes alone: no authority and no neighbour can
compute them. The demo has them because it plays every home; the report marks them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from types import GenericAlias
from typing import Final, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from openmg.errors import BadInput

SCHEMA: Final = "openmg/demo/1"

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
State = Literal["settled", "void"]
EnergyUnit = Literal["Wh", "Wh/65536"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """The community battery: stored energy and power in Wh (per hour), its band in µKRW/Wh, efficiency each way.

    `earned` is what the day's trades brought its providers (µKRW/65536); `apart` is what moved without a trade, at
    floor and grid prices. `stock` is by how much its store grew (Wh, negative: it ended emptier than it began).
    """

    capacity_wh: int
    band_low: int
    band_high: int
    efficiency_permille: int
    power_wh: int
    earned: int
    apart: int
    stock: int


@dataclass(frozen=True, slots=True)
class OpenedSum:
    """One sum that a threshold of authorities opened.

    `homes` hide together in it; `speaking` of them had a reading on its side that was not zero (known to the homes
    alone). A sum with one speaking home says what that home did.
    """

    name: str
    value: int
    unit: EnergyUnit
    homes: int
    speaking: int


@dataclass(frozen=True, slots=True)
class SlotRecord:
    """One market interval. `net_demand`, `stored_*`, `discharged` and `charged` are Wh, `pool_flow` is Wh/65536
    (positive when the pool sold), prices µKRW/Wh; `seconds` runs from gate closure to settlement.

    Known to the homes alone: `bought` and `sold` (Wh/65536), `imported` and `exported` (Wh).
    """

    slot: int
    label: str
    state: State
    cohort: int
    kind: str
    price: int
    reference: int
    collar_low: int
    collar_high: int
    pool_price: int
    opened: tuple[OpenedSum, ...]
    net_demand: int
    pool_flow: int
    stored_start: int
    stored_end: int
    discharged: int
    charged: int
    bought: int
    sold: int
    imported: int
    exported: int
    seconds: float

    @property
    def settled(self) -> bool:
        """Whether the slot has a price; a void one opened nothing and the ordinary tariff applies."""
        return self.state == "settled"


@dataclass(frozen=True, slots=True)
class HomeRecord:
    """A home's day as its own wallet opened it: energy in Wh/65536, money in µKRW/65536 (positive is a cost)."""

    home: str
    source: str
    account: str
    imported: int
    exported: int
    bought: int
    sold: int
    without_market: int
    with_market: int
    saving: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a pane: what it is, in both languages, and what can be read there."""

    label_en: str
    label_ko: str
    value: str


@dataclass(frozen=True, slots=True)
class Glass:
    """What everyone can see of one home in one slot, beside what the home sees."""

    home: str
    slot_label: str
    everyone: tuple[Line, ...]
    home_sees: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A check that was recomputed from data and openings, and whether it held."""

    name_en: str
    name_ko: str
    passed: bool
    detail_en: str
    detail_ko: str


@dataclass(frozen=True, slots=True)
class Timing:
    """A measured figure; `unit` is written after `value`, `note` says how it was measured."""

    name_en: str
    name_ko: str
    value: float
    unit: str
    note: str


@dataclass(frozen=True, slots=True)
class DayRecord:
    """One day of the market. `tariff_steps`, `feed_in`, `fee` and `ladder` are µKRW/Wh, `collar_bp` is 1/10000."""

    date: str
    why_en: str
    why_ko: str
    homes: int
    authorities: int
    threshold: int
    slot_minutes: int
    ladder: tuple[int, ...]
    tariff_steps: tuple[int, ...]
    feed_in: int
    fee: int
    collar_bp: int
    pool: PoolFacts
    slots: tuple[SlotRecord, ...]
    day_opened: tuple[OpenedSum, ...]
    home_results: tuple[HomeRecord, ...]
    glass: Glass
    checks: tuple[Check, ...]
    timings: tuple[Timing, ...]
    schema: str = SCHEMA


def to_json(record: DayRecord) -> dict[str, Json]:
    """The record as plain JSON values, the schema first."""
    content = cast("dict[str, Json]", plain(record))
    return {"schema": content["schema"], **content}


def from_json(value: object) -> DayRecord:
    """The record that `to_json` wrote; whatever is missing, unknown or of another type is named."""
    if isinstance(value, dict) and value.get("schema") != SCHEMA:
        raise BadInput(f"record: schema is {value.get('schema')!r}, expected {SCHEMA!r}")
    return _read(DayRecord, value, "record")


def plain(value: object) -> Json:
    """A dataclass and all in it as plain JSON values."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    assert value is None or isinstance(value, str | int | float), f"{value!r} has no place in a record"
    return value


def _read(kind: type[T], value: object, where: str) -> T:
    if is_dataclass(kind):
        return _read_fields(kind, value, where)
    origin = get_origin(kind)
    if origin is tuple:
        if not isinstance(value, list):
            raise BadInput(f"{where}: expected a list")
        item = cast("GenericAlias", kind).__args__[0]
        return cast("T", tuple(_read(item, each, f"{where}[{index}]") for index, each in enumerate(value)))
    if origin is Literal:
        if value not in get_args(kind):
            raise BadInput(f"{where}: {value!r} is none of {', '.join(map(repr, get_args(kind)))}")
        return cast("T", value)
    if kind is float and type(value) is int:
        return cast("T", float(value))
    if type(value) is not kind:
        raise BadInput(f"{where}: expected {kind.__name__}, found {type(value).__name__}")
    return value


def _read_fields(kind: type[T], value: object, where: str) -> T:
    if not isinstance(value, dict):
        raise BadInput(f"{where}: expected an object")
    wanted = get_type_hints(kind)
    if wanted.keys() != value.keys():
        names = ", ".join(sorted(str(name) for name in wanted.keys() ^ value.keys()))
        raise BadInput(f"{where}: missing or unknown: {names}")
    return kind(**{name: _read(hint, value[name], f"{where}.{name}") for name, hint in wanted.items()})
