"""The finished day as a record: what everyone could see, and what the homes opened of their own."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from openmg.chains import Block
from openmg.chains.day import BOUGHT, EXPORT, IMPORT
from openmg.chains.slot import SlotState
from openmg.chains.transactions import REPORT
from openmg.demo.checks import run_checks
from openmg.demo.day import Day
from openmg.demo.glass import glass_of
from openmg.demo.record import DayRecord, HomeRecord, OpenedSum, PoolFacts, SlotRecord, Timing
from openmg.home.household import Household
from openmg.home.policy import STEP_PRICES
from openmg.home.wallet import Trade
from openmg.market import Functional
from openmg.units import ONE

_DAY_NAMES = {IMPORT: "import", EXPORT: "export", BOUGHT: "bought"}


def summarise(day: Day) -> DayRecord:
    """The record of a finished day; the homes' own figures come from their wallets."""
    scenario, genesis = day.scenario, day.chain.genesis
    why_en, why_ko = scenario.why
    slots = [slot for slot in day.chain.state.slots if slot.slot in day.slots]
    return DayRecord(
        date=scenario.date,
        why_en=why_en,
        why_ko=why_ko,
        homes=scenario.homes,
        authorities=scenario.authorities,
        threshold=genesis.threshold,
        slot_minutes=genesis.slot_seconds // 60,
        ladder=tuple(genesis.ladder.levels),
        tariff_steps=tuple(STEP_PRICES),
        feed_in=genesis.feed_in,
        fee=genesis.fee,
        collar_bp=genesis.collar_bp,
        pool=_pool(day),
        slots=tuple(_slot(day, slot) for slot in slots),
        day_opened=_day_sums(day),
        home_results=tuple(_home(day, index) for index in range(len(day.households))),
        glass=glass_of(day),
        checks=run_checks(day),
        timings=_timings(day),
    )


def _pool(day: Day) -> PoolFacts:
    genesis, clock = day.chain.genesis.pool, day.chain.state.clock
    if genesis is None:
        return PoolFacts(0, 0, 0, 0, 0, 0, 0, 0)
    curve = genesis.parameters
    return PoolFacts(
        capacity_wh=curve.capacity,
        band_low=curve.band_low,
        band_high=curve.band_high,
        efficiency_permille=curve.efficiency_permille,
        power_wh=curve.power_wh,
        earned=clock.pool_money - ONE * genesis.money,
        apart=clock.pool_apart,
        stock=clock.pool_stored - genesis.stored,
    )


