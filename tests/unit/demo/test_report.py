"""The page is one file, in two languages and two themes, and tells the record's truth."""

from __future__ import annotations

import json
import re
import string
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from openmg.demo.record import Line, OpenedSum, from_json, to_json
from openmg.demo.report import render, write_report
from openmg.demo.words import WORDS, sum_name
from openmg.errors import BadInput
from openmg.page.document import asset
from openmg.page.words import Phrase, energy, money
from tests.unit.demo.sample import FEED_IN, LADDER, STEPS, sample_record

RECORD = sample_record()
PAGE = render(RECORD)
VOID_TAGS = {"meta", "link", "input", "br"}


class Outline(HTMLParser):
    """The tags of a page, checked to be closed in order, and its identifiers."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self.ids += [found["id"]] if found.get("id") else []  # type: ignore[list-item]
        self.references += (found.get("aria-labelledby") or "").split()
        if (link := found.get("href") or "").startswith("#"):
            self.references.append(link[1:])
        if tag not in VOID_TAGS:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_record_survives_json() -> None:
    assert from_json(json.loads(json.dumps(to_json(RECORD)))) == RECORD


def test_the_schema_comes_first() -> None:
    assert next(iter(to_json(RECORD))) == "schema"


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("schema",), "openmg/demo/0", "schema"),
        (("homes",), "14", "record.homes"),
        (("homes",), True, "record.homes"),
        (("slots",), {}, "record.slots"),
        (("slots", 0, "state"), "open", "record.slots[0].state"),
        (("slots", 0, "extra"), 1, "extra"),
        (("glass",), None, "record.glass"),
    ],
)
def test_a_wrong_record_is_named(path: tuple[str | int, ...], value: object, named: str) -> None:
    plain = json.loads(json.dumps(to_json(RECORD)))
    place = plain
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(BadInput, match=re.escape(named)):
        from_json(plain)


def test_the_page_asks_nothing_of_the_network() -> None:
    assert "http:" not in PAGE
    assert "https:" not in PAGE
    assert not re.search(r"""(?:src|href)=["']?//|url\((?!#)|@import|@font-face|fetch\(|XMLHttp|WebSocket""", PAGE)
    assert "default-src 'none'" in PAGE


def test_the_page_is_well_formed() -> None:
    outline = Outline()
    outline.feed(PAGE)
    assert not outline.open
    assert len(set(outline.ids)) == len(outline.ids)
    assert not set(outline.references) - set(outline.ids)
    assert {"main", "nav", "header", "footer"} <= set(outline.tags)
    assert outline.tags.count("h1") == 1


@pytest.mark.parametrize("key", WORDS)
def test_every_phrase_has_both_languages(key: str) -> None:
    phrase = WORDS[key]
    assert phrase.en
    assert phrase.ko
    english, korean = (
        sorted(name or "" for _, name, _, _ in string.Formatter().parse(text) if name) for text in phrase
    )
    assert english == korean


def test_both_languages_lie_in_the_page() -> None:
    for key in ("hero_secret", "price_title", "homes_alone", "savings_title", "checks_title", "note_audit"):
        assert WORDS[key].en in PAGE
        assert WORDS[key].ko in PAGE
    assert PAGE.count('<span lang="en">') == PAGE.count('<span lang="ko">')
    assert PAGE.count('" lang="en">') == PAGE.count('" lang="ko">') > 0


def test_the_records_figures_are_on_the_page() -> None:
    total = sum(home.saving for home in RECORD.home_results) / 65536 / 1e6
    assert money(total).en in PAGE
    assert money(total).ko in PAGE
    assert energy(sum(max(slot.bought, slot.sold) for slot in RECORD.slots) / 65536 / 1000) in PAGE
    for price in (*STEPS, FEED_IN, *(slot.price for slot in RECORD.slots if slot.settled)):
        assert f"{price / 1000:.1f}" in PAGE
    for home in RECORD.home_results:
        assert home.home in PAGE
        assert money(home.saving / 65536 / 1e6, sign=True).ko in PAGE
    for line in (*RECORD.glass.everyone, *RECORD.glass.home_sees[:-1]):
        assert line.value in PAGE


def test_a_loss_is_shown_as_a_loss() -> None:
    assert "\N{MINUS SIGN}14원" in PAGE
    assert 'class="bar loss"' in PAGE
    homes = tuple(replace(home, saving=-abs(home.saving)) for home in RECORD.home_results)
    assert "more than without the market" in render(replace(RECORD, home_results=homes))


