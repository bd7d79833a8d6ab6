"""What some authorities together can make of one home's upload, with all the secrets they have (LEARN-1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from openmg.chains.ppdl import Upload
from openmg.crypto import expand_masks, open_seeds
from openmg.learning import HIDDEN_BYTES, LANE_BYTES, lanes_of, subsets_of

MASK_BYTES: Final = 28
_SEED: Final = 32
_FIELD: Final = 4
_LANE: Final = 1 << 8 * LANE_BYTES


def masks_known(upload: Upload, secrets: Mapping[int, bytes], committee: int, lanes: int) -> dict[int, list[int]]:
    """The masks that authorities (from 1) with these secrets of their round keys can compute, by subset.

    Raises:
        Rejected: `BOX`, when a box does not open.
    """
    found: dict[int, list[int]] = {}
    place = upload.task + upload.round.to_bytes(4, "little") + upload.account
    for holder, secret in secrets.items():
        box = upload.hidden.boxes[holder - 1]
        seeds = open_seeds(secret, upload.task, upload.round, upload.account, holder, committee, box)
        own = [number for number, members in enumerate(subsets_of(committee)) if holder - 1 in members]
        for at, number in enumerate(own):
            if number not in found:
                seed = seeds[_SEED * at : _SEED * (at + 1)]
                mask = expand_masks(seed, place + number.to_bytes(1, "little"), lanes)
                found[number] = [_integer(mask, lane, MASK_BYTES) for lane in range(lanes)]
    return found


def view(upload: Upload, masks: Mapping[int, list[int]], known: Collection[int], values: int) -> list[int]:
    """The fields of the upload, 32 bits each, once the known masks are taken off; without all of them it is noise."""
    fields: list[int] = []
    for lane in range(lanes_of(values)):
        covered = sum(masks[number][lane] for number in known)
        rest = (_integer(upload.hidden.y, lane, HIDDEN_BYTES) - covered) % _LANE
        packed = rest.to_bytes(LANE_BYTES, "little")
        fields += [_integer(packed, at, _FIELD) for at in range(LANE_BYTES // _FIELD)]
    return fields[:values]


def subsets_with(authorities: Collection[int], committee: int) -> list[int]:
    """The masks that one of these authorities (from 1) holds."""
    return [
        number
        for number, members in enumerate(subsets_of(committee))
        if any(holder - 1 in members for holder in authorities)
    ]


def _integer(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[size * at : size * (at + 1)], "little")
