"""A few homes that report every slot over any authority's RPC, and the community battery's meter."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from openmg.chains.slot import NO_EPOCH, Phase
from openmg.chains.transactions import Battery, Enrol
from openmg.client.node import Unreachable
from openmg.client.nodes import Nodes
from openmg.client.view import ChainView
from openmg.crypto import sign
from openmg.errors import BadInput, Malformed, Rejected
from openmg.home import Household, Meter, Policy
from openmg.home.gateway import Gateway
from openmg.home.wallet_file import WalletFile
from openmg.machine import signed_message
from openmg.units import Price, Slot, WattHours
from tests.chain.town import seed
from tests.faults.network import Alliance, until

NAMES: Final = ("east", "west", "roof", "mill")
DEPOSIT: Final = 20_000_000_000
"""µKRW that each home pays in."""
_SLOTS: Final = 2_000
_PAUSE: Final = 0.15
_PATIENCE: Final = 3.0
_TROUBLE: Final = (Unreachable, Malformed, BadInput, Rejected)
"""What a home must expect of nodes that are killed, cut off or late; it tries again."""


@dataclass
class Resident:
    """One home, and what it was told for certain."""

    household: Household
    gateway: Gateway
    enrolment: bytes
    sent: dict[Slot, bytes] = field(default_factory=dict)
    acknowledged: dict[Slot, bytes] = field(default_factory=dict)
    """Reports of which the account's leaf proves that they were accepted."""


