"""The parameters a chain is born with (WIRE-12, genesis), and the calendar that follows from them."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass
from typing import Final

from openmg.crypto.key import faults_of, threshold_of
from openmg.encoding import Reader, Writer
from openmg.errors import BadInput, Malformed
from openmg.machine import LATEST
from openmg.market import Ladder, PoolParameters
from openmg.units import MicroWon, Price, Slot, WattHours

HOURS: Final = 24
PER_MILLE: Final = 1000
LEAST_KEY_WAIT: Final = 3
"""Blocks: a complaint, and then the confirmation that waits for it."""
MAX_AUTHORITIES: Final = 64
MOST_PRICE: Final = 2**20
"""µKRW/Wh: collateral and accumulators stay within their bounds (ACCOUNT-2)."""
_EPOCH_ORDINAL: Final = datetime.date(1970, 1, 1).toordinal()
_DAY_SECONDS: Final = 86_400
_SLOT_LENGTHS: Final = (300, 900, 1800, 3600)


@dataclass(frozen=True)
class PoolGenesis:
    """The community battery at the start: its curve, its store (Wh), its money (µKRW) and its meter's key."""

    parameters: PoolParameters
    stored: WattHours
    money: MicroWon
    meter: bytes


@dataclass(frozen=True)
class Genesis:
    """All parameters of a chain.

    Prices in µKRW/Wh; `tariff` has one price per local hour; times in seconds; `gate` is how long reports are
    taken after a slot's end; `open_ttl`, `battery_wait` and `key_wait` count blocks; `active_window` and `min_age`
    count slots; `room` is how many bytes of transactions leave a block room to spare (SLOT-3).
    """

    name: str
    slot_seconds: int
    utc_offset: int
    first_slot: Slot
    ladder: Ladder
    fee: Price
    tariff: tuple[Price, ...]
    feed_in: Price
    collar_bp: int
    gate: int
    open_ttl: int
    battery_wait: int
    key_wait: int
    min_reports: int
    active_window: int
    min_age: int
    room: int
    pool: PoolGenesis | None
    utility: bytes
    authorities: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not self.name:
            raise BadInput("name is empty: a chain has a name")
        if self.slot_seconds not in _SLOT_LENGTHS:
            raise BadInput(f"slot_seconds is {self.slot_seconds}: one of {_SLOT_LENGTHS} was expected")
        if not 1 <= len(self.authorities) <= MAX_AUTHORITIES:
            raise BadInput(f"{len(self.authorities)} authorities: 1 to {MAX_AUTHORITIES} were expected")
        if len(set(self.authorities)) != len(self.authorities):
            raise BadInput("two authorities have the same key")
        if len(self.tariff) != HOURS:
            raise BadInput(f"tariff has {len(self.tariff)} prices: {HOURS} were expected, one per hour")
        for name in ("first_slot", "gate", "open_ttl", "battery_wait", "key_wait", "min_reports"):
            if getattr(self, name) < 1:
                raise BadInput(f"{name} is {getattr(self, name)}: at least 1 was expected")
        if not 0 <= self.starts(self.first_slot) + self.utc_offset < LATEST:
            raise BadInput(f"first_slot is {self.first_slot}: one between the years 1970 and 6325 was expected")
        if self.key_wait < LEAST_KEY_WAIT:
            raise BadInput(f"key_wait is {self.key_wait}: at least {LEAST_KEY_WAIT} blocks were expected")
        self._check_pool()
        for name, price in (("fee", self.fee), ("feed_in", self.feed_in), ("tariff", max(self.tariff))):
            if price > MOST_PRICE:
                raise BadInput(f"{name} is {price}: at most {MOST_PRICE} µKRW/Wh was expected")

    def _check_pool(self) -> None:
        if self.pool is None:
            return
        curve = self.pool.parameters
        if curve.band_low * curve.efficiency_permille < PER_MILLE:
            raise BadInput(f"pool: band_low {curve.band_low} leaves a reference price of 0")
        if curve.band_high > MOST_PRICE or curve.capacity >= 2**32:
            raise BadInput(f"pool: a band up to {MOST_PRICE} and a capacity below 2^32 Wh were expected")

    @property
    def chain(self) -> bytes:
        """The chain id, 32 bytes (WIRE-3)."""
        return hashlib.sha256(b"openmg/1/chain" + self.encode()).digest()

    @property
    def threshold(self) -> int:
        """t: how many authorities open a sum."""
        return threshold_of(len(self.authorities))

    @property
    def faults(self) -> int:
        """f: how many authorities may fail."""
        return faults_of(len(self.authorities))

    @property
    def collateral_rate(self) -> int:
        """λ = 65536·(ℓ_K + fee) (MARKET-5)."""
        return 65536 * (self.ladder.level(self.ladder.rungs) + self.fee)

    def starts(self, slot: Slot) -> int:
        """T_s in seconds since the Unix epoch (SLOT-1)."""
        return slot * self.slot_seconds

    def slot_at(self, time: int) -> Slot:
        """The slot that contains a time."""
        return Slot(time // self.slot_seconds)

    def day_of(self, slot: Slot) -> int:
        """Local days since the Unix epoch."""
        return (self.starts(slot) + self.utc_offset) // _DAY_SECONDS

    def hour_of(self, slot: Slot) -> int:
        """Local hour of day in which the slot starts, 0..23."""
        return (self.starts(slot) + self.utc_offset) % _DAY_SECONDS // 3600

    def month_of(self, slot: Slot) -> int:
        """Local month: 12·year + month − 1."""
        date = datetime.date.fromordinal(_EPOCH_ORDINAL + self.day_of(slot))
        return 12 * date.year + date.month - 1

    def ends_day(self, slot: Slot) -> bool:
        """Whether the next slot belongs to another local day."""
        return self.day_of(Slot(slot + 1)) != self.day_of(slot)

    def tariff_of(self, slot: Slot) -> Price:
        """The time-of-use price of the slot's hour."""
        return self.tariff[self.hour_of(slot)]

    def encode(self) -> bytes:
        """Canonical bytes of all parameters."""
        writer = Writer().sized(self.name.encode("utf-8"))
        writer.integer(self.slot_seconds, 4).signed(self.utc_offset, 4).integer(self.first_slot, 8)
        writer.integer(self.ladder.rungs, 1)
        for level in self.ladder.levels:
            writer.integer(level, 8)
        writer.integer(self.fee, 8)
        for price in self.tariff:
            writer.integer(price, 8)
        writer.integer(self.feed_in, 8)
        for number in (self.collar_bp, self.gate, self.open_ttl, self.battery_wait, self.key_wait):
            writer.integer(number, 4)
        for number in (self.min_reports, self.active_window, self.min_age, self.room):
            writer.integer(number, 4)
        writer.integer(0 if self.pool is None else 1, 1)
        if self.pool is not None:
            _write_pool(writer, self.pool)
        writer.fixed(self.utility, 32).integer(len(self.authorities), 1)
        for authority in self.authorities:
            writer.fixed(authority, 32)
        return writer.done()

    @classmethod
    def decode(cls, data: bytes) -> Genesis:
        """Inverse of `encode`.

        Raises:
            Malformed: not one canonical encoding of possible parameters.
        """
        try:
            genesis = _read_genesis(data)
        except (BadInput, UnicodeDecodeError) as error:
            raise Malformed(f"genesis: {error}") from error
        if genesis.encode() != data:
            raise Malformed("genesis: not canonical")
        return genesis


def _read_genesis(data: bytes) -> Genesis:
    reader = Reader(data, "genesis")
    genesis = Genesis(
        name=reader.sized().decode("utf-8"),
        slot_seconds=reader.integer(4),
        utc_offset=reader.signed(4),
        first_slot=Slot(reader.integer(8)),
        ladder=Ladder(tuple(Price(reader.integer(8)) for _ in range(reader.integer(1)))),
        fee=Price(reader.integer(8)),
        tariff=tuple(Price(reader.integer(8)) for _ in range(HOURS)),
        feed_in=Price(reader.integer(8)),
        collar_bp=reader.integer(4),
        gate=reader.integer(4),
        open_ttl=reader.integer(4),
        battery_wait=reader.integer(4),
        key_wait=reader.integer(4),
        min_reports=reader.integer(4),
        active_window=reader.integer(4),
        min_age=reader.integer(4),
        room=reader.integer(4),
        pool=_read_pool(reader) if reader.integer(1) else None,
        utility=reader.fixed(32),
        authorities=tuple(reader.fixed(32) for _ in range(reader.integer(1))),
    )
    reader.end()
    return genesis


def _write_pool(writer: Writer, pool: PoolGenesis) -> None:
    curve = pool.parameters
    for number in (curve.capacity, curve.band_low, curve.band_high, curve.efficiency_permille, curve.power_wh):
        writer.integer(number, 8)
    writer.integer(pool.stored, 8).integer(pool.money, 8).fixed(pool.meter, 32)


def _read_pool(reader: Reader) -> PoolGenesis:
    curve = PoolParameters(
        capacity=WattHours(reader.integer(8)),
        band_low=Price(reader.integer(8)),
        band_high=Price(reader.integer(8)),
        efficiency_permille=reader.integer(8),
        power_wh=WattHours(reader.integer(8)),
    )
    return PoolGenesis(curve, WattHours(reader.integer(8)), MicroWon(reader.integer(8)), reader.fixed(32))
