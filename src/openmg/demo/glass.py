"""One home in one slot: what everyone can see beside what the home sees."""

from __future__ import annotations

from openmg.chains.slot import SlotState
from openmg.chains.transactions import REPORT, Report
from openmg.demo.day import Day
from openmg.demo.record import Glass, Line
from openmg.home.household import Household
from openmg.home.wallet import Trade
from openmg.machine import Block
from openmg.units import ONE, Slot

_PAIRS_AT = 62
_PAIR = 64
_SHOWN = 64
"""Digits of a point; the second point of a pair is the commitment."""


def glass_of(day: Day) -> Glass:
    """The home that bought most in a slot in which others sold, and that slot."""
    household, trade, slot = _most_telling(day)
    report = _report_of(day, household.wallet.account, trade.slot)
    rungs = day.chain.genesis.ladder.rungs
    pairs = [report[_PAIRS_AT + _PAIR * at : _PAIRS_AT + _PAIR * (at + 1)].hex() for at in range(2 * rungs + 2)]
    account = day.chain.state.registry[day.chain.state.registry.index_of(household.wallet.account)]
    price = "-" if slot.clearing is None else f"{slot.clearing.price / 1000:.3f} KRW/kWh"
    fill = trade.bought - trade.sold
    everyone = (
        Line("Account", "계정", household.wallet.account.hex()[:_SHOWN]),
        Line("Price", "가격", price),
        Line("Import", "수전", pairs[-2][_SHOWN:]),
        Line("Export", "송전", pairs[-1][_SHOWN:]),
        Line("Would buy, highest rung", "최고 단 구매 희망", pairs[rungs - 1][_SHOWN:]),
        Line("Spendable balance at the day's end", "하루 끝의 사용 가능 잔액", account.available.hex()),
    )
    own = (
        Line("Account", "계정", f"{household.name} ({household.wallet.account.hex()[:16]}…)"),
        Line("Price", "가격", price),
        Line("Import", "수전", f"{trade.imported / 1000:.3f} kWh"),
        Line("Export", "송전", f"{trade.exported / 1000:.3f} kWh"),
        Line("Would buy, highest rung", "최고 단 구매 희망", _highest(day, household, trade.slot)),
        Line("Bought (sold is negative)", "구매 (판매는 음수)", f"{fill / ONE / 1000:.3f} kWh"),
        Line("Paid (earned is negative)", "지불 (수입은 음수)", f"{trade.paid / ONE / 1e6:,.2f} KRW"),
        Line(
            "Spendable balance at the day's end",
            "하루 끝의 사용 가능 잔액",
            f"{household.wallet.available.value / ONE / 1e6:,.2f} KRW",
        ),
    )
    return Glass(household.name, f"{day.chain.genesis.hour_of(trade.slot):02}:00", everyone, own)


def _most_telling(day: Day) -> tuple[Household, Trade, SlotState]:
    best: tuple[int, Household, Trade, SlotState] | None = None
    for slot in day.chain.state.slots:
        trades = [(each, trade) for each in day.households for trade in each.wallet.trades if trade.slot == slot.slot]
        sold = sum(trade.sold for _, trade in trades)
        for household, trade in trades:
            score = min(trade.bought, sold)
            if best is None or score > best[0]:
                best = (score, household, trade, slot)
    if best is None:
        raise LookupError("no home reported on this day")
    return best[1:]


def _highest(day: Day, household: Household, slot: Slot) -> str:
    imported, exported = household.meter.readings[slot]
    genesis = day.chain.genesis
    order = household.policy.order(genesis.ladder, genesis.fee, imported, exported)
    return f"{order.buy[-1] / 1000:.3f} kWh"


def _report_of(day: Day, account: bytes, slot: Slot) -> bytes:
    for stored in day.engine.file.blocks():
        for raw in Block.decode(stored.kept).transactions:
            if raw[0] == REPORT and account in raw:
                report = Report.parse(raw)
                if (report.account, report.slot) == (account, slot):
                    return raw
    raise LookupError(f"no report of slot {slot}")
