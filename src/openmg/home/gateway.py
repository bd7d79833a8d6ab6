"""A household as a client of the network: it asks any node, believes what is proved, and keeps before it sends."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from openmg.chains.reports import MOST_PENDING
from openmg.chains.slot import NO_EPOCH, Phase, SlotState
from openmg.chains.transactions import Enrol, decode
from openmg.client.calls import Refused, Unreachable
from openmg.client.node import Answer, Node
from openmg.client.nodes import Nodes
from openmg.client.view import ChainView, Proved
from openmg.crypto import GENERATOR, Point, Statement, derive_scalar
from openmg.errors import BadInput, Corrupt, Rejected
from openmg.home.facts import Facts, learn_facts, slots_of_interest
from openmg.home.household import Household, statement
from openmg.home.wallet import Wallet
from openmg.home.wallet_file import WalletFile
from openmg.ledger import Account
from openmg.machine import transaction_id
from openmg.units import Slot

_TAKEN: Final = (Answer.ACCEPTED, Answer.KNOWN)


@dataclass(frozen=True)
class Sent:
    """A transaction that was handed to a node; what the node says of it is its word and no proof (HOME-4)."""

    identity: bytes
    taken: bool
    says: str


@dataclass(frozen=True)
class SlotLeaf:
    """A slot as it was proved after block `height`."""

    state: SlotState
    height: int


class Gateway:
    """One household's way to the network.

    Its wallet is the file's. Whatever is signed is in the file before a node sees it, so that a stop at any moment
    leads to the same bytes again (HOME-3).
    """

    def __init__(self, household: Household, file: WalletFile, nodes: Nodes, view: ChainView) -> None:
        if household.wallet is not file.wallet:
            raise BadInput(f"{household.name}: its wallet is not the one in the file")
        self.household = household
        self.genesis = view.document.genesis
        self._file = file
        self._nodes = nodes
        self.view = view
        self._handed: bytes | None = None
        self._made: bytes | None = None
        self._keys: dict[int, Point] = {}
        self._statements: dict[int, Statement] = {}
        # What the last questions showed: it is not asked for again once it is final, for then it stays as it is.
        self._seen: dict[Slot, SlotLeaf] = {}
        self._checkpoint = Slot(self.genesis.first_slot - 1)

    # --- what is asked
    def catch_up(self) -> Account | None:
        """Bring the wallet up to the account's proved leaf, which is returned (HOME-2).

        None: the chain does not have the account (yet), or only nodes that lag answered; then nothing has changed.

        Raises:
            Corrupt: the account is in another state than this wallet's reports lead to.
            Unreachable: no node answers.
            Rejected: no node's answer can be proved.
        """
        return self._catch_up()

    def _catch_up(self, *more: Slot) -> Account | None:
        """The same, and some slots' leaves for later in the same request."""
        facts = self._facts(more)
        if facts is None:
            return None
        wallet = learn_facts(self.household, self.genesis, facts)
        if wallet is None:
            return None
        if replace(wallet, height=self.household.wallet.height) != self.household.wallet:
            self._keep(wallet)
        self.household.wallet.height = wallet.height
        return facts.account

    def acknowledged(self, slot: Slot) -> bool:
        """Whether the own report of this slot is proved to be accepted (HOME-4).

        Raises:
            Corrupt, Unreachable, Rejected: as `catch_up` does.
        """
        if not self.household.wallet.reported(slot):
            self.catch_up()
        return self.household.wallet.reported(slot)

    def check(self) -> None:
        """Every commitment of the account, and of its months, opens to what the wallet says (HOME-2).

        Raises:
            BadInput: a report waits for its fate or its settlement, so that months still change.
            Corrupt: names the first that does not open; or as `catch_up` does.
            Unreachable: no node answers, or all lag; try later.
        """
        self.catch_up()
        wallet = self.household.wallet
        if wallet.pending or wallet.outbox:
            raise BadInput(f"{self.household.name}: a report waits; its month is not complete")
        found = self.view.account(wallet.account)
        sums = [] if found is None else [self.view.accumulators(number, found[0]) for number in wallet.months]
        if found is None or None in sums:
            raise Unreachable(f"{self.household.name}: no node proves all of the account's leaves")
        months = [each for each in sums if each is not None]
        slots = self._slots({trade.slot for trade in wallet.trades[-1:]})
        keys = [GENERATOR, *(self._key(slot.state.epoch) for slot in slots.values())]
        self.household.check(keys[-1], found[1], months)

    # --- what is sent
    def enrol(self, transaction: bytes) -> Sent | None:
        """Send the own enrolment, which the utility, the meter and this account have signed; None: it is proved.

        Raises:
            BadInput: it is another transaction, or another account's.
            Unreachable: no node answers; it is kept and may be sent again.
            Corrupt, Rejected: as `catch_up` does.
        """
        wallet = self.household.wallet
        message = decode(transaction).transaction
        if not isinstance(message, Enrol) or message.account != wallet.account:
            raise BadInput(f"{self.household.name}: not this wallet's enrolment")
        if not wallet.enrolled and transaction != wallet.enrolment:
            self._keep(replace(wallet, enrolment=transaction))
        return None if self.catch_up() is not None else self._send(transaction)

    def prepare(self, slot: Slot) -> bytes | None:
        """Make the report of a slot whose gate is open, and keep it; None: one is accepted already.

        As long as the fate of an earlier report is unknown no other one is made, neither of its slot nor of another:
        then the earlier one is returned (HOME-3).

        Raises:
            BadInput: the gate is not open, or the meter has no reading.
            Rejected: `ACCOUNT-9`, too many reports wait; `MARKET-5`, the balance does not cover the purchase.
            Corrupt: as `catch_up` does.
            Unreachable: no node answers, or all lag; try later.
        """
        wallet = self.household.wallet
        known = wallet.outbox or wallet.reported(slot)
        account = self._catch_up(*([] if known else [slot, *_probes(self._final(), slot)]))
        wallet = self.household.wallet
        if wallet.reported(slot):
            return None
        if not wallet.outbox:
            if account is None:
                raise Unreachable(f"{self.household.name}: no node proves the account as far as the wallet knows it")
            raw = self._make(slot, account)
            self._keep(replace(wallet, outbox={slot: raw}))
            self._made = raw
        return next(iter(self.household.wallet.outbox.values()))

    def posting_time(self, slot: Slot) -> int:
        """When to send the report of a slot, in chain time (s): in the middle half of its gate (MARKET-12).

        It follows from the seed and the slot alone, so it says nothing of the report or of how long that took.
        """
        gate = self.genesis.gate
        draw = derive_scalar(self.household.wallet.seed, "openmg/1/wallet/posting", slot.to_bytes(8, "little"))
        return self.genesis.starts(Slot(slot + 1)) + gate // 4 + draw % max(gate // 2, 1)

    def report(self, slot: Slot) -> Sent | None:
        """Send what `prepare` makes; None: a report of this slot is accepted. Call again until `acknowledged`.

        Raises:
            BadInput, Rejected, Corrupt, Unreachable: as `prepare` does.
        """
        # What was made here and is in nobody's hands needs no look at what became of it.
        made = self.household.wallet.outbox.get(slot)
        raw = made if made is not None and made == self._made else self.prepare(slot)
        self._made = None
        return None if raw is None else self._send(raw)

    # --- steps
    def _facts(self, more: Iterable[Slot]) -> Facts | None:
        """What one request can tell, and the keys to it; some slots more for later."""
        wallet = self.household.wallet
        of_interest = slots_of_interest(wallet)
        found, seen = self._leaves({*of_interest, *more})
        if found is None:
            return None
        slots = {number: seen[number].state for number in of_interest if number in seen}
        keys = {slot.epoch: self._key(slot.epoch) for slot in slots.values() if slot.epoch != NO_EPOCH}
        return Facts(Account.decode(found.data), found.height, slots, keys)

    def _slots(self, numbers: Collection[Slot]) -> dict[Slot, SlotLeaf]:
        """The leaves of slots, as far as the chain has them."""
        return self._leaves(numbers)[1] if numbers else {}

    def _leaves(self, numbers: Collection[Slot]) -> tuple[Proved | None, dict[Slot, SlotLeaf]]:
        """The account's newest leaf and those of slots."""
        final = {number: leaf for number, leaf in self._seen.items() if number in numbers and leaf.state.final}
        asked = sorted(set(numbers) - final.keys())
        slots = [("/slot", number.to_bytes(8, "little")) for number in asked]
        account, *found = self.view.leaves([("/account", self.household.wallet.account), *slots])
        there = [(number, leaf) for number, leaf in zip(asked, found, strict=True) if leaf is not None]
        self._seen = final | {number: SlotLeaf(SlotState.decode(leaf.data), leaf.height) for number, leaf in there}
        return account, self._seen

    def _key(self, epoch: int) -> Point:
        if epoch not in self._keys:
            found = self.view.epoch(epoch)
            if found is None:
                raise Unreachable(f"{self.household.name}: the nodes that answer do not have epoch {epoch} yet")
            self._keys[epoch] = found.key
        return self._keys[epoch]

    def _make(self, number: Slot, account: Account) -> bytes:
        wallet, genesis = self.household.wallet, self.genesis
        found = self._seen.get(number) or self._slots({number, *_probes(self._final(), number)}).get(number)
        if found is None or found.state.phase != Phase.OPEN:
            raise BadInput(f"{self.household.name}: the gate of slot {number} is not open")
        slot = found.state
        if len(account.locked) >= MOST_PENDING:
            raise Rejected("ACCOUNT-9", f"{MOST_PENDING} reports of this account wait for settlement")
        if slot.gate.opened_height > wallet.height:
            raise Unreachable(f"{self.household.name}: the nodes that answer have not seen slot {number} begin")
        checkpoint = self._newest_final(slot)
        self._checkpoint = checkpoint
        # A slot whose credit is not in the wallet yet cannot be folded.
        checkpoint = min([checkpoint, *(Slot(pending - 1) for pending in wallet.pending)])
        key = self._key(slot.epoch)
        stated = self._statements.get(slot.epoch) or statement(genesis, key)
        self._statements = {slot.epoch: stated}
        raw = stated.prove(self.household.witness(genesis, slot, key, checkpoint))
        base = account.base(wallet.version, checkpoint)
        [verdict] = stated.verify([(raw, base, account.meter)])
        if isinstance(verdict, Rejected):
            raise Corrupt(f"{self.household.name}: its own report of slot {number} does not hold ({verdict})")
        return raw

    def _newest_final(self, open_slot: SlotState) -> Slot:
        """The newest slot that is proved final; slots end in order, so a few leaves tell (HOME-2).

        Raises:
            Unreachable: a node showed a slot as it was before `open_slot` was open: its checkpoint might be too old.
        """
        final, beyond = self._final(), open_slot.slot
        while beyond - final > 1:
            probes = _probes(final, beyond)
            seen = self._seen if self._seen.keys() >= set(probes) else self._slots(probes)
            for probe in probes:
                found = seen.get(probe)
                if found is not None and found.state.final:
                    final = probe
                elif found is not None and found.height >= open_slot.gate.opened_height:
                    beyond = probe
                    break
                else:
                    raise Unreachable(f"{self.household.name}: the node that answers lags behind slot {open_slot.slot}")
        return final

    def _final(self) -> Slot:
        """A slot that is known to be final, or the one before the first."""
        return max(self._checkpoint, self.household.wallet.checkpoint)

    def _send(self, transaction: bytes) -> Sent:
        """To one node that takes it; when that was done before, to all: who took it may be dead, or silent about it."""
        identity = transaction_id(transaction)
        again, self._handed = identity == self._handed, identity
        if again:
            answers = [answer for _, answer in self._nodes.survey(lambda node: node.broadcast([transaction])[0])]
            taken = any(answer.code in _TAKEN for answer in answers)
            return Sent(identity, taken, "; ".join(sorted({answer.log for answer in answers if answer.log})))
        try:
            answer = self._nodes.ask(lambda node: _hand_in(node, transaction))
        except Refused as refused:
            return Sent(identity, taken=False, says=refused.reason)
        return Sent(identity, taken=True, says=answer.log)

    def _keep(self, wallet: Wallet) -> None:
        """On disk first: what is not kept is not known, and not sent."""
        old = self._file.wallet
        self._file.wallet = wallet
        try:
            self._file.save()
        except BaseException:
            self._file.wallet = old
            raise
        self.household.wallet = wallet


def _probes(final: Slot, beyond: Slot) -> list[Slot]:
    """Slots between two others, each step twice the one before: where to look for the newest that is final."""
    found, step = [], 1
    while final + step < beyond:
        found.append(Slot(final + step))
        step *= 2
    return found


def _hand_in(node: Node, transaction: bytes) -> Answer:
    """Hand one transaction to one node.

    Raises:
        Refused: it does not take it. It may lag, or lie; another one is asked.
    """
    [answer] = node.broadcast([transaction])
    if answer.code not in _TAKEN:
        raise Refused(node.url, answer.log)
    return answer
