"""The words of the demos' reports."""

from __future__ import annotations

import re
from typing import Final

from openmg.page.markup import Cell, both
from openmg.page.words import SHELL, Phrase, number, read_words, won_per_kwh

WORDS: Final = {**SHELL, **read_words("openmg.demo", "words.txt", "learning.txt")}
"""Every phrase by its key, the page's own among them."""


def say(key: str, **values: Cell) -> str:
    """A phrase of the word list, filled and escaped."""
    return both(WORDS[key].fill(**values) if values else WORDS[key])


def sum_name(name: str, ladder: tuple[int, ...]) -> Phrase:
    """What an opened sum is: 'D3' is the net demand between the third price level and the next."""
    found = re.fullmatch(r"([DB])(\d+)", name)
    if found is None or not 1 <= int(found[2]) <= len(ladder):
        return WORDS.get("sum_" + name, Phrase(name, name))
    rung = int(found[2])
    low = number(won_per_kwh(ladder[rung - 1]), 0)
    high = number(won_per_kwh(ladder[rung]), 0) if rung < len(ladder) else ""
    return WORDS["sum_" + found[1]].fill(range=f"{low}–{high}" if high else f"≥ {low}")


def kind_name(kind: str) -> Phrase:
    """How a slot cleared, in plain words."""
    return WORDS.get("kind_" + kind.replace("-", "_"), Phrase(kind, kind))
