"""The simulator's results as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.table import Table

from openmg.cli.output import console
from openmg.simulation.attack import WAYS, Attack
from openmg.simulation.comparison import Outcome
from openmg.simulation.figures import Figures
from openmg.simulation.mechanisms import NONE
from openmg.simulation.record import Record

TITLES: Final = {
    "pool": "ours",
    "no-collar": "no collar",
    "no-battery": "no battery",
    "mid-market": "mid-market",
    "supply-demand": "supply/demand",
    "auction": "auction",
    "none": "no market",
}

_MANY: Final = 1_000_000
"""Won from which on a table counts in thousands."""
SETTERS: Final = ("floor", "cap", "step", "curve", "collar", "rule")


def print_comparison(record: Record) -> None:
    """The summary of a comparison."""
    console.print(
        f"[bold]{len(record.homes)} homes, {record.first} to {record.last}, {record.slots:,} slots of {record.minutes} "
        f"minutes[/bold]; {record.with_solar} of them export. Without a market they pay "
        f"{record.figures[0].cost_before:,.0f} won in all for the months that this touches, own solar power netted at "
        "home first."
    )
    for english, _ in record.notes:
        console.print(f"[dim]- {english}[/dim]")
    traded = [each for each in record.figures if each.mechanism != NONE]
    console.print(_money(record.figures))
    if traded:
        console.print(_market(traded))
        console.print(_set_by(traded))
    unserved = sum(each.unserved_kwh for each in record.figures)
    console.print(f"Unserved: {unserved:g} kWh. {record.seconds:,.1f} seconds of processor time.")


def print_attack(attack: Attack, outcomes: Sequence[Outcome]) -> None:
    """What an attack brought, mechanism by mechanism."""
    console.print(
        f"[bold]{outcomes[0].attackers} homes ({attack.share:.0%} of the {attack.who}) "
        f"{WAYS[attack.how].says_en}.[/bold] Won over the whole time, against the same run without it:"
    )
    table = _table("mechanism", "attackers gain", "others lose", "battery gains", "utility gains", "price", "moves by")
    for each in outcomes:
        style = "red" if each.gain > 0 else "green"
        table.add_row(
            TITLES[each.mechanism],
            f"[{style}]{each.gain:+,.0f}[/{style}]",
            _signed(each.loss),
            _signed(each.providers),
            _signed(each.utility),
            f"{each.price:,.1f}",
            "no trade" if each.impact is None else f"{each.impact:+,.1f}",
        )
    console.print(table)


def _money(figures: Sequence[Figures]) -> Table:
    thousands = max(abs(each.saving) for each in figures) >= _MANY
    won = _thousands if thousands else _signed
    table = _table(
        "1,000 won" if thousands else "won", "save", "", "median", "worst", "best", "losers", "utility", "", "battery"
    )
    for each in figures:
        held = each.providers
        table.add_row(
            TITLES[each.mechanism],
            won(each.saving),
            f"{each.saving_share:.1%}",
            *(won(home) for home in (each.median, each.worst, each.best)),
            str(each.losers),
            won(each.utility),
            f"{each.utility_share:+.1%}",
            "" if held is None else won(held.traded + held.apart + held.stock),
        )
    return table


def _market(figures: Sequence[Figures]) -> Table:
    table = _table("KRW/kWh", "traded kWh", "of import", "self-suff.", "price", "sd", "move", "> 50")
    for each in figures:
        price = each.prices
        table.add_row(
            TITLES[each.mechanism],
            f"{each.traded_kwh:,.0f}",
            f"{each.local_share:.1%}",
            f"{each.self_sufficiency:.1%}",
            f"{price.mean:,.0f}",
            f"{price.deviation:,.0f}",
            f"{price.move:,.1f}",
            f"{price.jumps:.1%}",
        )
    return table


def _set_by(figures: Sequence[Figures]) -> Table:
    table = _table("price set by", *(name for name in SETTERS))
    for each in figures:
        shares = each.prices.set_by
        table.add_row(TITLES[each.mechanism], *(f"{shares[name]:.0%}" if name in shares else "" for name in SETTERS))
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _thousands(won: float) -> str:
    """1,000 won."""
    return _signed(won / 1000)


def _signed(won: float) -> str:
    return f"{round(won):+,}" if round(won) else "0"
