"""Honest checks at the end of the demo: recomputed from the data and from openings; each can fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from openmg.chains import RelayChain
from openmg.chains.openings import supply_of
from openmg.chains.slot import Phase, SlotState
from openmg.chains.state import State
from openmg.chains.transactions import Subject
from openmg.crypto import DiscreteLog, Pair, Point, check_opening, make_share, remainder
from openmg.demo.day import Day
from openmg.demo.record import Check
from openmg.engine import replay
from openmg.errors import OpenMGError, Rejected
from openmg.market import Clearing, Order, Settlement, clear_book, conservation, proceeds
from openmg.units import ONE, LedgerMicroWon, LedgerWattHours


@dataclass(frozen=True)
class PlainSlot:
    """A slot run in the clear from the recorded data, with the same functions of `market`."""

    orders: tuple[Order, ...]
    clearing: Clearing
    bought: int
    sold: int


def plain_slot(day: Day, slot: SlotState) -> PlainSlot:
    """The same slot without any cryptography: readings from the data, ladders by each home's policy."""
    genesis = day.chain.genesis
    orders = []
    for household in day.households:
        imported, exported = household.meter.readings[slot.slot]
        orders.append(household.policy.order(genesis.ladder, genesis.fee, imported, exported))
    buy = [sum(order.buy[rung] for order in orders) for rung in range(genesis.ladder.rungs)]
    sell = [sum(order.sell[rung] for order in orders) for rung in range(genesis.ladder.rungs)]
    state = _state_before(day, slot)
    clearing, _, bought, sold = clear_book(
        genesis.ladder, supply_of(state, slot), slot.reference, genesis.collar_bp, buy, sell
    )
    return PlainSlot(tuple(orders), clearing, bought, sold)


def run_checks(day: Day) -> tuple[Check, ...]:
    """All checks; a failure is a result, not an exception."""
    own = tuple(checked(*each) for each in day.own_checks())
    return (
        *own,
        checked("Money is conserved", "돈은 늘지도 줄지도 않습니다", lambda: _money(day)),
        checked("Energy is conserved", "전기는 늘지도 줄지도 않습니다", lambda: _energy(day)),
        checked("Fills equal a plaintext run", "체결량이 평문 계산과 같습니다", lambda: _fills(day)),
        checked("Balances open to what wallets expect", "잔액이 지갑의 기대와 같습니다", lambda: _balances(day)),
        checked("Too few shares open nothing", "조각이 모자라면 아무것도 열리지 않습니다", lambda: _too_few(day)),
        checked("A replay gives the same roots", "다시 실행해도 같은 상태입니다", lambda: _replayed(day)),
    )


class Failed(OpenMGError):
    """A check that does not hold, in English and in Korean."""

    def __init__(self, english: str, korean: str) -> None:
        super().__init__(english)
        self.korean = korean


def checked(name_en: str, name_ko: str, check: Callable[[], tuple[str, str]]) -> Check:
    """The result of one check."""
    try:
        english, korean = check()
        return Check(name_en, name_ko, True, english, korean)
    except Failed as failed:
        return Check(name_en, name_ko, False, str(failed), failed.korean)
    except OpenMGError as error:
        return Check(name_en, name_ko, False, str(error), str(error))


def _money(day: Day) -> tuple[str, str]:
    clock, pool = day.chain.state.clock, day.chain.genesis.pool
    earned = clock.pool_money - (ONE * pool.money if pool is not None else 0)
    for slot in day.chain.state.slots:
        if slot.clearing is not None:
            _slot_money(day, slot, slot.clearing)
    balances = sum(each.wallet.balance(day.chain.genesis) for each in day.households)
    total = balances + earned + clock.rounding + clock.utility
    if total != clock.deposits:
        raise Failed(f"{total - clock.deposits} µKRW/65536 too many", f"{total - clock.deposits} µKRW/65536 차이")
    won = clock.deposits / ONE / 1e6
    return (
        f"balances, pool, fees and rounding add up to the {won:,.0f} won paid in, to the last 1/65536 µKRW",
        f"잔액, 배터리, 수수료, 반올림의 합이 예치금 {won:,.0f}원과 마지막 단위까지 같습니다",
    )


def _slot_money(day: Day, slot: SlotState, clearing: Clearing) -> None:
    """MARKET-10 on the slot's opened numbers."""
    trades = [trade for each in day.households for trade in each.wallet.trades if trade.slot == slot.slot]
    bought, sold, paid = (sum(getattr(trade, name) for trade in trades) for name in ("bought", "sold", "paid"))
    fee = day.chain.genesis.fee
    conservation(clearing, fee, bought, sold, paid, proceeds(clearing, fee, LedgerWattHours(bought)))