class People:
    """They live in a thread: it ends with the block, and what went wrong in it fails the test."""

    def __init__(self, alliance: Alliance, names: Sequence[str] = NAMES, silent: Sequence[str] = ()) -> None:
        """Homes of these names; those in `silent` are enrolled and report nothing."""
        self.alliance = alliance
        self.genesis = alliance.document.genesis
        self.troubles: Counter[str] = Counter()
        self.settled_height = 0
        """The highest block under which anything was acknowledged."""
        self.settled = 0
        """Slots that are proved to be settled."""
        self.seen: dict[int, bytes] = {}
        """Height → state root in the header that was verified when it was the newest."""
        self._files = ExitStack()
        self._nodes = Nodes.at(*alliance.urls, patience=_PATIENCE)
        self._files.callback(self._nodes.close)
        self._view = ChainView(self._nodes, alliance.document)
        self._dice = random.Random(alliance.dice.random())
        self._head = self.genesis.first_slot
        self._silent = frozenset(silent)
        self.residents = [self._move_in(name) for name in (*names, *silent)]
        self._ending = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._live)

    def __enter__(self) -> People:
        """Enrolled when this returns."""
        self._thread.start()
        self.wait(lambda: all(each.household.wallet.enrolled for each in self.residents), "all homes enrolled")
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()
        self._files.close()
        self.check()

    def check(self) -> None:
        """Raise what went wrong."""
        if self._failure is not None:
            raise AssertionError("a home stopped") from self._failure

    def wait(self, holds: Callable[[], bool], what: str) -> None:
        """Until something holds, while the homes live."""

        def looked() -> bool:
            self.check()
            return holds()

        until(looked, what)

    @property
    def acknowledged(self) -> list[tuple[str, Slot, bytes]]:
        """(home, slot, report) of all that is proved to be accepted."""
        return [
            (each.household.name, slot, raw) for each in self.residents for slot, raw in list(each.acknowledged.items())
        ]

    def wait_for_reports(self, count: int) -> None:
        """Until so many more reports are acknowledged than now."""
        goal = len(self.acknowledged) + count
        self.wait(lambda: len(self.acknowledged) >= goal, f"{goal} reports acknowledged")

    def wait_for_slots(self, count: int) -> None:
        """Until so many more slots are settled than now."""
        goal = self.settled + count
        self.wait(lambda: self.settled >= goal, f"{goal} slots settled")

    # --- who they are
    def _move_in(self, name: str) -> Resident:
        file = WalletFile.create(self._folder() / f"{name}.wallet", "secret")
        self._files.callback(file.close)
        household = Household(name, Meter(seed(f"meter of {name}"), self._metered(name)), file.wallet, self._policy())
        unsigned = Enrol(file.wallet.account, household.meter.public, DEPOSIT).encode()
        message = signed_message(self.genesis.chain, unsigned)
        secrets = (self.alliance.network.secret("utility"), household.meter.secret, file.wallet.account_secret)
        enrolment = unsigned + b"".join(sign(secret, message) for secret in secrets)
        return Resident(household, Gateway(household, file, self._nodes, self._view), enrolment)

    def _folder(self) -> Path:
        folder = self.alliance.folder / "homes"
        folder.mkdir(exist_ok=True)
        return folder

    def _metered(self, name: str) -> dict[Slot, tuple[WattHours, WattHours]]:
        found = {}
        for number in range(_SLOTS):
            wh, nothing = WattHours(self._dice.randrange(4_000)), WattHours(0)
            exports = name in {"roof", "mill"} and self._dice.random() < 0.8
            found[Slot(self.genesis.first_slot + number)] = (nothing, wh) if exports else (wh, nothing)
        return found

    def _policy(self) -> Policy:
        fee = self.genesis.fee
        value, cost = self._dice.choice([150_000, 200_000]), self._dice.choice([110_000, 150_000])
        return Policy(Price(value + fee), Price(cost))

    # --- what they do
    def _live(self) -> None:
        try:
            while not self._ending.wait(_PAUSE):
                for resident in self.residents:
                    self._attempt(lambda resident=resident: self._report(resident))  # type: ignore[misc]
                self._attempt(self._read_battery)
                self._attempt(self._look)
        except BaseException as error:  # noqa: BLE001 - told to the test's own thread
            self._failure = error

    def _look(self) -> None:
        trusted = self._view.advance()
        self.seen[trusted.height] = trusted.app_hash

    def _attempt(self, deed: Callable[[], None]) -> None:
        try:
            deed()
        except _TROUBLE as trouble:
            self.troubles[f"{type(trouble).__name__}: {trouble}"[:160]] += 1

    def _report(self, resident: Resident) -> None:
        gateway, wallet = resident.gateway, resident.gateway.household.wallet
        if not wallet.enrolled:
            gateway.enrol(resident.enrolment)
            return
        slot = next(iter(wallet.outbox), None) or self._open_slot()
        if resident.household.name in self._silent:
            gateway.catch_up()
        elif slot is not None and not wallet.reported(slot):
            gateway.report(slot)
        for sent, raw in gateway.household.wallet.outbox.items():
            resident.sent[sent] = raw
        for sent, raw in resident.sent.items():
            if sent not in resident.acknowledged and gateway.household.wallet.reported(sent):
                resident.acknowledged[sent] = raw
                self.settled_height = max(self.settled_height, self._view.advance().height)

    def _open_slot(self) -> Slot | None:
        """The oldest slot that takes reports."""
        number = self._oldest()
        while (slot := self._view.slot(number)) is not None:
            if slot.phase == Phase.OPEN and slot.epoch != NO_EPOCH:
                return number
            if slot.phase == Phase.RUNNING:
                return None
            number = Slot(number + 1)
        return None

    def _oldest(self) -> Slot:
        while (slot := self._view.slot(self._head)) is not None and slot.final:
            self.settled += slot.phase == Phase.SETTLED
            self._head = Slot(self._head + 1)
        return self._head

    def _read_battery(self) -> None:
        """The battery's reading of the slot that waits for it, a new one each time it is asked for."""
        slot = self._view.slot(self._oldest())
        if slot is None or slot.phase != Phase.CLOSED or slot.battery is not None or slot.missing_battery:
            return
        stored, moved = self._view.clock().pool_stored, self._dice.randrange(2_000)
        pool = self.genesis.pool
        assert pool is not None
        if self._dice.random() < 0.5:
            moved = min(moved, stored * 95 // 100)
            wh = (moved, 0, stored, stored - min(stored, -(-moved * 1000 // 950)))
        else:
            moved = min(moved, pool.parameters.capacity - stored)
            wh = (0, moved, stored, stored + moved * 950 // 1000)
        unsigned = Battery(slot.slot, *(WattHours(each) for each in wh)).encode()
        secret = self.alliance.network.secret("battery")
        self._nodes.broadcast([unsigned + sign(secret, signed_message(self.genesis.chain, unsigned))])
