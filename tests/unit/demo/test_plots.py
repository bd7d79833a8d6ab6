"""The pictures: written whole, in both languages, and of a size that people can share."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import pytest

from openmg.demo.plots import write_plots
from openmg.demo.record import Line
from tests.unit.demo.sample import sample_record

NAMES = {f"{name}.{lang}.png" for name in ("price", "flows", "savings", "glass") for lang in ("en", "ko")}


def size(path: Path) -> tuple[int, int]:
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert content.endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def test_all_pictures_are_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    written = write_plots(sample_record(), tmp_path)
    assert {path.name for path in written} == NAMES == {path.name for path in tmp_path.iterdir()}
    for path in written:
        width, height = size(path)
        assert width == 1300
        assert 500 < height < 1600
        assert 10_000 < path.stat().st_size < 400_000
    assert not caplog.records, "matplotlib found a font or a glyph missing"


def test_languages_differ(tmp_path: Path) -> None:
    write_plots(sample_record(), tmp_path)
    for name in ("price", "flows", "savings", "glass"):
        assert (tmp_path / f"{name}.en.png").read_bytes() != (tmp_path / f"{name}.ko.png").read_bytes()


def test_a_strange_day_is_drawn(tmp_path: Path) -> None:
    record = sample_record()
    slots = tuple(replace(slot, state="void", net_demand=0, pool_flow=0, bought=0, sold=0) for slot in record.slots)
    line = Line("$100$ <b>", "$100$ <b>", "$\\frac$ " * 20)
    glass = replace(record.glass, everyone=(line,), home_sees=())
    homes = tuple(replace(home, saving=-abs(home.saving)) for home in record.home_results[:1])
    written = write_plots(replace(record, slots=slots, home_results=homes, glass=glass), tmp_path)
    assert {path.name for path in written} == NAMES
