"""The page's sections in plain words: what happened, what each home saved, what stayed hidden, what was checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from openmg.demo.record import Check, DayRecord, HomeRecord, Line, OpenedSum, Timing
from openmg.demo.words import WORDS, say, sum_name
from openmg.page.bars import Row, bars
from openmg.page.markup import Cell, badge, both, folded, picture, section, table, text
from openmg.page.words import Phrase, day, energy, interval, kwh, ledger_kwh, money, number, won, won_per_kwh

FEW = 2
"""Up to this many speaking homes a sum hides too little: one is told apart, two can work out each other."""


class Judged(Protocol):
    """A record whose claims were checked and whose work was timed."""

    @property
    def checks(self) -> tuple[Check, ...]:
        """What was checked at the end."""

    @property
    def timings(self) -> tuple[Timing, ...]:
        """What was measured."""


def failures(record: Judged) -> int:
    """How many checks did not hold."""
    return sum(not check.passed for check in record.checks)


def traded(record: DayRecord) -> int:
    """Energy that changed hands (Wh/65536): what homes and battery bought, which is what they sold."""
    return sum(max(slot.bought, slot.sold) for slot in record.slots)


def mean_price(record: DayRecord) -> float | None:
    """The price of the energy that changed hands, on average, in won per kWh."""
    volume = traded(record)
    paid = sum(max(slot.bought, slot.sold) * slot.price for slot in record.slots)
    return won_per_kwh(paid) / volume if volume else None


def opened(record: DayRecord) -> list[tuple[str, OpenedSum]]:
    """Every opened sum of the day with its time; the day's totals have none."""
    found = [(slot.label, each) for slot in record.slots for each in slot.opened]
    return [*found, *(("", each) for each in record.day_opened)]


def hero(record: DayRecord) -> str:
    """What happened, in three sentences."""
    saved = sum(home.saving for home in record.home_results)
    volume = energy(ledger_kwh(traded(record)))
    outcome = say("hero_saved" if saved >= 0 else "hero_lost", money=money(abs(won(saved))))
    failed = failures(record)
    end = say("hero_failed" if failed else "hero_secret")
    lead = say("hero_lead", interval=interval(record.slot_minutes), authorities=str(record.authorities))
    sums = opened(record)
    lonely = sum(each.speaking == 1 for _, each in sums)
    also = say("hero_lonely", count=str(lonely), total=str(len(sums))) if lonely else ""
    why = say("hero_why", why=Phrase(record.why_en, record.why_ko))
    return (
        f'<div class="hero"><p class="eyebrow">{both(day(record.date))}</p>'
        f"<h1>{say('hero_traded', homes=str(record.homes), energy=volume)} "
        f'<em>{outcome}</em> <span class="end{" bad" if failed else ""}">{end}</span></h1>'
        f'{alarm(record)}<p class="lead">{lead}</p>'
        + (f'<p class="also"><a href="#privacy">{also}</a></p>' if also else "")
        + f'{facts(record)}<p class="why">{why}</p></div>'
    )


def alarm(record: Judged) -> str:
    """A banner that cannot be missed when a check failed."""
    failed = failures(record)
    if not failed:
        return ""
    told = say("alarm", count=str(failed), total=str(len(record.checks)))
    link = f'<a href="#checks">{say("alarm_link")}</a>'
    return f'<p class="alarm" role="alert">{picture("icon-cross")}<span>{told} {link}</span></p>'


def facts(record: DayRecord) -> str:
    """Five figures of the day, with who can know them."""
    price = mean_price(record)
    settled = sum(slot.settled for slot in record.slots)
    bought = sum(slot.bought for slot in record.slots)
    sold = sum(slot.sold for slot in record.slots)
    held = len(record.checks) - failures(record)
    mean = "–" if price is None else number(price)
    unit = WORDS["price_unit"]
    cells: list[tuple[str, str, str]] = [
        ("fact_bought", number(ledger_kwh(bought)), "kWh"),
        ("fact_sold", number(ledger_kwh(sold)), "kWh"),
        ("fact_price", mean, both(unit)),
        ("fact_slots", str(settled), f"/ {len(record.slots)}"),
        ("fact_checks", str(held), f"/ {len(record.checks)}"),
    ]
    return '<dl class="facts">' + "".join(
        f"<div><dt>{say(key)}</dt><dd>{value} <small>{unit}</small></dd></div>" for key, value, unit in cells
    ) + "</dl>"  # fmt: skip


