"""A household's gateway: meter, wallet and policy together make one report a slot."""

from __future__ import annotations

from dataclasses import dataclass

from openmg.chains import RelayChain
from openmg.chains.slot import NO_EPOCH, SlotState
from openmg.crypto import Opening, Statement, Witness
from openmg.errors import BadInput, Corrupt
from openmg.home.meter import Meter
from openmg.home.policy import Policy
from openmg.home.wallet import Wallet
from openmg.units import Slot


@dataclass
class Household:
    """One home."""

    name: str
    meter: Meter
    wallet: Wallet
    policy: Policy

    def prepare(self, chain: RelayChain, slot: Slot) -> Witness:
        """Read the meter, choose the ladder, fold the newest credits: all that the proof needs.

        Raises:
            BadInput: the slot has no epoch key, so no report can be made.
        """
        state = chain.state.slot(slot)
        if state is None or state.epoch == NO_EPOCH:
            raise BadInput(f"slot {slot} has no epoch key")
        key = chain.state.epoch_of(state.epoch).key
        wallet, genesis = self.wallet, chain.genesis
        reading = self.meter.read(chain.chain, wallet.account, slot, key)
        imported, exported = self.meter.readings[slot]
        order = self.policy.order(genesis.ladder, genesis.fee, imported, exported)
        checkpoint = Slot(chain.state.head - 1)
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

    def check_against(self, chain: RelayChain) -> None:
        """Every commitment of the account on the chain is the one that the wallet's openings give.

        Raises:
            Corrupt: names the first that is not.
        """
        epoch = chain.state.ready_epoch()
        if epoch is None:
            return
        registry = chain.state.registry
        index = registry.index_of(self.wallet.account)
        account, wallet = registry[index], self.wallet
        newest = wallet.credits[-1][1] if wallet.credits else Opening(0, 0)
        pairs = [("spendable balance", account.available, wallet.available), ("credits", account.latest_credit, newest)]
        for number, month in wallet.months.items():
            sums = chain.state.accumulators(number, index)
            pairs.extend(
                (f"{name} of month {number}", getattr(sums, name), getattr(month, name))
                for name in ("imported", "exported", "bought", "sold", "cost")
            )
        for name, commitment, opening in pairs:
            if opening.commitment(epoch.key) != commitment:
                raise Corrupt(f"{self.name}: the chain's {name} does not open to what the wallet expects")


def statement_of(chain: RelayChain, slot: SlotState) -> Statement:
    """The statement that all reports of a slot share."""
    genesis = chain.genesis
    return Statement(chain.chain, chain.state.epoch_of(slot.epoch).key, genesis.ladder.levels, genesis.fee)
