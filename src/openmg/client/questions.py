"""What a network can be asked, and how a leaf is recognised as the answer (WIRE-14)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from openmg.chains import Genesis
from openmg.chains.clock import Clock
from openmg.chains.day import DayState
from openmg.chains.epoch import EpochState
from openmg.chains.slot import SlotState
from openmg.encoding import Reader, Writer
from openmg.errors import BadInput, Malformed, Rejected
from openmg.ledger import Account, Accumulators

_DAY: Final = b"D"
_MONTH: Final = b"M"
_T = TypeVar("_T")


@dataclass(frozen=True)
class Question(Generic[_T]):
    """A query, the tree that its answer stands in, and what takes (index, leaf) of an answer apart.

    `read` raises `Rejected` with `WIRE-14` when the leaf is another one than was asked for, `Malformed` when it is no
    leaf of the kind.
    """

    path: str
    data: bytes
    tree: str
    read: Callable[[int, bytes], _T]


def about_genesis(genesis: Genesis) -> Question[Genesis]:
    """The chain's parameters, which the document knows."""

    def read(index: int, leaf: bytes) -> Genesis:
        _same(index, 0, "leaf")
        _same(leaf, genesis.encode(), "parameters")
        return genesis

    return Question("/parameters", _u64(0), "parameters", read)


def about_clock() -> Question[Clock]:
    """Where the chain stands."""

    def read(index: int, leaf: bytes) -> Clock:
        _same(index, 1, "leaf")
        return Clock.decode(leaf)

    return Question("/parameters", _u64(1), "parameters", read)


def about_epoch(number: int) -> Question[EpochState]:
    """An epoch by its number."""

    def read(index: int, leaf: bytes) -> EpochState:
        epoch = EpochState.decode(leaf)
        _same(index, number, "leaf")
        _same(epoch.epoch, number, "epoch")
        return epoch

    return Question("/keys", _u64(number), "keys", read)


def about_slot(genesis: Genesis, number: int) -> Question[SlotState]:
    """A slot by its index since the Unix epoch."""

    def read(index: int, leaf: bytes) -> SlotState:
        slot = SlotState.decode(leaf)
        _same(index, number - genesis.first_slot, "leaf")
        _same(slot.slot, number, "slot")
        return slot

    return Question("/slot", _u64(number), "slots", read)


def about_account(key: bytes) -> Question[tuple[int, Account]]:
    """(index, account) of an account key."""

    def read(index: int, leaf: bytes) -> tuple[int, Account]:
        account = Account.decode(leaf)
        _same(account.account, key, "account")
        return index, account

    return Question("/account", Writer().fixed(key, 32).done(), "accounts", read)


def about_day(day: int, epoch: int) -> Question[DayState]:
    """The sums of a local day (days since 1970) under an epoch's key."""

    def read(_: int, leaf: bytes) -> DayState:
        _same(leaf[:1], _DAY, "kind")
        found = DayState.decode(leaf[1:])
        _same((found.day, found.epoch), (day, epoch), "day")
        return found

    return Question("/day", Writer().integer(day, 8).integer(epoch, 4).done(), "months", read)


def about_month(month: int, account: int) -> Question[Accumulators]:
    """The accumulators of a month (12·year + month − 1) and an account's index."""

    def read(_: int, leaf: bytes) -> Accumulators:
        _same(leaf[:1], _MONTH, "kind")
        found = Accumulators.decode(leaf[1:])
        _same((found.month, found.index), (month, account), "month")
        return found

    return Question("/month", Writer().integer(month, 4).integer(account, 4).done(), "months", read)


def question_of(genesis: Genesis, path: str, data: bytes) -> Question[object]:
    """The question that a path and its bytes put.

    Raises:
        BadInput: no such path, or bytes that do not fit it.
    """
    reader = Reader(data, path)
    try:
        question = _parsed(genesis, path, reader)
        reader.end()
    except Malformed as error:
        raise BadInput(f"query {error}") from error
    return question


def _parsed(genesis: Genesis, path: str, reader: Reader) -> Question[object]:
    def taken(question: Question[_T]) -> Question[object]:
        return Question(question.path, question.data, question.tree, question.read)

    if path == "/parameters":
        index = reader.integer(8)
        if index > 1:
            raise BadInput(f"query {path}: leaf {index}; 0 (genesis) or 1 (clock) was expected")
        return taken(about_clock()) if index else taken(about_genesis(genesis))
    if path == "/keys":
        return taken(about_epoch(reader.integer(8)))
    if path == "/slot":
        return taken(about_slot(genesis, reader.integer(8)))
    if path == "/account":
        return taken(about_account(reader.fixed(32)))
    if path == "/day":
        return taken(about_day(reader.integer(8), reader.integer(4)))
    if path == "/month":
        return taken(about_month(reader.integer(4), reader.integer(4)))
    raise BadInput(f"no query {path[:40]!r}; /parameters, /keys, /slot, /account, /day or /month was expected")


def _u64(number: int) -> bytes:
    return Writer().integer(number, 8).done()


def _same(found: object, asked: object, what: str) -> None:
    if found != asked:
        shown = tuple(each.hex()[:16] if isinstance(each, bytes) else each for each in (found, asked))
        raise Rejected("WIRE-14", f"the answer is about {what} {shown[0]}, asked was {shown[1]}")