def savings_section(record: DayRecord) -> str:
    """A bar per home from a common zero, the largest first; losses to the left."""
    homes = sorted(record.home_results, key=lambda home: (-home.saving, home.home))
    total = sum(home.saving for home in homes)
    caption = f'<span class="total">{say("savings_sum")} <strong>{both(money(won(total), sign=True))}</strong></span>'
    rows = [Row(home.home, home.saving, money(won(home.saving), sign=True)) for home in homes]
    drawn = bars(caption, [say(key) for key in ("home", "chart", "saving")], rows)
    body = f'<div class="card">{badge("own_wallet")}{drawn}</div>{pool_line(record)}{savings_table(homes)}'
    return section("savings", say("savings_title"), say("savings_lead"), body)


def pool_line(record: DayRecord) -> str:
    """What the battery's providers have of the day: without it the homes' saving would say too much."""
    pool = record.pool
    earned, apart = (money(won(each), sign=True) for each in (pool.earned, pool.apart))
    return f"<p class='pool'>{say('pool_result', earned=earned, apart=apart, stock=energy(pool.stock / 1000))}</p>"


def savings_table(homes: Sequence[HomeRecord]) -> str:
    """Every home's day: energy in kWh, money in won."""
    keys = ("imported", "exported", "bought", "sold")
    heads: list[Cell] = [WORDS["home"], WORDS["source"]]
    heads += [Phrase(f"{WORDS[key].en}, kWh", f"{WORDS[key].ko}, kWh") for key in keys]
    heads += [
        Phrase(f"{WORDS[key].en}, won", f"{WORDS[key].ko}, 원") for key in ("without_market", "with_market", "saving")
    ]
    rows: list[list[Cell]] = []
    for home in homes:
        flows = (home.imported, home.exported, home.bought, home.sold)
        costs = (home.without_market, home.with_market, home.saving)
        rows.append([home.home, home.source, *(number(ledger_kwh(each), 2) for each in flows),
                     *(number(won(each)) for each in costs)])  # fmt: skip
    return folded(say("show_table"), table(say("cost_note"), heads, rows, names=2))


def privacy_section(record: DayRecord) -> str:
    """One home through the glass, then how many homes hide in each opened sum."""
    lead = say("glass_lead", home=record.glass.home, time=record.glass.slot_label)
    return section("privacy", say("glass_title"), lead, glass(record) + opened_sums(record))


def glass(record: DayRecord) -> str:
    """Two panes, line beside line: ciphertext without, values within."""
    outside = {line.label_en: line for line in record.glass.everyone}
    inside = {line.label_en: line for line in record.glass.home_sees}
    lines = {**outside, **inside}
    rows = "".join(pane_row(line, outside.get(name), inside.get(name)) for name, line in lines.items())
    return (
        '<div class="panes" role="table"><div class="panes-head" role="row"><span role="columnheader" class="hidden">'
        f'{say("sum")}</span><span role="columnheader" class="side">{picture("icon-eye")}{say("outside")}</span>'
        f'<span role="columnheader" class="side home">{picture("icon-home")}{say("inside")}</span></div>{rows}</div>'
    )  # fmt: skip


def pane_row(line: Line, outside: Line | None, inside: Line | None) -> str:
    """One thing: what it is, what everyone can read there, what the home reads there."""

    def seen(side: Line | None, css: str, absent: str) -> str:
        if side is None:
            return f'<span role="cell" class="{css} absent">{say(absent)}</span>'
        sealed = len(side.value) >= 32 and all(mark in "0123456789abcdefx…. " for mark in side.value.lower())
        return f'<span role="cell" class="{css}{" cipher" if sealed else ""}">{text(side.value)}</span>'

    label = both(Phrase(line.label_en, line.label_ko))
    return (
        f'<div class="pane" role="row"><span role="rowheader" class="what">{label}</span>'
        f"{seen(outside, 'without', 'nothing')}{seen(inside, 'within', 'same')}</div>"
    )


