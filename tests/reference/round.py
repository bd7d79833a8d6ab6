"""One round of learning for the vectors: hidden vectors, boxes, complaints and sums, true and false ones (WIRE-16)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tests.reference import masks, sealed
from tests.reference.group import P, Point, encode_scalar
from tests.reference.group import Q as ORDER
from tests.reference.hashing import Dice, derive_scalar, key32
from tests.reference.masks import Hidden, Place

NOT_CANONICAL = (2**255 - 19 + 4).to_bytes(32, "little")
WORDS = 3


class Round:
    """A committee of m holders and two homes; everything repeats."""

    def __init__(self, m: int, absent: Sequence[int] = ()) -> None:
        self.m = m
        self.dice = Dice(f"a round of {m}")
        task = self.dice.bytes()
        self.secrets = [self.dice.scalar() for _ in range(m)]
        self.keys = [None if holder in absent else x * P for holder, x in enumerate(self.secrets, 1)]
        self.places = [Place(task, 9, self.dice.bytes()) for _ in range(2)]
        self.packed = [b"".join(self.dice.bytes(20) for _ in range(WORDS)) for _ in self.places]
        self.seeds = [self.dice.bytes() for _ in self.places]
        self.hidden = [self.hide(home) for home in (0, 1)]

    def hide(self, home: int) -> Hidden:
        """A home's vector by the rules."""
        return masks.hide(self.places[home], self.m, self.packed[home], self.keys, self.seeds[home])

    def key(self, holder: int) -> Point:
        """A round key that is there."""
        key = self.keys[holder - 1]
        assert key is not None
        return key

    def opened(self, home: int, holder: int) -> list[bytes]:
        """What a holder finds in its box of a home."""
        box = self.hidden[home].boxes[holder - 1]
        return masks.open_seeds(self.secrets[holder - 1], self.places[home], self.m, holder, box)

    def senders(self, home: int) -> list[int]:
        """The secrets of a home's boxes."""
        place, root = self.places[home], masks.root_of(self.seeds[home], self.places[home], self.packed[home])
        drawn = [key32(root, "openmg/1/learn/seed", bytes([number])) for number in range(len(masks.subsets(self.m)))]
        secrets = []
        for holder in range(1, self.m + 1):
            plain = b"".join(drawn[number] for number in masks.held_by(self.m, holder))
            fresh = key32(root, "openmg/1/learn/box", bytes([holder]))
            secrets.append(sealed.secret_of(fresh, self.key(holder), place.aad(holder), plain))
        return secrets

    def reboxed(self, holder: int, box: bytes, sender: int) -> Hidden:
        """The first home's vector with another box, proved anew with what it takes for the box's secret."""
        boxes, senders = list(self.hidden[0].boxes), self.senders(0)
        boxes[holder - 1], senders[holder - 1] = box, sender
        nonce = derive_scalar(self.dice.bytes(), "nonce", b"")
        proof = masks.prove(self.places[0], boxes, senders, nonce)
        return replace(self.hidden[0], boxes=tuple(boxes), proof=proof)

    def boxed(self, holder: int, plain: bytes) -> Hidden:
        """The first home's vector with other contents in one box, proved anew."""
        sender = self.dice.scalar()
        box = sealed.seal_with(self.key(holder), self.places[0].aad(holder), plain, sender)
        return self.reboxed(holder, box, sender)


@dataclass(frozen=True)
class HiddenCase:
    """A hidden vector and what the chain checks it against; accepted when `clause` is None."""

    clause: str | None
    name: str
    place: Place
    keys: Sequence[Point | None]
    hidden: Hidden


