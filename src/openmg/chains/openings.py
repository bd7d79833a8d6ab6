"""Which sums are opened next, by whom, and what proves an opening (KEY-4, KEY-6)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace

from openmg.chains.board import Board
from openmg.chains.day import BOUGHT, TOTALS, DayPhase, DayState
from openmg.chains.slot import Phase, SlotState, functional_name
from openmg.chains.state import State
from openmg.chains.transactions import DecryptionShare, OpeningClaim, Subject
from openmg.crypto import Pair, Point, check_opening, check_share, remainder
from openmg.errors import Rejected
from openmg.market import Functional, Supply, next_opening, no_supply
from openmg.units import Price

MOST_WH = 65_535
"""The largest reading of one report (MARKET-1)."""


@dataclass(frozen=True)
class Step:
    """The sums that are open to decryption at this moment."""

    subject: Subject
    sums: tuple[tuple[bytes, Pair], ...]
    board: Board
    reports: int
    cohort: bytes
    """Digest of what is fixed before the first share: no other cohort of the subject is ever opened (KEY-4)."""

    @property
    def missing(self) -> tuple[tuple[bytes, Pair], ...]:
        """The sums that have no value yet."""
        return tuple((name, pair) for name, pair in self.sums if self.board.value(name) is None)

    def bound(self, functional: bytes) -> int:
        """The largest possible |m| (KEY-6)."""
        return MOST_WH * self.reports * (65_536 if functional == BOUGHT else 1)


def supply_of(state: State, slot: SlotState) -> Supply:
    """A(p) of a slot whose battery reading is in, or missing (POOL-3)."""
    pool, reading = state.pool, slot.battery
    if pool is None or reading is None:
        return no_supply
    market_pool = pool

    def supply(price: Price) -> int:
        return market_pool.supply(price, reading)

    return supply


def reference_of(state: State, slot: SlotState) -> Price:
    """p_ref of the first slot that is not final: the pool's after its reading, without a reading the last one (SLOT-4),
    without a pool the last price (POOL-3).
    """
    pool, clock = state.pool, state.clock
    return clock.price if pool is None else pool.reference_price(slot.battery, clock.reference)


def pending_functional(state: State, slot: SlotState) -> Functional | None:
    """The next sum on the path of a closed slot that may be opened, None when it is ready to settle."""
    genesis = state.genesis
    return next_opening(
        genesis.ladder, supply_of(state, slot), reference_of(state, slot), genesis.collar_bp, slot.opened
    )


def ready_to_open(state: State, slot: SlotState) -> bool:
    """Closed, with its quorum, and the battery's reading in or given up (SLOT-4, KEY-5)."""
    battery = state.pool is None or slot.battery is not None or slot.missing_battery
    return slot.phase == Phase.CLOSED and slot.counted >= slot.quorum and battery


def steps(state: State) -> list[Step]:
    """All steps that authorities may post shares for now: at most one slot's, and those of days that are over."""
    found = []
    slot = state.slot(state.head)
    if slot is not None and ready_to_open(state, slot):
        functional = pending_functional(state, slot)
        if functional is not None:
            found.append(_slot_step(slot, functional))
    found.extend(_day_step(day) for day in state.days() if day.phase == DayPhase.OPENING)
    return found


def has_ended(state: State, subject: Subject) -> bool:
    """Whether nothing of a subject will ever be opened any more."""
    if subject.scope == Subject.DAY:
        return state.day(subject.index, subject.epoch).phase > DayPhase.OPENING
    slot = state.slot(subject.index)
    return slot is not None and slot.final


def is_ahead(state: State, subject: Subject) -> bool:
    """Whether a subject that is not open to decryption here may be so on a node that is a block ahead."""
    if subject.scope == Subject.DAY:
        day = state.day(subject.index, subject.epoch)
        return day.reports > 0 and day.phase <= DayPhase.OPENING
    slot = state.slot(subject.index)
    return slot is not None and Phase.OPEN <= slot.phase <= Phase.CLOSED