def opened_sums(record: DayRecord) -> str:
    """The totals of the day and every sum that hides too little; all of them behind a fold."""
    sums = opened(record)
    few = [each for each in sums if 0 < each[1].speaking <= FEW]
    counts = ((len(sums), "opened_total", ""), (sum(each.speaking == 1 for _, each in sums), "opened_one", "bad"),
              (sum(each.speaking == FEW for _, each in sums), "opened_two", "warn"))  # fmt: skip
    tally = "".join(
        f'<div class="{css if count else ""}"><dt>{say(key)}</dt><dd>{count}</dd></div>' for count, key, css in counts
    )
    flagged = sums_table(record, few, say("opened_flagged")) if few else f'<p class="good">{say("opened_none")}</p>'
    total = sums_table(record, [("", each) for each in record.day_opened], say("opened_day"))
    return (
        f'<h3 class="sub">{say("opened_title")}</h3><p class="lead">{say("opened_lead")}</p>'
        f'<dl class="facts tally">{tally}</dl>{flagged}{total}'
        + folded(say("opened_all", total=str(len(sums))), sums_table(record, sums, say("opened_title")))
    )


def sums_table(record: DayRecord, sums: Sequence[tuple[str, OpenedSum]], caption: str) -> str:
    """Opened sums with a dot for every home that hides in them, filled where it speaks."""
    heads = (
        f'<th scope="col">{say("sum")}</th><th scope="col" class="num">{say("value")}</th>'
        f'<th scope="col">{say("speak")} {badge("homes_alone")}</th>'
    )
    rows = "".join(sum_row(record, label, each) for label, each in sums)
    return (
        '<div class="scroll" tabindex="0" role="group"><table class="sums">'
        f"<caption>{caption} {badge('public')}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def sum_row(record: DayRecord, label: str, each: OpenedSum) -> str:
    """One opened sum: when, what, how much, and who hides."""
    value = kwh(each.value) if each.unit == "Wh" else ledger_kwh(each.value)
    flag = {1: ("bad", "one_home"), 2: ("warn", "two_homes")}.get(each.speaking)
    marks = "<i></i>" * each.speaking + "<b></b>" * (each.homes - each.speaking)
    dots = f'<span class="dots" aria-hidden="true">{marks}</span>'
    told = say("speak_of", speaking=str(each.speaking), homes=str(each.homes))
    warning = f'<strong class="flag {flag[0]}">{picture("icon-warn")}{say(flag[1])}</strong>' if flag else ""
    time = f"<time>{text(label)}</time> " if label else ""
    return (
        f'<tr><th scope="row">{time}{both(sum_name(each.name, record.ladder))}</th>'
        f'<td class="num">{number(value, 2, sign=True) if each.name[0] == "D" else number(value, 2)} kWh</td>'
        f'<td>{dots}<span class="told">{told}</span>{warning}</td></tr>'
    )


def checks_section(record: Judged, lead: str = "checks_lead") -> str:
    """Every check with an icon and a word; a failed one is a red card, and comes first."""
    cards = ""
    for check in sorted(record.checks, key=lambda check: check.passed):
        state, icon = ("passed", "icon-tick") if check.passed else ("failed", "icon-cross")
        cards += (
            f'<li class="check {state}">{picture(icon)}<div><h3>{both(Phrase(check.name_en, check.name_ko))}</h3>'
            f"<p>{both(Phrase(check.detail_en, check.detail_ko))}</p></div>"
            f'<strong class="verdict">{say(state)}</strong></li>'
        )
    return section("checks", say("checks_title"), say(lead), f'<ul class="checks">{cards}</ul>')


def timings_section(record: Judged) -> str:
    """What was measured in this run."""
    rows = "".join(
        f"<div><dt>{both(Phrase(each.name_en, each.name_ko))}"
        + (f"<small>{text(each.note)}</small>" if each.note else "")
        + f"</dt><dd>{figure(each.value)} <small>{text(each.unit)}</small></dd></div>"
        for each in record.timings
    )
    return section("timings", say("timings_title"), say("timings_lead"), f'<dl class="timings card">{rows}</dl>')


def figure(value: float) -> str:
    """A measured figure with about three digits that mean something."""
    if value == int(value):
        return number(value, 0)
    return number(value, 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2)


def notes_section(record: DayRecord) -> str:
    """What the reader should keep in mind, said plainly."""
    crowd = {"threshold": str(record.threshold), "authorities": str(record.authorities), "homes": str(record.homes)}
    keys = ("note_data", "note_audit", "note_value", "note_open", "note_threshold", "note_homes")
    items = "".join(f"<li>{say(key, **crowd)}</li>" for key in keys)
    return section("notes", say("notes_title"), "", f'<ul class="notes">{items}</ul>')
