"""The day as PNGs, each in English and in Korean, for those who share a picture rather than a page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from openmg.demo.record import DayRecord, Line
from openmg.demo.words import WORDS
from openmg.page.pictures import (
    AXIS,
    COLLAR,
    FAMILY,
    INK,
    NEED,
    PAPER,
    POOL,
    PUBLIC,
    PUBLIC_SOFT,
    SECRET,
    SECRET_SOFT,
    SOFT,
    SPARE,
    Say,
    legend,
    mark_level,
    sheet,
    signed_bars,
    write_pictures,
)
from openmg.page.words import Phrase, kwh, ledger_kwh, money, number, won, won_per_kwh


def write_plots(record: DayRecord, folder: Path) -> tuple[Path, ...]:
    """Write price, flows, savings and glass as `<name>.<language>.png` into the folder; return their paths."""
    pictures = {draw.__name__: partial(draw, record) for draw in (price, flows, savings, glass)}
    return write_pictures(pictures, folder)


def over_the_day(axes: Axes, record: DayRecord, say: Say) -> list[Patch]:
    """Times along the axis, round numbers up it, and hatches over the slots that had no market."""
    count = len(record.slots)
    every = max(1, -(-count // 12))
    axes.set_xlim(0, count)
    axes.set_xticks(range(0, count, every), [slot.label for slot in record.slots[::every]], ha="left")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, 0)))
    void = [index for index, slot in enumerate(record.slots) if not slot.settled]
    for index in void:
        axes.axvspan(index, index + 1, facecolor="none", edgecolor=AXIS, hatch="////", linewidth=0)
    return [Patch(facecolor=PAPER, edgecolor=AXIS, hatch="////", label=say(WORDS["no_market"]))] if void else []


def price(record: DayRecord, say: Say) -> Figure:
    """Market price in its collar, the battery's price, and the tariff's steps, won per kWh."""
    figure, (axes,) = sheet(say(WORDS["price_title"]), say(WORDS["price_unit"]), 5.6)
    extra = over_the_day(axes, record, say)
    missing = float("nan")

    def stairs(values: Sequence[float], **style: object) -> None:
        axes.stairs(values, range(len(values) + 1), baseline=None, **style)  # type: ignore[arg-type]

    low = [won_per_kwh(slot.collar_low) if slot.settled else missing for slot in record.slots]
    high = [won_per_kwh(slot.collar_high) if slot.settled else missing for slot in record.slots]
    axes.stairs(high, range(len(high) + 1), baseline=low, fill=True, color=COLLAR, label=say(WORDS["collar"]))
    for step, level in enumerate(record.tariff_steps, 1):
        mark_level(axes, say(WORDS["tariff_step"].fill(step=str(step))), won_per_kwh(level), ":")
    mark_level(axes, say(WORDS["feed_in"]), won_per_kwh(record.feed_in), "--")
    stairs([won_per_kwh(slot.pool_price) for slot in record.slots], color=POOL, linewidth=1.6, linestyle=(0, (4, 2)),
           label=say(WORDS["pool_price"]))  # fmt: skip
    stairs([won_per_kwh(slot.price) if slot.settled else missing for slot in record.slots], color=INK, linewidth=2.4,
           label=say(WORDS["clearing"]))  # fmt: skip
    legend(axes, extra)
    return figure


def flows(record: DayRecord, say: Say) -> Figure:
    """Net demand and pool flow, the battery's charge, and, in a frame of its own, what the homes alone know; kWh."""
    figure, (balance, store, private) = sheet(say(WORDS["energy_title"]), say(WORDS["kwh"]), 9.4, (1.25, 0.7, 1.1))
    slots = record.slots
    middle = [index + 0.5 for index in range(len(slots))]
    demand = [kwh(slot.net_demand) for slot in slots]
    colours = [NEED if value > 0 else SPARE for value in demand]
    extra = over_the_day(balance, record, say)
    balance.bar(middle, demand, 0.8, color=colours)
    balance.bar(middle, [ledger_kwh(slot.pool_flow) for slot in slots], 0.42, color=POOL, edgecolor=PAPER,
                label=say(WORDS["pool_flow"]))  # fmt: skip
    legend(balance, [Patch(color=NEED, label=f"{say(WORDS['net_demand'])} (+)"),
                     Patch(color=SPARE, label=f"{say(WORDS['net_demand'])} (−)"), *extra])  # fmt: skip
    over_the_day(store, record, say)
    charge = [kwh(slots[0].stored_start), *(kwh(slot.stored_end) for slot in slots)] if slots else []
    store.fill_between(range(len(charge)), charge, color=POOL, alpha=0.16, linewidth=0)
    store.plot(range(len(charge)), charge, color=POOL, linewidth=1.8, label=say(WORDS["stored"]))
    store.set_ylim(0, kwh(record.pool.capacity_wh) * 1.06)
    legend(store, [])
    over_the_day(private, record, say)
    private.set_facecolor(SECRET_SOFT)
    private.bar(middle, [ledger_kwh(slot.bought) for slot in slots], 0.74, color=NEED, label=say(WORDS["bought"]))
    private.bar(middle, [-ledger_kwh(slot.sold) for slot in slots], 0.74, color=SPARE, label=say(WORDS["sold"]))
    legend(private, [])
    badge = {"boxstyle": "round,pad=0.45", "fc": SECRET, "ec": SECRET}
    private.annotate(
        say(WORDS["homes_alone"]), (1, 1), (-8, 14), "axes fraction", textcoords="offset points", ha="right",
        va="center", color=PAPER, fontweight="bold", bbox=badge,
    )  # fmt: skip
    for edge in private.spines.values():
        edge.set(visible=True, color=SECRET, linestyle=(0, (4, 3)), linewidth=1.3)
    for axes in (balance, private):
        axes.axhline(0, color=AXIS, linewidth=1)
    return figure


