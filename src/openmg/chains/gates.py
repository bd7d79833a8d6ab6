"""The clock of the market: slots are pinned, gates open and close, the battery's reading comes in time (SLOT)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from openmg.chains.reports import counted, quorum
from openmg.chains.slot import NO_EPOCH, Gate, Phase, SlotState
from openmg.chains.state import State
from openmg.chains.transactions import Battery
from openmg.crypto import SlotSums
from openmg.errors import BadInput, Rejected
from openmg.machine import Block
from openmg.market import BatteryReading
from openmg.units import Slot

MOST_PINNED: Final = 10_000
"""Slots that wait for their end at most: after a long halt the rest are pinned as these end."""


def begin_slots(state: State) -> None:
    """At a block's start: pin slots that began, open and close gates, give up missing battery readings."""
    limit = state.head + MOST_PINNED
    while state.genesis.starts(state.next_slot) <= state.clock.time and state.next_slot < limit:
        _pin(state, state.next_slot)
    number = state.head
    while (slot := state.slot(number)) is not None:
        _move_gate(state, slot)
        number = Slot(number + 1)


def next_due(state: State) -> int:
    """The chain time at which time alone next moves something: a slot begins, a gate opens or may close (SLOT-7)."""
    genesis, due = state.genesis, state.genesis.starts(state.next_slot)
    number = state.head
    while (slot := state.slot(number)) is not None:
        end = genesis.starts(Slot(number + 1))
        if slot.phase == Phase.RUNNING:
            due = min(due, end)
        elif slot.phase == Phase.OPEN:
            due = min(due, max(end, slot.gate.opened_time) + genesis.gate)
        number = Slot(number + 1)
    return due


def note_room(state: State, block: Block) -> None:
    """At a block's end: its proposer had room to spare for the reports of every open gate (SLOT-3)."""
    filled = sum(len(raw) for raw in block.transactions)
    if filled > state.genesis.room:
        return
    number = state.head
    while (slot := state.slot(number)) is not None:
        proposers = slot.gate.proposers | 1 << (block.proposer - 1)
        if slot.phase == Phase.OPEN and proposers != slot.gate.proposers:
            state.put_slot(replace(slot, gate=replace(slot.gate, proposers=proposers)))
        number = Slot(number + 1)


def take_battery(state: State, message: Battery) -> None:
    """Execute the battery meter's reading (SLOT-4, POOL-2).

    Raises:
        Rejected: as `check_battery`.
    """
    slot, reading = check_battery(state, message)
    state.put_slot(replace(slot, battery=reading))


def check_battery(state: State, message: Battery) -> tuple[SlotState, BatteryReading]:
    """The slot of a reading that may be taken now.

    Raises:
        Rejected: `SLOT-4` before the gate has closed, after the first share or too late; `POOL-2` for an
            impossible reading.
    """
    slot, pool = state.slot(message.slot), state.genesis.pool
    if slot is None or slot.phase != Phase.CLOSED or slot.missing_battery or slot.board.touched:
        raise Rejected("SLOT-4", f"no battery reading is awaited for slot {message.slot}")
    if slot.battery is not None:
        raise Rejected("SLOT-4", f"the battery reading of slot {message.slot} is already there")
    if pool is None:
        raise Rejected("POOL-2", "this chain has no community battery")
    try:
        reading = BatteryReading(message.discharged, message.charged, message.stored_start, message.stored_end)
    except BadInput as error:
        raise Rejected("POOL-2", str(error)) from None
    if max(reading.discharged, reading.charged) > pool.parameters.power_wh:
        raise Rejected("POOL-2", f"more than the battery's power of {pool.parameters.power_wh} Wh a slot")
    if max(reading.stored_start, reading.stored_end) > pool.parameters.capacity:
        raise Rejected("POOL-2", f"more in store than its capacity of {pool.parameters.capacity} Wh")
    return slot, reading


def _pin(state: State, number: Slot) -> None:
    epoch = state.ready_epoch()
    state.put_slot(
        SlotState(
            slot=number,
            epoch=NO_EPOCH if epoch is None else epoch.epoch,
            phase=Phase.RUNNING,
            gate=Gate(),
            sums=SlotSums.zero(state.genesis.ladder.rungs),
        )
    )


def _move_gate(state: State, slot: SlotState) -> None:
    genesis, clock = state.genesis, state.clock
    end = genesis.starts(Slot(slot.slot + 1))
    if slot.phase == Phase.RUNNING and clock.time >= end:
        gate = replace(slot.gate, opened_height=clock.height, opened_time=clock.time)
        state.put_slot(replace(slot, phase=Phase.OPEN, gate=gate))
    elif slot.phase == Phase.OPEN:
        lasted = clock.time >= max(end, slot.gate.opened_time) + genesis.gate
        if lasted and slot.gate.proposers.bit_count() > genesis.faults:
            gate = replace(slot.gate, closed_height=clock.height, closed_time=clock.time)
            needed, there = quorum(state, slot.slot), counted(state, slot.slot)
            state.put_slot(replace(slot, phase=Phase.CLOSED, gate=gate, quorum=needed, counted=there))
    elif slot.phase == Phase.CLOSED and _battery_is_late(state, slot):
        state.put_slot(replace(slot, missing_battery=True))


def _battery_is_late(state: State, slot: SlotState) -> bool:
    awaited = state.pool is not None and slot.battery is None and not slot.missing_battery
    return awaited and state.clock.height >= slot.gate.closed_height + state.genesis.battery_wait
