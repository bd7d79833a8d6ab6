"""`openmg market`: clear a file of cases with the room's own functions, no chain and no cryptography."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from openmg.errors import BadInput
from openmg.market import BatteryReading, Ladder, Pool, PoolParameters, Supply, Weights, clear_book, no_supply
from openmg.market.integers import require_integer
from openmg.units import ONE, LedgerMicroWon, Price, WattHours

app = typer.Typer(no_args_is_help=True, help="The market's rule on plain numbers.")

MAX_INTEGER: Final = 2**128
SHAPES: Final[dict[type, str]] = {list: "a list", dict: "an object"}

Answer = dict[str, int | str | list[str] | dict[str, int]]


@app.callback()
def market() -> None:
    """The market's rule on plain numbers."""


@app.command()
def clear(
    cases: Annotated[
        Path, typer.Argument(metavar="CASES.json", help='A list of cases, or {"cases": [...]}.', show_default=False)
    ],
) -> None:
    """Clear every case of a file and print a JSON list of answers.

    A case is {"given": {"levels", "buy", "sell", "reference", "collar_bp", "pool"}}: prices in µKRW/Wh,
    quantities in Wh per level, the collar in 1/10000; pool may be null or absent.

    Example:

      openmg market clear tests/vectors/market/clearing.json
    """
    answers = [answer(given, where) for given, where in _cases(cases)]
    typer.echo(json.dumps(answers, indent=1))


def answer(given: dict[str, Any], where: str) -> Answer:
    """Clear one case; the answer has the shape of `expect` in the vectors, energy in Wh/65536.

    Raises:
        BadInput: a field is missing or unusable; the message starts with `where` and names it.
    """
    with _within(where):
        with _within("levels"):
            ladder = Ladder(tuple(Price(level) for level in _integers(given, "levels")))
        reference = _integer(given, "reference", least=1)
        collar = _integer(given, "collar_bp")
        supply = _supply(given)
        outcome, path, bought, sold = clear_book(
            ladder, supply, Price(reference), collar, _integers(given, "buy"), _integers(given, "sell")
        )
    return {
        "price": outcome.price,
        "kind": outcome.kind.value,
        "buy_weights": _by_rung(outcome.buy_weights),
        "sell_weights": _by_rung(outcome.sell_weights),
        "bought": bought,
        "sold": sold,
        "pool": outcome.pool_flow,
        "residue": outcome.residue,
        "path": [str(opened) for opened in path],
    }


def _cases(file: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """What is given in each case, and where it stands, for messages: file and number, counted from 1."""
    try:
        document = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{file}: not JSON: {error}") from error
    if isinstance(document, dict):
        with _within(str(file)):
            document = _field(document, "cases", list)
    if not isinstance(document, list):
        raise BadInput(f'{file}: a list of cases or {{"cases": [...]}} expected')
    for number, case in enumerate(document, start=1):
        where = f"{file}: case {number}"
        with _within(where):
            if not isinstance(case, dict):
                raise BadInput("an object expected")
            given = _field(case, "given", dict)
        yield given, where


def _supply(given: dict[str, Any]) -> Supply:
    """A(p) of the case's pool, 0 without one."""
    if given.get("pool") is None:
        return no_supply
    numbers = _field(given, "pool", dict)
    with _within("pool"):
        moved = {name: WattHours(_integer(numbers, name)) for name in ("discharged", "charged", "stored")}
        parameters = PoolParameters(
            capacity=WattHours(_integer(numbers, "capacity")),
            band_low=Price(_integer(numbers, "band_low")),
            band_high=Price(_integer(numbers, "band_high")),
            efficiency_permille=_integer(numbers, "efficiency_permille"),
            power_wh=max(moved["discharged"], moved["charged"]),
        )
        reading = BatteryReading(moved["discharged"], moved["charged"], moved["stored"], moved["stored"])
        money = LedgerMicroWon(ONE * _integer(numbers, "money"))
        pool = Pool(parameters, moved["stored"], money, LedgerMicroWon(0))
    return _at(pool, reading)


def _at(pool: Pool, reading: BatteryReading) -> Callable[[Price], int]:
    return lambda price: pool.supply(price, reading)


def _field(given: dict[str, Any], name: str, kind: type) -> Any:  # noqa: ANN401 - what JSON holds
    if name not in given:
        raise BadInput(f"{name}: missing, {SHAPES[kind]} expected")
    if not isinstance(given[name], kind):
        raise BadInput(f"{name}: {SHAPES[kind]} expected")
    return given[name]


def _integers(given: dict[str, Any], name: str) -> list[int]:
    values = _field(given, name, list)
    return [
        require_integer(value, f"{name}, entry {number}", 0, MAX_INTEGER)
        for number, value in enumerate(values, start=1)
    ]


def _integer(given: dict[str, Any], name: str, least: int = 0) -> int:
    if name not in given:
        raise BadInput(f"{name}: missing, an integer expected")
    return require_integer(given[name], name, least, MAX_INTEGER)


def _by_rung(weights: Weights) -> dict[str, int]:
    return {str(rung): weight for rung, weight in weights}


@contextmanager
def _within(where: str) -> Iterator[None]:
    """Puts `where` in front of what a `BadInput` says."""
    try:
        yield
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from error
