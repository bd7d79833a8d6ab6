"""All state of the relay chain as leaves of five Merkle trees, and what changed in a block (WIRE-11)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

from openmg.chains.clock import Clock
from openmg.chains.day import DayState
from openmg.chains.epoch import EpochState, KeyPhase
from openmg.chains.parameters import Genesis
from openmg.chains.slot import SlotState
from openmg.errors import Corrupt, Malformed, Rejected
from openmg.ledger import Account, Accumulators, Registry
from openmg.lightclient import Proof
from openmg.machine import Leaf, Trees, Waiting, arranged
from openmg.market import Pool
from openmg.units import LedgerMicroWon, Price, Slot, WattHours

TREES: Final = ("parameters", "keys", "accounts", "slots", "months")
_DAY: Final = b"D"
_MONTH: Final = b"M"

_Item = TypeVar("_Item")


class State:
    """Typed state; every change is noted, so that a block rewrites only what it touched."""

    def __init__(self, genesis: Genesis) -> None:
        self.genesis = genesis
        self.registry = Registry()
        self.reports: dict[Slot, dict[int, bytes]] = {}
        """Report transactions of slots that are not final, by account index."""
        self._clock = _first_clock(genesis)
        self._epochs: list[EpochState] = []
        self._slots: list[SlotState] = []
        self._periods: list[DayState | Accumulators] = []
        self._day_index: dict[tuple[int, int], int] = {}
        self._month_index: dict[tuple[int, int], int] = {}
        self._trees = Trees(TREES, self.leaf)
        self._trees.touch("parameters", 0)
        self._trees.touch("parameters", 1)
        self.head = genesis.first_slot
        """The first slot that is not final."""

    @property
    def clock(self) -> Clock:
        """Height, time and public balances."""
        return self._clock

    @clock.setter
    def clock(self, clock: Clock) -> None:
        self._clock = clock
        self._trees.touch("parameters", 1)

    def rest(self, clock: Clock) -> None:
        """Take back the clock's move: the block changed nothing else."""
        self._clock = clock
        self._trees.rest("parameters", 1)

    @property
    def pool(self) -> Pool | None:
        """The community battery as it stands."""
        if self.genesis.pool is None:
            return None
        clock = self._clock
        return Pool(self.genesis.pool.parameters, clock.pool_stored, clock.pool_money, clock.pool_apart)

    # --- epochs
    @property
    def epoch(self) -> EpochState | None:
        """The newest epoch, ready or in the making."""
        return self._epochs[-1] if self._epochs else None

    @property
    def epochs(self) -> int:
        """How many epochs there are."""
        return len(self._epochs)

    def epoch_of(self, number: int) -> EpochState:
        """An epoch by number."""
        return self._epochs[number]

    def ready_epoch(self) -> EpochState | None:
        """The newest epoch whose key is ready."""
        return next((epoch for epoch in reversed(self._epochs) if epoch.phase == KeyPhase.READY), None)

    def put_epoch(self, epoch: EpochState) -> None:
        """Replace or append an epoch."""
        self._put("keys", self._epochs, epoch.epoch, epoch)

    # --- slots
    @property
    def slots(self) -> list[SlotState]:
        """All slots so far, in order."""
        return self._slots

    @property
    def next_slot(self) -> Slot:
        """The first slot that is not pinned yet."""
        return Slot(self.genesis.first_slot + len(self._slots))

    def slot(self, slot: int) -> SlotState | None:
        """A slot by its index since the Unix epoch; None when the chain does not have it (yet)."""
        index = slot - self.genesis.first_slot
        return self._slots[index] if 0 <= index < len(self._slots) else None

    def put_slot(self, slot: SlotState) -> None:
        """Replace or append a slot."""
        self._put("slots", self._slots, slot.slot - self.genesis.first_slot, slot)

    # --- days and months
    def days(self) -> list[DayState]:
        """All days so far."""
        found = (self._periods[index] for index in self._day_index.values())
        return [period for period in found if isinstance(period, DayState)]

    def day(self, day: int, epoch: int) -> DayState:
        """A day of an epoch, empty when it is new."""
        index = self._day_index.get((day, epoch))
        period = None if index is None else self._periods[index]
        return period if isinstance(period, DayState) else DayState(day, epoch)

    def put_day(self, day: DayState) -> None:
        """Replace or append a day."""
        self._put_period(self._day_index, (day.day, day.epoch), day)

    def accumulators(self, month: int, index: int) -> Accumulators:
        """An account's accumulators of a month, zero when they are new."""
        at = self._month_index.get((month, index))
        period = None if at is None else self._periods[at]
        return period if isinstance(period, Accumulators) else Accumulators(month, index)

    def position_of_day(self, day: int, epoch: int) -> int:
        """The index of a day's leaf.

        Raises:
            IndexError: there is none.
        """
        if (day, epoch) not in self._day_index:
            raise IndexError(f"no day {day} of epoch {epoch}")
        return self._day_index[day, epoch]

    def position_of_month(self, month: int, index: int) -> int:
        """The index of the leaf of an account's month.

        Raises:
            IndexError: there is none.
        """
        if (month, index) not in self._month_index:
            raise IndexError(f"no month {month} of account {index}")
        return self._month_index[month, index]

    def put_accumulators(self, accumulators: Accumulators) -> None:
        """Replace or append an account's month."""
        self._put_period(self._month_index, (accumulators.month, accumulators.index), accumulators)

    # --- leaves and roots
    @property
    def changed(self) -> bool:
        """Whether anything but the clock was touched since the last `commit`."""
        return self._trees.changed(but="parameters") or self.registry.changed

    def commit(self) -> tuple[bytes, list[Leaf]]:
        """The state root after a block, and the leaves that the block changed."""
        for index, data in self.registry.changes():
            self._trees.put("accounts", index, data)
        return self._trees.commit()

    def root(self) -> bytes:
        """The state root of the last `commit`."""
        return self._trees.root()

    def size(self, tree: str) -> int:
        """How many leaves a tree has."""
        return self._trees.size(tree)

    def prove(self, tree: str, index: int) -> tuple[bytes, Proof, bytes, Proof]:
        """(leaf, its proof in its tree, that tree's leaf of the root, its proof in the root)."""
        return self._trees.prove(tree, index)

    def leaves(self) -> Iterator[Leaf]:
        """All leaves, tree by tree in order."""
        return self._trees.leaves()

    def absorb(self, leaves: Iterable[Leaf]) -> None:
        """Take leaves that another replica changed, without hashing them: the state of one that follows its own node.

        Raises:
            Corrupt: leaves that do not decode or leave holes.
        """
        try:
            for tree, index, data in leaves:
                if tree == "parameters" and index == 1:
                    self._clock = Clock.decode(data)
                elif tree == "keys":
                    self._put(tree, self._epochs, index, EpochState.decode(data))
                elif tree == "slots":
                    self._put(tree, self._slots, index, SlotState.decode(data))
                elif tree == "accounts":
                    self.registry.absorb(index, Account.decode(data))
                elif tree == "months":
                    self._take_period(index, data)
        except (Malformed, IndexError, Rejected) as error:
            raise Corrupt(f"the followed state is damaged ({error})") from error
        self._find_head()

    @classmethod
    def load(cls, genesis: Genesis, leaves: Iterable[Leaf], reports: Waiting) -> State:
        """Rebuild the state from stored leaves; `reports` by (slot, account index).

        Raises:
            Corrupt: leaves that do not decode, or are missing.
        """
        state, ordered = cls(genesis), arranged(TREES, leaves, genesis.encode())
        try:
            state._clock = Clock.decode(ordered["parameters"][1])
            state._epochs = [EpochState.decode(data) for data in ordered["keys"]]
            state.registry = Registry([Account.decode(data) for data in ordered["accounts"]])
            state._slots = [SlotState.decode(data) for data in ordered["slots"]]
            for index, data in enumerate(ordered["months"]):
                state._take_period(index, data)
        except (Malformed, IndexError) as error:
            raise Corrupt(f"the stored state is incomplete ({error})") from error
        for (slot, index), report in reports.items():
            state.reports.setdefault(Slot(slot), {})[index] = report
        state._trees.load(ordered)
        state._find_head()
        return state

    def _find_head(self) -> None:
        while (slot := self.slot(self.head)) is not None and slot.final:
            self.head = Slot(self.head + 1)

    def _take_period(self, index: int, data: bytes) -> None:
        kind, rest = data[:1], data[1:]
        if kind == _DAY:
            day = DayState.decode(rest)
            self._day_index[day.day, day.epoch] = index
            self._put("months", self._periods, index, day)
        elif kind == _MONTH:
            accumulators = Accumulators.decode(rest)
            self._month_index[accumulators.month, accumulators.index] = index
            self._put("months", self._periods, index, accumulators)
        else:
            raise Malformed(f"period of kind {kind!r}")

    def _put(self, tree: str, items: list[_Item], index: int, item: _Item) -> None:
        if index == len(items):
            items.append(item)
        else:
            items[index] = item
        self._trees.touch(tree, index)

    def _put_period(
        self, known: dict[tuple[int, int], int], key: tuple[int, int], period: DayState | Accumulators
    ) -> None:
        index = known.setdefault(key, len(self._periods))
        self._put("months", self._periods, index, period)

    def leaf(self, tree: str, index: int) -> bytes:
        """The data of one leaf.

        Raises:
            IndexError: no such leaf.
        """
        if tree == "accounts":
            return self.registry[index].encode()
        if tree == "parameters":
            return self._clock.encode() if index else self.genesis.encode()
        if tree == "keys":
            return self._epochs[index].encode()
        if tree == "slots":
            return self._slots[index].encode()
        period = self._periods[index]
        return (_DAY if isinstance(period, DayState) else _MONTH) + period.encode()


def _first_clock(genesis: Genesis) -> Clock:
    levels = genesis.ladder.levels
    middle = Price((levels[0] + levels[-1]) // 2)
    pool = genesis.pool
    return Clock(
        height=0,
        time=0,
        block=bytes(32),
        price=middle,
        reference=middle,
        deposits=LedgerMicroWon(0),
        rounding=LedgerMicroWon(0),
        utility=LedgerMicroWon(0),
        pool_stored=WattHours(0) if pool is None else pool.stored,
        pool_money=LedgerMicroWon(0) if pool is None else LedgerMicroWon(65536 * pool.money),
        pool_apart=LedgerMicroWon(0),
    )
