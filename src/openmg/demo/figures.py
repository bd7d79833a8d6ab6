"""The day's charts over time: price, energy balance, battery, and what the homes alone know."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from openmg.demo.record import DayRecord, SlotRecord
from openmg.demo.words import WORDS, kind_name, say
from openmg.page import chart
from openmg.page.chart import Frame, Value
from openmg.page.markup import Cell, folded, picture, section, table
from openmg.page.readout import Axis, Series, framed, head, readable, written
from openmg.page.words import Phrase, kwh, ledger_kwh, number, won_per_kwh


def values(record: DayRecord, read: Callable[[SlotRecord], float], *, always: bool = False) -> tuple[Value, ...]:
    """One figure of every slot; none where the slot is void, unless it is known `always`."""
    return tuple(read(slot) if always or slot.settled else None for slot in record.slots)


def chosen_slot(record: DayRecord) -> int:
    """The slot that the readouts show at first: the one behind the glass."""
    labels = [slot.label for slot in record.slots]
    return labels.index(record.glass.slot_label) if record.glass.slot_label in labels else len(labels) // 2


def figure(name: str, record: DayRecord, head: str, series: Sequence[Series], draw: Callable[[str, int], Frame],
           body: Callable[[Frame], str]) -> str:  # fmt: skip
    """A chart over the day."""
    axis = Axis("labels", tuple(slot.label for slot in record.slots), chosen_slot(record))
    void = any(not slot.settled for slot in record.slots)
    extra = f'<div><dt><i class="mark no-market"></i>{say("no_market")}</dt><dd></dd></div>' if void else ""
    return readable(name, axis, head, series, draw, body, extra)


def sized(record: DayRecord, span: tuple[float, float], heights: tuple[int, int], right: tuple[int, int] = (8, 8),
          ) -> Callable[[str, int], Frame]:  # fmt: skip
    """Frames over the day: (narrow, wide) heights and right margins, pixels."""
    return framed(tuple(slot.label for slot in record.slots), span, heights, right)


def price_section(record: DayRecord) -> str:
    """Price, collar and pool over the tariff's steps."""
    price = values(record, lambda slot: won_per_kwh(slot.price))
    pool = values(record, lambda slot: won_per_kwh(slot.pool_price), always=True)
    low = values(record, lambda slot: won_per_kwh(slot.collar_low))
    high = values(record, lambda slot: won_per_kwh(slot.collar_high))
    levels = [(won_per_kwh(step), WORDS["tariff_step"].fill(step=str(n)), "step") for n, step in
              enumerate(record.tariff_steps, 1)]  # fmt: skip
    levels.append((won_per_kwh(record.feed_in), WORDS["feed_in"], "feed-in"))
    span = chart.padded([*price, *pool, *low, *high, *(value for value, _, _ in levels)])

    def body(frame: Frame) -> str:
        ticks = chart.round_ticks(frame.low, frame.high, 6)
        return (
            chart.axes(frame, ticks)
            + chart.hatches(frame, [not slot.settled for slot in record.slots], WORDS["no_market"])
            + "".join(chart.level(frame, value, name, css) for value, name, css in levels)
            + chart.ribbon(frame, low, high, "collar")
            + chart.stairs(frame, pool, "line pool")
            + chart.stairs(frame, price, "line price")
        )

    collar = tuple(
        f"{a}–{b}" if slot.settled else "–"
        for slot, a, b in zip(record.slots, written(low, 0), written(high, 0), strict=True)
    )
    series = [
        Series(WORDS["clearing"], "price", written(price)),
        Series(WORDS["pool_price"], "pool line", written(pool)),
        Series(WORDS["collar"], "collar", collar),
    ]
    drawn = figure("price", record, head("price", say("price_unit"), "", "public"), series,
                   sized(record, span, (300, 380), (58, 68)), body)  # fmt: skip
    hint = f'<p class="hint">{say("read_hint")}</p>'
    lead = say("price_lead", collar=number(record.collar_bp / 100, 0))
    return section("price", say("price_title"), lead, drawn + hint + price_table(record))


def price_table(record: DayRecord) -> str:
    """The price of every slot, in won per kWh."""
    heads: list[Cell] = [
        WORDS[key] for key in ("time", "state", "clearing", "pool_price", "collar", "reports", "seconds")
    ]
    rows: list[list[Cell]] = []
    for slot in record.slots:
        span = f"{number(won_per_kwh(slot.collar_low))}–{number(won_per_kwh(slot.collar_high))}"
        price = number(won_per_kwh(slot.price)) if slot.settled else "–"
        rows.append([
            slot.label, kind_name(slot.kind) if slot.settled else WORDS["void"], price,
            number(won_per_kwh(slot.pool_price)), span if slot.settled else "–", str(slot.cohort),
            number(slot.seconds, 2),
        ])  # fmt: skip
    return folded(say("show_table"), table(say("price_unit"), heads, rows, names=2))


