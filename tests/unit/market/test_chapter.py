"""The worked examples of the book, recomputed."""

from __future__ import annotations

import json
import re
from pathlib import Path

from openmg.cli.market import answer
from openmg.market import BatteryReading, Ladder, Pool, PoolParameters, honest_ladder
from openmg.units import ONE, LedgerMicroWon, Price, WattHours

BOOK = Path(__file__).resolve().parents[3] / "book" / "src"
BATTERY = {
    "capacity": 50_000,
    "band_low": 133_000,
    "band_high": 245_000,
    "stored": 20_000,
    "efficiency_permille": 950,
    "discharged": 200,
    "charged": 0,
    "money": 10**9,
}


def test_the_markets_example() -> None:
    text = (BOOK / "market.md").read_text("utf-8")
    given, expected = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL))
    assert answer(given, "the book") == expected
    with_battery = answer(given | {"pool": BATTERY}, "the book")
    assert with_battery["buy_weights"] == {"2": 43691, "3": 21845}
    assert with_battery["pool"] == 200 * ONE
    assert 600 * 43691 // ONE == 400


def test_the_homes_of_the_markets_example() -> None:
    ladder = Ladder((Price(120_000), Price(150_000), Price(200_000), Price(260_000)))
    none = WattHours(0)
    orders = [
        honest_ladder(ladder, WattHours(900), none, Price(260_000), Price(120_000)),
        honest_ladder(ladder, WattHours(600), none, Price(200_000), Price(120_000)),
        honest_ladder(ladder, none, WattHours(1000), Price(260_000), Price(120_000)),
        honest_ladder(ladder, none, WattHours(300), Price(260_000), Price(180_000)),
    ]
    assert [sum(order.buy[k] for order in orders) for k in range(4)] == [1500, 1500, 900, 900]
    assert [sum(order.sell[k] for order in orders) for k in range(4)] == [1000, 1000, 1300, 1300]


def test_the_pools_example() -> None:
    battery = PoolParameters(WattHours(50_000), Price(133_000), Price(245_000), 950, WattHours(12_500))
    pool = Pool(battery, WattHours(20_000), LedgerMicroWon(ONE * 10**9), LedgerMicroWon(0))
    reading = BatteryReading(WattHours(200), WattHours(0), WattHours(20_000), WattHours(19_789))
    assert battery.marginal(pool.stored) == 187_563
    assert battery.marginal(reading.stored_end) == 188_059
    assert pool.reference_price(reading, Price(1)) == 197_957
    offers = [pool.supply(Price(price), reading) for price in (197_000, 197_500, 198_000, 200_000)]
    assert offers == [0, 23, 200, 200]