def _energy(day: Day) -> tuple[str, str]:
    trades = [trade for each in day.households for trade in each.wallet.trades]
    bought, sold = sum(trade.bought for trade in trades), sum(trade.sold for trade in trades)
    clearings = [slot.clearing for slot in day.chain.state.slots if slot.clearing is not None]
    flow = sum(each.pool_flow for each in clearings)
    residue = sum(each.residue for each in clearings)
    if bought != sold + flow + residue:
        raise Failed(f"bought {bought}, sold {sold}, pool {flow}, rounding {residue} Wh/65536", "합이 맞지 않습니다")
    recorded = sum(imported for each in day.households for imported, _ in each.meter.readings.values())
    metered = sum(trade.imported for trade in trades)
    if metered != recorded:
        raise Failed(f"{recorded} Wh in the data, {metered} Wh settled", "데이터와 정산량이 다릅니다")
    parts = [value / ONE / 1000 for value in (bought, sold, flow, residue)]
    return (
        "bought {:.3f} = sold {:.3f} + pool {:.3f} + rounding {:.6f} kWh".format(*parts),
        "구매 {:.3f} = 판매 {:.3f} + 배터리 {:.3f} + 반올림 {:.6f} kWh".format(*parts),
    )


def _fills(day: Day) -> tuple[str, str]:
    genesis, count = day.chain.genesis, 0
    for slot in day.chain.state.slots:
        if slot.clearing is None:
            continue
        plain = plain_slot(day, slot)
        if plain.clearing != slot.clearing:
            raise Failed(f"slot {slot.slot} clears otherwise in the clear", f"{slot.slot}번 구간의 결과가 다릅니다")
        terms = Settlement.of(slot.clearing, genesis.fee, genesis.tariff_of(slot.slot), genesis.feed_in)
        for household, order in zip(day.households, plain.orders, strict=True):
            [trade] = [trade for trade in household.wallet.trades if trade.slot == slot.slot]
            if (trade.bought, trade.sold) != (terms.fill_buy(order.buy), terms.fill_sell(order.sell)):
                raise Failed(f"{household.name} was filled otherwise in slot {slot.slot}", "체결량이 다릅니다")
            count += 1
    if not count:
        raise Failed("no slot cleared", "체결된 구간이 없습니다")
    return f"{count} fills, each equal", f"체결 {count}건이 모두 같습니다"


def _balances(day: Day) -> tuple[str, str]:
    for household in day.households:
        household.check_against(day.chain)
    return f"{len(day.households)} accounts, every commitment", f"계정 {len(day.households)}개의 모든 값"


def _too_few(day: Day) -> tuple[str, str]:
    """t−1 real shares of a real sum open nothing; t open it (or the check would prove nothing)."""
    slot = next((each for each in day.chain.state.slots if each.phase == Phase.SETTLED), None)
    if slot is None:
        raise Failed("no slot was opened", "열린 구간이 없습니다")
    functional, value = next(iter(slot.opened.items()))
    pair = slot.sums.demand(functional.rung) if functional.kind == "D" else slot.sums.bought(functional.rung)
    threshold = day.chain.genesis.threshold
    points = {index: _decrypt(day, index, slot, pair) for index in range(1, threshold + 1)}
    check_opening(remainder(pair, points), value)
    few = dict(list(points.items())[: threshold - 1])
    if few:
        rest = remainder(pair, few)
        try:
            check_opening(rest, value)
            opened = True
        except Rejected:
            opened = DiscreteLog().solve(rest, 65_535 * slot.cohort) is not None
        if opened:
            raise Failed(f"{threshold - 1} shares opened {functional}", f"조각 {threshold - 1}개로 열렸습니다")
    return (
        f"{threshold - 1} shares of {functional} open nothing, {threshold} open {value} Wh",
        f"{functional} 조각 {threshold - 1}개로는 열리지 않고 {threshold}개로 {value} Wh가 열립니다",
    )


def _decrypt(day: Day, index: int, slot: SlotState, pair: Pair) -> Point:
    keys = day.folder.authority_keys(index)
    secret = bytes.fromhex(keys.secrets.epochs[str(slot.epoch)])
    subject = Subject(Subject.SLOT, slot.slot, slot.epoch).encode()
    return Point(make_share(day.chain.chain, slot.epoch, subject, secret, [(b"D\x01", pair)])[:32])


def _replayed(day: Day) -> tuple[str, str]:
    chain = replay(day.folder.chain, RelayChain)
    if chain.root != day.chain.root:
        raise Failed("the replay ends in another state", "다시 실행한 결과가 다릅니다")
    height = chain.state.clock.height
    return (
        f"{height} blocks from genesis, root {chain.root.hex()[:16]}…",
        f"블록 {height}개, 루트 {chain.root.hex()[:16]}…",
    )


def _state_before(day: Day, slot: SlotState) -> State:
    """The pool as it stood when the slot cleared: its money bounds what it could buy (POOL-3)."""
    state = State(day.chain.genesis)
    money: int = state.clock.pool_money
    for earlier in day.chain.state.slots:
        if earlier.slot < slot.slot and earlier.clearing is not None:
            money += earlier.clearing.price * earlier.clearing.pool_flow
    stored = slot.battery.stored_start if slot.battery is not None else state.clock.pool_stored
    state.clock = replace(state.clock, pool_stored=stored, pool_money=LedgerMicroWon(money))
    return state
