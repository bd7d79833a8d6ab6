"""`openmg market clear CASES.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from openmg.cli.market import app
from openmg.errors import BadInput

GOOD: dict[str, Any] = {
    "levels": [120000, 200000, 300000],
    "buy": [500, 400, 0],
    "sell": [0, 300, 600],
    "reference": 210000,
    "collar_bp": 1000,
    "pool": {
        "capacity": 50000,
        "band_low": 133000,
        "band_high": 245000,
        "stored": 20000,
        "efficiency_permille": 950,
        "discharged": 100,
        "charged": 0,
        "money": 10**9,
    },
}


def run(file: Path) -> Result:
    return CliRunner().invoke(app, ["clear", str(file)])


def written(folder: Path, document: object) -> Path:
    file = folder / "cases.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return file


@pytest.mark.parametrize("pool", [GOOD["pool"], None, ...])
def test_clears_both_shapes_with_and_without_a_pool(tmp_path: Path, pool: object) -> None:
    given = {key: value for key, value in GOOD.items() if key != "pool"} | ({} if pool is ... else {"pool": pool})
    cases = [{"given": given}, {"given": given, "note": "more is no harm"}]
    bare = run(written(tmp_path, cases))
    assert bare.exit_code == 0, bare.output
    assert run(written(tmp_path, {"cases": cases})).output == bare.output
    answers = json.loads(bare.output)
    assert len(answers) == 2
    assert answers[0]["path"] == (["D2"] if pool == GOOD["pool"] else ["D2", "B2"])
    assert answers[0]["pool"] == (100 * 65536 if pool == GOOD["pool"] else 0)


def test_no_cases_no_answers(tmp_path: Path) -> None:
    assert json.loads(run(written(tmp_path, [])).output) == []


def test_vectors(tmp_path: Path) -> None:
    file = Path(__file__).resolve().parents[2] / "vectors" / "market" / "clearing.json"
    expected = [case["expect"] for case in json.loads(file.read_text("utf-8"))["cases"]]
    assert json.loads(run(file).output) == expected
    assert json.loads(run(written(tmp_path, {"cases": [{"given": GOOD}]})).output)[0].keys() == expected[0].keys()


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in GOOD.items() if key != name}


def pool_with(**changes: object) -> dict[str, Any]:
    return GOOD | {"pool": GOOD["pool"] | changes}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (GOOD | {"levels": [120000, 110000, 300000]}, "levels: level 2 is 110000, not above level 1"),
        (GOOD | {"levels": []}, "levels: a ladder has 1 to 12 levels"),
        (GOOD | {"levels": 3}, "levels: a list expected"),
        (GOOD | {"levels": [0, 2, 3]}, "levels: level 1"),
        (GOOD | {"buy": [1, 1]}, "buy: 3 quantities expected, one per level, got 2"),
        (GOOD | {"sell": [1, 1, 1, 1]}, "sell: 3 quantities expected"),
        (GOOD | {"buy": [1, 2, 3]}, "buy on rung 2 is 2, above rung 1"),
        (GOOD | {"sell": [3, 2, 1]}, "sell on rung 2 is 2, below rung 1"),
        (GOOD | {"buy": [1, -1, 0]}, "buy, entry 2: an integer from 0"),
        (GOOD | {"buy": [True, 0, 0]}, "buy, entry 1: .* got True"),
        (GOOD | {"buy": [1.5, 0, 0]}, "buy, entry 1: .* got 1.5"),
        (GOOD | {"buy": "many"}, "buy: a list expected"),
        (GOOD | {"reference": 0}, "reference: an integer from 1"),
        (GOOD | {"reference": "210000"}, "reference: .* got '210000'"),
        (GOOD | {"collar_bp": -1}, "collar_bp: an integer from 0"),
        (GOOD | {"pool": []}, "pool: an object expected"),
        (without("levels"), "levels: missing, a list expected"),
        (without("reference"), "reference: missing, an integer expected"),
        (pool_with(efficiency_permille=0), "pool: efficiency_permille"),
        (pool_with(band_high=1), "pool: band_high is 1, not above band_low"),
        (pool_with(charged=5), "pool: discharged is 100 and charged is 5"),
        (pool_with(money=2**200), "pool: money: an integer from 0 to 3402.*, got an integer of 201 bits"),
        (pool_with(stored=None), "pool: stored: .* got None"),
        ({**GOOD, "pool": {}}, "pool: discharged: missing"),
        ([], "given: an object expected"),
    ],
)
def test_a_bad_case_is_named_and_nothing_is_printed(tmp_path: Path, given: object, reason: str) -> None:
    file = written(tmp_path, [{"given": GOOD}, {"given": given}])
    result = run(file)
    assert isinstance(result.exception, BadInput)
    assert str(result.exception).startswith(f"{file}: case 2: ")
    assert "\n" not in str(result.exception)
    with pytest.raises(BadInput, match=reason):
        raise result.exception
    assert result.output == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON"),
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("3", "a list of cases or"),
        ("{}", "cases: missing, a list expected"),
        ('{"cases": 3}', "cases: a list expected"),
        ("[3]", "case 1: an object expected"),
        ("[{}]", "case 1: given: missing"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, text: str, reason: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(BadInput, match=reason) as bad:
        CliRunner().invoke(app, ["clear", str(file)], catch_exceptions=False)
    assert str(bad.value).startswith(f"{file}: ")


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for file in (tmp_path / "none.json", tmp_path):
        with pytest.raises(BadInput, match=str(file)):
            CliRunner().invoke(app, ["clear", str(file)], catch_exceptions=False)
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe[]")
    with pytest.raises(BadInput, match="not JSON"):
        CliRunner().invoke(app, ["clear", str(tmp_path / "bytes.json")], catch_exceptions=False)


def test_help_shows_an_example() -> None:
    assert "openmg market clear" in CliRunner().invoke(app, ["clear", "--help"]).output
