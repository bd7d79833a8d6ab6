"""The words of a report, in English and Korean, and how it writes quantities.

Every phrase has both languages; `{braces}` name what the page fills in. Both lie in the file, and the reader switches.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from typing import Final, NamedTuple

from openmg.units import ONE


class Phrase(NamedTuple):
    """The same words in both languages."""

    en: str
    ko: str

    def fill(self, **values: str | Phrase) -> Phrase:
        """The phrase with its braces filled; a phrase among the values gives each language its own."""
        english = {key: value.en if isinstance(value, Phrase) else value for key, value in values.items()}
        korean = {key: value.ko if isinstance(value, Phrase) else value for key, value in values.items()}
        return Phrase(self.en.format(**english), self.ko.format(**korean))


def won(ledger: int) -> float:
    """Ledger money (µKRW/65536) in won."""
    return ledger / ONE / 1e6


def kwh(watt_hours: float) -> float:
    """Wh in kWh."""
    return watt_hours / 1000


def ledger_kwh(ledger: int) -> float:
    """Ledger energy (Wh/65536) in kWh."""
    return ledger / ONE / 1000


def won_per_kwh(price: int) -> float:
    """A price (µKRW/Wh) in won per kWh."""
    return price / 1000


def number(value: float, digits: int = 1, *, sign: bool = False) -> str:
    """Grouped by thousands, with a real minus, a plus on request, and no minus before a zero."""
    text = f"{abs(value):,.{digits}f}"
    zero = not any(mark in "123456789" for mark in text)
    return ("" if zero else "\N{MINUS SIGN}" if value < 0 else "+" if sign else "") + text


def money(value: float, digits: int = 0, *, sign: bool = False) -> Phrase:
    """Won, as each language writes it."""
    return Phrase(number(value, digits, sign=sign) + "\N{NO-BREAK SPACE}won", number(value, digits, sign=sign) + "원")


def energy(value: float, digits: int = 1) -> str:
    """Energy in kWh, as both languages write it."""
    return number(value, digits) + "\N{NO-BREAK SPACE}kWh"


def day(iso: str) -> Phrase:
    """A date as people say it."""
    when = date.fromisoformat(iso)
    return Phrase(f"{when.day} {when:%B} {when.year}", f"{when.year}년 {when.month}월 {when.day}일")


def interval(minutes: int) -> Phrase:
    """The length of a market interval: 'hour', '15 minutes'."""
    return Phrase("hour", "시간") if minutes == 60 else Phrase(f"{minutes} minutes", f"{minutes}분")


def read_words(package: str, *names: str) -> dict[str, Phrase]:
    """The phrases by their key of word lists that ship in a package: one a line, key | English | Korean."""
    folder = files(package)
    lines = "".join(folder.joinpath(name).read_text("utf-8") for name in names).strip().splitlines()
    found = (line.split("|") for line in lines)
    return {key.strip(): Phrase(en.strip(), ko.strip()) for key, en, ko in found}


SHELL: Final[Mapping[str, Phrase]] = read_words("openmg.page", "words.txt")
"""What every report says: its bar, its switches, its badges."""
