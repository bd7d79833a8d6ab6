"""A made-up day for tests: deterministic arithmetic in place of a market. Nothing in it was measured."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace

from openmg.demo.record import (
    Check,
    DayRecord,
    Glass,
    HomeRecord,
    Line,
    OpenedSum,
    PoolFacts,
    SlotRecord,
    Timing,
)
from openmg.units import ONE

LADDER = (120_000, 135_000, 151_018, 185_000, 220_000, 257_632, 310_000, 362_105)
STEPS = (151_018, 257_632, 362_105)
FEED_IN = 120_000
POOL = PoolFacts(50_000, 133_000, 245_000, 950, 12_500, 65_536 * 900_000_000, -65_536 * 40_000_000, -1_500)
BUILDINGS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 16, 17)
VOID_HOUR = 3
LONELY_HOUR = 9


def chance(*key: object) -> float:
    """A number in [0, 1) that depends on the key alone."""
    return int.from_bytes(hashlib.sha256(repr(key).encode()).digest()[:6]) / 2**48


def net_reading(home: int, hour: int) -> int:
    """What a made-up home draws (positive) or feeds in (negative), Wh."""
    sun = max(0.0, math.sin((hour - 6) / 13 * math.pi)) * (2600 + 2200 * chance("roof", home)) * (home % 5 != 0)
    evening = math.exp(-(((hour - 19) / 2.6) ** 2)) * (900 + 1700 * chance("cook", home))
    return round(350 + 450 * chance("load", home, hour) + evening - sun * (0.75 + 0.25 * chance("cloud", home, hour)))


def pool_price(stored: int) -> int:
    """The price at which the made-up battery is content with what it stores, µKRW/Wh."""
    low, high = (1 / math.sqrt(price) for price in (POOL.band_low, POOL.band_high))
    return round(1 / (high + (low - high) * stored / POOL.capacity_wh) ** 2)


def step_of(home: int) -> int:
    """The tariff step on which a made-up home buys its last kWh this month, µKRW/Wh."""
    return STEPS[(home * 7) % 3]


def slot_at(hour: int, stored: int) -> SlotRecord:
    """One made-up hour, from the readings and what the battery stores."""
    readings = [net_reading(home, hour) for home in range(len(BUILDINGS))]
    reference = pool_price(stored)
    wanted = sum(max(net, 0) for home, net in enumerate(readings) if step_of(home) >= reference)
    offered = sum(max(-net, 0) for net in readings)
    demand = wanted - offered
    flow = max(-POOL.power_wh, stored - POOL.capacity_wh, min(demand, POOL.power_wh, stored))
    after = stored - flow
    pressure = max(-0.1, min(0.1, (demand - flow) / 60_000))
    price = max(LADDER[0], round(reference * (1 + pressure)))
    rung = max(index for index, level in enumerate(LADDER, 1) if level <= price)
    buyers = sum(net > 0 for net in readings)
    sellers = sum(net < 0 for net in readings)
    opened = [OpenedSum(f"D{rung}", demand, "Wh", 14, buyers + sellers)]
    if demand != flow:
        opened.append(OpenedSum(f"B{rung}", wanted, "Wh", 14, 1 if hour == LONELY_HOUR else buyers))
    bought = min(wanted, offered + max(flow, 0))
    return SlotRecord(
        slot=400_000 + hour, label=f"{hour:02d}:00", state="settled", cohort=14,
        kind="rung" if demand == flow else "short-supply" if demand > flow else "short-demand",
        price=price, reference=reference, collar_low=math.ceil(reference * 0.9), collar_high=int(reference * 1.1),
        pool_price=pool_price(after), opened=tuple(opened), net_demand=demand, pool_flow=flow * ONE,
        stored_start=stored, stored_end=after, discharged=max(flow, 0), charged=max(-flow, 0),
        bought=bought * ONE, sold=(bought - flow) * ONE, imported=sum(max(net, 0) for net in readings),
        exported=offered, seconds=0.21 + 0.05 * chance("clock", hour),
    )  # fmt: skip


def void(slot: SlotRecord) -> SlotRecord:
    """The same hour with too few reports: nothing opened, nothing traded."""
    return replace(
        slot, state="void", cohort=8, kind="void", price=0, opened=(), net_demand=0, pool_flow=0, bought=0, sold=0,
        stored_end=slot.stored_start, discharged=0, charged=0, pool_price=slot.reference,
    )  # fmt: skip


def day() -> tuple[SlotRecord, ...]:
    """All 24 made-up hours, one of them void."""
    slots: list[SlotRecord] = []
    stored = 14_000
    for hour in range(24):
        slot = slot_at(hour, stored)
        slots.append(void(slot) if hour == VOID_HOUR else slot)
        stored = slots[-1].stored_end
    return tuple(slots)


def home_result(home: int, slots: tuple[SlotRecord, ...]) -> HomeRecord:
    """A home's made-up day; the last one loses a little, so that a loss is drawn too."""
    bought = sold = without = market = imported = exported = 0
    for hour, slot in enumerate(slots):
        net = net_reading(home, hour)
        imported += max(net, 0) * ONE
        exported += max(-net, 0) * ONE
        without += (max(net, 0) * step_of(home) - max(-net, 0) * FEED_IN) * ONE
        if slot.settled and step_of(home) >= slot.price and net > 0:
            bought += net * ONE
            market -= net * (step_of(home) - slot.price) * ONE
        if slot.settled and net < 0:
            fill = -net * slot.sold // max(slot.exported, 1)
            sold += fill
            market -= fill * (slot.price - FEED_IN)
    if home == len(BUILDINGS) - 1:
        market = 14_200_000 * ONE
    account = hashlib.sha256(f"account {home}".encode()).hexdigest()
    return HomeRecord(
        f"home-{home + 1:02d}", f"Building_{BUILDINGS[home]}", account, imported, exported, bought, sold,
        without, without + market, -market,
    )  # fmt: skip


