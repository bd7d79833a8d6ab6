"""Integers at the room's edge: exact types, exact bounds, and division that says how it rounds."""

from __future__ import annotations

from openmg.errors import BadInput


def require_integer(value: object, what: str, least: int, most: int | None = None) -> int:
    """`value` itself, if it is an `int` (no bool, no float) from `least` to `most`.

    Raises:
        BadInput: it is not; the message names `what` and the expected range.
    """
    if type(value) is int and value >= least and (most is None or value <= most):
        return value
    wanted = f"an integer of at least {least}" if most is None else f"an integer from {least} to {most}"
    raise BadInput(f"{what}: {wanted} expected, got {_shown(value)}")


def ceiling(numerator: int, denominator: int) -> int:
    """numerator/denominator rounded up, for a positive denominator."""
    return -(-numerator // denominator)


def _shown(value: object) -> str:
    """`value` in one short line."""
    if type(value) is int and value.bit_length() > 128:
        return f"an integer of {value.bit_length()} bits"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
