"""The demo's honest checks can fail: each lie is found, by the checks that look at it and by no other."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import pytest

from openmg.authority import AuthorityKeys
from openmg.crypto import Opening
from openmg.demo.checks import run_checks
from openmg.demo.day import Day, opened
from openmg.demo.folder import DemoFolder
from openmg.home import Household, Wallet
from openmg.units import ONE, LedgerMicroWon, Price, WattHours
from tests.e2e.conftest import Finished

MONEY: Final = "Money is conserved"
ENERGY: Final = "Energy is conserved"
FILLS: Final = "Fills equal a plaintext run"
BALANCES: Final = "Balances open to what wallets expect"
SHARES: Final = "Too few shares open nothing"
REPLAY: Final = "A replay gives the same roots"


@contextmanager
def day_of(folder: DemoFolder) -> Iterator[Day]:
    with opened(folder, lambda *_: None) as day:
        day.run()
        yield day


def failed(day: Day) -> set[str]:
    return {check.name_en for check in run_checks(day) if not check.passed}


def first(day: Day) -> Household:
    return day.households[0]


def altered(day: Day, **changes: object) -> Callable[[], None]:
    """Change the first home's wallet; returns how to undo it."""
    wallet: Wallet = first(day).wallet
    before = {name: getattr(wallet, name) for name in changes}

    def put(values: dict[str, object]) -> None:
        for name, value in values.items():
            setattr(wallet, name, value)

    put(changes)
    return lambda: put(before)


def another_trade(day: Day, **changes: int) -> Callable[[], None]:
    trades = first(day).wallet.trades
    at = next(at for at, trade in enumerate(trades) if trade.bought)
    values = {name: getattr(trades[at], name) + change for name, change in changes.items()}
    return altered(day, trades=[*trades[:at], replace(trades[at], **values), *trades[at + 1 :]])


def more_available(day: Day, more: Opening) -> Callable[[], None]:
    return altered(day, available=first(day).wallet.available + more)


def more_bought(day: Day, more: Opening) -> Callable[[], None]:
    number, month = next(iter(first(day).wallet.months.items()))
    return altered(day, months={number: replace(month, bought=month.bought + more)})


def another_price(day: Day) -> Callable[[], None]:
    state = day.chain.state
    slot = state.slots[12]
    assert slot.clearing is not None
    price = Price(slot.clearing.price + 1)
    state.put_slot(replace(slot, clearing=replace(slot.clearing, price=price)))
    return lambda: state.put_slot(slot)


def another_reading(day: Day, more: int) -> Callable[[], None]:
    meter = first(day).meter
    slot = next(trade.slot for trade in first(day).wallet.trades if trade.bought)
    imported, exported = meter.readings[slot]
    first(day).meter = replace(meter, readings={**meter.readings, slot: (WattHours(imported + more), exported)})
    return lambda: setattr(first(day), "meter", meter)


def richer(day: Day, pool: int = 0, rounding: int = 0) -> Callable[[], None]:
    state = day.chain.state
    before = state.clock
    state.clock = replace(
        before,
        pool_money=LedgerMicroWon(before.pool_money + pool),
        rounding=LedgerMicroWon(before.rounding + rounding),
    )
    return lambda: setattr(state, "clock", before)


@pytest.fixture(scope="module")
def day(finished: Finished) -> Iterator[Day]:
    """The finished day; a test takes back what it changes in it."""
    with day_of(finished.folder) as opened_day:
        yield opened_day


def test_the_truth_passes(day: Day) -> None:
    assert failed(day) == set()
    assert all(each.wallet.height == day.chain.height for each in day.households)


@pytest.mark.parametrize(
    ("tell", "found"),
    [
        pytest.param(lambda day: more_available(day, Opening(1, 0)), {MONEY, BALANCES}, id="a balance"),
        pytest.param(lambda day: more_available(day, Opening(0, 1)), {BALANCES}, id="a blinding"),
        pytest.param(lambda day: more_bought(day, Opening(1, 0)), {BALANCES}, id="a month's sum"),
        pytest.param(lambda day: another_trade(day, bought=1), {ENERGY, FILLS}, id="a fill"),
        pytest.param(lambda day: another_trade(day, bought=ONE, sold=ONE), {FILLS}, id="both sides of a fill"),
        pytest.param(lambda day: another_trade(day, imported=1), {ENERGY}, id="what was metered"),
        pytest.param(lambda day: another_reading(day, 1), {ENERGY, FILLS}, id="the data"),
        pytest.param(lambda day: richer(day, pool=1), {MONEY}, id="the pool's money"),
        pytest.param(lambda day: richer(day, rounding=-1), {MONEY}, id="the rounding"),
        pytest.param(another_price, {FILLS}, id="a price"),
    ],
)
def test_each_lie_is_found_by_its_checks(day: Day, tell: Callable[[Day], Callable[[], None]], found: set[str]) -> None:
    undo = tell(day)
    try:
        seen = failed(day)
    finally:
        undo()
    assert found <= seen
    assert not seen & {SHARES, REPLAY}


def test_a_stored_block_that_was_changed_is_found(copied: DemoFolder) -> None:
    with day_of(copied) as day:
        connection = sqlite3.connect(copied.chain, isolation_level=None)
        connection.execute("DELETE FROM block WHERE height = 40")
        assert failed(day) == {REPLAY}
        connection.close()


def test_shares_that_do_not_open_are_found(copied: DemoFolder) -> None:
    with day_of(copied) as day:
        path = copied.authority(2)
        keys = AuthorityKeys.open(path, copied.passphrase())
        other = AuthorityKeys.open(copied.authority(3), copied.passphrase())
        keys.secrets.epochs = dict(other.secrets.epochs)
        keys.save()
        assert failed(day) == {SHARES}
