"""WIRE-8: distributed key generation: deals, shares, complaints, and the epoch key (KEY-1, KEY-2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.reference import Refused, require, sealed
from tests.reference.group import (
    IDENTITY,
    P,
    Point,
    combine,
    decode_scalar,
    encode_scalar,
    received,
    total,
)
from tests.reference.group import Q as ORDER
from tests.reference.hashing import Dice, Transcript
from tests.reference.pair import u64

BOX = 80
PROOF = 128


def threshold(n: int) -> int:
    """t = ⌊2n/3⌋ + 1."""
    return 2 * n // 3 + 1


@dataclass(frozen=True)
class Attempt:
    """One attempt at one epoch's key."""

    chain: bytes
    epoch: int
    attempt: int
    n: int
    t: int

    @property
    def deal_bytes(self) -> int:
        """The length of a deal."""
        return 32 * self.t + BOX * self.n + PROOF


@dataclass(frozen=True)
class Deal:
    """A decoded deal."""

    coefficients: tuple[Point, ...]
    boxes: tuple[bytes, ...]
    announcements: tuple[Point, Point]
    responses: tuple[int, int]

    def encode(self) -> bytes:
        """A_0 … A_{t−1} ‖ box_1 … box_n ‖ T ‖ U ‖ z ‖ y."""
        points = b"".join(point.encode() for point in self.coefficients)
        proof = b"".join(point.encode() for point in self.announcements) + b"".join(map(encode_scalar, self.responses))
        return points + b"".join(self.boxes) + proof

    def at(self, j: int) -> Point:
        """Σ j^k·A_k."""
        return combine([j**k for k in range(len(self.coefficients))], self.coefficients)


def decode_deal(attempt: Attempt, data: bytes) -> Deal:
    """The one deal that these bytes encode, every E of its boxes a received point too (KEY-1)."""
    require(len(data) == attempt.deal_bytes, "KEY-1", "the length does not fit")
    sealed_at, proof_at = 32 * attempt.t, len(data) - PROOF
    boxes = tuple(data[i : i + BOX] for i in range(sealed_at, proof_at, BOX))
    t, u, z, y = (data[i : i + 32] for i in range(proof_at, len(data), 32))
    try:
        coefficients = tuple(received(data[i : i + 32]) for i in range(0, sealed_at, 32))
        for box in boxes:
            received(box[:32])
        return Deal(coefficients, boxes, (received(t), received(u)), (decode_scalar(z), decode_scalar(y)))
    except Refused as refused:
        raise Refused("KEY-1", refused.reason) from refused


def evaluate(polynomial: Sequence[int], x: int) -> int:
    """f(x) mod q."""
    value = 0
    for a in reversed(polynomial):
        value = (value * x + a) % ORDER
    return value


def _weights(
    attempt: Attempt, dealer: int, ephemeral: Point, coefficients: Sequence[Point], boxes: Sequence[bytes]
) -> tuple[Transcript, list[int]]:
    transcript = Transcript("openmg/1/key")
    transcript.message("chain", attempt.chain)
    for name, number in (
        ("epoch", attempt.epoch),
        ("attempt", attempt.attempt),
        ("n", attempt.n),
        ("t", attempt.t),
        ("dealer", dealer),
    ):
        transcript.u64(name, number)
    transcript.message("ephemeral", ephemeral.encode())
    for point in coefficients:
        transcript.message("A", point.encode())
    for box in boxes:
        transcript.message("box", box)
    return transcript, transcript.weights("w", attempt.n)


def _challenge(transcript: Transcript, announcements: Sequence[Point]) -> int:
    for name, point in zip(("T", "U"), announcements, strict=True):
        transcript.message(name, point.encode())
    return transcript.scalar("c")


def share_aad(attempt: Attempt, dealer: int, recipient: int) -> bytes:
    """WIRE-8: the associated data of a share's box."""
    numbers = (attempt.epoch, attempt.attempt, dealer, recipient)
    return b"openmg/1/key/share" + attempt.chain + b"".join(map(u64, numbers))


@dataclass(frozen=True)
class Draft:
    """A deal before its proof, with what its dealer takes for the secrets; nothing is checked."""

    coefficients: tuple[Point, ...]
    boxes: tuple[bytes, ...]
    secret: int
    """a_0."""
    senders: tuple[int, ...]
    """e_1 … e_n."""

    def with_box(self, recipient: int, box: bytes, sender: int) -> "Draft":
        """Another box for one recipient, and what the dealer takes for its secret."""
        boxes, senders = list(self.boxes), list(self.senders)
        boxes[recipient - 1], senders[recipient - 1] = box, sender
        return replace(self, boxes=tuple(boxes), senders=tuple(senders))


def draft(attempt: Attempt, dealer: int, polynomial: Sequence[int], ephemerals: Sequence[Point], dice: Dice) -> Draft:
    """Commit to a polynomial and seal everybody's share."""
    boxes, senders = [], []
    for j, key in enumerate(ephemerals, 1):
        aad, share = share_aad(attempt, dealer, j), encode_scalar(evaluate(polynomial, j))
        senders.append(sealed.secret_of(dice.bytes(), key, aad, share))
        boxes.append(sealed.seal_with(key, aad, share, senders[-1]))
    return Draft(tuple(a * P for a in polynomial), tuple(boxes), polynomial[0], tuple(senders))


