"""Strategies for everything that the chain encodes (WIRE-10 to WIRE-12)."""

from __future__ import annotations

from hypothesis import strategies as st

from openmg.chains import Block, Genesis, PoolGenesis
from openmg.chains.board import Board
from openmg.chains.clock import Clock
from openmg.chains.day import DayPhase, DayState
from openmg.chains.epoch import EpochState, KeyPhase
from openmg.chains.slot import Gate, Phase, SlotState
from openmg.crypto import Pair, Point, SlotSums
from openmg.ledger import Account, Accumulators, Locked
from openmg.ledger.account import Credit
from openmg.machine import in_order
from openmg.market import BatteryReading, Clearing, Kind, Ladder, PoolParameters
from openmg.units import LedgerMicroWon, LedgerWattHours, MicroWon, Price, Slot, WattHours, Weight

U8, U32 = st.integers(0, 2**8 - 1), st.integers(0, 2**32 - 1)
U64, I128 = st.integers(0, 2**64 - 1), st.integers(-(2**127), 2**127 - 1)
WORD = st.binary(min_size=32, max_size=32)
POINT, PAIR = WORD.map(Point), st.binary(min_size=64, max_size=64).map(Pair)
SLOT, WH, PRICE = U64.map(Slot), U32.map(WattHours), U64.map(Price)
MONEY, ENERGY = I128.map(LedgerMicroWon), I128.map(LedgerWattHours)
NAME = st.builds(lambda kind, rung: kind + bytes([rung]), st.sampled_from([b"D", b"B", b"I", b"E", b"T"]), U8)

BOARD = st.builds(
    Board,
    st.lists(st.tuples(NAME, I128), max_size=4).map(tuple),
    st.lists(st.tuples(NAME, U8, POINT), max_size=5).map(tuple),
    st.booleans(),
)
BATTERY = st.builds(
    lambda charging, moved, start, end: BatteryReading(
        WattHours(0 if charging else moved), WattHours(moved if charging else 0), start, end
    ),
    st.booleans(), U32, WH, WH,
)  # fmt: skip
WEIGHTS = st.lists(st.tuples(U8, U32.map(Weight)), max_size=2).map(tuple)
CLEARING = st.builds(
    Clearing, PRICE, st.sampled_from(Kind), U8, WEIGHTS, WEIGHTS, ENERGY, ENERGY, ENERGY,
    I128.map(WattHours), I128.map(WattHours),
)  # fmt: skip
SUMS = st.integers(1, 3).flatmap(
    lambda rungs: st.builds(
        SlotSums, st.just(rungs), st.binary(min_size=64 * (2 * rungs + 2), max_size=64 * (2 * rungs + 2))
    )
)

SLOTS = st.builds(
    SlotState, SLOT, U32, st.sampled_from(Phase), st.builds(Gate, U64, U64, U64, U64, U64), SUMS, U32, U32, U32,
    st.none() | BATTERY, st.booleans(), PRICE, BOARD, st.none() | CLEARING, U64, U64,
)  # fmt: skip
DAYS = st.builds(
    DayState, U64, U32, st.sampled_from(DayPhase), U64, PAIR, PAIR, PAIR, ENERGY, ENERGY, U64, BOARD
)  # fmt: skip
CLOCKS = st.builds(Clock, U64, U64, WORD, PRICE, PRICE, MONEY, MONEY, MONEY, U64.map(WattHours), MONEY, MONEY)
INDICES = st.lists(U8, max_size=7).map(tuple)
EPOCHS = st.integers(1, 7).flatmap(
    lambda count: st.builds(
        EpochState, U32, st.just(count), U32, st.sampled_from(KeyPhase), U64,
        st.lists(st.tuples(U8, POINT), max_size=4).map(tuple),
        st.lists(st.tuples(U8, st.binary(max_size=40)), max_size=4).map(tuple),
        INDICES, INDICES, INDICES, POINT,
        st.just(()) | st.lists(POINT, min_size=count, max_size=count).map(tuple),
    )
)  # fmt: skip
CREDITS = st.lists(st.builds(Credit, SLOT, POINT), max_size=5, unique_by=lambda credit: credit.slot).map(
    lambda credits: tuple(sorted(credits, key=lambda credit: credit.slot))
)
ACCOUNTS = st.builds(
    Account, WORD, WORD, SLOT, U64, POINT, U64, SLOT, SLOT, CREDITS,
    st.lists(st.builds(Locked, SLOT, POINT, WORD), max_size=4).map(tuple),
)  # fmt: skip
MONTHS = st.builds(Accumulators, U32, U32, POINT, POINT, POINT, POINT, POINT)
BLOCKS = st.builds(Block, U64, U64, U8, WORD, st.lists(st.binary(max_size=20), max_size=6).map(in_order))

SMALL_PRICE = st.integers(0, 2**20 - 1).map(Price)
COUNT = st.integers(1, 2**32 - 1)
POOLS = st.builds(
    PoolGenesis,
    st.builds(
        PoolParameters,
        st.integers(1, 10**6).map(WattHours),
        st.integers(1000, 10**5).map(Price),
        st.integers(10**5 + 1, 10**6).map(Price),
        st.integers(1, 1000),
        st.integers(1, 10**6).map(WattHours),
    ),
    U32.map(WattHours),
    U64.map(MicroWon),
    WORD,
)
GENESES = st.builds(
    Genesis,
    name=st.text(min_size=1, max_size=20),
    slot_seconds=st.sampled_from([300, 900, 1800, 3600]),
    utc_offset=st.integers(-43_200, 50_400),
    first_slot=st.integers(200, 10_000_000).map(Slot),
    ladder=st.lists(st.integers(1, 2**20).map(Price), min_size=1, max_size=12, unique=True).map(
        lambda levels: Ladder(tuple(sorted(levels)))
    ),
    fee=SMALL_PRICE,
    tariff=st.lists(SMALL_PRICE, min_size=24, max_size=24).map(tuple),
    feed_in=SMALL_PRICE,
    collar_bp=U32, gate=COUNT, open_ttl=COUNT, battery_wait=COUNT,
    key_wait=st.integers(3, 2**32 - 1), min_reports=COUNT, active_window=U32, min_age=U32, room=U32,
    pool=st.none() | POOLS,
    utility=WORD,
    authorities=st.lists(WORD, min_size=1, max_size=7, unique=True).map(tuple),
)  # fmt: skip
