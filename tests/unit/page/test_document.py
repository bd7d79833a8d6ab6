"""The shell of a page: complete in one file, its bar, what it refuses to load."""

from __future__ import annotations

import re

from openmg.page.document import POLICY, asset, document, labels
from openmg.page.markup import both, table
from openmg.page.words import Phrase

PAGE = document(
    Phrase("A title", "제목"),
    {"one": Phrase("One", "하나")},
    ['<section id="one"></section>'],
    Phrase("End", "끝"),
    ".own{}",
)


def test_a_page_has_its_parts_its_bar_and_both_languages() -> None:
    assert PAGE.startswith("<!doctype html>")
    assert '<a href="#one"><span lang="en">One</span><span lang="ko">하나</span></a>' in PAGE
    assert 'data-en="A title" data-ko="제목"' in PAGE
    assert PAGE.index(".own{}") > PAGE.index(asset("page.css")[:40])


def test_nothing_is_fetched() -> None:
    assert POLICY.startswith("default-src 'none'")
    assert POLICY in PAGE
    assert not re.search(r"""(?:src|href)=["'](?!#|data:)|url\((?!#)|@import""", PAGE)


def test_what_comes_from_outside_is_escaped() -> None:
    assert both(Phrase("<b>", "&")) == '<span lang="en">&lt;b&gt;</span><span lang="ko">&amp;</span>'
    assert "<script>" not in table("", ["<script>"], [["<script>", "1"]])
    assert "</script>" not in labels("x", ["</script>"])[:-9]
