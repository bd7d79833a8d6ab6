"""A household as a client of the network: it asks any node, believes what is proved, and keeps before it sends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from openmg.chains.reports import MOST_PENDING
from openmg.chains.slot import NO_EPOCH, Phase, SlotState
from openmg.chains.transactions import Enrol, decode, transaction_id
from openmg.client.calls import Refused, Unknown, Unreachable
from openmg.client.node import Answer, Node
from openmg.client.nodes import Nodes
from openmg.client.view import ChainView, Proved
from openmg.crypto import GENERATOR, Point, derive_scalar
from openmg.errors import BadInput, Corrupt, Rejected
from openmg.home.facts import Facts, learn_facts, slots_of_interest
from openmg.home.household import Household, statement
from openmg.home.wallet import Wallet
from openmg.home.wallet_file import WalletFile
from openmg.ledger import Account
from openmg.units import Slot

_TAKEN: Final = (Answer.ACCEPTED, Answer.KNOWN)


@dataclass(frozen=True)
class Sent:
    """A transaction that was handed to a node; what the node says of it is its word and no proof (HOME-4)."""

    identity: bytes
    taken: bool
    says: str


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
        self._keys: dict[int, Point] = {}
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
        facts = self._facts()
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
        slots = [self._slot(trade.slot) for trade in wallet.trades[-1:]]
        keys = [GENERATOR, *(self._key(slot[0].epoch) for slot in slots if slot is not None)]
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
        account = self.catch_up()
        wallet = self.household.wallet
        if wallet.reported(slot):
            return None
        if not wallet.outbox:
            if account is None:
                raise Unreachable(f"{self.household.name}: no node proves the account as far as the wallet knows it")
            self._keep(replace(wallet, outbox={slot: self._make(slot, account)}))
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
        raw = self.prepare(slot)
        return None if raw is None else self._send(raw)

    # --- steps
    def _facts(self) -> Facts | None:
        wallet = self.household.wallet
        found = self._leaf("/account", wallet.account)
        if found is None:
            return None
        account = Account.decode(found.data)
        answers = {number: self._slot(number) for number in slots_of_interest(wallet, account)}
        slots = {number: answer[0] for number, answer in answers.items() if answer is not None}
        keys = {slot.epoch: self._key(slot.epoch) for slot in slots.values() if slot.epoch != NO_EPOCH}
        return Facts(account, found.height, slots, keys)

    def _slot(self, number: Slot) -> tuple[SlotState, int] | None:
        """A slot's leaf and the height as of which it was proved."""
        found = self._leaf("/slot", number.to_bytes(8, "little"))
        return None if found is None else (SlotState.decode(found.data), found.height)

    def _leaf(self, path: str, data: bytes) -> Proved | None:
        try:
            return self.view.leaf(path, data)
        except Unknown:
            return None

    def _key(self, epoch: int) -> Point:
        if epoch not in self._keys:
            found = self.view.epoch(epoch)
            if found is None:
                raise Unreachable(f"{self.household.name}: the nodes that answer do not have epoch {epoch} yet")
            self._keys[epoch] = found.key
        return self._keys[epoch]

    def _make(self, number: Slot, account: Account) -> bytes:
        wallet, genesis = self.household.wallet, self.genesis
        found = self._slot(number)
        if found is None or found[0].phase != Phase.OPEN:
            raise BadInput(f"{self.household.name}: the gate of slot {number} is not open")
        slot = found[0]
        if len(account.locked) >= MOST_PENDING:
            raise Rejected("ACCOUNT-9", f"{MOST_PENDING} reports of this account wait for settlement")
        if slot.gate.opened_height > wallet.height:
            raise Unreachable(f"{self.household.name}: the nodes that answer have not seen slot {number} begin")
        checkpoint = self._newest_final(slot)
        self._checkpoint = checkpoint
        # A slot whose credit is not in the wallet yet cannot be folded.
        checkpoint = min([checkpoint, *(Slot(pending - 1) for pending in wallet.pending)])
        key = self._key(slot.epoch)
        stated = statement(genesis, key)
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
        final = max(self._checkpoint, self.household.wallet.checkpoint)
        beyond, step = open_slot.slot, 1
        while beyond - final > 1:
            probe = Slot(min(final + step, beyond - 1))
            found = self._slot(probe)
            if found is not None and found[0].final:
                final, step = probe, 2 * step
            elif found is not None and found[1] >= open_slot.gate.opened_height:
                beyond, step = probe, 1
            else:
                raise Unreachable(f"{self.household.name}: the node that answers lags behind slot {open_slot.slot}")
        return final

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


def _hand_in(node: Node, transaction: bytes) -> Answer:
    """Hand one transaction to one node.

    Raises:
        Refused: it does not take it. It may lag, or lie; another one is asked.
    """
    [answer] = node.broadcast([transaction])
    if answer.code not in _TAKEN:
        raise Refused(node.url, answer.log)
    return answer
