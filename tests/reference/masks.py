"""WIRE-16: masks over a home's update, their sealed seeds, complaints, sums (LEARN-1 to LEARN-4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha512
from itertools import combinations

from tests.reference import Refused, require, sealed
from tests.reference.group import (
    P,
    Point,
    combine,
    decode_scalar,
    encode_scalar,
    one_way_map,
    received,
    total,
)
from tests.reference.group import Q as ORDER
from tests.reference.hashing import Dice, Transcript, derive_scalar, key32

PACKED, MASK, HIDDEN, SUM = 20, 28, 30, 31
MOST_MASKS = 2**24


def subsets(m: int) -> list[tuple[int, ...]]:
    """The subsets of w of the holders 1..m that have a mask, by number."""
    return list(combinations(range(1, m + 1), (m - 1) // 3 + 1))


def held_by(m: int, holder: int) -> list[int]:
    """The numbers of the subsets that contain a holder."""
    return [number for number, members in enumerate(subsets(m)) if holder in members]


@dataclass(frozen=True)
class Place:
    """Whose masks."""

    task: bytes
    round_: int
    account: bytes

    @property
    def data(self) -> bytes:
        """task ‖ round ‖ account."""
        return self.task + self.round_.to_bytes(4, "little") + self.account

    def context(self, number: int) -> bytes:
        """Of one subset."""
        return self.data + bytes([number])

    def aad(self, holder: int) -> bytes:
        """Associated data of a box."""
        return b"openmg/1/learn/seeds" + self.data + bytes([holder])


@dataclass(frozen=True)
class Hidden:
    """What a home sends."""

    y: bytes
    commitments: tuple[bytes, ...]
    boxes: tuple[bytes, ...]
    proof: bytes


def base(p: int) -> Point:
    """B_p."""
    return one_way_map(sha512(b"openmg/1/generator/B" + p.to_bytes(4, "little")).digest())


def integers(data: bytes, width: int) -> list[int]:
    """Little-endian integers of `width` bytes each."""
    return [int.from_bytes(data[at : at + width], "little") for at in range(0, len(data), width)]


def joined(numbers: Sequence[int], width: int) -> bytes:
    """Back to bytes."""
    return b"".join(number.to_bytes(width, "little") for number in numbers)


def expand(seed: bytes, context: bytes, count: int) -> list[int]:
    """One subset's mask."""
    stream = b"".join(
        sha512(b"openmg/1/mask" + seed + context + counter.to_bytes(4, "little")).digest()
        for counter in range(-(-MASK * count // 64))
    )
    return integers(stream[: MASK * count], MASK)


def blinding(seed: bytes, context: bytes) -> int:
    """r_T."""
    return derive_scalar(seed, "openmg/1/mask/blinding", context)


def commitment(masks: Sequence[int], r: int) -> Point:
    """Σ mask_p·B_p + r·P."""
    return combine(masks, [base(p) for p in range(len(masks))]) + r * P


def commit(seed: bytes, context: bytes, count: int) -> Point:
    """K_T."""
    return commitment(expand(seed, context, count), blinding(seed, context))


def root_of(seed: bytes, place: Place, packed: bytes) -> bytes:
    """What all secrets of one hidden vector come from."""
    return key32(seed, "openmg/1/learn/root", place.data + packed)


def hide(place: Place, m: int, packed: bytes, keys: Sequence[Point | None], seed: bytes) -> Hidden:
    """A vector by the rules."""
    root = root_of(seed, place, packed)
    seeds = [key32(root, "openmg/1/learn/seed", bytes([number])) for number in range(len(subsets(m)))]
    words = integers(packed, PACKED)
    masks = [expand(drawn, place.context(number), len(words)) for number, drawn in enumerate(seeds)]
    y = [sum(column) for column in zip(words, *masks, strict=True)]
    commitments = tuple(
        commitment(mask, blinding(drawn, place.context(number))).encode()
        for number, (mask, drawn) in enumerate(zip(masks, seeds, strict=True))
    )
    boxes, secrets = [], []
    for holder, key in enumerate(keys, 1):
        if key is None:
            continue
        plain = b"".join(seeds[number] for number in held_by(m, holder))
        fresh = key32(root, "openmg/1/learn/box", bytes([holder]))
        secrets.append(sealed.secret_of(fresh, key, place.aad(holder), plain))
        boxes.append(sealed.seal_with(key, place.aad(holder), plain, secrets[-1]))
    nonce = derive_scalar(root, "openmg/1/learn/nonce", b"".join(boxes))
    return Hidden(joined(y, HIDDEN), commitments, tuple(boxes), prove(place, boxes, secrets, nonce))


def _weights(place: Place, boxes: Sequence[bytes]) -> tuple[Transcript, list[int]]:
    transcript = Transcript("openmg/1/learn/boxes")
    transcript.message("context", place.data)
    for box in boxes:
        transcript.message("box", box)
    return transcript, transcript.weights("w", len(boxes))


def prove(place: Place, boxes: Sequence[bytes], secrets: Sequence[int], nonce: int) -> bytes:
    """U ‖ z from what the home takes for the secrets of its boxes."""
    transcript, weights = _weights(place, boxes)
    u = (nonce * P).encode()
    transcript.message("U", u)
    weighted = sum(w * e for w, e in zip(weights, secrets, strict=True))
    return u + encode_scalar(nonce + transcript.scalar("c") * weighted)


def check(place: Place, m: int, keys: Sequence[Point | None], hidden: Hidden) -> None:
    """LEARN-2: what everybody can see."""
    numbers = subsets(m)
    require(hidden.y and len(hidden.y) % HIDDEN == 0, "LEARN-2", "the length of y does not fit")
    require(len(hidden.commitments) == len(numbers), "LEARN-2", "one commitment for each subset")
    lengths = [48 + 32 * len(held_by(m, holder)) for holder, key in enumerate(keys, 1) if key is not None]
    require([len(box) for box in hidden.boxes] == lengths, "LEARN-2", "the boxes do not fit the keys")
    try:
        for point in hidden.commitments:
            received(point)
        points = [received(box[:32]) for box in hidden.boxes]
        u, z = received(hidden.proof[:32]), decode_scalar(hidden.proof[32:])
    except Refused as refused:
        raise Refused("LEARN-2", refused.reason) from refused
    transcript, weights = _weights(place, hidden.boxes)
    transcript.message("U", u.encode())
    c = transcript.scalar("c")
    require(z * P == u + c * combine(weights, points), "LEARN-2", "no knowledge of the secrets of the boxes")


def open_seeds(secret: int, place: Place, m: int, holder: int, box: bytes) -> list[bytes]:
    """The seeds of a holder's subsets."""
    return _split(sealed.unseal(secret, place.aad(holder), box), m, holder)


def _split(plain: bytes, m: int, holder: int) -> list[bytes]:
    require(len(plain) == 32 * len(held_by(m, holder)), "BOX", "another number of seeds")
    return [plain[at : at + 32] for at in range(0, len(plain), 32)]


def gives(place: Place, m: int, holder: int, seeds: Sequence[bytes], commitments: Sequence[bytes], count: int) -> bool:
    """Whether every seed gives its commitment."""
    return all(
        commit(seed, place.context(number), count).encode() == commitments[number]
        for seed, number in zip(seeds, held_by(m, holder), strict=True)
    )


def _challenge(place: Place, holder: int, points: Sequence[Point]) -> int:
    transcript = Transcript("openmg/1/learn/complaint")
    transcript.message("context", place.data)
    transcript.u64("accuser", holder)
    for name, point in zip(("X", "E", "S", "T1", "T2"), points, strict=True):
        transcript.message(name, point.encode())
    return transcript.scalar("c")


def complain(place: Place, holder: int, secret: int, box: bytes, dice: Dice) -> bytes:
    """S ‖ T1 ‖ T2 ‖ z about a box, whether it is wrong or not."""
    e, nonce = sealed.ephemeral_of(box), dice.scalar()
    points = (secret * P, e, secret * e, nonce * P, nonce * e)
    c = _challenge(place, holder, points)
    return b"".join(point.encode() for point in points[2:]) + encode_scalar(nonce + c * secret)


def judge(
    place: Place,
    m: int,
    holder: int,
    key: Point,
    box: bytes,
    commitments: Sequence[bytes],
    complaint: bytes,
    count: int,
) -> bool:
    """LEARN-3: True when the home is guilty, False when it is not; refuses a proof that does not hold."""
    require(len(complaint) == 128, "LEARN-3", "a complaint has 128 bytes")
    try:
        e = sealed.ephemeral_of(box)
        s, t1, t2 = (received(complaint[at : at + 32]) for at in (0, 32, 64))
        z = decode_scalar(complaint[96:])
    except Refused as refused:
        raise Refused("LEARN-3", refused.reason) from refused
    c = _challenge(place, holder, (key, e, s, t1, t2))
    require(z * P == t1 + c * key and z * e == t2 + c * s, "LEARN-3", "the logarithms are not equal")
    try:
        seeds = _split(sealed.unseal_with(key, s, place.aad(holder), box), m, holder)
    except Refused:
        return True
    return not gives(place, m, holder, seeds, commitments, count)


def sum_masks(
    clients: Sequence[tuple[Place, Sequence[bytes]]], m: int, holder: int, chosen: Sequence[int], count: int
) -> tuple[bytes, bytes]:
    """LEARN-4: M and R over homes and over chosen subsets, all of which the holder is in."""
    held = held_by(m, holder)
    require(chosen and set(chosen) <= set(held), "LEARN-4", "a subset that the holder is not in, or none")
    require(len(clients) * len(chosen) <= MOST_MASKS, "LEARN-4", "too many masks")
    sums, r = [0] * count, 0
    for place, seeds in clients:
        for number in chosen:
            seed = seeds[held.index(number)]
            mask = expand(seed, place.context(number), count)
            sums = [one + other for one, other in zip(sums, mask, strict=True)]
            r += blinding(seed, place.context(number))
    return joined(sums, SUM), encode_scalar(r % ORDER)


def check_sum(M: bytes, R: bytes, commitments: Sequence[Sequence[bytes]], chosen: Sequence[int]) -> None:
    """LEARN-4: the sum opens the sum of the commitments."""
    require(chosen and len(M) % SUM == 0, "LEARN-4", "the lengths do not fit")
    try:
        r = decode_scalar(R)
        committed = total(received(points[number]) for points in commitments for number in chosen)
    except Refused as refused:
        raise Refused("LEARN-4", refused.reason) from refused
    require(commitment(integers(M, SUM), r) == committed, "LEARN-4", "not what the homes committed to")
