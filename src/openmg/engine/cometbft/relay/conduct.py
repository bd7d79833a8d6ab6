"""A node's conduct toward a relay chain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from openmg.chains import RelayChain
from openmg.chains.reports import Candidate
from openmg.chains.transactions import Approval
from openmg.engine.cometbft.conduct import Conduct, Finder
from openmg.engine.cometbft.journal import Journal
from openmg.engine.cometbft.relay.places import Places
from openmg.engine.cometbft.relay.questions import FINDERS
from openmg.engine.cometbft.relay.retention import retain_height
from openmg.engine.cometbft.relay.slots import SlotLog
from openmg.machine import Block, Envelope, Outcome

MOST_APPROVALS: Final = 400
"""Of one authority: a town's worth of new connections at once."""


class RelayConduct(Conduct[RelayChain]):
    """Reports have one place for each account and slot; an authority's approvals are counted apart."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal)
        self._places = Places()
        self._slots = SlotLog(journal)

    def begin(self, chain: RelayChain) -> dict[str, object]:
        """The chain stands here now."""
        super().begin(chain)
        self._places = Places()
        self._slots.begin(chain)
        return {"slot": chain.state.head}

    @property
    def waiting(self) -> int:
        """Reports that wait for a block."""
        return len(self._places)

    def admit(self, _envelope: Envelope[Any], claim: Candidate) -> None:
        """Give a report its place.

        Raises:
            Rejected: as `Places.take`.
        """
        self._places.take(self.chain, claim)

    def banish(self, _envelope: Envelope[Any], claim: Candidate) -> None:
        """Its account signed a false proof."""
        self._places.banish(self.chain.height, claim)

    def bound(self, message: object) -> int:
        """How many of an authority's messages may wait."""
        return MOST_APPROVALS if isinstance(message, Approval) else super().bound(message)

    def block_passed(self) -> None:
        """A block was committed: whatever it left is offered again."""
        self._places.block_passed(self.chain.height)

    @property
    def questions(self) -> Mapping[str, Finder[RelayChain]]:
        """By path: what a slot, an account, a day or a month is called, not where its leaf is."""
        return FINDERS

    def status(self) -> dict[str, object]:
        """Where the market stands, for operators."""
        chain, state = self.chain, self.chain.state
        epoch, slot = state.epoch, state.slot(state.head)
        return {
            "height": chain.height,
            "root": chain.root.hex(),
            "time": chain.time,
            "slot": state.head,
            "phase": "ahead" if slot is None else slot.phase.name.lower(),
            "epoch": None if epoch is None else epoch.epoch,
            "epoch_phase": None if epoch is None else epoch.phase.name.lower(),
            "accounts": len(state.registry),
            "reports_waiting": self.waiting,
        }

    def retain_height(self, keep_days: int | None) -> int:
        """The first block to keep, 0 to keep all; `keep_days` None for an archive."""
        return retain_height(self.chain, keep_days)

    def committed(self, block: Block, outcome: Outcome) -> None:
        """A block is on disk."""
        self._slots.committed(self.chain, block, outcome)
