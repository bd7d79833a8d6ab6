"""`openmg bill` as a person calls it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.unit.cli.test_bad_input import OPENMG, refused


def said(*arguments: str) -> str:
    done = subprocess.run([OPENMG, "bill", *arguments], capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    return done.stdout


def test_a_bill_has_every_line_and_what_comes_next() -> None:
    told = said("--kwh", "427", "--month", "2023-08", "--voltage", "low")
    for part in ("80,530", "300 × 120.0", "127 × 214.6", "63,254", "7,083", "2,620", "259.9", "begins in 23 kWh"):
        assert part in told


def test_a_bill_in_korean_has_the_names_that_kepco_prints() -> None:
    told = said("--kwh", "427", "--month", "2023-08", "--lang", "ko")
    for name in (
        "기본요금",
        "전력량요금",
        "기후환경요금",
        "연료비조정액",
        "전기요금계",
        "부가가치세",
        "전력산업기반기금",
        "청구금액",
    ):
        assert name in told
    assert "다음 단계까지 23 kWh" in told


def test_a_bill_for_machines() -> None:
    told = json.loads(said("--kwh", "400", "--month", "2025-10", "--json"))
    assert (told["total_won"], told["used_wh"], told["first"], told["last"]) == (
        83_530, 400_000, "2025-10-01", "2025-10-31",
    )  # fmt: skip
    assert told["next_kwh"] == {"price": 362_105, "won": 90_310 - 83_530}
    assert sum(line["won"] for line in told["lines"] if line["key"] in ("base", "energy", "climate", "fuel")) == 74_120


def test_the_jump_at_the_next_step_is_told() -> None:
    told = json.loads(said("--kwh", "390.5", "--month", "2025-10", "--json"))
    assert told["next_step"] == {"left_wh": 9_500, "price": 362_105, "jump_won": 6_420}


def test_the_help_has_an_example() -> None:
    assert "openmg bill --kwh 427 --month 2023-08" in said("--help")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--kwh", "-3", "--month", "2023-08"), "--kwh -3: 0 to 1,000,000 kWh"),
        (("--kwh", "nan", "--month", "2023-08"), "--kwh nan: 0 to 1,000,000 kWh"),
        (("--kwh", "1e3", "--month", "2023-08"), "--kwh 1e3: 0 to 1,000,000 kWh"),
        (("--kwh", "1.2345", "--month", "2023-08"), "at most three decimals"),
        (("--kwh", "1000001", "--month", "2023-08"), "0 to 1,000,000 kWh"),
        (("--kwh", "४२७", "--month", "2023-08"), "0 to 1,000,000 kWh"),
        (("--kwh", "427", "--month", "2023-04"), "rates are known for periods that begin on 2023-05-16 or later"),
        (("--kwh", "427", "--month", "2023-13"), "2023-13: a month such as 2023-08 was expected"),
        (("--kwh", "427", "--month", "2023-08", "--voltage", "middle"), "voltage middle: low or high was expected"),
        (("--kwh", "427", "--month", "2023-08", "--reading-day", "31"), "reading day 31: 1 to 28 was expected"),
        (("--kwh", "427", "--month", "2023-08", "--lang", "fr"), "--lang fr: en or ko was expected"),
    ],
)
def test_bad_input_is_one_line(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    assert says in refused(tmp_path, "bill", *arguments)
