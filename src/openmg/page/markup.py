"""The pieces of HTML that every section of a page is made of. Whatever comes from outside is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from openmg.page.words import SHELL, Phrase

Cell = str | Phrase


def both(phrase: Phrase) -> str:
    """Text in both languages; the style sheet shows one. Where both are the same, it is written once."""
    if phrase.en == phrase.ko:
        return escape(phrase.en)
    return f'<span lang="en">{escape(phrase.en)}</span><span lang="ko">{escape(phrase.ko)}</span>'


def text(cell: Cell) -> str:
    """A cell's content, escaped."""
    return both(cell) if isinstance(cell, Phrase) else escape(cell)


def badge(key: str) -> str:
    """Who can know what is beside it: a small icon and words."""
    icon = "icon-eye" if key == "public" else "icon-key"
    return f'<span class="badge {key.replace("_", "-")}">{picture(icon)}{both(SHELL[key])}</span>'


def picture(name: str) -> str:
    """An icon from the page's own set."""
    return f'<svg class="icon" aria-hidden="true"><use href="#{name}"/></svg>'


def table(caption: str, heads: Sequence[Cell], rows: Sequence[Sequence[Cell]], *, names: int = 1) -> str:
    """A table that scrolls sideways on a phone; the first `names` columns are words, the rest figures.

    `caption` is markup; cells are escaped. A cell whose text is empty stays empty.
    """
    top = "".join(
        f'<th scope="col"{"" if i < names else " class=num"}>{text(head)}</th>' for i, head in enumerate(heads)
    )
    body = "".join(
        "<tr>"
        f'<th scope="row">{text(row[0])}</th>'
        + "".join(f"<td{'' if i < names else ' class=num'}>{text(cell)}</td>" for i, cell in enumerate(row) if i)
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="group"><table><caption>{caption}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def folded(summary: str, body: str) -> str:
    """What the reader may open; `summary` and `body` are markup."""
    return f"<details><summary><span>{summary}</span></summary>{body}</details>"


def section(name: str, title: str, lead: str, body: str) -> str:
    """A landmark of the page with its heading; all but the name is markup."""
    return (
        f'<section id="{name}" aria-labelledby="{name}-title"><header><h2 id="{name}-title">{title}</h2>'
        f'<p class="lead">{lead}</p></header>{body}</section>'
    )
