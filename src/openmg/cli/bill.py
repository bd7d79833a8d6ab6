"""`openmg bill`: a month's bill as KEPCO prints it, and what the next kilowatt-hour costs."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from openmg.cli.output import console, print_json
from openmg.errors import BadInput
from openmg.tariff import Bill, Line, Month, Period, Step, kepco
from openmg.units import WattHours

MOST_KWH: Final = 1_000_000
SCHEMA: Final = "openmg/bill/1"
LANGUAGES: Final = ("en", "ko")

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": (
        "{used} kWh from {first} to {last}, {voltage} voltage",
        "{first} ~ {last} 사용량 {used} kWh, 주택용({voltage})",
    ),
    "low": ("low", "저압"),
    "high": ("high", "고압"),
    "base": ("Base charge", "기본요금"),
    "energy": ("Energy charge", "전력량요금"),
    "step1": ("step 1", "1단계"),
    "step2": ("step 2", "2단계"),
    "step3": ("step 3", "3단계"),
    "step4": ("beyond 1,000 kWh", "슈퍼유저"),
    "climate": ("Climate and environment charge", "기후환경요금"),
    "fuel": ("Fuel cost adjustment", "연료비조정액"),
    "charged": ("Electricity charges", "전기요금계"),
    "vat": ("Value added tax", "부가가치세"),
    "fund": ("Electric power industry fund", "전력산업기반기금"),
    "total": ("Amount due", "청구금액"),
    "next": (
        "One more kWh costs {price} won, taxes included; with it this bill is {more} won higher.",
        "1 kWh를 더 쓰면 세금을 포함해 {price}원이고, 이 청구서는 {more}원 많아집니다.",
    ),
    "far": (
        "The next step begins in {left} kWh: then a kWh costs {price} won, and the bill jumps by {jump} won there.",
        "다음 단계까지 {left} kWh 남았습니다. 그 뒤로는 1 kWh에 {price}원이고, 경계에서 요금이 {jump}원 뜁니다.",
    ),
    "last": ("This is the last step.", "마지막 단계입니다."),
}  # fmt: skip


def bill(
    kwh: Annotated[str, typer.Option(help="What was used in the period, kWh, such as 427 or 427.5.")],
    month: Annotated[str, typer.Option(help="The month in which the period ends, such as 2023-08.")],
    voltage: Annotated[str, typer.Option(help="low or high.")] = "low",
    reading_day: Annotated[int, typer.Option(help="The day on which the meter is read; 1: calendar months.")] = 1,
    lang: Annotated[str, typer.Option(help="en or ko.")] = LANGUAGES[0],
    as_json: Annotated[bool, typer.Option("--json", help="Print the bill as JSON.")] = False,
) -> None:
    """A month's bill by KEPCO's tariff, line by line, and what one more kWh costs.

    Example: openmg bill --kwh 427 --month 2023-08 --voltage low
    """
    if lang not in LANGUAGES:
        raise BadInput(f"--lang {lang}: {' or '.join(LANGUAGES)} was expected")
    used = watt_hours(kwh)
    tariff, period = kepco(voltage), Period.of(Month.parse(month), reading_day)
    found, steps = tariff.bill_of(period, used), tariff.steps_in(period)
    at = _step(steps, used)
    ahead = _ahead(steps, at, used)
    if ahead is not None:
        edge = steps[at + 1].above
        jump = tariff.bill_of(period, WattHours(edge + 1)).total - tariff.bill_of(period, edge).total
        ahead["jump_won"] = jump
    more = tariff.bill_of(period, WattHours(used + 1000)).total - found.total
    following = {"price": steps[at].price, "won": more}
    if as_json:
        print_json(_document(period, voltage, used, found, following, ahead))
    else:
        _print(period, voltage, used, found, following, ahead, LANGUAGES.index(lang))


def watt_hours(kwh: str) -> WattHours:
    """Wh of a decimal number of kWh with up to three decimals.

    Raises:
        BadInput: it is none, or more than a million.
    """
    found = re.fullmatch(r"([0-9]{1,9})(?:\.([0-9]{1,3}))?", kwh)
    if found is None or int(found[1]) > MOST_KWH:
        raise BadInput(
            f"--kwh {kwh[:40]}: 0 to {MOST_KWH:,} kWh with at most three decimals were expected, such as 427 or 427.5"
        )
    return WattHours(int(found[1]) * 1000 + int((found[2] or "").ljust(3, "0")))


def _step(steps: tuple[Step, ...], used: WattHours) -> int:
    """The step that the next Wh is on."""
    return max(at for at, step in enumerate(steps) if step.above <= used)


def _ahead(steps: tuple[Step, ...], at: int, used: WattHours) -> dict[str, int] | None:
    if at + 1 == len(steps):
        return None
    following = steps[at + 1]
    return {"left_wh": following.above - used, "price": following.price}


def _document(
    period: Period, voltage: str, used: WattHours, found: Bill, following: dict[str, int], ahead: dict[str, int] | None
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "first": str(period.first),
        "last": str(period.last),
        "voltage": voltage,
        "used_wh": used,
        "lines": [{name: value for name, value in line._asdict().items() if value is not None} for line in found.lines],
        "total_won": found.total,
        "next_kwh": following,
        "next_step": ahead,
    }


def _print(
    period: Period,
    voltage: str,
    used: WattHours,
    found: Bill,
    following: dict[str, int],
    ahead: dict[str, int] | None,
    language: int,
) -> None:
    def say(key: str, **values: object) -> str:
        return _WORDS[key][language].format(**values)

    title = say("title", used=_kwh(used), first=period.first, last=period.last, voltage=say(voltage))
    console.print(f"[bold]{title}[/bold]", soft_wrap=True)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(justify="right", style="dim")
    table.add_column(justify="right")
    for line in found.lines:
        name, won = say(line.key), f"{line.won:,}"
        if line.key.startswith("step"):
            table.add_row(f"  {name}", _product(line), f"[dim]{won}[/dim]")
        elif line.key in ("charged", "total"):
            table.add_row(f"[bold]{name}[/bold]", "", f"[bold]{won}[/bold]")
        else:
            table.add_row(name, _product(line), won)
    console.print(table)
    console.print(say("next", price=_won_per_kwh(following["price"]), more=f"{following['won']:,}"), soft_wrap=True)
    if ahead is None:
        console.print(say("last"))
    else:
        told = {"left": _kwh(ahead["left_wh"]), "price": _won_per_kwh(ahead["price"]), "jump": f"{ahead['jump_won']:,}"}
        console.print(say("far", **told), soft_wrap=True)


def _product(line: Line) -> str:
    return "" if line.used is None or line.rate is None else f"{_kwh(line.used)} × {_won_per_kwh(line.rate)}"


def _kwh(watt_hours: int) -> str:
    whole, rest = divmod(watt_hours, 1000)
    return f"{whole:,}" + (f".{rest:03}".rstrip("0") if rest else "")


def _won_per_kwh(price: int) -> str:
    """To a tenth of a won, rounded down."""
    return f"{price // 1000:,}.{price % 1000 // 100}"
