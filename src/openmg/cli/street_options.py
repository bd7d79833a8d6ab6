"""The options by which a command is told which street to simulate: written once, taken by several commands."""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from openmg.errors import BadInput
from openmg.simulation.mechanisms import MECHANISMS
from openmg.simulation.scenario import TARIFFS, Scenario


def street(
    *,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            help="CSV or Parquet of homes' load and solar power; may be given again. Otherwise: public homes."
        ),
    ] = None,
    leave_out: Annotated[list[str] | None, typer.Option(help="A home of the files that does not take part.")] = None,
    turn: Annotated[
        int, typer.Option(help="Weeks between the seasons of the first file and the others (south: 26).")
    ] = 0,
    homes: Annotated[int | None, typer.Option(help="How many; more than there are: copies, moved by weeks.")] = None,
    seed: Annotated[int, typer.Option(help="Draws copies of homes, attackers and auctions.")] = 1,
    start: Annotated[
        str | None, typer.Option(help="First day with a market: 2017-03-01. Otherwise: the data's.")
    ] = None,
    days: Annotated[int | None, typer.Option(help="How many days have a market. Otherwise: all.")] = None,
    solar: Annotated[float, typer.Option(help="Multiplies everyone's solar power.")] = 1.0,
    own_battery: Annotated[float, typer.Option(help="kWh in each home with solar power, for its own use.")] = 0.0,
    tariff: Annotated[str, typer.Option(help=f"One of {', '.join(TARIFFS)}.")] = TARIFFS[0],
    flat_price: Annotated[float, typer.Option(help="KRW/kWh of the flat tariff.")] = 180.0,
    feed_in: Annotated[float, typer.Option(help="KRW/kWh that the utility pays for export.")] = 120.0,
    fee: Annotated[float, typer.Option(help="KRW/kWh of network fee on energy traded locally.")] = 0.0,
    net_metering: Annotated[bool, typer.Option("--net-metering", help="Export counts against import.")] = False,
    battery: Annotated[float, typer.Option(help="kWh of the community battery.")] = 50.0,
    band: Annotated[str, typer.Option(help="KRW/kWh of the battery when full and when empty.")] = "133,245",
    reference: Annotated[
        float | None, typer.Option(help="KRW/kWh at which the battery starts. Otherwise: empty.")
    ] = None,
    efficiency: Annotated[float, typer.Option(help="Of the community battery, each way.")] = 0.95,
    collar: Annotated[float, typer.Option(help="How far a price may lie from the battery's, as a share.")] = 0.1,
    levels: Annotated[
        str | None, typer.Option(help="Price levels, KRW/kWh, with commas. Otherwise: the tariff's.")
    ] = None,
    mechanism: Annotated[
        list[str] | None, typer.Option(help=f"May be given again: {', '.join(MECHANISMS)}. Otherwise: all that fit.")
    ] = None,
) -> dict[str, Any]:
    """The options as they were read."""
    return dict(locals())


def _fields(read: dict[str, Any]) -> dict[str, Any]:
    """The fields of a `Scenario`; without mechanisms the command chooses them."""
    mechanisms = tuple(dict.fromkeys(read.pop("mechanism") or ()))
    read["data"], read["leave_out"] = tuple(read["data"] or ()), tuple(read["leave_out"] or ())
    read["start"] = _date(read["start"])
    read["band"], read["levels"] = _pair("--band", read["band"]), _numbers("--levels", read["levels"])
    return read | ({"mechanisms": mechanisms} if mechanisms else {})


def takes_street(mechanisms: tuple[str, ...]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command the options of `street`, and as its first argument their `Scenario`.

    `mechanisms` are those of a scenario that names none.
    """
    options = inspect.signature(street, eval_str=True).parameters

    def give(command: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

        @wraps(command)
        def called(**given: Any) -> None:  # noqa: ANN401 - whatever typer read
            read = street(**{name: given.pop(name) for name in options})
            command(Scenario(**({"mechanisms": mechanisms} | _fields(read))), **given)

        taken = [*own, *options.values()]
        called.__signature__ = inspect.Signature(taken)  # type: ignore[attr-defined]
        called.__annotations__ = {each.name: each.annotation for each in taken}
        return called

    return give


def _date(text: str | None) -> datetime.date | None:
    if text is None:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"--start {text}: a date such as 2017-03-01 was expected") from error


def _numbers(option: str, text: str | None) -> tuple[float, ...]:
    if text is None:
        return ()
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise BadInput(f"{option} {text}: numbers with commas between them were expected") from error


def _pair(option: str, text: str) -> tuple[float, float]:
    numbers = _numbers(option, text)
    if len(numbers) != 2:
        raise BadInput(f"{option} {text}: two prices such as 133,245 were expected")
    return numbers[0], numbers[1]
