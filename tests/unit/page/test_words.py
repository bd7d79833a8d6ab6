"""Quantities as people write them, and word lists."""

from __future__ import annotations

import pytest

from openmg.page.words import SHELL, Phrase, day, money, number, read_words


def test_quantities_are_written_for_people() -> None:
    assert number(-0.04) == "0.0"
    assert number(-1234.5, 1, sign=True) == "\N{MINUS SIGN}1,234.5"
    assert number(0.0, 0, sign=True) == "0"
    assert money(1234.4) == Phrase("1,234\N{NO-BREAK SPACE}won", "1,234원")
    assert day("2017-06-04") == Phrase("4 June 2017", "2017년 6월 4일")


def test_a_phrase_is_filled_in_each_language() -> None:
    assert Phrase("{a} in {b}", "{b}의 {a}").fill(a="1", b=Phrase("June", "6월")) == Phrase("1 in June", "6월의 1")


@pytest.mark.parametrize("package", ["openmg.page", "openmg.demo", "openmg.simulation"])
def test_every_phrase_has_both_languages(package: str) -> None:
    words = read_words(package, "words.txt")
    assert words
    assert all(phrase.en and phrase.ko for phrase in words.values())


def test_the_shells_words_are_all_there() -> None:
    assert {"skip", "brand", "language", "theme", "light", "dark", "sections"} <= set(SHELL)