def savings(record: DayRecord, say: Say) -> Figure:
    """Each home's saving in won, the largest on top; a loss points left and is hatched."""
    homes = sorted(record.home_results, key=lambda home: (home.saving, home.home))
    total = say(money(won(sum(home.saving for home in homes)), sign=True)).replace("\N{NO-BREAK SPACE}", " ")
    note = f"{say(WORDS['savings_sum'])} {total}  ·  {say(WORDS['own_wallet'])}"
    names, values = [home.home for home in homes], [won(home.saving) for home in homes]
    return signed_bars(say(WORDS["savings_title"]), note, names, values, left=0.11)


def glass(record: DayRecord, say: Say) -> Figure:
    """One home in one slot: what everyone can read of it beside what the home reads."""
    pane = record.glass
    outside = {line.label_en: line for line in pane.everyone}
    inside = {line.label_en: line for line in pane.home_sees}
    lines = list({**outside, **inside}.items())
    note = say(WORDS["glass_lead"].fill(home=pane.home, time=pane.slot_label))
    figure, (axes,) = sheet(say(WORDS["glass_title"]), note, 2.1 + 0.46 * len(lines))
    figure.subplots_adjust(right=0.96)
    axes.set(xlim=(0, 1), ylim=(len(lines) + 1, 0))
    axes.set_axis_off()
    axes.axvspan(0.2, 0.68, color=PUBLIC_SOFT)
    axes.axvspan(0.69, 1, color=SECRET_SOFT)
    axes.text(0.215, 0.5, say(WORDS["outside"]), color=PUBLIC, fontweight="bold", va="center", fontsize=12)
    axes.text(0.705, 0.5, say(WORDS["inside"]), color=SECRET, fontweight="bold", va="center", fontsize=12)
    for row, (name, line) in enumerate(lines, 1):
        axes.text(0, row + 0.5, say(Phrase(line.label_en, line.label_ko)), color=SOFT, va="center")
        seen(axes, 0.215, row, outside.get(name), say(WORDS["nothing"]), 46)
        seen(axes, 0.705, row, inside.get(name), say(WORDS["same"]), 30)
    return figure


def seen(axes: Axes, x: float, row: int, line: Line | None, absent: str, room: int) -> None:
    """One cell of a pane, shortened to `room` letters; ciphertexts in letters of one width."""
    if line is None:
        axes.text(x, row + 0.5, absent, color=SOFT, va="center")
        return
    text = line.value if len(line.value) <= room else line.value[: room - 1] + "…"
    sealed = len(line.value) > room
    family = ["DejaVu Sans Mono", FAMILY] if sealed else [FAMILY, "DejaVu Sans"]
    axes.text(x, row + 0.5, text, va="center", family=family, fontsize=9 if sealed else 11,
              color=SOFT if sealed else INK, fontweight="normal" if sealed else "bold")  # fmt: skip
