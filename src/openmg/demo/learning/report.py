"""The learning demo's `report.html`: the first demo's page with other sections."""

from __future__ import annotations

from importlib.resources import files
from math import sqrt
from pathlib import Path

from openmg.demo.learning.charts import day_chart, error_chart, rounds_axis, seconds_chart, update_views
from openmg.demo.learning.checks import DEVIATIONS
from openmg.demo.learning.record import LearningRecord
from openmg.demo.page import alarm, checks_section, failures, timings_section
from openmg.demo.words import WORDS, say
from openmg.files import READABLE, write_atomically
from openmg.page.document import NAME, document, labels
from openmg.page.markup import Cell, both, folded, section, table
from openmg.page.words import day, number


def write_report(record: LearningRecord, folder: Path) -> Path:
    """Write `report.html` into the folder, whole or not at all, and return its path."""
    path = folder / NAME
    write_atomically(path, render(record).encode("utf-8"), READABLE)
    return path


def render(record: LearningRecord) -> str:
    """The whole page."""
    hours = [f"{hour:02}:00" for hour in range(len(record.ahead[0].happened))]
    parts = (
        hero(record), errors_section(record), days_section(record), views_section(record), privacy_section(record),
        costs_section(record), checks_section(record, "learn_checks_lead"), timings_section(record),
        notes_section(record),
        labels("rounds", rounds_axis(record).labels), labels("hours", hours),
    )  # fmt: skip
    places = {place: WORDS["nav_" + place] for place in ("errors", "days", "views", "privacy_cost", "checks")}
    style = files("openmg.demo").joinpath("learning.css").read_text("utf-8")
    return document(WORDS["learn_title"], places, parts, WORDS["learn_footer"], style)


def better(record: LearningRecord) -> float:
    """By how many per cent the homes' own models are less wrong than the 28-day median."""
    return 100 * (1 - record.own_error / record.median_error)


def hero(record: LearningRecord) -> str:
    """What happened, in three sentences."""
    gain, failed = better(record), failures(record)
    outcome = say("learn_hero_better" if gain >= 0 else "learn_hero_worse", percent=number(abs(gain)))
    eyebrow = say("learn_eyebrow", rounds=str(len(record.rounds)), parameters=number(record.parameters, 0),
                  cut=day(record.cut))  # fmt: skip
    return (
        f'<div class="hero"><p class="eyebrow">{eyebrow}</p><h1>{say("learn_hero", homes=str(record.homes))} '
        f'<em>{outcome}</em> <span class="end{" bad" if failed else ""}">'
        f"{say('hero_failed' if failed else 'learn_hero_secret')}</span></h1>{alarm(record)}"
        f'<p class="lead">{say("learn_hero_lead", authorities=str(record.authorities))}</p>{facts(record)}</div>'
    )


def facts(record: LearningRecord) -> str:
    """Five figures."""
    held = len(record.checks) - failures(record)
    load = f"% {say('learn_of_load')}"
    cells = (
        ("learn_fact_median", number(100 * record.median_error), load),
        ("learn_fact_error", number(100 * record.error), load),
        ("learn_fact_own", number(100 * record.own_error), load),
        ("learn_fact_homes", str(record.helped), f"/ {record.homes}"),
        ("fact_checks", str(held), f"/ {len(record.checks)}"),
    )
    return '<dl class="facts">' + "".join(
        f"<div><dt>{say(key)}</dt><dd>{value} <small>{unit}</small></dd></div>" for key, value, unit in cells
    ) + "</dl>"  # fmt: skip


def errors_section(record: LearningRecord) -> str:
    """The error round by round, and each home's."""
    heads: list[Cell] = [WORDS["home"], WORDS["source"]]
    heads += [WORDS[key] for key in ("learn_median", "learn_week", "learn_common", "learn_own")]
    rows: list[list[Cell]] = []
    for home in record.home_errors:
        figures = (home.median, home.last_week, home.common, home.own)
        rows.append([home.home, home.source, *(number(100 * value) for value in figures)])
    caption = f"{say('learn_homes_title')}, %"
    body = error_chart(record) + f'<p class="hint">{say("learn_read_hint")}</p>'
    body += folded(say("show_table"), table(caption, heads, rows, names=2))
    lead = say("learn_errors_lead", days=str(record.days))
    return section("errors", say("learn_errors_title"), lead, body)


def days_section(record: LearningRecord) -> str:
    """Three homes' days."""
    body = "".join(day_chart(each) for each in record.ahead)
    return section("days", say("learn_days_title"), say("learn_days_lead"), body)


def views_section(record: LearningRecord) -> str:
    """One update from both sides."""
    view = record.view
    bound = DEVIATIONS / sqrt(len(view.update))
    note = say("learn_view_note", value=number(view.correlation, 3), count=number(len(view.update), 0),
               bound=number(bound, 2))  # fmt: skip
    lead = say("learn_views_lead", home=view.home, round=str(view.round), authority=str(view.authority))
    body = update_views(record) + f'<p class="hint">{note}</p>'
    return section("views", say("learn_views_title"), lead, body)


def privacy_section(record: LearningRecord) -> str:
    """ε, and the plain sentence that goes with it."""
    privacy, homes = record.privacy, str(record.homes)
    if privacy.epsilon is None:
        verdict = say("learn_privacy_none", homes=homes)
    else:
        told = number(privacy.epsilon / 1000)
        verdict = say("learn_privacy_some", epsilon=told, delta=superscript(privacy.delta), homes=homes)
    crowd = ""
    if privacy.crowd_epsilon is not None:
        epsilon = number(privacy.crowd_epsilon / 1000)
        crowd = f"<p>{say('learn_privacy_crowd', crowd=number(privacy.crowd, 0), epsilon=epsilon)}</p>"
    lead = say("learn_privacy_lead", releases=str(privacy.releases), noise=number(privacy.noise, 2))
    body = f'<p class="verdict-line">{verdict}</p>{crowd}'
    return section("privacy_cost", say("learn_privacy_title"), lead, body)


def superscript(value: int) -> str:
    """A number as an exponent."""
    return str(value).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def costs_section(record: LearningRecord) -> str:
    """Seconds and bytes of every round."""
    keys = ("learn_round", "learn_included", "learn_error", "learn_upload", "learn_blocks", "learn_by_homes",
            "learn_by_holders", "learn_by_chain")  # fmt: skip
    rows: list[list[Cell]] = [
        [
            str(each.number),
            str(each.homes) if each.done else WORDS["learn_void"],
            number(100 * each.error, 2),
            number(each.upload_bytes, 0),
            number(each.block_bytes / 1000),
            *(number(value, 2) for value in (each.seconds_homes, each.seconds_holders, each.seconds_chain)),
        ]
        for each in record.rounds
    ]
    body = seconds_chart(record) + folded(
        say("show_table"), table(say("learn_costs_title"), [WORDS[key] for key in keys], rows)
    )
    return section("costs", say("learn_costs_title"), say("learn_costs_lead"), body)


def notes_section(record: LearningRecord) -> str:
    """What the reader should keep in mind, said plainly."""
    crowd = {"homes": str(record.homes), "authorities": str(record.authorities)}
    keys = ("learn_note_data", "learn_note_real", "learn_note_seen", "learn_note_three", "learn_note_noise")
    items = "".join(f"<li>{both(WORDS[key].fill(**crowd))}</li>" for key in keys)
    return section("notes", say("notes_title"), "", f'<ul class="notes">{items}</ul>')
