"""The state of a network as it is proved: nothing that a node merely says is shown as a fact (WIRE-14)."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from openmg.chains import Block
from openmg.chains.clock import Clock
from openmg.chains.day import DayState
from openmg.chains.epoch import EpochState
from openmg.chains.slot import SlotState
from openmg.client.calls import Refused, Unknown
from openmg.client.document import NetworkGenesis
from openmg.client.history import blocks_between
from openmg.client.node import Node, QueryAnswer, Status
from openmg.client.nodes import FAILURES, Behind, Nodes
from openmg.client.questions import (
    Question,
    about_account,
    about_clock,
    about_day,
    about_epoch,
    about_month,
    about_slot,
    question_of,
)
from openmg.errors import Malformed, OpenMGError, Rejected
from openmg.ledger import Account, Accumulators
from openmg.lightclient import StateProof, Trusted, Validators, first, verify
from openmg.tendermint.types import types_pb2 as types

FRESH: Final = 1.0
"""Seconds for which a header counts as the newest without asking around."""
WAIT: Final = 5.0
"""Seconds until the block that proves the newest state must be there; it follows within one."""
_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 0.2
"""Seconds between two looks for a block; a chain in use makes two or three a second."""
_OK, _ABSENT = 0, 1
_T = TypeVar("_T")


@dataclass(frozen=True)
class Proved:
    """A leaf of the state after block `height`, proved under `root`, which a verified header holds.

    `size` is the number of leaves of its tree, which the proof shows too.
    """

    index: int
    data: bytes
    height: int
    root: bytes
    size: int


class ChainView:
    """What a network's document and any nodes prove together; one thread's.

    All methods raise `Unreachable` when no node answers, or none comes as far as the view has been; `Refused` or
    `Rejected` when whoever answers does so with an error or with what does not hold. Heights never go back.
    """

    def __init__(self, nodes: Nodes, document: NetworkGenesis) -> None:
        self.nodes = nodes
        self._document = document
        self._validators = Validators.equal(document.validators)
        self._trusted: Trusted | None = None
        self._fresh_until = 0.0
        self._tick = threading.Event()

    @property
    def document(self) -> NetworkGenesis:
        """What all trust begins with."""
        return self._document

    # --- headers
    def advance(self) -> Trusted:
        """The newest header that any node has, verified."""
        claims = self.nodes.survey(self._status)
        claims.sort(key=lambda claim: -claim[1].height)
        errors: list[OpenMGError] = []
        for node, status in claims:
            if status.height <= (0 if self._trusted is None else self._trusted.height):
                break
            try:
                self._follow(node, status.height)
            except FAILURES as error:
                self.nodes.failed(node, error)
                errors.append(error)
            else:
                break
        if self._trusted is None:
            raise errors[0] if errors else Behind(f"{claims[0][0].url}: it has no block yet")
        self._fresh_until = time.monotonic() + FRESH
        return self._trusted

    def _status(self, node: Node) -> Status:
        status = node.status()
        if status.network != self._document.chain_id:
            raise Rejected("LIGHT-2", f"{node.url}: a node of {status.network[:50]!r}, not of this network")
        return status

    def _follow(self, node: Node, height: int) -> Trusted:
        """Trust a node's header of a height that is above the trusted one."""
        signed = node.signed_header(height)
        if signed.header.height != height:
            raise Malformed(f"{node.url}: the header of another block than {height}")
        self._trusted = self._verified(signed)
        return self._trusted

    def _verified(self, signed: types.SignedHeader) -> Trusted:
        now = time.time_ns()
        if self._trusted is not None:
            try:
                return verify(self._trusted, signed, self._validators, now)
            except Rejected as error:
                # A view that slept for long begins anew with the document (LIGHT-11).
                if error.clause != "LIGHT-8":
                    raise
        return first(self._document.chain_id, self._validators, signed, now)

    # --- leaves
    def leaf(self, path: str, data: bytes) -> Proved:
        """The newest leaf that a query names.

        Raises:
            BadInput: no such query.
            Unknown: no node that answers has it. That it does not exist is not proved by this.
        """
        return self._find(question_of(self._document.genesis, path, data))[0]

    def leaves(self, asked: Sequence[tuple[str, bytes]]) -> list[Proved | None]:
        """The newest leaves that several queries name, asked for together, which costs little more than one.

        None stands for what no node that answers has: a claim, not a proof. Heights may differ where several nodes
        were asked.

        Raises:
            BadInput: no such query.
        """
        questions = [question_of(self._document.genesis, *each) for each in asked]
        found: dict[int, tuple[Proved, object]] = {}
        with contextlib.suppress(Unknown):
            self._search(questions, found)
        return [found[place][0] if place in found else None for place in range(len(questions))]

    def clock(self) -> Clock:
        """Height, time, prices and public balances."""
        return self._find(about_clock())[1]

    def epoch(self, number: int) -> EpochState | None:
        """An epoch; None when the chain has none of this number yet, which is proved once it has any."""
        return self._member(about_epoch(number), number, about_epoch(0))

    def slot(self, number: int) -> SlotState | None:
        """A slot; None when the chain does not have it (yet), which is proved once it has any."""
        genesis = self._document.genesis
        begin = genesis.first_slot
        if number < begin:
            return None
        return self._member(about_slot(genesis, number), number - begin, about_slot(genesis, begin))

    def account(self, key: bytes) -> tuple[int, Account] | None:
        """(index, account); None when no node that answers knows the key, which is a claim, not a proof."""
        return self._known(about_account(key))

    def day(self, day: int, epoch: int) -> DayState | None:
        """A day's sums; None when no node that answers has any, which is a claim, not a proof."""
        return self._known(about_day(day, epoch))

    def accumulators(self, month: int, index: int) -> Accumulators | None:
        """An account's month; None when no node that answers has any, which is a claim, not a proof."""
        return self._known(about_month(month, index))

    def blocks(self, begin: int) -> Iterator[Block]:
        """The blocks from a height up to the newest verified one, each as the state machine takes it.

        Every block's hash is the one that the next header names, and so on up to the newest, which is signed.
        """
        yield from blocks_between(self.nodes, self._document, begin, self.advance())

    def _known(self, question: Question[_T]) -> _T | None:
        try:
            return self._find(question)[1]
        except Unknown:
            return None

    def _member(self, question: Question[_T], index: int, beginning: Question[_T]) -> _T | None:
        """An item of a tree that grows at its end. A missing one is shown by the tree's size, if there is any leaf."""
        for _ in range(2):
            try:
                return self._find(question)[1]
            except Unknown:
                try:
                    size = self._find(beginning)[0].size
                except Unknown:
                    return None
                if size <= index:
                    return None
        raise Rejected("WIRE-14", f"no node gives leaf {index} of {question.tree}, which has {size}")

    def _find(self, question: Question[_T]) -> tuple[Proved, _T]:
        found: dict[int, tuple[Proved, _T]] = {}
        self._search([question], found)
        return found[0]

    def _search(self, questions: Sequence[Question[_T]], found: dict[int, tuple[Proved, _T]]) -> None:
        """Fill `found` by the places of the questions; what one node does not have the others are asked for."""
        if time.monotonic() >= self._fresh_until:
            self.advance()
        limit = time.monotonic() + WAIT
        while True:
            try:
                return self.nodes.ask(lambda node: self._ask(node, questions, found))
            except Behind:
                # All are: another view of the newest header was faster than their applications.
                if time.monotonic() > limit:
                    raise
            self._tick.wait(_PAUSE)

    def _ask(self, node: Node, questions: Sequence[Question[_T]], found: dict[int, tuple[Proved, _T]]) -> None:
        """One node's proved answers to what is not found yet."""
        places = [place for place in range(len(questions)) if place not in found]
        newest, answers = node.queries([(questions[place].path, questions[place].data) for place in places])
        if self._trusted is None or newest.header.height > self._trusted.height:
            self._trusted = self._verified(newest)
        unknown: list[Unknown] = []
        for place, answer in zip(places, answers, strict=True):
            try:
                found[place] = self._proved(node, questions[place], answer)
            except Unknown as error:
                unknown.append(error)
        if unknown:
            raise unknown[0]

    def _proved(self, node: Node, question: Question[_T], answer: QueryAnswer) -> tuple[Proved, _T]:
        self._not_behind(node, answer)
        if answer.code == _ABSENT:
            raise Unknown(node.url, answer.log[:300])
        if answer.code != _OK:
            raise Refused(node.url, answer.log[:300])
        proof = StateProof.decode(answer.proof)
        if (answer.key, answer.index) != (question.tree.encode(), proof.within.index):
            raise Rejected("WIRE-14", f"{node.url}: a proof of another leaf than the answer's")
        trusted = self._proving(node, question.tree, answer, proof)
        found = question.read(answer.index, answer.value)
        proved = Proved(answer.index, answer.value, trusted.height - 1, trusted.app_hash, proof.within.size)
        return proved, found

    def _proving(self, node: Node, tree: str, answer: QueryAnswer, proof: StateProof) -> Trusted:
        """The header under whose state root the answer stands: the one after the answer's block, or, when that block
        changed nothing, its own.
        """
        limit, pause = time.monotonic() + WAIT, _PAUSE
        trusted = self._trusted
        if trusted is None or trusted.height < answer.height:
            trusted = self._at_least(node, answer.height)
        while True:
            self._not_behind(node, answer)
            try:
                proof.verify(tree, answer.value, trusted.app_hash)
            except Rejected:
                if trusted.height > answer.height:
                    raise
            else:
                return trusted
            if time.monotonic() > limit:
                raise Behind(f"{node.url}: no block follows {answer.height}, so nothing proves its state")
            self._tick.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            trusted = self._at_least(node, answer.height)

    def _not_behind(self, node: Node, answer: QueryAnswer) -> None:
        if self._trusted is not None and answer.height + 1 < self._trusted.height:
            raise Behind(
                f"{node.url}: its state is that of block {answer.height}, block {self._trusted.height} is there already"
            )

    def _at_least(self, node: Node, height: int) -> Trusted:
        """The header after a height if there is one, else the height's own; a newer one that is trusted already."""
        trusted = self._trusted
        if trusted is not None and trusted.height > height:
            return trusted
        try:
            return self._follow(node, height + 1)
        except Refused:
            # Not made yet.
            if trusted is not None and trusted.height == height:
                return trusted
        return self._follow(node, height)