def sample_glass() -> Glass:
    """Two made-up panes."""
    secret = [hashlib.sha512(f"pair {index}".encode()).hexdigest() for index in range(5)]
    shared = [("Import reading", "수전량 검침값"), ("Export reading", "역송량 검침값"),
              ("Buy at 185–220", "185–220에 살 양"), ("Sell at 185–220", "185–220에 팔 양"),
              ("Balance after the slot", "정산 뒤 잔액")]  # fmt: skip
    values = ("0 Wh", "2,931 Wh", "0 Wh", "2,931 Wh", "50,312.4 KRW")
    return Glass(
        "home-03", "13:00",
        (*(Line(en, ko, cipher) for (en, ko), cipher in zip(shared, secret, strict=True)),
         Line("Report arrived", "보고 도착", "2,305 bytes")),
        (*(Line(en, ko, value) for (en, ko), value in zip(shared, values, strict=True)),
         Line("Sold to the market", "시장에 판 양", "2,118 Wh <of 2,931>")),
    )  # fmt: skip


def sample_checks() -> tuple[Check, ...]:
    """Five made-up checks that hold."""
    return (
        Check("Money and energy are conserved", "돈과 전력량이 보존됩니다", True,
              "24 slots, to the last 1/65536", "24개 시간대, 1/65536 단위까지"),
        Check("Fills equal a plaintext run", "체결량이 평문 계산과 같습니다", True, "336 fills", "336건 체결"),
        Check("Every balance opens as its wallet expects", "모든 잔액이 지갑의 계산과 같습니다", True,
              "14 of 14 wallets", "지갑 14개 중 14개"),
        Check("Two authorities open nothing", "기관 두 곳으로는 아무것도 열리지 않습니다", True,
              "2 of 3 shares tried on 47 sums", "합계 47개에 조각 3개 중 2개로 시도"),
        Check("A replay gives the same roots", "다시 실행해도 상태 루트가 같습니다", True, "118 blocks", "블록 118개"),
    )  # fmt: skip


def sample_record() -> DayRecord:
    """The whole made-up day."""
    slots = day()
    homes = tuple(home_result(home, slots) for home in range(len(BUILDINGS)))
    return DayRecord(
        date="2023-07-18",
        why_en="it has both buying and selling in it, and the battery fills and empties once",
        why_ko="사고파는 시간이 모두 있고, 배터리가 한 번 차고 비는 날이기 때문입니다",
        homes=14, authorities=4, threshold=3, slot_minutes=60, ladder=LADDER, tariff_steps=STEPS, feed_in=FEED_IN,
        fee=0, collar_bp=1000, pool=POOL, slots=slots,
        day_opened=(
            OpenedSum("import", sum(home.imported for home in homes), "Wh/65536", 14, 14),
            OpenedSum("export", sum(home.exported for home in homes), "Wh/65536", 14, 11),
            OpenedSum("bought", sum(slot.bought for slot in slots), "Wh/65536", 14, 13),
        ),
        home_results=homes, glass=sample_glass(), checks=sample_checks(),
        timings=(
            Timing("Prove one report", "보고 하나 증명", 33.4, "ms", "one core, median of 336"),
            Timing("Verify one report, in batches of 14", "보고 하나 검증 (14개씩)", 1.02, "ms", "one core"),
            Timing("Gate closure to settled", "마감부터 정산까지", 0.23, "s", "14 accounts, median"),
            Timing("Size of a report", "보고 하나의 크기", 2305.0, "bytes", ""),
            Timing("The whole day", "하루 전체", 27.9, "s", "two cores"),
        ),
    )  # fmt: skip
