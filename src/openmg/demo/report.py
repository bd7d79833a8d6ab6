"""`report.html` of a day: one file that a home owner can read anywhere."""

from __future__ import annotations

from pathlib import Path

from openmg.demo.figures import energy_section, price_section
from openmg.demo.page import checks_section, hero, notes_section, privacy_section, savings_section, timings_section
from openmg.demo.record import DayRecord
from openmg.demo.words import WORDS
from openmg.files import READABLE, write_atomically
from openmg.page.document import NAME, document, labels


def write_report(record: DayRecord, folder: Path) -> Path:
    """Write `report.html` into the folder, whole or not at all, and return its path."""
    path = folder / NAME
    write_atomically(path, render(record).encode("utf-8"), READABLE)
    return path


def render(record: DayRecord) -> str:
    """The whole page."""
    sections = (
        hero(record), price_section(record), energy_section(record), savings_section(record), privacy_section(record),
        checks_section(record), timings_section(record), notes_section(record),
    )  # fmt: skip
    places = {place: WORDS["nav_" + place] for place in ("price", "energy", "savings", "privacy", "checks")}
    times = labels("labels", [slot.label for slot in record.slots])
    return document(WORDS["title"], places, (*sections, times), WORDS["footer"])
