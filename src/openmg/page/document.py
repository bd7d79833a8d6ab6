"""A report's shell: one file that anybody can read anywhere, with nothing fetched from anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Final

from openmg.page.markup import both, picture
from openmg.page.words import SHELL, Phrase

NAME: Final = "report.html"
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"

ICONS: Final = {
    "eye": "M1.5 12S5 5 12 5s10.5 7 10.5 7S19 19 12 19 1.5 12 1.5 12ZM12 9a3 3 0 100 6 3 3 0 000-6Z",
    "key": "M15 3a6 6 0 00-5.7 7.9L3 17.2V21h4v-2h2v-2h2l2.1-2.3A6 6 0 1015 3Zm1.5 3.5v.1",
    "home": "M3 11.5 12 4l9 7.5M5.5 10v10h13V10M10 20v-6h4v6",
    "tick": "M4.5 12.5 10 18 19.5 6.5",
    "cross": "M6 6l12 12M18 6 6 18",
    "warn": "M12 3.5 22 20.5H2ZM12 10v5m0 2.6v.1",
    "sun": "M12 8a4 4 0 100 8 4 4 0 000-8ZM12 2v2.5m0 15V22M2 12h2.5m15 0H22M5 5l1.7 1.7m10.6 10.6L19 19"
           "M19 5l-1.7 1.7M6.7 17.3 5 19",
    "moon": "M20.5 14A8.5 8.5 0 1110 3.5 7 7 0 0020.5 14Z",
}  # fmt: skip


def document(title: Phrase, places: Mapping[str, Phrase], parts: Sequence[str], footer: Phrase, style: str = "") -> str:
    """A page of these parts, complete in one file.

    `places` are the sections that its bar leads to and what they are called there; `style` is added to the page's own.
    """
    return (
        '<!doctype html>\n<html lang="en" data-lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<link rel="icon" href="data:,">\n'
        f'<title data-en="{title.en}" data-ko="{title.ko}">{title.en}</title>\n'
        f"<style>\n{asset('page.css')}{style}</style>\n<script>\n{asset('page.js')}</script>\n</head>\n"
        f'<body>\n<a class="skip" href="#main">{both(SHELL["skip"])}</a>\n{symbols()}\n{top(places)}\n'
        '<main id="main">\n' + "\n".join(parts) + f"</main>\n<footer><p>{both(footer)}</p></footer>\n</body>\n</html>\n"
    )


def labels(place: str, names: Sequence[str]) -> str:
    """What the charts of one kind run over, for the script that reads them out."""
    written = json.dumps(list(names), ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/json" id="{place}">{written}</script>'


def asset(name: str) -> str:
    """A file that ships beside this module."""
    return files("openmg.page").joinpath(name).read_text("utf-8")


def symbols() -> str:
    """The icons and the hatching that the page's drawings refer to."""
    icons = "".join(
        f'<symbol id="icon-{name}" viewBox="0 0 24 24"><path d="{d}"/></symbol>' for name, d in ICONS.items()
    )
    hatch = (
        '<pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path class="hatching" d="M0 0V7"/></pattern>'
    )
    return f'<svg class="symbols" width="0" height="0" aria-hidden="true">{icons}<defs>{hatch}</defs></svg>'


def top(places: Mapping[str, Phrase]) -> str:
    """The bar with the name, the way to each section, and the switches for language and colours."""
    links = "".join(f'<a href="#{place}">{both(name)}</a>' for place, name in places.items())
    languages = (("en", "EN"), ("ko", "한국어"))
    themes = (
        (name, f'{picture(icon)}<span class="hidden">{both(SHELL[name])}</span>')
        for name, icon in (("light", "icon-sun"), ("dark", "icon-moon"))
    )
    return (
        f'<header class="top"><span class="brand"><i></i>{both(SHELL["brand"])}</span>'
        '<nav aria-labelledby="nav-name">'
        f'<span class="hidden" id="nav-name">{both(SHELL["sections"])}</span>{links}</nav>'
        f'<div class="switches">{switch("lang", "language", languages)}{switch("theme", "theme", themes)}</div>'
        "</header>"
    )


def switch(name: str, key: str, choices: Iterable[tuple[str, str]]) -> str:
    """Buttons of which one is pressed; a choice is its value and its markup."""
    buttons = "".join(
        f'<button type="button" data-set="{name}" data-value="{value}">{face}</button>' for value, face in choices
    )
    return (
        f'<div role="group" class="switch" aria-labelledby="{name}-name">'
        f'<span class="hidden" id="{name}-name">{both(SHELL[key])}</span>{buttons}</div>'
    )
