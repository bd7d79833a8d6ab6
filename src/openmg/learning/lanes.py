"""Five values in 160 bits: how a vector is packed, summed under its masks and read again (LEARN-1, LEARN-5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from openmg.errors import BadInput, Rejected

VALUES_PER_LANE: Final = 5
LANE_BYTES: Final = 20
"""A packed lane: five fields of 32 bits."""
HIDDEN_BYTES: Final = 30
"""A lane of one home's upload: packed plus all its masks, below 2^240."""
MASK_SUM_BYTES: Final = 31
"""A lane of a holder's sum of masks."""
_FIELD_BYTES: Final = 4
_FIELD: Final = 2**32 - 1


def lanes_of(values: int) -> int:
    """P: lanes of a vector of that many values."""
    return -(-values // VALUES_PER_LANE)


def pack(values: Sequence[int], bits: int) -> bytes:
    """The lanes of a vector, 20 bytes each; a field after the last value holds 0.

    Raises:
        BadInput: a value is outside −2^(bits−1) ≤ x < 2^(bits−1).
    """
    half = 1 << (bits - 1)
    if values and not (-half <= min(values) and max(values) < half):
        raise BadInput(f"values from {min(values)} to {max(values)} do not fit {bits} bits")
    fields = b"".join([(value + half).to_bytes(_FIELD_BYTES, "little") for value in values])
    return fields.ljust(lanes_of(len(values)) * LANE_BYTES, b"\0")


def unpack(sums: Sequence[int], homes: int, values: int, bits: int) -> list[int]:
    """The sums of a vector's values over so many homes, from the sums of its lanes.

    Raises:
        Rejected: `LEARN-5`, when no such number of honest vectors has these sums.
    """
    if len(sums) != lanes_of(values):
        raise BadInput(f"{len(sums)} lanes: {lanes_of(values)} were expected for {values} values")
    most, offset = homes * ((1 << bits) - 1), homes << (bits - 1)
    if sums and not (min(sums) >= 0 and max(sums) < 1 << 8 * LANE_BYTES):
        raise Rejected("LEARN-5", f"a sum of {homes} homes reaches out of its lane")
    packed = b"".join([lane.to_bytes(LANE_BYTES, "little") for lane in sums])
    fields = [int.from_bytes(packed[at : at + _FIELD_BYTES], "little") for at in range(0, len(packed), _FIELD_BYTES)]
    if any(fields[values:]) or (values and max(fields[:values]) > most):
        raise Rejected("LEARN-5", f"a sum of {homes} homes has more in a field than {homes} honest values")
    return [field - offset for field in fields[:values]]


def add_lanes(vectors: Iterable[bytes], width: int, lanes: int) -> list[int]:
    """Lane by lane, the sum of up to 2^(8·width) vectors of so many lanes, each `width` little-endian bytes.

    Every other lane of a vector is one long integer with room between its fields, so that a vector costs two
    additions and not one for each lane.

    Raises:
        BadInput: a vector has another length.
    """
    field = b"\xff" * width + bytes(width)
    keep = int.from_bytes(field * ((lanes + 1) // 2), "little")
    even = odd = 0
    for vector in vectors:
        if len(vector) != width * lanes:
            raise BadInput(f"{len(vector)} bytes: {width * lanes} were expected for {lanes} lanes")
        whole = int.from_bytes(vector, "little")
        even += whole & keep
        odd += (whole >> 8 * width) & keep
    step = 2 * width
    length = step * ((lanes + 1) // 2)
    halves = (even.to_bytes(length, "little"), odd.to_bytes(length, "little"))
    return [
        int.from_bytes(halves[lane % 2][lane // 2 * step : (lane // 2 + 1) * step], "little") for lane in range(lanes)
    ]


def subtract(hidden: Iterable[bytes], masks: Iterable[bytes], lanes: int) -> list[int]:
    """Σ y − Σ M, lane by lane: `hidden` are a group's uploads, `masks` the sums that together hold all its masks.

    Raises:
        BadInput: a vector has another length.
    """
    covered = add_lanes(masks, MASK_SUM_BYTES, lanes)
    return [above - below for above, below in zip(add_lanes(hidden, HIDDEN_BYTES, lanes), covered, strict=True)]