def hidden_vectors(room: Round) -> Iterator[HiddenCase]:
    """The first home's vector, and every way to break what everybody can see of it."""
    true = HiddenCase(None, "as it should be", room.places[0], room.keys, room.hidden[0])
    yield true
    wrong = replace(true, clause="LEARN-2")
    made = room.hidden[0]
    for name, changed in (*_changed_points(made), *_changed_proofs(room, made)):
        yield replace(wrong, name=name, hidden=changed)
    yield replace(wrong, name="y is empty", hidden=replace(made, y=b""))
    yield replace(wrong, name="y has a byte more", hidden=replace(made, y=made.y + b"\x00"))
    yield replace(wrong, name="a holder's key is gone", keys=[None, *room.keys[1:]])
    for name, place in (
        ("another task", replace(true.place, task=room.dice.bytes())),
        ("another round", replace(true.place, round_=10)),
        ("another account", room.places[1]),
    ):
        yield replace(wrong, name=name, place=place)
    yield replace(true, name="a box holds nonsense", hidden=room.boxed(2, room.dice.bytes(64) + bytes(32)))


def _changed_points(made: Hidden) -> Iterator[tuple[str, Hidden]]:
    first, *others = made.commitments
    for name, points in (
        ("a commitment is the identity", [bytes(32), *others]),
        ("a commitment is not canonical", [first, NOT_CANONICAL, *others[1:]]),
        ("a commitment too few", others),
        ("a commitment too many", [first, *made.commitments]),
    ):
        yield name, replace(made, commitments=tuple(points))
    box, *rest = made.boxes
    for name, boxes in (
        ("the point of a box is the identity", [bytes(32) + box[32:], *rest]),
        ("the point of a box is not canonical", [NOT_CANONICAL + box[32:], *rest]),
        ("a flipped byte in a box", [box[:40] + bytes([box[40] ^ 1]) + box[41:], *rest]),
        ("a box is longer", [box + b"\x00", *rest]),
        ("a box too few", rest),
        ("a box too many", [box, *made.boxes]),
        ("two boxes are swapped", [rest[0], box, *rest[1:]]),
    ):
        yield name, replace(made, boxes=tuple(boxes))


def _changed_proofs(room: Round, made: Hidden) -> Iterator[tuple[str, Hidden]]:
    u, z = made.proof[:32], int.from_bytes(made.proof[32:], "little")
    for name, proof in (
        ("U is the identity", bytes(32) + made.proof[32:]),
        ("U is not canonical", NOT_CANONICAL + made.proof[32:]),
        ("another U", room.key(1).encode() + made.proof[32:]),
        ("another z", u + encode_scalar(z + 1)),
        ("z is not reduced", u + (z + ORDER).to_bytes(32, "little")),
        ("the other home's proof", room.hidden[1].proof),
    ):
        yield name, replace(made, proof=proof)
    stolen = room.hidden[1].boxes[1]
    for name, sender in (("the other home's box", 0), ("the other home's box, as if its secret were known", 1)):
        yield name, room.reboxed(2, stolen, sender)
    moved = (sealed.ephemeral_of(stolen) + 5 * P).encode() + room.hidden[0].boxes[1][32:]
    yield "the other home's point moved by a known one", room.reboxed(2, moved, 5)


@dataclass(frozen=True)
class BoxCase:
    """A box of the first home, a complaint about it, and who is guilty; None: the complaint is refused."""

    clause: str | None
    name: str
    holder: int
    box: bytes
    complaint: bytes
    guilty: bool | None


def complained(room: Round) -> Iterator[BoxCase]:
    """Boxes that are right and wrong, each with its holder's complaint; the clause is that of opening the seeds."""
    seeds = b"".join(room.opened(0, 2))
    true = room.hidden[0].boxes[1]
    other = sealed.seal(room.key(3), room.places[0].aad(2), seeds, room.dice.bytes())
    for clause, name, box, guilty in (
        (None, "the box is right", true, False),
        (None, "another seed", room.boxed(2, seeds[:32] + room.dice.bytes() + seeds[64:]).boxes[1], True),
        (None, "two seeds swapped", room.boxed(2, seeds[32:64] + seeds[:32] + seeds[64:]).boxes[1], True),
        ("BOX", "a seed too few", room.boxed(2, seeds[:-32]).boxes[1], True),
        ("BOX", "a byte too many", room.boxed(2, seeds + b"\x00").boxes[1], True),
        ("BOX", "a flipped byte", true[:50] + bytes([true[50] ^ 1]) + true[51:], True),
        ("BOX", "sealed to another holder", other, True),
        ("BOX", "of another home", room.hidden[1].boxes[1], True),
    ):
        complaint = masks.complain(room.places[0], 2, room.secrets[1], box, room.dice)
        yield BoxCase(clause, name, 2, box, complaint, guilty)


