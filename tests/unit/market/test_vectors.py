"""The answers of an independent implementation, field by field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openmg.cli.market import answer
from openmg.market import BatteryReading, Pool, PoolParameters
from openmg.units import ONE, LedgerMicroWon, Price, WattHours
from tests.reference import clearing as clearing_reference
from tests.reference import pool as pool_reference
from tests.unit.market.books import PoolSupply

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "market"


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((VECTORS / name).read_text("utf-8"))["cases"]
    return found


def pool_of(given: dict[str, Any]) -> tuple[Pool, BatteryReading]:
    parameters = PoolParameters(
        WattHours(given["capacity"]),
        Price(given["band_low"]),
        Price(given["band_high"]),
        given["efficiency_permille"],
        WattHours(0),
    )
    stored = WattHours(given["stored"])
    reading = BatteryReading(given["discharged"], given["charged"], stored, given.get("stored_end", stored))
    return Pool(parameters, stored, LedgerMicroWon(ONE * given["money"]), LedgerMicroWon(0)), reading


def test_clearing_agrees_in_every_field() -> None:
    for number, case in enumerate(cases("clearing.json"), start=1):
        assert answer(case["given"], f"case {number}") == case["expect"], number


def test_supply_at_the_levels() -> None:
    for case in cases("clearing.json"):
        pool, reading = pool_of(case["given"]["pool"])
        levels = case["given"]["levels"]
        assert [pool.supply(Price(level), reading) for level in levels] == case["pool_supply_at_levels"]


@pytest.mark.parametrize("case", cases("pool.json"))
def test_pool(case: dict[str, Any]) -> None:
    pool, reading = pool_of(case["given"])
    curve = pool.parameters
    assert curve.marginal(pool.stored) == case["marginal"]
    assert pool.reference_price(reading, Price(1)) == case["reference"]
    assert {price: pool.supply(Price(int(price)), reading) for price in case["supply"]} == case["supply"]
    assert {price: curve.stored_at(Price(int(price))) for price in case["stored_at"]} == case["stored_at"]


def test_the_reference_agrees_with_the_pool_vectors() -> None:
    for case in cases("pool.json"):
        given = case["given"]
        curve = (given["capacity"], given["band_low"], given["band_high"])
        moved = (given["discharged"], given["charged"])
        for price, amount in case["supply"].items():
            assert amount == pool_reference.supply(
                curve, given["stored"], given["efficiency_permille"], moved, given["money"], int(price)
            )


@pytest.mark.long
def test_the_reference_agrees_with_the_clearing_vectors() -> None:
    for case in cases("clearing.json")[::10]:
        given = case["given"]
        pool, reading = pool_of(given["pool"])
        found = clearing_reference.clear(
            given["levels"],
            PoolSupply(pool, reading),
            given["reference"],
            given["collar_bp"],
            given["buy"],
            given["sell"],
        )
        assert found == case["expect"]
