"""A daemon that betrays its authority: `python -m tests.faults.byzantine LIES URL…` in a home, with its key file.

It helps to make the epoch's key and approves homes, as everyone; what it posts to open sums is told by the file LIES,
which is read again and again: `wrong`, `none` or `equivocating`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from openmg.authority import Authority, AuthorityKeys
from openmg.authority.daemon import note
from openmg.authority.follower import Follower
from openmg.chains import RelayChain
from openmg.chains.epoch import KeyPhase
from openmg.chains.openings import Step, steps
from openmg.chains.slot import Phase, functional_name
from openmg.chains.transactions import DecryptionShare, KeyDeal, OpeningClaim, Subject, share_bytes
from openmg.client.node import Node, Unreachable
from openmg.crypto import make_share, random_bytes, random_scalar
from openmg.market import Functional
from openmg.network import AuthorityHome, lifeline

_AGAIN: Final = 0.5
_MOST_SENT: Final = 10_000


class Liar(Authority):
    """Has all that an authority has, and no honour."""

    def __init__(self, chain: RelayChain, keys: AuthorityKeys) -> None:
        super().__init__(chain, keys)
        self._done: dict[bytes, list[bytes]] = {}

    def duties(self) -> list[bytes]:
        """What an honest one would post, but for openings."""
        self.observe()
        return [*self._approvals(), *self._key_messages()]

    def second_deal(self) -> list[bytes]:
        """Another deal than the one in the key file, as good as that one."""
        epoch = self._chain.state.epoch
        if epoch is None or epoch.phase != KeyPhase.DEALING or self.index in dict(epoch.deals):
            return []
        deal = epoch.context(self._chain.chain).deal(self.index, epoch.ephemerals)
        return [self._signed(KeyDeal(epoch.epoch, epoch.attempt, self.index, deal))]

    def wrong(self) -> list[bytes]:
        """Shares by another secret, of random bytes, of sums off the path and of slots that still take reports."""
        posts = []
        for step in steps(self._chain.state):
            posts += self._once(step.subject.encode() + step.sums[0][0], lambda step=step: self._wrong_for(step))  # type: ignore[misc]
        number = self._chain.state.head
        while (slot := self._chain.state.slot(number)) is not None:
            if slot.phase == Phase.OPEN and slot.cohort:
                subject = Subject(Subject.SLOT, number, slot.epoch)
                sums = ((functional_name(Functional("D", 1)), slot.sums.demand(1)),)
                open_step = Step(subject, sums, slot.board, slot.cohort, b"")
                posts += self._once(subject.encode() + b"early", lambda step=open_step: [self._true(step)])  # type: ignore[misc]
            number = type(number)(number + 1)
        return posts

    def equivocating(self) -> tuple[list[bytes], list[bytes]]:
        """For one half of the others, and for the other half: a true share, and a false one for the same sums."""
        found = [(self._true(step), self._false(step)) for step in steps(self._chain.state) if self._secret(step)]
        return [true for true, _ in found], [false for _, false in found]

    def _wrong_for(self, step: Step) -> list[bytes]:
        names = tuple(name for name, _ in step.sums)
        noise = self._signed(
            DecryptionShare(self.index, step.subject, names, random_bytes(32) * (share_bytes(len(names)) // 32))
        )
        claims = [OpeningClaim(step.subject, name, 12_345).encode() for name in names]
        return [self._false(step), noise, *self._off_the_path(step), *claims]

    def _off_the_path(self, step: Step) -> list[bytes]:
        """This authority's true shares of other sums of the slot: what nobody may open."""
        slot = self._chain.state.slot(step.subject.index) if step.subject.scope == Subject.SLOT else None
        if slot is None:
            return []
        rungs = range(1, slot.sums.rungs + 1)
        others = [*(Functional("D", rung) for rung in rungs), *(Functional("B", rung) for rung in rungs)]
        posts = []
        for other in others:
            pair = slot.sums.demand(other.rung) if other.kind == "D" else slot.sums.bought(other.rung)
            if functional_name(other) not in dict(step.sums):
                sums = ((functional_name(other), pair),)
                posts.append(self._true(Step(step.subject, sums, step.board, step.reports, step.cohort)))
        return posts

    def _once(self, place: bytes, make: Callable[[], list[bytes]]) -> list[bytes]:
        if place not in self._done:
            if len(self._done) > _MOST_SENT:
                self._done.clear()
            self._done[place] = make()
        return self._done[place]

    def _secret(self, step: Step) -> bytes:
        return bytes.fromhex(self._keys.secrets.epochs.get(str(step.subject.epoch), ""))

    def _true(self, step: Step) -> bytes:
        return self._share_by(step, self._secret(step))

    def _false(self, step: Step) -> bytes:
        return self._share_by(step, random_scalar())

    def _share_by(self, step: Step, secret: bytes) -> bytes:
        share = make_share(self._chain.chain, step.subject.epoch, step.subject.encode(), secret, step.sums)
        names = tuple(name for name, _ in step.sums)
        return self._signed(DecryptionShare(self.index, step.subject, names, share))


def post(nodes: Sequence[Node], transactions: Sequence[bytes]) -> None:
    for node in nodes:
        if transactions:
            try:
                for answer in node.broadcast(transactions):
                    note("posted", code=answer.code, log=answer.log[:120], node=node.url)
            except Unreachable as error:
                note("unreachable", node=str(error))


def betray(lies: Path, urls: Sequence[str]) -> None:
    """Until the application or the supervisor ends."""
    home = AuthorityHome(Path())
    keys = AuthorityKeys.open(home.key, home.passphrase())
    nodes = [Node(url) for url in urls]
    ones, others = nodes[::2], nodes[1::2]
    with Follower.open(home.chain, home.root / "events.sock") as follower:
        liar = Liar(follower.chain, keys)
        while True:
            follower.refresh()
            kind = lies.read_text("utf-8").strip()
            if follower.chain.height:
                second = liar.second_deal() if kind == "equivocating" else []
                post(others, second)
                post(ones if second else nodes[:1], liar.duties())
                if kind == "wrong":
                    post(nodes, liar.wrong())
                elif kind == "equivocating":
                    true, false = liar.equivocating()
                    post(ones, true)
                    post(others, false)
            follower.wait(_AGAIN)


if __name__ == "__main__":
    lifeline.watch()
    betray(Path(sys.argv[1]), sys.argv[2:])
