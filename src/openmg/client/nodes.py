"""Several nodes of one network, of which some are silent, behind or lying: another one is asked."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Final, TypeVar

from openmg.client.calls import Refused, Unknown, Unreachable
from openmg.client.node import PATIENCE, Answer, Node, QueryAnswer, RawBlock, Status
from openmg.errors import BadInput, Malformed, OpenMGError, Rejected
from openmg.tendermint.types import types_pb2 as types

REST: Final = 10.0
"""Seconds for which a node that gave no answer is asked last."""
GRACE: Final = 1.0
"""Seconds for which the others are waited for once one has answered: all are asked the same, and none takes so long."""
FAILURES: Final = (Unreachable, Refused, Malformed, Rejected)
_THREADS: Final = 4
_T = TypeVar("_T")


class Behind(Unreachable):
    """A node has not come as far as others have: it may be honest and slow."""


class Nodes:
    """Nodes to ask, best first: the one that answered last stays first, one that did not goes to the end.

    Methods raise what the nodes raised, the first of these: `Unknown`, `Behind`, `Refused`, `Rejected` (all that
    answered lied), `Malformed`; `Unreachable` names every node when none answered.
    """

    def __init__(self, nodes: Sequence[Node]) -> None:
        """Nodes in order of preference.

        Raises:
            BadInput: there are none.
        """
        if not nodes:
            raise BadInput("no node to ask: an address like http://127.0.0.1:26657 was expected")
        self._order = list(nodes)
        self._rests: dict[str, float] = {}
        self._lock = threading.Lock()
        # Kept, because a thread costs as much as a question. Who is not waited for holds one until its patience ends.
        self._pool = ThreadPoolExecutor(_THREADS * len(nodes))

    @classmethod
    def at(cls, *urls: str, patience: float = PATIENCE) -> Nodes:
        """Nodes by their addresses.

        Raises:
            BadInput: none, or no such address.
        """
        return cls([Node(url, patience) for url in dict.fromkeys(urls)])

    def __enter__(self) -> Nodes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all connections."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for node in self._order:
            node.close()

    @property
    def urls(self) -> list[str]:
        """All addresses, the one that is asked first in front."""
        return [node.url for node in self._candidates()]

    # --- asking
    def ask(self, question: Callable[[Node], _T]) -> _T:
        """The first answer: `question` is put to one node after another until it raises none of `FAILURES`."""
        errors: list[OpenMGError] = []
        for node in self._candidates():
            try:
                answer = question(node)
            except FAILURES as error:
                self.failed(node, error)
                errors.append(error)
            else:
                self._answered(node)
                return answer
        raise _worth_saying(errors)

    def survey(self, question: Callable[[Node], _T]) -> list[tuple[Node, _T]]:
        """The answers of all nodes that give one, asked at once; who rests is asked only when nobody else answers, and
        who is slower than another by `GRACE` is not waited for.

        Raises:
            Unreachable: nobody answers; or what they raised.
        """
        awake = [node for node in self._candidates() if not self._rests_now(node)]
        resting = [node for node in self._candidates() if self._rests_now(node)]
        errors: list[OpenMGError] = []
        for group in (awake, resting):
            found = self._at_once(group, question, errors)
            if found:
                return found
        raise _worth_saying(errors)

    def _at_once(
        self, group: Sequence[Node], question: Callable[[Node], _T], errors: list[OpenMGError]
    ) -> list[tuple[Node, _T]]:
        asked = {self._pool.submit(question, node): node for node in group}
        found: dict[str, _T] = {}
        waiting, ends = set(asked), math.inf
        while waiting:
            left = None if ends == math.inf else max(ends - time.monotonic(), 0)
            done, waiting = wait(waiting, left, FIRST_COMPLETED)
            if not done:
                break
            for future in done:
                node = asked[future]
                try:
                    found[node.url] = future.result()
                except FAILURES as error:
                    self.failed(node, error)
                    errors.append(error)
            if found:
                ends = min(ends, time.monotonic() + GRACE)
        for future in waiting:
            node = asked[future]
            errors.append(Unreachable(f"{node.url}: {GRACE:g} s slower than others"))
            self.failed(node, errors[-1])
        return [(node, found[node.url]) for node in group if node.url in found]

    # --- what a node can say
    def status(self) -> Status:
        """How far a node came."""
        return self.ask(lambda node: node.status())

    def signed_header(self, height: int | None = None) -> types.SignedHeader:
        """A header and its commit, unverified."""
        return self.ask(lambda node: node.signed_header(height))

    def headers(self, first: int, last: int) -> tuple[types.Header, ...]:
        """Headers, unverified; see `Node.headers`."""
        return self.ask(lambda node: node.headers(first, last))

    def validators(self, height: int) -> tuple[tuple[bytes, int], ...]:
        """(key, power) of those who vote, unverified."""
        return self.ask(lambda node: node.validators(height))

    def block(self, height: int | None = None) -> RawBlock:
        """A block, unverified."""
        return self.ask(lambda node: node.block(height))

    def results(self, height: int) -> list[tuple[int, str]]:
        """(code, log) of a block's transactions, unverified."""
        return self.ask(lambda node: node.results(height))

    def query(self, path: str, data: bytes) -> QueryAnswer:
        """The application's answer, unverified."""
        return self.ask(lambda node: node.query(path, data))

    def broadcast(self, transactions: Sequence[bytes]) -> list[Answer]:
        """Hand transactions to one node. Another may get them too (`KNOWN`), which does no harm.

        A node that takes a transaction and dies keeps it from the others: hand in again what is in no block after a
        while.
        """
        return self.ask(lambda node: node.broadcast(transactions))

    def submit(self, transactions: Sequence[bytes]) -> list[Answer]:
        """The same without waiting for checks."""
        return self.ask(lambda node: node.submit(transactions))

    def new_blocks(self, every: float | None = None) -> Generator[int, None, None]:
        """Heights as `Node.new_blocks` gives them, never going back, from another node when one fails. With `every`,
        also from another when this one stands still while others go on.

        Raises:
            Unreachable: no node is left that has anything to say.
        """
        newest, barren = 0, 0
        while True:
            node, heights, height = self.ask(lambda node: _listen(node, every))
            try:
                while True:
                    stands_still = height <= newest
                    newest = max(newest, height)
                    yield newest
                    if stands_still and every is not None and self._others_are_ahead(newest):
                        raise Behind(f"{node.url}: it is at height {height}, others go on")
                    barren = barren if stands_still else 0
                    height = next(heights)
            except FAILURES as error:
                self.failed(node, error)
                barren += 1
                if barren > len(self._order):
                    raise
            finally:
                heights.close()

    def _others_are_ahead(self, height: int) -> bool:
        return any(status.height > height + 1 for _, status in self.survey(lambda node: node.status()))

    # --- the order
    def _candidates(self) -> list[Node]:
        with self._lock:
            return sorted(self._order, key=self._rests_now)

    def _rests_now(self, node: Node) -> bool:
        return self._rests.get(node.url, 0) > time.monotonic()

    def _answered(self, node: Node) -> None:
        with self._lock:
            self._rests.pop(node.url, None)
            self._order.remove(node)
            self._order.insert(0, node)

    def failed(self, node: Node, error: OpenMGError) -> None:
        """Ask a node last, because of what it raised or what became of its answer."""
        with self._lock:
            self._order.remove(node)
            self._order.append(node)
            # Who answers badly costs little to ask again; who is silent costs its whole patience.
            if isinstance(error, Unreachable) and not isinstance(error, Behind):
                self._rests[node.url] = time.monotonic() + REST


def _listen(node: Node, every: float | None) -> tuple[Node, Generator[int, None, None], int]:
    heights = node.new_blocks(every)
    return node, heights, next(heights)


def _worth_saying(errors: Sequence[OpenMGError]) -> OpenMGError:
    for kind in (Unknown, Behind, Refused, Rejected, Malformed):
        for error in errors:
            if isinstance(error, kind):
                return error
    return Unreachable("no node answers: " + "; ".join(str(error) for error in errors))
