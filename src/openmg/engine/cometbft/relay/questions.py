"""Which leaf of a relay chain a question asks for (WIRE-14)."""

from __future__ import annotations

from functools import partial
from typing import Final

from openmg.chains import RelayChain
from openmg.encoding import Reader
from openmg.engine.cometbft.conduct import Finder, leaf_by_index


def _slot(chain: RelayChain, reader: Reader) -> tuple[str, int]:
    number = reader.integer(8)
    reader.end()
    if chain.state.slot(number) is None:
        raise IndexError(f"no slot {number}")
    return "slots", number - chain.genesis.first_slot


def _account(chain: RelayChain, reader: Reader) -> tuple[str, int]:
    key = reader.fixed(32)
    reader.end()
    return "accounts", chain.state.registry.index_of(key)


def _day(chain: RelayChain, reader: Reader) -> tuple[str, int]:
    day, epoch = reader.integer(8), reader.integer(4)
    reader.end()
    return "months", chain.state.position_of_day(day, epoch)


def _month(chain: RelayChain, reader: Reader) -> tuple[str, int]:
    month, account = reader.integer(4), reader.integer(4)
    reader.end()
    return "months", chain.state.position_of_month(month, account)


FINDERS: Final[dict[str, Finder[RelayChain]]] = {
    "/parameters": partial(leaf_by_index, tree="parameters"),
    "/keys": partial(leaf_by_index, tree="keys"),
    "/slot": _slot,
    "/account": _account,
    "/day": _day,
    "/month": _month,
}
