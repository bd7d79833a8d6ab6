"""What a simulation writes: figures, a page in both languages, pictures, and a table of every slot."""

from __future__ import annotations

import datetime
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from pyarrow import parquet

from openmg.page.pictures import speaker
from openmg.simulation.comparison import Comparison, compare
from openmg.simulation.mechanisms import MECHANISMS
from openmg.simulation.plots import homes, write_plots
from openmg.simulation.record import Record, record_of, to_json
from openmg.simulation.report import MOST_BARS, render, write_report
from openmg.simulation.scenario import Scenario
from openmg.simulation.table import UNITS, write_table
from openmg.simulation.words import WORDS, mechanism_name
from tests.unit.simulation.test_community import community

DAYS = 3
ENDS = ("en.png", "en.svg", "ko.png", "ko.svg")


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(Scenario(start=datetime.date(2017, 1, 3), days=DAYS), community(5, 6, 4))


@pytest.fixture(scope="module")
def record(comparison: Comparison) -> Record:
    return record_of(comparison, 1.5)


def test_every_mechanism_has_its_figures(record: Record) -> None:
    assert [each.mechanism for each in record.figures] == list(MECHANISMS)
    assert (record.first, record.last, record.slots) == ("2017-01-03", "2017-01-05", 24 * DAYS)
    assert all(each.unserved_kwh == 0 for each in record.figures)
    shares = [sum(each.prices.set_by.values()) for each in record.figures if each.prices.slots]
    assert shares == pytest.approx([1.0] * len(shares))


def test_the_json_holds_the_record(record: Record) -> None:
    told = json.loads(json.dumps(to_json(record), allow_nan=False))
    assert told["schema"] == "openmg/simulation/1"
    assert told["figures"][0]["savings"] == pytest.approx(list(record.figures[0].savings))
    assert told["scenario"]["start"] == "2017-01-03"


def test_the_page_has_every_mechanism_and_home_in_both_languages(record: Record) -> None:
    page = render(record)
    for name in MECHANISMS:
        assert mechanism_name(name).en in page
        assert mechanism_name(name).ko in page
    for home in record.homes:
        assert f">{home}</th>" in page
    for place in ("savings", "prices", "homes", "table", "notes"):
        assert f'<section id="{place}"' in page
    assert "{" not in re.sub(r"<(style|script)[^>]*>.*?</\1>", "", page, flags=re.DOTALL), "every brace is filled"


def test_a_home_that_pays_more_is_told_of(record: Record) -> None:
    ours = replace(record.figures[0], losers=2, saving=-5.0)
    page = render(replace(record, figures=(ours, *record.figures[1:])))
    assert WORDS["hero_losers"].fill(count="2").en in page
    assert "would pay 5" in page


def test_without_a_market_there_is_nothing_to_draw_but_homes(record: Record, tmp_path: Path) -> None:
    alone = replace(record, figures=record.figures[-1:], hours={"none": (None,) * 24})
    page = render(alone)
    for place in ("prices", "savings"):
        assert f'id="{place}"' not in page
        assert f'#{place}"' not in page
    assert {path.name for path in write_plots(alone, tmp_path)} == {f"homes.{end}" for end in ENDS}


def test_a_large_street_is_drawn_at_its_ends(record: Record) -> None:
    savings = tuple(float(home) for home in range(MOST_BARS + 40))
    ours = replace(record.figures[0], savings=savings)
    page = render(replace(record, figures=(ours,), homes=tuple(f"h{home}" for home in range(len(savings)))))
    assert ">h0</th>" in page
    assert f">h{MOST_BARS + 39}</th>" in page
    assert f">h{(MOST_BARS + 40) // 2}</th>" not in page
    assert "40 homes between them are not" in page


def test_a_name_from_outside_is_escaped(record: Record) -> None:
    names = ("<script>x</script>", *record.homes[1:])
    assert "<script>x" not in render(replace(record, homes=names))


def test_pictures_are_in_both_languages_and_kinds(record: Record, tmp_path: Path) -> None:
    paths = write_plots(record, tmp_path)
    assert len(paths) == 3 * 2 * 2
    for path in paths:
        head = path.read_bytes()[:5]
        assert head == (b"<?xml" if path.suffix == ".svg" else b"\x89PNG\r")


def test_homes_that_save_the_same_keep_their_names(record: Record) -> None:
    alike = replace(record.figures[0], savings=(5.0,) * len(record.homes))
    figure = homes(replace(record, figures=(alike,)), speaker("en"))
    assert {label.get_text() for label in figure.axes[0].get_yticklabels()} == set(record.homes)


def test_the_report_is_one_file(record: Record, tmp_path: Path) -> None:
    path = write_report(record, tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]
    assert "http" not in re.sub(r"http-equiv|http://www.w3.org/2000/svg", "", path.read_text("utf-8"))


def test_the_table_has_every_slot_of_every_mechanism(comparison: Comparison, tmp_path: Path) -> None:
    path = tmp_path / "slots.parquet"
    write_table(path, comparison.street, comparison.slots)
    table = parquet.read_table(path)
    assert table.num_rows == 24 * DAYS * len(MECHANISMS)
    assert table.schema.names == ["start", "mechanism", *UNITS]
    assert table.schema.field("price").metadata == {b"unit": b"uKRW/Wh"}
    ours = [row for row in table.to_pylist() if row["mechanism"] == "pool"]
    assert ours[0]["start"] == datetime.datetime(2017, 1, 3)  # noqa: DTZ001 - local clock
    assert [row["price"] for row in ours] == comparison.slots["pool"].price.tolist()
    assert {row["set_by"] for row in ours} <= {"nothing", "floor", "cap", "step", "curve", "collar", "rule"}