def step_for(state: State, subject: Subject) -> Step:
    """The step of a subject.

    Raises:
        Rejected: `KEY-4`, when nothing of it may be opened now.
    """
    for step in steps(state):
        if step.subject == subject:
            return step
    raise Rejected("KEY-4", f"nothing of scope {subject.scope}, index {subject.index} may be opened now")


def take_share(state: State, message: DecryptionShare) -> None:
    """Execute a decryption share.

    Raises:
        Rejected: `KEY-4` for sums off the path, `KEY-6` for a proof that does not hold or a second share.
    """
    step = step_for(state, message.subject)
    if message.functionals != tuple(name for name, _ in step.sums):
        raise Rejected("KEY-4", "shares for other sums than those of the step")
    if any(message.authority in step.board.shares_of(name) for name, _ in step.sums):
        raise Rejected("KEY-6", f"authority {message.authority} posted its share already")
    epoch = state.epoch_of(message.subject.epoch)
    check_share(
        state.genesis.chain,
        epoch.epoch,
        message.subject.encode(),
        epoch.verification[message.authority - 1],
        step.sums,
        message.share,
    )
    points = {
        name: Point(message.share[32 * at : 32 * at + 32])
        for at, (name, _) in enumerate(step.sums)
        if step.board.value(name) is None
    }
    _put_board(state, message.subject, step.board.with_shares(message.authority, points))


def take_opening(state: State, message: OpeningClaim) -> None:
    """Execute an opening.

    Raises:
        Rejected: as `check_claim`.
    """
    step = check_claim(state, message)
    _put_board(state, message.subject, step.board.with_opening(message.functional, message.value))


def check_claim(state: State, message: OpeningClaim) -> Step:
    """The step of an opening that proves itself: ΣC − D = m·G from t shares.

    Raises:
        Rejected: `KEY-4` off the path, `KEY-6` for a wrong value, one out of range, or too few shares.
    """
    step = step_for(state, message.subject)
    if message.functional not in dict(step.missing):
        raise Rejected("KEY-4", f"sum {message.functional.hex()} is not to be opened now")
    if abs(message.value) > step.bound(message.functional):
        raise Rejected("KEY-6", f"{message.value} is more than {step.reports} reports can sum to")
    check_opening(opened_point(state, step, message.functional), message.value)
    return step


def opened_point(state: State, step: Step, functional: bytes) -> Point:
    """m·G of a sum, from the first t shares on the chain.

    Raises:
        Rejected: `KEY-6`, below t shares.
    """
    shares = step.board.shares_of(functional)
    threshold = state.genesis.threshold
    if len(shares) < threshold:
        raise Rejected("KEY-6", f"{len(shares)} shares where {threshold} are needed")
    return remainder(dict(step.sums)[functional], dict(sorted(shares.items())[:threshold]))


def _slot_step(slot: SlotState, functional: Functional) -> Step:
    subject = Subject(Subject.SLOT, slot.slot, slot.epoch)
    pair = slot.sums.demand(functional.rung) if functional.kind == "D" else slot.sums.bought(functional.rung)
    battery = slot.battery
    moves = b"" if battery is None else b"".join(quantity.to_bytes(8, "little") for quantity in astuple(battery))
    cohort = hashlib.sha256(slot.sums.data + moves).digest()
    return Step(subject, ((functional_name(functional), pair),), slot.board, slot.cohort, cohort)


def _day_step(day: DayState) -> Step:
    subject = Subject(Subject.DAY, day.day, day.epoch)
    sums = tuple((name, day.total(name)) for name in TOTALS)
    cohort = hashlib.sha256(b"".join(pair for _, pair in sums)).digest()
    return Step(subject, sums, day.board, day.reports, cohort)


def _put_board(state: State, subject: Subject, board: Board) -> None:
    if subject.scope == Subject.DAY:
        state.put_day(replace(state.day(subject.index, subject.epoch), board=board))
        return
    slot = state.slot(subject.index)
    if slot is not None:
        state.put_slot(replace(slot, board=board))


def values(board: Board, names: Sequence[bytes]) -> dict[bytes, int] | None:
    """The opened values, None while any is closed."""
    opened = dict(board.opened)
    return {name: opened[name] for name in names} if all(name in opened for name in names) else None
