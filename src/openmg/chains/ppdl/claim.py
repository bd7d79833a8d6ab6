"""What a transaction claims beyond what the state alone says, verified once and remembered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from openmg.errors import Rejected

_MOST_KNOWN: Final = 4096
_BATCH: Final = 32

Verdict = Rejected | None


@dataclass(frozen=True)
class Claim:
    """`identity` is the transaction's id; `prove` raises Rejected. It has all it needs and reads no state."""

    identity: bytes
    prove: Callable[[], None]

    def verdict(self) -> Verdict:
        """None, or the rejection."""
        try:
            self.prove()
        except Rejected as rejected:
            return rejected
        return None


@dataclass(frozen=True)
class ClaimBatch:
    """Claims that nobody verified yet."""

    claims: tuple[Claim, ...]

    def verify(self) -> list[Verdict]:
        """Their verdicts; touches no state."""
        return [claim.verdict() for claim in self.claims]


class Verdicts:
    """What came out for claims of this node's newest transactions.

    A claim is made in one phase of one round, in which all that it is verified against is fixed: its id says enough.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, Verdict] = {}

    def unknown(self, claims: Sequence[Claim]) -> list[ClaimBatch]:
        """The claims without a verdict, each once, in batches."""
        fresh = list({claim.identity: claim for claim in claims if claim.identity not in self._known}.values())
        return [ClaimBatch(tuple(fresh[at : at + _BATCH])) for at in range(0, len(fresh), _BATCH)]

    def note(self, batch: ClaimBatch, verdicts: Sequence[Verdict]) -> None:
        """Remember the verdicts of a batch, and of the oldest no longer."""
        for claim, verdict in zip(batch.claims, verdicts, strict=True):
            self._known[claim.identity] = verdict
        while len(self._known) > _MOST_KNOWN:
            del self._known[next(iter(self._known))]

    def of(self, claim: Claim) -> Verdict:
        """The verdict, known or found now."""
        if claim.identity not in self._known:
            self.note(ClaimBatch((claim,)), [claim.verdict()])
        return self._known[claim.identity]
