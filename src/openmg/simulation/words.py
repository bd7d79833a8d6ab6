"""The words of the simulation's report."""

from __future__ import annotations

from typing import Final

from openmg.page.markup import Cell, both
from openmg.page.words import SHELL, Phrase, read_words

WORDS: Final = {**SHELL, **read_words("openmg.simulation", "words.txt")}
"""Every phrase by its key, the page's own among them."""


def say(key: str, **values: Cell) -> str:
    """A phrase of the word list, filled and escaped."""
    return both(WORDS[key].fill(**values) if values else WORDS[key])


def mechanism_name(mechanism: str) -> Phrase:
    """What a mechanism is called."""
    return WORDS["m_" + mechanism.replace("-", "_")]
