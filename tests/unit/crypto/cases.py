"""Reading the vectors, and asking the core which clause refuses."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from openmg import _core
from tests.reference import vectors

FOLDER = Path(__file__).parents[2] / "vectors" / "crypto"
Case = dict[str, Any]


def cases(name: str, *prefixes: str) -> list[Case]:
    """The cases of a file whose clause or name begins so."""
    found: list[Case] = vectors.read(FOLDER / f"{name}.json")
    wanted = prefixes or ("",)
    return [case for case in found if case["case"].startswith(wanted) or case["clause"].startswith(wanted)]


def title(case: Case) -> str:
    return str(case["case"])


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


def joined(texts: list[str]) -> bytes:
    return b"".join(map(raw, texts))


def clause_of(attempt: Callable[..., object], *given: object, **named: object) -> str | None:
    """The clause that refuses, None when nothing does."""
    try:
        attempt(*given, **named)
    except _core.Refused as refused:
        return str(refused.args[0])
    return None


def expected(case: Case) -> str | None:
    return None if case["accept"] else case["clause"]