def unproved(room: Round) -> Iterator[BoxCase]:
    """Complaints that say nothing."""
    place, box, secret = room.places[0], room.hidden[0].boxes[1], room.secrets[1]
    said = masks.complain(place, 2, secret, box, room.dice)
    z = int.from_bytes(said[96:], "little")
    for name, holder, complaint in (
        ("by another holder", 3, said),
        ("with another secret", 2, masks.complain(place, 2, room.secrets[2], box, room.dice)),
        ("about another home", 2, masks.complain(room.places[1], 2, secret, box, room.dice)),
        ("about another round", 2, masks.complain(replace(place, round_=8), 2, secret, box, room.dice)),
        ("about another box", 2, masks.complain(place, 2, secret, room.hidden[1].boxes[1], room.dice)),
        ("another S", 2, room.key(1).encode() + said[32:]),
        ("S is the identity", 2, bytes(32) + said[32:]),
        ("S is not canonical", 2, NOT_CANONICAL + said[32:]),
        ("T1 is the identity", 2, said[:32] + bytes(32) + said[64:]),
        ("T2 is the identity", 2, said[:64] + bytes(32) + said[96:]),
        ("T1 and T2 swapped", 2, said[:32] + said[64:96] + said[32:64] + said[96:]),
        ("another z", 2, said[:96] + encode_scalar(z + 1)),
        ("z is not reduced", 2, said[:96] + (z + ORDER).to_bytes(32, "little")),
        ("a byte too few", 2, said[:-1]),
    ):
        yield BoxCase("LEARN-3", name, holder, box, complaint, None)


@dataclass(frozen=True)
class SumCase:
    """A sum of masks and the commitments that it must open; accepted when `clause` is None."""

    clause: str | None
    name: str
    chosen: Sequence[int]
    M: bytes
    R: bytes
    commitments: Sequence[Sequence[bytes]]


def sums(room: Round) -> Iterator[SumCase]:
    """What holder 2 publishes, and everything else it might."""
    clients = [(place, room.opened(home, 2)) for home, place in enumerate(room.places)]
    points = [made.commitments for made in room.hidden]
    held = masks.held_by(room.m, 2)
    for chosen in (held, held[:1], held[1:]):
        true = SumCase(None, f"of the subsets {chosen}", chosen, *_sum(room, clients, chosen), points)
        yield true
    yield replace(true, name="nobody", M=bytes(31 * WORDS), R=bytes(32), commitments=[])
    wrong = replace(true, clause="LEARN-4")
    M, r = masks.integers(true.M, 31), int.from_bytes(true.R, "little")
    for name, M_, R in (
        ("one too many in a word", [M[0], M[1] + 1, M[2]], true.R),
        ("two words swapped", [M[1], M[0], M[2]], true.R),
        ("a word more that is not zero", [*M, 1], true.R),
        ("a word too few", M[:2], true.R),
        ("another R", M, encode_scalar(r + 1)),
        ("R is not reduced", M, (r + ORDER).to_bytes(32, "little")),
    ):
        yield replace(wrong, name=name, M=masks.joined(M_, 31), R=R)
    yield replace(wrong, name="a byte too few", M=true.M[:-1])
    yield replace(wrong, name="of other subsets", chosen=held)
    yield replace(wrong, name="a home is missing", commitments=points[:1])
    yield replace(wrong, name="a home is there twice", commitments=[*points, points[0]])
    yield replace(wrong, name="a commitment is the identity", commitments=[[bytes(32)] * len(points[0]), points[1]])


def _sum(room: Round, clients: list[tuple[Place, list[bytes]]], chosen: Sequence[int]) -> tuple[bytes, bytes]:
    return masks.sum_masks(clients, room.m, 2, chosen, WORDS)