def energy_section(record: DayRecord) -> str:
    """Three charts: the public balance, the battery's charge, and what the homes alone know."""
    charts = balance(record) + stored(record) + f'<div class="private">{traded(record)}</div>'
    return section("energy", say("energy_title"), say("energy_lead"), charts + energy_table(record))


def balance(record: DayRecord) -> str:
    """Net demand of the homes and the pool's flow, kWh."""
    demand = values(record, lambda slot: kwh(slot.net_demand))
    flow = values(record, lambda slot: ledger_kwh(slot.pool_flow))
    span = chart.padded([*demand, *flow], zero=True)

    def body(frame: Frame) -> str:
        return (
            chart.axes(frame, chart.round_ticks(*span, 5))
            + chart.hatches(frame, [not slot.settled for slot in record.slots], WORDS["no_market"])
            + chart.bars(frame, demand, lambda value: "need" if value > 0 else "spare", (0.1, 0.9))
            + chart.bars(frame, flow, lambda _: "pool", (0.28, 0.72))
        )

    series = [
        Series(WORDS["net_demand"], "net", written(demand, sign=True)),
        Series(WORDS["pool_flow"], "pool", written(flow, sign=True)),
    ]
    note = say("kwh") + " · " + say("flow_note")
    return figure("balance", record, head("balance", say("balance_title"), note, "public"), series,
                  sized(record, span, (240, 300)), body)  # fmt: skip


def stored(record: DayRecord) -> str:
    """What the battery stores, kWh, against its capacity."""
    points = [kwh(slot.stored_start) for slot in record.slots[:1]] + [kwh(slot.stored_end) for slot in record.slots]
    capacity = kwh(record.pool.capacity_wh)

    def body(frame: Frame) -> str:
        return (
            chart.axes(frame, chart.round_ticks(0, capacity, 3))
            + chart.hatches(frame, [not slot.settled for slot in record.slots], WORDS["no_market"])
            + chart.slope(frame, points, "pool")
        )

    series = [Series(WORDS["stored_after"], "pool", written(points[1:]))]
    return figure("stored", record, head("stored", say("stored_title"), say("kwh"), "public"), series,
                  sized(record, (0, capacity * 1.06), (150, 180)), body)  # fmt: skip


def traded(record: DayRecord) -> str:
    """What the homes bought (up) and sold (down), kWh; drawn in a frame of its own."""
    bought = values(record, lambda slot: ledger_kwh(slot.bought))
    sold = values(record, lambda slot: ledger_kwh(slot.sold))
    down = tuple(None if value is None else -value for value in sold)
    span = chart.padded([*bought, *down], zero=True)

    def body(frame: Frame) -> str:
        return (
            chart.axes(frame, chart.round_ticks(*span, 4))
            + chart.hatches(frame, [not slot.settled for slot in record.slots], WORDS["no_market"])
            + chart.bars(frame, bought, lambda _: "need", (0.14, 0.86))
            + chart.bars(frame, down, lambda _: "spare", (0.14, 0.86))
        )

    series = [Series(WORDS["bought"], "need", written(bought)), Series(WORDS["sold"], "spare", written(sold))]
    note = say("kwh") + " · " + say("traded_note")
    return figure("traded", record, head("traded", say("traded_title"), note, "homes_alone"), series,
                  sized(record, span, (220, 260)), body)  # fmt: skip


def energy_table(record: DayRecord) -> str:
    """The energy of every slot, in kWh; the last four columns are known to the homes alone."""
    keys = ("time", "net_demand", "pool_flow", "charged", "discharged", "stored_after")
    heads: list[Cell] = [WORDS[key] for key in keys]
    heads += [Phrase(f"{WORDS[key].en} *", f"{WORDS[key].ko} *") for key in ("bought", "sold", "imported", "exported")]
    rows: list[list[Cell]] = []
    for slot in record.slots:
        figures = [kwh(slot.net_demand), ledger_kwh(slot.pool_flow), kwh(slot.charged), kwh(slot.discharged),
                   kwh(slot.stored_end), ledger_kwh(slot.bought), ledger_kwh(slot.sold), kwh(slot.imported),
                   kwh(slot.exported)]  # fmt: skip
        rows.append([slot.label, *(number(value, 2) for value in figures)])
        if not slot.settled:
            rows[-1][1:3] = ["–", "–"]
    caption = f"{say('kwh')} · * {picture('icon-key')} {say('homes_alone')}"
    return folded(say("show_table"), table(caption, heads, rows))