def prove(attempt: Attempt, dealer: int, ephemeral: Point, drafted: Draft, dice: Dice) -> Deal:
    """The deal of a draft, true or not."""
    coefficients, boxes = drafted.coefficients, drafted.boxes
    transcript, weights = _weights(attempt, dealer, ephemeral, coefficients, boxes)
    nonces = dice.scalar(), dice.scalar()
    t, u = (nonce * P for nonce in nonces)
    c = _challenge(transcript, (t, u))
    weighted = sum(w * e for w, e in zip(weights, drafted.senders, strict=True))
    z, y = ((nonce + c * known) % ORDER for nonce, known in zip(nonces, (drafted.secret, weighted), strict=True))
    return Deal(coefficients, boxes, (t, u), (z, y))


def deal(attempt: Attempt, dealer: int, polynomial: Sequence[int], ephemerals: Sequence[Point], dice: Dice) -> Deal:
    """A deal by the rules."""
    drafted = draft(attempt, dealer, polynomial, ephemerals, dice)
    return prove(attempt, dealer, ephemerals[dealer - 1], drafted, dice)


def check_deal(attempt: Attempt, dealer: int, ephemeral: Point, data: bytes) -> Deal:
    """KEY-1: a canonical deal whose dealer knows the logarithms of A_0 and of the E of every box."""
    dealt = decode_deal(attempt, data)
    transcript, weights = _weights(attempt, dealer, ephemeral, dealt.coefficients, dealt.boxes)
    c = _challenge(transcript, dealt.announcements)
    (t, u), (z, y) = dealt.announcements, dealt.responses
    require(z * P == t + c * dealt.coefficients[0], "KEY-1", "no knowledge of the free coefficient")
    points = [sealed.ephemeral_of(box) for box in dealt.boxes]
    require(y * P == u + c * combine(weights, points), "KEY-1", "no knowledge of the secrets of the boxes")
    return dealt


def open_share(attempt: Attempt, dealer: int, recipient: int, secret: int, data: bytes) -> int:
    """KEY-2: the recipient's share, if its box opens and it is on the polynomial."""
    dealt = decode_deal(attempt, data)
    box = dealt.boxes[recipient - 1]
    try:
        plaintext = sealed.unseal(secret, share_aad(attempt, dealer, recipient), box)
        share = decode_scalar(plaintext)
    except Refused as refused:
        raise Refused("KEY-2", refused.reason) from refused
    require(share * P == dealt.at(recipient), "KEY-2", "the share is not on the polynomial")
    return share


def _complaint_challenge(attempt: Attempt, accuser: int, dealer: int, points: Sequence[Point]) -> int:
    transcript = Transcript("openmg/1/complaint")
    transcript.message("chain", attempt.chain)
    for name, number in (
        ("epoch", attempt.epoch),
        ("attempt", attempt.attempt),
        ("accuser", accuser),
        ("dealer", dealer),
    ):
        transcript.u64(name, number)
    for name, point in zip(("X", "E", "S", "T1", "T2"), points, strict=True):
        transcript.message(name, point.encode())
    return transcript.scalar("c")


def complain(attempt: Attempt, accuser: int, dealer: int, secret: int, data: bytes, dice: Dice) -> bytes:
    """S ‖ T1 ‖ T2 ‖ z about the accuser's box in a deal, whether it is wrong or not."""
    e = sealed.ephemeral_of(decode_deal(attempt, data).boxes[accuser - 1])
    nonce = dice.scalar()
    points = (secret * P, e, secret * e, nonce * P, nonce * e)
    c = _complaint_challenge(attempt, accuser, dealer, points)
    return b"".join(point.encode() for point in points[2:]) + encode_scalar(nonce + c * secret)


def judge(attempt: Attempt, accuser: int, dealer: int, ephemeral: Point, data: bytes, complaint: bytes) -> bool:
    """KEY-2: True when the dealer is guilty, False when the accuser is; refuses a proof that does not hold."""
    dealt = decode_deal(attempt, data)
    box = dealt.boxes[accuser - 1]
    require(len(complaint) == 128, "KEY-2", "a complaint has 128 bytes")
    try:
        e = sealed.ephemeral_of(box)
        s, t1, t2 = (received(complaint[i : i + 32]) for i in (0, 32, 64))
        z = decode_scalar(complaint[96:])
    except Refused as refused:
        raise Refused("KEY-2", refused.reason) from refused
    c = _complaint_challenge(attempt, accuser, dealer, (ephemeral, e, s, t1, t2))
    require(z * P == t1 + c * ephemeral and z * e == t2 + c * s, "KEY-2", "the logarithms are not equal")
    try:
        share = decode_scalar(sealed.unseal_with(ephemeral, s, share_aad(attempt, dealer, accuser), box))
    except Refused:
        return True
    return share * P != dealt.at(accuser)


def key_from_deals(n: int, deals: Sequence[Deal]) -> tuple[Point, list[Point]]:
    """H and Y_1 … Y_n over the qualified dealers (KEY-1)."""
    key = total(dealt.coefficients[0] for dealt in deals)
    require(key != IDENTITY, "KEY-1", "the key is the identity")
    return key, [total(dealt.at(j) for dealt in deals) for j in range(1, n + 1)]
