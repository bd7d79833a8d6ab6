"""`report.html` of a simulation: what a street would save, who would lose, and what to doubt."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from openmg.files import READABLE, write_atomically
from openmg.page import chart
from openmg.page.bars import Row, bars
from openmg.page.chart import Frame
from openmg.page.document import NAME, document, labels
from openmg.page.markup import Cell, both, folded, section, table
from openmg.page.readout import Axis, Series, framed, head, readable, written
from openmg.page.words import Phrase, day, money, number
from openmg.simulation.figures import Figures
from openmg.simulation.mechanisms import NONE
from openmg.simulation.record import Record
from openmg.simulation.words import WORDS, mechanism_name, say

DRAWN: Final = ("pool", "no-collar", "mid-market", "auction")
"""The mechanisms whose prices are drawn over the day: more lines than these nobody can tell apart."""
_NOON: Final = 12
MOST_BARS: Final = 60


def write_report(record: Record, folder: Path) -> Path:
    """Write `report.html` into the folder, whole or not at all, and return its path."""
    path = folder / NAME
    write_atomically(path, render(record).encode("utf-8"), READABLE)
    return path


def render(record: Record) -> str:
    """The whole page."""
    sections = {}
    if any(each.mechanism != NONE for each in record.figures):
        sections["savings"] = savings_section(record)
    if any(name in record.hours for name in DRAWN):
        sections["prices"] = prices_section(record)
    sections |= {"homes": homes_section(record), "table": table_section(record), "notes": notes_section(record)}
    places = {place: WORDS["nav_" + place] for place in sections}
    parts = [hero(record), *sections.values(), labels("hours", hours())]
    style = files("openmg.simulation").joinpath("simulation.css").read_text("utf-8")
    return document(WORDS["title"], places, parts, WORDS["footer"], style)


def chosen(record: Record) -> Figures:
    """The mechanism that the page is about: ours, or the first that was asked for."""
    return next((each for each in record.figures if each.mechanism == "pool"), record.figures[0])


def hero(record: Record) -> str:
    """What it comes to, in two sentences."""
    ours = chosen(record)
    eyebrow = say("eyebrow", first=day(record.first), last=day(record.last), slots=number(record.slots, 0),
                  minutes=str(record.minutes))  # fmt: skip
    told = say(
        "hero" if ours.saving >= 0 else "hero_less",
        homes=str(len(record.homes)), saving=money(abs(ours.saving)), share=percent(ours.saving_share),
    )  # fmt: skip
    losers = say("hero_losers", count=str(ours.losers)) if ours.losers else say("hero_nobody")
    return (
        f'<div class="hero"><p class="eyebrow">{eyebrow}</p><h1>{told} '
        f'<span class="end{" bad" if ours.losers else ""}">{losers}</span></h1>'
        f'<p class="lead">{say("lead")}</p>{facts(ours)}</div>'
    )


def facts(ours: Figures) -> str:
    """Five figures."""
    cells = (
        ("fact_saving", both(money(ours.saving)), percent(ours.saving_share)),
        ("fact_median", both(money(ours.median)), ""),
        ("fact_utility", both(money(-ours.utility)), percent(-ours.utility_share)),
        ("fact_local", percent(ours.local_share), say("of_import")),
        ("fact_self", percent(ours.self_sufficiency), ""),
    )
    return '<dl class="facts">' + "".join(
        f"<div><dt>{say(key)}</dt><dd>{value} <small>{unit}</small></dd></div>" for key, value, unit in cells
    ) + "</dl>"  # fmt: skip


def savings_section(record: Record) -> str:
    """A bar a mechanism."""
    rows = [
        Row(mechanism_name(each.mechanism), each.saving, shown(each.saving, each.saving_share))
        for each in record.figures
        if each.mechanism != NONE
    ]
    drawn = bars(say("savings_figure"), [say("mechanism"), say("share"), say("saving")], rows)
    return section("savings", say("savings_title"), say("savings_lead"), f'<div class="card">{drawn}</div>')


def prices_section(record: Record) -> str:
    """Lines over the hours of the day."""
    drawn = [name for name in DRAWN if name in record.hours]
    lines = {name: record.hours[name] for name in drawn}
    span = chart.padded([value for line in lines.values() for value in line])

    def body(frame: Frame) -> str:
        ticks = chart.round_ticks(frame.low, frame.high, 6)
        return chart.axes(frame, ticks) + "".join(
            chart.stairs(frame, lines[name], f"line m-{name}") for name in reversed(drawn)
        )

    series = [Series(mechanism_name(name), f"m-{name}", written(lines[name], 0)) for name in drawn]
    top = head("hours-chart", say("prices_figure"), say("prices_unit"), "")
    axis = Axis("hours", tuple(hours()), _NOON)
    figure = readable("hours-chart", axis, top, series, framed(axis.labels, span, (300, 360)), body)
    heads: list[Cell] = ["", *(mechanism_name(name) for name in drawn)]
    rows: list[list[Cell]] = [[hour, *(each.cells[at] for each in series)] for at, hour in enumerate(axis.labels)]
    told = f'<p class="hint">{say("read_hint")}</p>' + folded(
        say("show_table"), table(say("prices_figure"), heads, rows)
    )
    return section("prices", say("prices_title"), say("prices_lead"), figure + told)


def homes_section(record: Record) -> str:
    """A bar a home."""
    ours = chosen(record)
    ordered = sorted(zip(ours.savings, record.homes, strict=True), key=lambda each: (-each[0], each[1]))
    rows = [Row(home, saving, money(saving, sign=True)) for saving, home in ordered]
    note = ""
    if len(rows) > MOST_BARS:
        ends = MOST_BARS // 2
        note = f'<p class="hint">{say("homes_between", count=str(len(rows) - MOST_BARS), ends=str(ends))}</p>'
        rows = [*rows[:ends], *rows[-ends:]]
    drawn = bars(say("homes_figure"), [say("home"), say("share"), say("saving")], rows)
    return section("homes", say("homes_title"), say("homes_lead"), f'<div class="card">{drawn}</div>{note}')


def table_section(record: Record) -> str:
    """Every figure."""
    traded = [each for each in record.figures if each.mechanism != NONE]
    body = money_table(record.figures) + (market_table(traded) if traded else "")
    return section("table", say("table_title"), say("table_lead"), body)


def money_table(figures: Sequence[Figures]) -> str:
    """Who has what, in won."""
    keys = ("mechanism", "saving", "share", "median", "worst", "best", "losers", "utility", "share", "providers")
    rows: list[list[Cell]] = []
    for each in figures:
        held = each.providers
        rows.append([
            mechanism_name(each.mechanism), signed(each.saving), percent(each.saving_share), signed(each.median),
            signed(each.worst), signed(each.best), str(each.losers), signed(each.utility), percent(each.utility_share),
            "–" if held is None else signed(held.traded + held.apart + held.stock),
        ])  # fmt: skip
    return table(say("money_title"), [WORDS[key] for key in keys], rows)


def market_table(figures: Sequence[Figures]) -> str:
    """What was traded and at which prices."""
    keys = (
        "mechanism",
        "traded",
        "local",
        "self",
        "mean",
        "deviation",
        "move",
        "jumps",
        "set_by",
        "unsold",
        "unserved",
    )
    rows: list[list[Cell]] = []
    for each in figures:
        price, held = each.prices, each.providers
        rows.append([
            mechanism_name(each.mechanism), number(each.traded_kwh, 0), percent(each.local_share),
            percent(each.self_sufficiency), number(price.mean, 0), number(price.deviation, 0), number(price.move, 1),
            percent(price.jumps), set_by(price.set_by), "–" if held is None else number(held.unsold_kwh, 0),
            number(each.unserved_kwh, 0),
        ])  # fmt: skip
    return table(say("market_title"), [WORDS[key] for key in keys], rows)


def set_by(shares: dict[str, float]) -> Phrase:
    """What set the price, the most frequent first."""
    ordered = sorted(shares.items(), key=lambda each: -each[1])
    named = [(WORDS["set_" + name], number(100 * share, 0)) for name, share in ordered]
    return Phrase(
        ", ".join(f"{name.en} {share} %" for name, share in named),
        ", ".join(f"{name.ko} {share} %" for name, share in named),
    )


def notes_section(record: Record) -> str:
    """What was done to the data, and what the figures leave out."""
    keys = ("note_prices", "note_baseline", "note_behaviour", "note_utility", "note_battery")
    items = "".join(f"<li>{both(Phrase(*note))}</li>" for note in record.notes)
    items += "".join(f"<li>{say(key)}</li>" for key in keys)
    return section("notes", say("notes_title"), "", f'<ul class="notes">{items}</ul>')


def hours() -> list[str]:
    """The hours of the day."""
    return [f"{hour:02}:00" for hour in range(24)]


def percent(share: float) -> str:
    """A share with one digit."""
    return number(100 * share) + "\N{NO-BREAK SPACE}%"


def signed(won: float) -> str:
    """Won in whole numbers."""
    return number(won, 0, sign=True)


def shown(saving: float, share: float) -> Phrase:
    """Won and the share, as each language writes it."""
    told = money(saving, sign=True)
    return Phrase(f"{told.en} ({percent(share)})", f"{told.ko} ({percent(share)})")
