"""Masks over a home's update, their sealed seeds and their sums (LEARN-1 to LEARN-4, WIRE-16).

Holders are the authorities 1 to m of a committee of m (1, 4 or 7). Every subset of w = ⌊(m−1)/3⌋ + 1 of them has a
mask; subsets are numbered from 0 in lexicographic order. A *word* is one packed integer below 2^160; `count` says how
many a vector has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from openmg import _core
from openmg.crypto.group import Point
from openmg.crypto.refusal import rejections


@dataclass(frozen=True)
class HiddenVector:
    """What a home sends of its update: nothing in it says anything to whoever lacks one mask."""

    y: bytes
    """Packed values plus all masks, 30 bytes each, little-endian."""
    commitments: bytes
    """K_T of every subset in order, 32 bytes each."""
    boxes: tuple[bytes, ...]
    """The sealed seeds, for every holder that has a round key, in order."""
    proof: bytes
    """U ‖ z: whoever sealed knows the secret of every box, 64 bytes."""


def expand_masks(seed: bytes, context: bytes, count: int) -> bytes:
    """One subset's mask: `count` integers of 28 bytes; `context` is task id ‖ round u32 ‖ account ‖ T u8 (69 bytes)."""
    return _core.expand_masks(seed, context, count)


def hide(
    task_id: bytes,
    round_: int,
    account: bytes,
    packed: bytes,
    committee: int,
    keys: Sequence[Point | bytes | None],
    seed: bytes,
) -> HiddenVector:
    """Mask a packed vector (20 bytes a word), commit to the masks and seal their seeds to the holders' round keys.

    Everything secret is derived from `seed`, 32 bytes that the home drew for this round and keeps, and from what is
    hidden: the same arguments give the same bytes, another vector gets other masks. `keys` has m entries, None for a
    holder without a round key.

    Raises:
        Rejected: `LEARN-0` for another committee, `LEARN-1` for a vector, keys or a count of keys that do not fit.
    """
    with rejections():
        y, commitments, boxes, proof = _core.hide_vector(task_id, round_, account, packed, committee, list(keys), seed)
    return HiddenVector(y, commitments, tuple(boxes), proof)


def check_hidden(
    task_id: bytes,
    round_: int,
    account: bytes,
    committee: int,
    keys: Sequence[Point | bytes | None],
    hidden: HiddenVector,
) -> None:
    """Check what everybody can see of a hidden vector: its points, its boxes and the proof of their secrets.

    How many words `y` has to have is the task's affair and not asked here.

    Raises:
        Rejected: `LEARN-2`; `LEARN-0` for another committee.
    """
    with rejections():
        _core.check_hidden(
            task_id,
            round_,
            account,
            committee,
            list(keys),
            hidden.y,
            hidden.commitments,
            list(hidden.boxes),
            hidden.proof,
        )


def open_seeds(
    secret: bytes, task_id: bytes, round_: int, account: bytes, holder: int, committee: int, box: bytes
) -> bytes:
    """The seeds of all subsets with this holder, in order, 32 bytes each. `secret` is that of its round key.

    Raises:
        Rejected: `BOX`, when it does not open or holds another number of seeds: then complain.
    """
    with rejections():
        return _core.open_seeds(secret, task_id, round_, account, holder, committee, box)


def check_seeds(
    holder: int,
    committee: int,
    clients: Sequence[tuple[bytes, bytes, bytes]],
    task_id: bytes,
    round_: int,
    count: int,
) -> list[int]:
    """The positions, rising, of the clients whose seeds do not give their commitments: then complain about each.

    A client is (account, its opened seeds, its commitments K_T of all subsets). All are checked at once with random
    weights, on all cores; halves are looked at again only when that fails.
    """
    with rejections():
        return _core.check_seeds(holder, committee, list(clients), task_id, round_, count)


def complain_seeds(secret: bytes, task_id: bytes, round_: int, account: bytes, holder: int, box: bytes) -> bytes:
    """Publish the Diffie-Hellman point of one box with its proof: S ‖ T1 ‖ T2 ‖ z, 128 bytes.

    Complain about hidden vectors that `check_hidden` accepted only: there the home knows this point already.

    Raises:
        Rejected: `LEARN-3`, when the box has no point.
    """
    with rejections():
        return _core.complain_seeds(secret, task_id, round_, account, holder, box)


def judge_seeds(
    key: bytes,
    task_id: bytes,
    round_: int,
    account: bytes,
    holder: int,
    committee: int,
    *,
    box: bytes,
    commitments: bytes,
    complaint: bytes,
    count: int,
) -> bool:
    """Whether a complaint convicts the home; False: the box holds what the home committed to. `key`: the round key.

    Everybody comes to the same answer: nothing here is random.

    Raises:
        Rejected: `LEARN-3`, when the complaint's own proof does not hold.
    """
    with rejections():
        return _core.judge_seeds(key, task_id, round_, account, holder, committee, box, commitments, complaint, count)


def sum_masks(
    task_id: bytes,
    round_: int,
    clients: Sequence[tuple[bytes, bytes]],
    holder: int,
    committee: int,
    subsets: int,
    count: int,
) -> tuple[bytes, bytes]:
    """M (31 bytes a word) and R (32 bytes): the sum over clients (account, opened seeds) and over a set of subsets.

    `subsets` has bit T for subset T; the holder is in all of them.

    Raises:
        Rejected: `LEARN-4`, for a subset that the holder is not in, none at all, seeds that do not fit, or more than
            2^24 masks.
    """
    with rejections():
        return _core.sum_masks(task_id, round_, list(clients), holder, committee, subsets, count)


def check_mask_sum(M: bytes, R: bytes, commitments: Sequence[bytes], subsets: int, committee: int) -> None:
    """Check that M and R open the sum of the commitments of these subsets; `commitments`: those of each client, joined.

    Raises:
        Rejected: `LEARN-4`.
    """
    with rejections():
        _core.check_mask_sum(M, R, list(commitments), subsets, committee)