def _slot(day: Day, slot: SlotState) -> SlotRecord:
    genesis, clearing, battery = day.chain.genesis, slot.clearing, slot.battery
    trades = [trade for each in day.households for trade in each.wallet.trades if trade.slot == slot.slot]
    stored = (0, 0) if battery is None else (battery.stored_start, battery.stored_end)
    low = -(-slot.reference * (10_000 - genesis.collar_bp) // 10_000)
    high = slot.reference * (10_000 + genesis.collar_bp) // 10_000
    curve = genesis.pool
    return SlotRecord(
        slot=slot.slot,
        label=f"{genesis.hour_of(slot.slot):02}:00",
        state="void" if clearing is None else "settled",
        cohort=slot.cohort,
        kind="void" if clearing is None else clearing.kind.value,
        price=0 if clearing is None else clearing.price,
        reference=slot.reference,
        collar_low=low,
        collar_high=high,
        pool_price=0 if curve is None else curve.parameters.marginal(battery.stored_end if battery else curve.stored),
        opened=tuple(_opened(day, slot, functional, value) for functional, value in slot.opened.items()),
        net_demand=0 if clearing is None else clearing.net_demand,
        pool_flow=0 if clearing is None else clearing.pool_flow,
        stored_start=stored[0],
        stored_end=stored[1],
        discharged=0 if battery is None else battery.discharged,
        charged=0 if battery is None else battery.charged,
        bought=sum(trade.bought for trade in trades),
        sold=sum(trade.sold for trade in trades),
        imported=sum(trade.imported for trade in trades),
        exported=sum(trade.exported for trade in trades),
        seconds=day.measured.settled.get(slot.slot, 0.0),
    )


def _opened(day: Day, slot: SlotState, functional: Functional, value: int) -> OpenedSum:
    """A slot's sum; `speaking` counts the homes whose ladder is not zero on that rung, on a side that is in the sum."""
    genesis, rung, speaking = day.chain.genesis, functional.rung - 1, 0
    for household in day.households:
        imported, exported = household.meter.readings[slot.slot]
        order = household.policy.order(genesis.ladder, genesis.fee, imported, exported)
        sides = order.buy[rung] or (functional.kind == "D" and order.sell[rung])
        speaking += bool(sides)
    return OpenedSum(str(functional), value, "Wh", slot.cohort, speaking)


def _day_sums(day: Day) -> tuple[OpenedSum, ...]:
    sums = []
    for state in day.chain.state.days():
        for functional, value in state.board.opened:
            speaking = sum(any(_side(trade, functional) for trade in each.wallet.trades) for each in day.households)
            unit = "Wh/65536" if functional == BOUGHT else "Wh"
            sums.append(OpenedSum(_DAY_NAMES[functional], value, unit, len(day.households), speaking))  # type: ignore[arg-type]
    return tuple(sums)


def _side(trade: Trade, functional: bytes) -> int:
    return {IMPORT: trade.imported, EXPORT: trade.exported, BOUGHT: trade.bought}[functional]


def _home(day: Day, index: int) -> HomeRecord:
    household, recorded = day.households[index], day.recorded[index]
    trades = household.wallet.trades
    without = sum(ONE * (_bill(household, trade.imported, trade.exported)) for trade in trades)
    rest = sum(
        _bill(household, ONE * trade.imported - trade.bought, ONE * trade.exported - trade.sold) for trade in trades
    )
    with_market = rest + sum(trade.paid for trade in trades)
    return HomeRecord(
        home=household.name,
        source=recorded.source,
        account=household.wallet.account.hex(),
        imported=ONE * sum(trade.imported for trade in trades),
        exported=ONE * sum(trade.exported for trade in trades),
        bought=sum(trade.bought for trade in trades),
        sold=sum(trade.sold for trade in trades),
        without_market=without,
        with_market=with_market,
        saving=without - with_market,
    )


def _bill(household: Household, imported: int, exported: int) -> int:
    """Cost at the home's own marginal step, less feed-in; own solar power was netted at home before."""
    return household.policy.value * imported - household.policy.cost * exported


def _timings(day: Day) -> tuple[Timing, ...]:
    measured = day.measured
    slots = list(measured.settled.values())
    report = len(_any_report(day))
    account = statistics.median(len(account.encode()) for account in day.chain.state.registry)
    rows: list[tuple[str, str, float, str, str]] = [
        ("Whole day", "하루 전체", measured.run, "s", "set-up not counted"),
        ("Epoch key together", "에포크 키 생성", measured.keys, "s", f"{day.scenario.authorities} processes"),
        ("Proving a report", "보고 증명", 1000 * _median(measured.prove), "ms", "median, all cores busy"),
        (
            "Verifying a report",
            "보고 검증",
            1000 * _median(measured.verify),
            "ms",
            f"median, batches of {day.scenario.homes}",
        ),
        ("Gate closed to settled", "마감부터 정산까지", _median(slots), "s", "median of slots, openings included"),
        ("A block", "블록 하나", 1000 * _median(measured.blocks), "ms", "median, on disk and seen by all authorities"),
        ("A report's size", "보고 크기", float(report), "bytes", "memo and both signatures included"),
        ("State of an account", "계정 상태", account, "bytes", "median leaf"),
    ]
    # A demo that was resumed measured only what it did itself.
    return tuple(Timing(*row) for row in rows if row[2])


def _any_report(day: Day) -> bytes:
    for stored in day.engine.file.blocks():
        for transaction in reports_in(stored.kept):
            return transaction
    return b""


def reports_in(block: bytes) -> list[bytes]:
    """The report transactions of an encoded block."""
    return [raw for raw in Block.decode(block).transactions if raw[0] == REPORT]


def _median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0
