"""What every chain asks of its next block, whichever kinds of transactions it has (WIRE-11, SLOT-6)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.errors import Malformed, Rejected
from openmg.machine import LATEST, Block, check_follows, in_order, is_ordered, rank

ROOT = bytes(range(32))
GOOD = Block(height=8, time=100, proposer=2, previous=ROOT, transactions=(b"\x10", b"\x03", b"\x02", b"\x01"))


def follow(block: Block) -> None:
    check_follows(block, height=7, root=ROOT, time=100, authorities=2)


def test_the_next_block_follows() -> None:
    follow(GOOD)
    follow(replace(GOOD, time=LATEST - 1, proposer=1, transactions=()))


@pytest.mark.parametrize(
    ("change", "clause"),
    [
        ({"height": 7}, "WIRE-11: block 7 where 8 was expected"),
        ({"height": 9}, "WIRE-11: block 9 where 8 was expected"),
        ({"previous": bytes(32)}, "WIRE-11: block 8 builds on another state"),
        ({"time": 99}, "WIRE-11: block 8 is older"),
        ({"time": LATEST}, "WIRE-11: block 8 lies beyond the calendar"),
        ({"transactions": GOOD.transactions[::-1]}, "SLOT-6: the transactions of block 8 are out of order"),
        ({"proposer": 0}, "WIRE-11: block 8 has no authority 0"),
        ({"proposer": 3}, "WIRE-11: block 8 has no authority 3"),
    ],
)
def test_another_block_is_refused(change: dict[str, object], clause: str) -> None:
    with pytest.raises(Rejected, match=clause):
        follow(replace(GOOD, **change))  # type: ignore[arg-type]


def test_authorities_come_first_of_every_chain() -> None:
    kinds = [1, 2, 3, 4, 8, 15, 16, 22, 32, 37, 255]
    assert [rank(bytes([kind])) for kind in kinds] == [3, 2, 1, 3, 3, 3, 0, 0, 0, 0, 0]
    assert rank(b"") == 3


@given(st.lists(st.binary(max_size=3)))
def test_order_keeps_who_came_first(transactions: list[bytes]) -> None:
    ordered = in_order(transactions)
    assert is_ordered(ordered)
    for place in range(4):
        assert [raw for raw in ordered if rank(raw) == place] == [raw for raw in transactions if rank(raw) == place]


def test_a_block_out_of_order_is_none() -> None:
    assert Block.decode(GOOD.encode()) == GOOD
    with pytest.raises(Malformed, match="SLOT-6"):
        Block.decode(replace(GOOD, transactions=GOOD.transactions[::-1]).encode())
