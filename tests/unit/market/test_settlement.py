"""MARKET-9 and MARKET-10: homes, pool and utility after thousands of random slots."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.market import (
    BatteryReading,
    Clearing,
    InvariantBroken,
    Kind,
    Ladder,
    Pool,
    PoolParameters,
    Proceeds,
    Settlement,
    clear_book,
    collateral,
    conservation,
    proceeds,
)
from openmg.units import ONE, LedgerMicroWon, LedgerWattHours, Price, WattHours, Weight

SEED = 20_261_123


@dataclass
class Home:
    buy: list[int]
    sell: list[int]


def random_home(random: Random, rungs: int) -> Home:
    """An order as MARKET-5 lets it pass: mostly one-sided, sometimes both sides at once."""
    sizes = random.choice((3, 300, 65535))
    buy = sorted((random.randint(0, sizes) for _ in range(rungs)), reverse=True)
    sell = sorted(random.randint(0, sizes) for _ in range(rungs))
    side = random.random()
    nothing = [0] * rungs
    return Home(nothing if side < 0.4 else buy, nothing if 0.4 <= side < 0.8 else sell)


def random_pool(random: Random) -> tuple[Pool, BatteryReading]:
    low = random.randint(1, 300_000)
    parameters = PoolParameters(
        WattHours(random.choice((0, 1000, 50_000, 5_000_000))),
        Price(low),
        Price(low + random.randint(1, 300_000)),
        random.choice((1000, 950, 900, random.randint(1, 1000))),
        WattHours(0),
    )
    start, end = (WattHours(random.randint(0, parameters.capacity)) for _ in range(2))
    moved = WattHours(random.choice((0, 1, 500, 100_000)))
    reading = random.choice(
        (BatteryReading(moved, WattHours(0), start, end), BatteryReading(WattHours(0), moved, start, end))
    )
    money = LedgerMicroWon(random.choice((0, ONE - 1, ONE * 10**9, ONE * 10**14)))
    return Pool(parameters, start, money, LedgerMicroWon(0)), reading


def trade_a_slot(random: Random) -> Kind:
    """One random slot, settled home by home; raises if money or energy is made or lost, or a balance is negative."""
    rungs = random.randint(1, 12)
    highest = random.choice((40, 500_000))
    ladder = Ladder(tuple(Price(level) for level in sorted(random.sample(range(1, highest), rungs))))
    pool, reading = random_pool(random)
    homes = [random_home(random, rungs) for _ in range(random.randint(1, 5))]
    fee = Price(random.choice((0, 14_000)))
    clearing, _, bought, sold = clear_book(
        ladder,
        lambda price: pool.supply(price, reading),
        Price(random.randint(1, highest + 10)),
        random.choice((0, 500, 1000, 20_000)),
        [sum(home.buy[k] for home in homes) for k in range(rungs)],
        [sum(home.sell[k] for home in homes) for k in range(rungs)],
    )
    settled = Settlement.of(clearing, fee, tariff=Price(250_000), feed_in=Price(120_000))
    paid = filled_buy = filled_sell = 0
    for home in homes:
        locked = collateral(ladder.top, fee, WattHours(home.buy[0]))
        credit = settled.credit.apply(locked, home.buy, home.sell, 0, 0)
        assert credit >= 0, "a home with the collateral of MARKET-6 owes nothing"
        paid += locked - credit
        filled_buy += settled.bought.apply(0, home.buy, home.sell, 0, 0)
        filled_sell += settled.sold.apply(0, home.buy, home.sell, 0, 0)
    assert (filled_buy, filled_sell) == (bought, sold)
    after = pool.settle(reading, clearing.price, clearing.pool_flow, ladder.bottom, ladder.top)
    received = proceeds(clearing, fee, bought)
    conservation(clearing, fee, bought, sold, paid, replace(received, pool=LedgerMicroWon(after.money - pool.money)))
    assert after.money >= 0
    return clearing.kind


def test_random_slots_conserve_money_and_leave_no_negative_balance() -> None:
    random = Random(SEED)
    kinds = {trade_a_slot(random) for _ in range(2000)}
    assert kinds == set(Kind), "every way to clear was met"


@pytest.mark.long
def test_a_hundred_thousand_slots_conserve_money() -> None:
    random = Random(SEED + 1)
    for _ in range(100_000):
        trade_a_slot(random)


SETTLED = Settlement(
    price=Price(200),
    fee=Price(14),
    buy_weights=((2, Weight(40_000)), (3, Weight(25_536))),
    sell_weights=((2, Weight(65_536)),),
    tariff=Price(250),
    feed_in=Price(120),
)
scalars = st.integers(-(2**252), 2**252)


@given(st.lists(scalars, min_size=3, max_size=3), st.lists(scalars, min_size=3, max_size=3), scalars, scalars, scalars)
def test_coefficients_agree_with_the_formulas(buy: list[int], sell: list[int], locked: int, i: int, e: int) -> None:
    bought = 40_000 * buy[1] + 25_536 * buy[2]
    sold = 65_536 * sell[1]
    given_ = (locked, buy, sell, i, e)
    assert SETTLED.fill_buy(buy) == SETTLED.bought.apply(*given_) == bought
    assert SETTLED.fill_sell(sell) == SETTLED.sold.apply(*given_) == sold
    assert SETTLED.credit.apply(*given_) == locked - (200 + 14) * bought + 200 * sold
    assert SETTLED.imported.apply(*given_) == 65536 * i
    assert SETTLED.exported.apply(*given_) == 65536 * e
    assert SETTLED.cost.apply(*given_) == 250 * (65536 * i - bought) - 120 * (65536 * e - sold)


def test_a_void_slot_returns_the_collateral_and_still_counts() -> None:
    void = Settlement.void(tariff=Price(250), feed_in=Price(120))
    given_ = (777, [5, 4, 3], [1, 2, 3], 10, 2)
    assert void.fill_buy([5, 4, 3]) == void.fill_sell([1, 2, 3]) == 0
    assert void.credit.apply(*given_) == 777
    assert void.bought.apply(*given_) == void.sold.apply(*given_) == 0
    assert void.imported.apply(*given_) == 65536 * 10
    assert void.exported.apply(*given_) == 65536 * 2
    assert void.cost.apply(*given_) == 65536 * (250 * 10 - 120 * 2)


def test_collateral_by_hand() -> None:
    assert collateral(Price(362_105), Price(14_000), WattHours(3)) == 65536 * 376_105 * 3
    assert collateral(Price(2**20), Price(0), WattHours(2**16 - 1)) < 2**56


CLEARED = Clearing(
    price=Price(200),
    kind=Kind.STEP,
    rung=2,
    buy_weights=((1, Weight(ONE)),),
    sell_weights=((1, Weight(ONE)),),
    net=LedgerWattHours(105),
    pool_flow=LedgerWattHours(100),
    residue=LedgerWattHours(5),
    supply=WattHours(1),
    net_demand=WattHours(1),
)
RECEIVED = proceeds(CLEARED, Price(14), LedgerWattHours(1105))


def test_proceeds_by_hand() -> None:
    assert (RECEIVED.pool, RECEIVED.rounding, RECEIVED.utility, RECEIVED.total) == (20_000, 1000, 15_470, 36_470)
    conservation(CLEARED, Price(14), 1105, 1000, 36_470, RECEIVED)


def changed(**amounts: int) -> Proceeds:
    return replace(RECEIVED, **{name: LedgerMicroWon(amount) for name, amount in amounts.items()})


@pytest.mark.parametrize(
    ("clearing", "sold", "paid", "received", "reason"),
    [
        (CLEARED, 1001, 36_470, RECEIVED, "energy bought minus sold: 104"),
        (replace(CLEARED, residue=LedgerWattHours(4)), 1000, 36_470, RECEIVED, "pool flow and residue: 104"),
        (CLEARED, 1000, 36_469, RECEIVED, "paid by accounts: 36469"),
        (CLEARED, 1000, 36_470, changed(pool=19_999, rounding=1001), "received by the pool: 19999"),
        (CLEARED, 1000, 36_470, changed(rounding=999), "received by rounding: 999"),
        (CLEARED, 1000, 36_470, changed(utility=0), "received by the utility: 0"),
        (
            replace(CLEARED, pool_flow=LedgerWattHours(106), residue=LedgerWattHours(-1)),
            1000,
            36_470,
            changed(pool=21_200, rounding=-200),
            "the rounding account would pay 200",
        ),
    ],
)
def test_what_is_made_or_lost_is_named(
    clearing: Clearing, sold: int, paid: int, received: Proceeds, reason: str
) -> None:
    with pytest.raises(InvariantBroken, match=f"MARKET-10 broken: {reason}"):
        conservation(clearing, Price(14), 1105, sold, paid, received)