def test_sums_about_few_homes_are_flagged() -> None:
    assert PAGE.count('class="flag bad"') == 2
    pair = replace(RECORD, day_opened=(OpenedSum("export", 65536, "Wh/65536", 14, 2),))
    assert 'class="flag warn"' in render(pair)
    crowd = replace(RECORD, slots=tuple(replace(slot, opened=()) for slot in RECORD.slots))
    assert WORDS["opened_none"].en in render(crowd)


def test_void_slots_are_marked() -> None:
    assert 'class="hatched"' in PAGE
    settled = replace(RECORD, slots=tuple(slot for slot in RECORD.slots if slot.settled))
    assert 'class="hatched"' not in render(settled)


def test_a_failing_check_is_glaring() -> None:
    assert 'class="alarm"' not in PAGE
    checks = (*RECORD.checks[:-1], replace(RECORD.checks[-1], passed=False))
    page = render(replace(RECORD, checks=checks))
    assert 'class="alarm" role="alert"' in page
    assert page.count('class="check failed"') == 1
    assert page.index('class="check failed"') < page.index('class="check passed"')
    assert WORDS["failed"].en in page
    assert WORDS["hero_secret"].en not in page


def test_what_comes_from_outside_is_escaped() -> None:
    evil = "</script><script>alert('\"&')</script>"
    line = Line(evil, evil, evil)
    record = replace(
        RECORD,
        why_en=evil,
        why_ko=evil,
        slots=tuple(replace(slot, label=evil, kind=evil) for slot in RECORD.slots),
        day_opened=(OpenedSum(evil, 1, "Wh", 14, 3),),
        home_results=tuple(replace(home, home=evil, source=evil) for home in RECORD.home_results),
        glass=replace(RECORD.glass, home=evil, slot_label=evil, everyone=(line,), home_sees=(line,)),
        checks=(replace(RECORD.checks[0], name_en=evil, name_ko=evil, detail_en=evil, detail_ko=evil),),
        timings=(replace(RECORD.timings[0], name_en=evil, name_ko=evil, unit=evil, note=evil),),
    )
    page = render(record)
    assert "<script>alert" not in page
    assert "</script><script>" not in page
    assert "&lt;script&gt;alert" in page


def test_the_report_is_written_whole(tmp_path: Path) -> None:
    path = write_report(RECORD, tmp_path)
    assert path == tmp_path / "report.html"
    assert path.read_text("utf-8") == PAGE
    assert list(tmp_path.iterdir()) == [path]


def test_the_same_record_gives_the_same_page() -> None:
    assert render(sample_record()) == PAGE


@pytest.mark.parametrize("homes", [1, 3])
def test_a_day_without_a_market_is_drawn(homes: int) -> None:
    slots = tuple(replace(slot, state="void", opened=(), net_demand=0, bought=0, sold=0) for slot in RECORD.slots)
    quiet = replace(RECORD, slots=slots, home_results=RECORD.home_results[:homes], day_opened=())
    assert "<svg" in render(quiet)


def palette(selector: str) -> dict[str, str]:
    css = asset("page.css")
    block = css[css.index(selector) :]
    return dict(re.findall(r"(--[a-z-]+): (#[0-9a-f]{6});", block[: block.index("}")]))


def luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [":root {", ':root[data-theme="dark"] {'])
def test_colours_have_contrast(theme: str) -> None:
    colour = palette(theme)
    texts = [(ink, on) for ink in ("ink", "soft", "accent", "pool", "secret", "bad") for on in ("paper", "card")]
    texts += [("cipher", "card"), ("good", "card"), ("good", "paper"), ("soft", "secret-soft"), ("ink", "secret-soft")]
    texts += [("accent", "public-soft"), *((name, f"{name}-soft") for name in ("secret", "bad", "warn", "good"))]
    shapes = [(mark, on) for mark in ("price", "pool", "need", "spare") for on in ("card", "secret-soft")]
    faint = [(a, b) for a, b in texts if contrast(colour[f"--{a}"], colour[f"--{b}"]) < 4.5]
    faint += [(a, b) for a, b in shapes if contrast(colour[f"--{a}"], colour[f"--{b}"]) < 3]
    assert not faint


def test_dark_is_the_same_with_and_without_the_switch() -> None:
    assert palette(":root:not([data-theme]) {") == palette(':root[data-theme="dark"] {')


def test_opened_sums_are_named_for_people() -> None:
    assert sum_name("D3", LADDER).en == "Net demand at 151–185 won"
    assert sum_name("B8", LADDER).ko == "≥ 362원에서 사려던 양"
    assert sum_name("D9", LADDER) == Phrase("D9", "D9")
