"""The end of a slot: cleared and settled, or void; and the end of a day (MARKET-8..10, SLOT-5, ACCOUNT-7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from openmg.chains.day import BOUGHT, TOTALS, DayPhase, DayState
from openmg.chains.openings import reference_of, supply_of, values
from openmg.chains.slot import Phase, SlotState
from openmg.chains.state import State
from openmg.crypto import IDENTITY, Pair, Point, combine
from openmg.crypto.sums import Books, Terms, combine_pairs, settle
from openmg.errors import Corrupt
from openmg.market import Clearing, Kind, clear
from openmg.units import LedgerMicroWon, LedgerWattHours, Price, Slot


def settle_slot(state: State, slot: SlotState) -> None:
    """Clear a slot whose path of openings is complete, and settle every report of it on ciphertexts.

    Raises:
        Corrupt: money is not conserved; the node must stop.
    """
    genesis = state.genesis
    reference = reference_of(state, slot)
    clearing = clear(genesis.ladder, supply_of(state, slot), reference, genesis.collar_bp, slot.opened)
    terms = _terms(state, slot.slot, clearing)
    _settle_accounts(state, slot, terms)
    _settle_pool(state, slot, clearing)
    _add_to_day(state, slot, clearing)
    state.clock = replace(
        state.clock,
        price=clearing.price,
        reference=reference,
        rounding=LedgerMicroWon(state.clock.rounding + clearing.price * clearing.residue),
    )
    _finish(state, replace(slot, phase=Phase.SETTLED, clearing=clearing, reference=reference))


def void_slot(state: State, slot: SlotState) -> None:
    """End a slot without a market: collateral returns, meters still count, nothing is opened (MARKET-9)."""
    _settle_accounts(state, slot, _terms(state, slot.slot, None))
    pool = state.pool
    if pool is not None and slot.battery is not None:
        _keep_pool(state, slot, LedgerWattHours(0), state.clock.price)
    _finish(state, replace(slot, phase=Phase.VOID))


def settle_day(state: State, day: DayState) -> None:
    """Book the utility's fee once a day's totals are open (MARKET-9)."""
    opened = values(day.board, TOTALS)
    if opened is None:
        return
    fees = state.genesis.fee * opened[BOUGHT]
    state.clock = replace(state.clock, utility=LedgerMicroWon(state.clock.utility + fees))
    state.put_day(replace(day, phase=DayPhase.OPENED, board=day.board.without_shares()))


def _terms(state: State, slot: Slot, clearing: Clearing | None) -> Terms:
    genesis = state.genesis
    tariff, feed_in = genesis.tariff_of(slot), genesis.feed_in
    if clearing is None:
        return Terms((), (), Price(0), Price(0), tariff, feed_in)
    return Terms(clearing.buy_weights, clearing.sell_weights, clearing.price, genesis.fee, tariff, feed_in)


def _settle_accounts(state: State, slot: SlotState, terms: Terms) -> None:
    reports = sorted(state.reports.pop(slot.slot, {}).items())
    month = state.genesis.month_of(slot.slot)
    batch: list[tuple[bytes, Point, Books]] = []
    for index, report in reports:
        account, sums = state.registry[index], state.accumulators(month, index)
        [locked] = [entry.point for entry in account.locked if entry.slot == slot.slot]
        books = Books(account.latest_credit, sums.imported, sums.exported, sums.bought, sums.sold, sums.cost)
        batch.append((report, locked, books))
    settled = settle(slot.sums.rungs, terms, batch)
    _check_conservation(slot, terms, batch, settled)
    for (index, _), books in zip(reports, settled, strict=True):
        state.registry.replace(index, state.registry[index].settled(slot.slot, books.credits))
        state.put_accumulators(
            replace(
                state.accumulators(month, index),
                imported=books.imported,
                exported=books.exported,
                bought=books.bought,
                sold=books.sold,
                cost=books.cost,
            )
        )


def _check_conservation(
    slot: SlotState, terms: Terms, before: list[tuple[bytes, Point, Books]], after: list[Books]
) -> None:
    """MARKET-10 on ciphertexts: what the accounts got is what was locked, less what the slot's sums paid."""
    newer, older = [new.credits for new in after], [old.credits for _, _, old in before]
    got = combine([1] * len(newer) + [-1] * len(older), newer + older)
    locked = combine([1] * len(before), [point for _, point, _ in before])
    bought, sold = _filled(slot, terms.buy_weights, buying=True), _filled(slot, terms.sell_weights, buying=False)
    due = combine([1, -(terms.price + terms.fee), terms.price], [locked, Point(bought[32:]), Point(sold[32:])])
    if got != due:
        raise Corrupt(f"slot {slot.slot}: settlement does not conserve money (MARKET-10)")


def _filled(slot: SlotState, weights: Sequence[tuple[int, int]], *, buying: bool) -> Pair:
    """The pair of Σ v·B or Σ w·S over the whole cohort, in Wh/65536."""
    pairs = [slot.sums.bought(rung) if buying else slot.sums.sold(rung) for rung, _ in weights]
    return combine_pairs([weight for _, weight in weights], pairs) if pairs else Pair(IDENTITY + IDENTITY)


def _settle_pool(state: State, slot: SlotState, clearing: Clearing) -> None:
    if state.pool is not None and slot.battery is not None:
        _keep_pool(state, slot, clearing.pool_flow, clearing.price)


def _keep_pool(state: State, slot: SlotState, flow: LedgerWattHours, price: Price) -> None:
    genesis, pool = state.genesis, state.pool
    if pool is None:
        return
    # What moved without a trade is priced at the floor (feed-in) and at the grid's price (POOL-4).
    after = pool.settle(slot.battery, price, flow, genesis.ladder.level(1), genesis.tariff_of(slot.slot))
    state.clock = replace(state.clock, pool_stored=after.stored, pool_money=after.money, pool_apart=after.apart)


def _add_to_day(state: State, slot: SlotState, clearing: Clearing) -> None:
    day = state.day(state.genesis.day_of(slot.slot), slot.epoch)
    bought = _filled(slot, clearing.buy_weights, buying=True)
    known = 0
    if clearing.kind in {Kind.SHORT_OF_SUPPLY, Kind.SHORT_OF_DEMAND}:
        volumes = {functional.rung: value for functional, value in slot.opened.items() if functional.kind == "B"}
        known = sum(weight * volumes[rung] for rung, weight in clearing.buy_weights)
    state.put_day(
        replace(
            day,
            reports=day.reports + slot.cohort,
            imported=combine_pairs([1, 1], [day.imported, slot.sums.imported()]),
            exported=combine_pairs([1, 1], [day.exported, slot.sums.exported()]),
            bought=combine_pairs([1, 1], [day.bought, bought]),
            known_bought=LedgerWattHours(day.known_bought + known),
            net=LedgerWattHours(day.net + clearing.net),
        )
    )


def _finish(state: State, slot: SlotState) -> None:
    clock = state.clock
    state.put_slot(replace(slot, board=slot.board.without_shares(), final_height=clock.height, final_time=clock.time))
    state.head = Slot(state.head + 1)
    if state.genesis.ends_day(slot.slot):
        _close_day(state, state.genesis.day_of(slot.slot))


def _close_day(state: State, number: int) -> None:
    for day in state.days():
        if day.day == number and day.phase == DayPhase.ADDING:
            state.put_day(replace(day, phase=DayPhase.OPENING, since=state.clock.height))
