"""A household: meter, wallet and policy together make one report a slot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from openmg.chains import Genesis, RelayChain
from openmg.chains.slot import NO_EPOCH, SlotState
from openmg.crypto import Opening, Point, Statement, Witness
from openmg.errors import BadInput, Corrupt
from openmg.home.meter import Meter
from openmg.home.policy import Policy
from openmg.home.wallet import Month, Wallet
from openmg.ledger import Account, Accumulators
from openmg.units import Slot

_SUMS = ("imported", "exported", "bought", "sold", "cost")


@dataclass
class Household:
    """One home."""

    name: str
    meter: Meter
    wallet: Wallet
    policy: Policy

    def witness(self, genesis: Genesis, state: SlotState, key: Point, checkpoint: Slot) -> Witness:
        """Read the meter, choose the ladder, fold the credits up to `checkpoint`: all that the proof needs.

        `key` is the key of the slot's epoch.

        Raises:
            BadInput: the slot has no epoch key, so no report can be made, or the meter has no reading of it.
        """
        slot, wallet = state.slot, self.wallet
        if state.epoch == NO_EPOCH:
            raise BadInput(f"slot {slot} has no epoch key")
        reading = self.meter.read(genesis.chain, wallet.account, slot, key)
        imported, exported = self.meter.readings[slot]
        order = self.policy.order(genesis.ladder, genesis.fee, imported, exported)
        return Witness(
            seed=wallet.seed,
            account=wallet.account,
            slot=slot,
            version=wallet.version,
            checkpoint=checkpoint,
            epoch=state.epoch,
            base=wallet.base(checkpoint),
            reading=reading,
            buy=order.buy,
            sell=order.sell,
        )

    def prepare(self, chain: RelayChain, slot: Slot) -> Witness:
        """The same on a chain that runs in this program, with the newest credits.

        Raises:
            BadInput: as `witness` does, or the chain does not have the slot.
        """
        state = chain.state.slot(slot)
        if state is None or state.epoch == NO_EPOCH:
            raise BadInput(f"slot {slot} has no epoch key")
        return self.witness(chain.genesis, state, chain.state.epoch_of(state.epoch).key, Slot(chain.state.head - 1))

    def check(self, key: Point, account: Account, months: Iterable[Accumulators] = ()) -> None:
        """Every commitment of the account, and of the given months, is the one that the wallet's openings give.

        Raises:
            Corrupt: names the first that is not.
        """
        wallet = self.wallet
        known = dict(wallet.credits)
        newest = wallet.credits[-1][1] if wallet.credits else Opening(0, 0)
        pairs: list[tuple[str, Point, Opening | None]] = [
            ("spendable balance", account.available, wallet.available),
            *(("credits", credit.point, known.get(credit.slot)) for credit in account.credits),
            ("credits", account.latest_credit, newest),
        ]
        for sums in months:
            month = wallet.months.get(sums.month, Month())
            pairs += [(f"{name} of month {sums.month}", getattr(sums, name), getattr(month, name)) for name in _SUMS]
        for name, commitment, opening in pairs:
            if opening is None or opening.commitment(key) != commitment:
                raise Corrupt(f"{self.name}: the chain's {name} does not open to what the wallet expects")

    def check_against(self, chain: RelayChain) -> None:
        """The same on a chain that runs in this program, with all months.

        Raises:
            Corrupt: names the first that is not.
        """
        epoch = chain.state.ready_epoch()
        if epoch is None:
            return
        registry = chain.state.registry
        index = registry.index_of(self.wallet.account)
        months = [chain.state.accumulators(number, index) for number in self.wallet.months]
        self.check(epoch.key, registry[index], months)


def statement(genesis: Genesis, key: Point) -> Statement:
    """The statement that all reports of an epoch share."""
    return Statement(genesis.chain, key, genesis.ladder.levels, genesis.fee)


def statement_of(chain: RelayChain, slot: SlotState) -> Statement:
    """The statement that all reports of a slot share, on a chain that runs in this program."""
    return statement(chain.genesis, chain.state.epoch_of(slot.epoch).key)
