"""Balances that only their owner folds, and the registry (ACCOUNT-1 to ACCOUNT-3, MARKET-6)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.crypto import GENERATOR, IDENTITY, Point, combine, commit
from openmg.errors import Malformed, Rejected
from openmg.ledger import Account, Accumulators, Locked, Registry
from openmg.ledger.account import Credit
from openmg.units import Slot


def worth(value: int) -> Point:
    """A commitment without blinding: what it is worth can be compared."""
    return commit(value, 0, GENERATOR)


def account(name: int = 1, **changes: object) -> Account:
    made = Account(
        account=bytes([name]) * 32,
        meter=bytes([name + 100]) * 32,
        enrolled=Slot(5),
        approvals=0,
        available=worth(1000),
        version=0,
        checkpoint=Slot(9),
        reported=Slot(0),
        credits=(),
        locked=(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def base(of: Account, version: int, checkpoint: int) -> Point:
    return of.base(version, Slot(checkpoint))


def reported(before: Account, slot: int, checkpoint: int, headroom: int, locked: int = 0) -> Account:
    return before.with_report(Slot(slot), Slot(checkpoint), bytes(32), worth(headroom), worth(locked))


def test_a_report_spends_the_version_and_locks() -> None:
    after = reported(account(), 10, 9, 700, 300)
    assert (after.version, after.available, after.reported) == (1, worth(700), 10)
    assert after.locked == (Locked(Slot(10), worth(300), bytes(32)),)
    with pytest.raises(Rejected, match="ACCOUNT-3"):
        base(after, 0, 9)
    with pytest.raises(Rejected, match="ACCOUNT-3"):
        base(after, 2, 9)
    assert base(after, 1, 9) == worth(700)


def test_a_second_pending_report_of_a_slot_is_refused() -> None:
    with pytest.raises(Rejected, match="MARKET-6"):
        reported(reported(account(), 10, 9, 700), 10, 9, 600)


def test_a_checkpoint_never_goes_back() -> None:
    after = reported(account(), 12, 11, 1000)
    with pytest.raises(Rejected, match="ACCOUNT-3"):
        base(after, 1, 10)
    assert base(after, 1, 11) == worth(1000)


def test_a_base_folds_what_was_credited_since_the_checkpoint() -> None:
    lived = account().settled(Slot(10), worth(50)).settled(Slot(11), worth(80)).settled(Slot(14), worth(100))
    folds = {checkpoint: base(lived, 0, checkpoint) for checkpoint in range(9, 17)}
    expected = [1000, 1050, 1080, 1080, 1080, 1100, 1100, 1100]
    assert list(folds.values()) == [worth(value) for value in expected]
    assert lived.latest_credit == worth(100)


def test_a_later_credit_changes_no_earlier_base() -> None:
    lived = account().settled(Slot(10), worth(50))
    before = base(lived, 0, 10)
    assert base(lived.settled(Slot(11), worth(80)), 0, 10) == before


@given(st.data())
def test_any_sequence_of_reports_and_settlements_keeps_the_money(data: st.DataObject) -> None:
    """Whatever is folded when: available + unfolded credits + locked is what there was; old sums are forgotten."""
    now, next_slot, head, pending = account(), 10, 10, dict[int, int]()
    available, prefix, sums, checkpoint = 1000, 0, dict[int, int](), 9
    for _ in range(data.draw(st.integers(1, 14))):
        if data.draw(st.booleans()) or not pending:
            fold = data.draw(st.integers(checkpoint, head - 1))
            expected = available + _at(sums, fold) - _at(sums, checkpoint)
            assert base(now, now.version, fold) == worth(expected)
            locked = data.draw(st.integers(0, expected))
            now = reported(now, next_slot, fold, expected - locked, locked)
            pending[next_slot], available, checkpoint, next_slot = locked, expected - locked, fold, next_slot + 1
        else:
            slot = min(pending)
            prefix += pending.pop(slot)
            sums[slot], head = prefix, slot + 1
            now = now.settled(Slot(slot), worth(prefix))
        assert available + prefix - _at(sums, checkpoint) + sum(pending.values()) == 1000
        assert combine([1, 1, -1], [now.available, now.latest_credit, now.credit_at(Slot(checkpoint))]) == worth(
            1000 - sum(pending.values())
        )
        assert {locked.slot for locked in now.locked} == set(pending)
        assert len(now.credits) <= 1 + head - 10
        assert Account.decode(now.encode()) == now


def _at(sums: dict[int, int], checkpoint: int) -> int:
    return max((value for slot, value in sums.items() if slot <= checkpoint), default=0)


def test_old_credits_are_forgotten_once_folded() -> None:
    lived = account().settled(Slot(10), worth(50)).settled(Slot(11), worth(80)).settled(Slot(14), worth(100))
    after = reported(lived, 16, 12, 1080)
    assert [credit.slot for credit in after.credits] == [11, 14]
    assert base(after, 1, 14) == worth(1100)


def test_the_most_that_may_wait_can_be_written() -> None:
    full = account(locked=tuple(Locked(Slot(slot), IDENTITY, bytes(32)) for slot in range(255)))
    assert Account.decode(full.encode()) == full


@pytest.mark.parametrize("slots", [(3, 3), (4, 3)])
def test_credits_out_of_order_are_malformed(slots: tuple[int, int]) -> None:
    broken = account(credits=tuple(Credit(Slot(slot), IDENTITY) for slot in slots))
    with pytest.raises(Malformed, match="out of order"):
        Account.decode(broken.encode())


def test_the_registry_takes_each_account_and_each_meter_once() -> None:
    registry = Registry([account(1), account(2)])
    assert registry.changes() == []
    with pytest.raises(Rejected, match="ACCOUNT-1"):
        registry.enrol(replace(account(3), account=account(1).account))
    with pytest.raises(Rejected, match="ACCOUNT-1"):
        registry.enrol(replace(account(3), meter=account(2).meter))
    assert len(registry) == 2
    assert registry.changes() == []
    assert registry.enrol(account(3)) == 2
    assert registry.index_of(account(3).account) == 2
    assert registry.changes() == [(2, account(3).encode())]
    assert registry.changes() == []
    with pytest.raises(Rejected, match="ACCOUNT-1"):
        registry.index_of(bytes(32))


def test_the_registry_notes_what_changed() -> None:
    registry = Registry([account(1), account(2), account(3)])
    changed = reported(account(2), 10, 9, 5)
    registry.replace(1, changed)
    registry.replace(1, changed)
    assert registry[1] == changed
    assert registry.changes() == [(1, changed.encode())]
    assert [each.account[0] for each in registry] == [1, 2, 3]


def test_new_accumulators_are_nothing() -> None:
    new = Accumulators(24_000, 3)
    assert {new.imported, new.exported, new.bought, new.sold, new.cost} == {IDENTITY}
    assert Accumulators.decode(new.encode()) == new
