"""A case of the vectors: what is given, what comes out, and the clause that refuses it."""

from collections.abc import Callable

from tests.reference import Refused
from tests.reference.group import Point

Case = dict[str, object]


def plain(value: object) -> object:
    """Points and bytes as hexadecimal, tuples as lists, everything else as it is."""
    if isinstance(value, Point):
        return value.encode().hex()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def case(clause: str, name: str, **items: object) -> Case:
    """A case that is accepted."""
    return _case(clause, name, items, accept=True)


def refused(clause: str, name: str, **items: object) -> Case:
    """A case that is refused by its clause."""
    return _case(clause, name, items, accept=False)


def judged(clause: str | None, unless: str, name: str, **items: object) -> Case:
    """A case refused by a clause, or accepted when it is None."""
    return _case(clause or unless, name, items, accept=clause is None)


def _case(clause: str, name: str, items: dict[str, object], *, accept: bool) -> Case:
    return {"clause": clause, "case": name, "accept": accept} | {label: plain(item) for label, item in items.items()}


def refusal(expected: str | None, attempt: Callable[..., object], *given: object) -> None:
    """The reference itself must accept, or refuse by the expected clause: or there are no vectors."""
    try:
        attempt(*given)
    except Refused as error:
        if error.clause != expected:
            raise
        return
    if expected is not None:
        raise AssertionError(f"{expected} does not refuse this: {given}")
