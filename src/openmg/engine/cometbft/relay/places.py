"""Which reports may wait in this node's mempool: one for each account and slot, by the account's own word (SLOT-6)."""

from __future__ import annotations

from typing import Final

from openmg.chains import RelayChain
from openmg.chains.reports import Candidate
from openmg.crypto import verify_signature
from openmg.engine.cometbft.conduct import Busy
from openmg.errors import Rejected
from openmg.machine import SIGNATURE_BYTES, signed_message

MOST_WAITING: Final = 2_500
"""Reports: they and all that authorities may have waiting fit into what CometBFT shows a proposer at once."""
_EXILE: Final = 100
"""Blocks for which a node asks nothing more of an account that signed a false proof."""


class Places:
    """The places that are taken, and the accounts that get none for a while."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[int, int], bytes] = {}
        self._exiled: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def block_passed(self, height: int) -> None:
        """A block was committed: whatever it left is offered again."""
        self._waiting.clear()
        self._exiled = {index: until for index, until in self._exiled.items() if until > height}

    def take(self, chain: RelayChain, candidate: Candidate) -> None:
        """Give a report its place. Only its own account can take it: nobody shuts anyone else out.

        Raises:
            Rejected: its proof is known to be false, its account is exiled, another report has its place, or the
                signature is not its account's.
            Busy: there is no place left.
        """
        place, known = (candidate.index, candidate.slot.slot), chain.known(candidate)
        if isinstance(known, Rejected):
            raise known
        if candidate.index in self._exiled:
            raise Rejected("ACCOUNT-9", f"this account sent a false proof; try again after {_EXILE} blocks")
        if not known:
            _check_sender(chain.chain, candidate)
        held = self._waiting.get(place)
        if held is not None and held != candidate.identity:
            raise Rejected("ACCOUNT-9", f"another report of this account for slot {candidate.slot.slot} waits already")
        if held is None and len(self._waiting) >= MOST_WAITING:
            raise Busy("SLOT-6", f"{MOST_WAITING} reports wait already; try again later")
        self._waiting[place] = candidate.identity

    def banish(self, height: int, candidate: Candidate) -> None:
        """Its account signed a false proof."""
        self._waiting.pop((candidate.index, candidate.slot.slot), None)
        self._exiled[candidate.index] = height + _EXILE


def _check_sender(chain: bytes, candidate: Candidate) -> None:
    raw = candidate.report.raw
    message = signed_message(chain, raw[:-SIGNATURE_BYTES])
    verify_signature(candidate.report.account, message, raw[-SIGNATURE_BYTES:], "ACCOUNT-8")
