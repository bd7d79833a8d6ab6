"""From proved leaves to the wallet that they lead to: pure, whole or not at all (HOME-2, HOME-3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from openmg.chains import Genesis
from openmg.chains.slot import SlotState
from openmg.chains.transactions import Enrol, Report, decode
from openmg.crypto import GENERATOR, Point
from openmg.errors import Corrupt
from openmg.home.fate import Fate, fate_of
from openmg.home.household import Household
from openmg.home.wallet import Wallet
from openmg.ledger import Account
from openmg.units import Slot


@dataclass(frozen=True)
class Facts:
    """What was proved: the account's leaf after block `height`, leaves of slots, and keys by epoch.

    Slots may have been proved at other heights than the account, and one that the chain does not have is missing.
    """

    account: Account
    height: int
    slots: Mapping[Slot, SlotState]
    keys: Mapping[int, Point]

    def key_of(self, slot: Slot) -> Point:
        """The key of a slot's epoch."""
        return self.keys[self.slots[slot].epoch]


def slots_of_interest(wallet: Wallet) -> set[Slot]:
    """The slots whose leaves, with the account's, tell the wallet all that it does not know yet."""
    found = {*wallet.outbox, *wallet.pending}
    found |= {Slot(Report.parse(raw).checkpoint + 1) for raw in wallet.outbox.values()}
    newest = _newest(wallet)
    return found if newest is None else {*found, newest}


def learn_facts(household: Household, genesis: Genesis, facts: Facts) -> Wallet | None:
    """The household's wallet, brought up to the account's leaf; None when the facts are too old for that.

    Every balance and credit of the leaf opens to what the returned wallet says. The household's own is left alone.

    Raises:
        Corrupt: the account is in another state than this wallet's reports lead to.
    """
    old, account = household.wallet, facts.account
    if facts.height < old.height or not facts.slots.keys() >= set(old.outbox):
        return None
    wallet = replace(
        old,
        credits=list(old.credits),
        pending=dict(old.pending),
        months=dict(old.months),
        trades=list(old.trades),
        outbox=dict(old.outbox),
        height=facts.height,
    )
    _learn_enrolment(wallet, account)
    if not wallet.enrolled:
        raise Corrupt(f"{household.name}: is enrolled, but this wallet does not have its enrolment: send it again")
    _learn_reports(wallet, genesis, facts)
    if wallet.version != account.version:
        raise Corrupt(
            f"{household.name}: the account is at version {account.version}, this wallet's reports lead to version "
            f"{wallet.version}: another copy of the wallet reports too, or this one is an old copy"
        )
    locked = {each.slot for each in account.locked}
    for number in sorted(wallet.pending):
        slot = facts.slots.get(number)
        if number in locked:
            break
        if slot is None or not slot.final:
            return None
        wallet.settle(slot, genesis)
    newest = _newest(wallet)
    # Without a report every blinding is zero, and any key gives the same commitment.
    key = GENERATOR if newest is None else facts.key_of(newest)
    replace(household, wallet=wallet).check(key, account)
    return wallet


def _learn_enrolment(wallet: Wallet, account: Account) -> None:
    if wallet.enrolled or wallet.enrolment is None:
        return
    message = decode(wallet.enrolment).transaction
    if isinstance(message, Enrol):
        wallet.enrol(message.deposit, account.checkpoint)


def _learn_reports(wallet: Wallet, genesis: Genesis, facts: Facts) -> None:
    for number, raw in sorted(wallet.outbox.items()):
        report = Report.parse(raw)
        after = facts.slots.get(Slot(report.checkpoint + 1))
        fate = fate_of(report, facts.account, facts.height, facts.slots[number], after, genesis)
        if fate == Fate.ACCEPTED:
            wallet.learn(raw, facts.key_of(number), genesis.ladder.rungs, genesis.chain)
        elif fate == Fate.DEAD:
            del wallet.outbox[number]


def _newest(wallet: Wallet) -> Slot | None:
    """The newest slot of which an own report is known to be accepted."""
    slots = [*wallet.pending, *(trade.slot for trade in wallet.trades[-1:])]
    return max(slots, default=None)
