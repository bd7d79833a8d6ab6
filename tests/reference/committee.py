"""Key generation and decryption shares for the vectors: true ones, and those that break one clause each (WIRE-8, 9)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tests.reference import key, pair, sealed, share
from tests.reference.group import IDENTITY, G, P, Point, encode_scalar
from tests.reference.group import Q as ORDER
from tests.reference.hashing import Dice
from tests.reference.key import Attempt, Deal, Draft
from tests.reference.share import Context, Sum

NOT_CANONICAL = (2**255 - 19 + 4).to_bytes(32, "little")


class Committee:
    """Four authorities, three of whom open; dealer 1 is the one under the magnifying glass."""

    def __init__(self) -> None:
        self.dice = Dice("committee")
        self.attempt = Attempt(self.dice.bytes(), 5, 1, 4, key.threshold(4))
        self.secrets = [self.dice.scalar() for _ in range(4)]
        self.ephemerals = [x * P for x in self.secrets]
        self.polynomials = [[self.dice.scalar() for _ in range(3)] for _ in range(4)]
        self.drafts = [self.draft(d, f) for d, f in enumerate(self.polynomials, 1)]
        self.deals = [self.proved(d, drafted) for d, drafted in enumerate(self.drafts, 1)]
        self.shares = [sum(key.evaluate(f, j) for f in self.polynomials) % ORDER for j in range(1, 5)]
        self.key, self.verification = key.key_from_deals(4, self.deals)

    def draft(self, dealer: int, polynomial: Sequence[int]) -> Draft:
        """A deal by the rules, without its proof."""
        return key.draft(self.attempt, dealer, polynomial, self.ephemerals, self.dice)

    def proved(self, dealer: int, drafted: Draft) -> Deal:
        """A deal whose dealer proves what it takes for the secrets."""
        return key.prove(self.attempt, dealer, self.ephemerals[dealer - 1], drafted, self.dice)

    def dealt(self, dealer: int, polynomial: Sequence[int]) -> Deal:
        """A deal by the rules."""
        return self.proved(dealer, self.draft(dealer, polynomial))

    def reboxed(self, recipient: int, box: bytes, sender: int) -> Deal:
        """Dealer 1's deal with another box for one recipient, proved anew."""
        return self.proved(1, self.drafts[0].with_box(recipient, box, sender))

    def boxed(self, recipient: int, plaintext: bytes) -> Deal:
        """Dealer 1's deal with another share for one recipient, proved anew."""
        public, sender = self.ephemerals[recipient - 1], self.dice.scalar()
        box = sealed.seal_with(public, key.share_aad(self.attempt, 1, recipient), plaintext, sender)
        return self.reboxed(recipient, box, sender)


@dataclass(frozen=True)
class DealCase:
    """A deal of dealer 1 and what the chain checks it against; accepted when `clause` is None."""

    clause: str | None
    name: str
    attempt: Attempt
    dealer: int
    ephemeral: Point
    deal: bytes


def deals(room: Committee) -> Iterator[DealCase]:
    """KEY-1."""
    honest, attempt = room.deals[0], room.attempt
    good = DealCase(None, "honest", attempt, 1, room.ephemerals[0], honest.encode())
    yield good
    bad = replace(good, clause="KEY-1")
    for name, changed in (
        ("another chain", replace(attempt, chain=room.dice.bytes())),
        ("another epoch", replace(attempt, epoch=6)),
        ("another attempt", replace(attempt, attempt=2)),
    ):
        yield replace(bad, name=f"replayed in {name}", attempt=changed)
    yield replace(bad, name="replayed by another dealer", dealer=2)
    yield replace(bad, name="replayed with another ephemeral key", ephemeral=room.ephemerals[1])
    yield replace(bad, name="a trailing byte", deal=good.deal + b"\x00")
    yield replace(bad, name="a byte short", deal=good.deal[:-1])
    for name, deal in (*_unproved(room), *_unknown(room), *_moved(room)):
        yield replace(bad, name=name, deal=deal.encode())
    for name, data in _misencoded(room):
        yield replace(bad, name=name, deal=data)


def _unproved(room: Committee) -> Iterator[tuple[str, Deal]]:
    """Deals whose dealer does not know the logarithm of A_0, and proofs that are altered."""
    honest, drafted, x = room.deals[0], room.drafts[0], room.dice.scalar()
    first, *others = drafted.coefficients
    (t, u), (z, y) = honest.announcements, honest.responses
    yield "A_0 = x·G", room.proved(1, replace(drafted, coefficients=(x * G, *others)))
    yield "A_0 = a·P + x·G", room.proved(1, replace(drafted, coefficients=(first + x * G, *others)))
    yield "A_1 altered", replace(honest, coefficients=(first, others[0] + P, others[1]))
    yield "T altered", replace(honest, announcements=(t + P, u))
    yield "U altered", replace(honest, announcements=(t, u + P))
    yield "z altered", replace(honest, responses=((z + 1) % ORDER, y))
    yield "y altered", replace(honest, responses=(z, (y + 1) % ORDER))


def _unknown(room: Committee) -> Iterator[tuple[str, Deal]]:
    """Deals whose dealer does not know the secret of a box: a complaint about it would open another dealer's box."""
    drafted, k = room.drafts[0], room.dice.scalar()
    own, stolen = drafted.boxes[2], room.deals[1].boxes[2]
    e = sealed.ephemeral_of(stolen)

    def with_e(point: Point, sender: int) -> Deal:
        return room.reboxed(3, point.encode() + own[32:], sender)

    yield "a box copied from another dealer", room.reboxed(3, stolen, drafted.senders[2])
    yield "E copied from another dealer's box", with_e(e, drafted.senders[2])
    yield "E copied from another dealer's box, e said to be 0", with_e(e, 0)
    yield "E of another dealer's box + k·P", with_e(e + k * P, k)
    yield "k·E of another dealer's box", with_e(k * e, k)
    yield "E = x·G", with_e(k * G, k)
    both = drafted.with_box(3, e.encode() + own[32:], 0).with_box(4, (-1 * e).encode() + drafted.boxes[3][32:], 0)
    yield "E and -E of another dealer's box", room.proved(1, both)
    first, second = drafted.senders[:2]
    swapped = replace(drafted, senders=(first + 1, second - 1, *drafted.senders[2:]))
    yield "two e shifted oppositely", room.proved(1, swapped)


def _moved(room: Committee) -> Iterator[tuple[str, Deal]]:
    """Proofs of something else."""
    honest, drafted = room.deals[0], room.drafts[0]
    attempt, ephemeral = room.attempt, room.ephemerals[0]
    for name, changed in (("attempt", replace(attempt, attempt=2)), ("chain", replace(attempt, chain=bytes(32)))):
        yield f"the proof made in another {name}", key.prove(changed, 1, ephemeral, drafted, room.dice)
    yield "the proof made as another dealer", key.prove(attempt, 2, ephemeral, drafted, room.dice)
    other = room.deals[1]
    yield "the proof of another dealer", replace(other, coefficients=honest.coefficients, boxes=honest.boxes)
    resealed = room.draft(1, room.polynomials[0])
    yield "the proof of other boxes with the same shares", replace(honest, boxes=resealed.boxes)
    box = honest.boxes[3]
    yield "the last byte of a box altered", replace(honest, boxes=(*honest.boxes[:3], box[:-1] + bytes([box[-1] ^ 1])))


def _misencoded(room: Committee) -> Iterator[tuple[str, bytes]]:
    """Deals with identities and non-canonical encodings, everything else proved."""
    honest = room.deals[0]
    data = honest.encode()
    yield "A_0 is the identity", room.dealt(1, [0, *room.polynomials[0][1:]]).encode()
    yield "A_2 is the identity", room.dealt(1, [*room.polynomials[0][:2], 0]).encode()
    yield "A_1 is not canonical", data[:32] + NOT_CANONICAL + data[64:]
    at = len(data) - key.PROOF
    for start, name in ((at, "T"), (at + 32, "U")):
        yield f"{name} is the identity", data[:start] + bytes(32) + data[start + 32 :]
        yield f"{name} is not canonical", data[:start] + NOT_CANONICAL + data[start + 32 :]
    for start, name, number in zip((at + 64, at + 96), ("z", "y"), honest.responses, strict=True):
        large = (number + ORDER).to_bytes(32, "little")
        yield f"{name} is not reduced", data[:start] + large + data[start + 32 :]
    box, sender = room.drafts[0].boxes[1], room.drafts[0].senders[1]
    yield "E of a box is the identity", room.reboxed(2, bytes(32) + box[32:], 0).encode()
    yield "E of a box is not canonical", room.reboxed(2, NOT_CANONICAL + box[32:], sender).encode()


@dataclass(frozen=True)
class ShareCase:
    """Opening recipient 3's share of dealer 1, and his complaint; guilty is None where the complaint is refused."""

    clause: str | None
    name: str
    deal: bytes
    complaint: bytes
    guilty: bool | None
    accuser: int = 3
    dealer: int = 1


def openings(room: Committee) -> Iterator[ShareCase]:
    """KEY-2: shares that are right or wrong, and what a judge says about complaints."""
    right = key.evaluate(room.polynomials[0], 3)
    cases: list[tuple[str | None, str, Deal]] = [(None, "a right share", room.deals[0])]
    cases += [
        ("KEY-2", "a share of another polynomial", room.boxed(3, encode_scalar(right + 1))),
        ("KEY-2", "the share of another recipient", room.boxed(3, encode_scalar(key.evaluate(room.polynomials[0], 2)))),
        ("KEY-2", "a share that is not reduced", room.boxed(3, (right + ORDER).to_bytes(32, "little"))),
    ]
    box, sender = room.drafts[0].boxes[2], room.drafts[0].senders[2]
    broken, foreign = box[:40] + bytes([box[40] ^ 1]) + box[41:], (7 * P).encode() + box[32:]
    cases += [
        ("KEY-2", "a box that does not open", room.reboxed(3, broken, sender)),
        ("KEY-2", "a box with another E", room.reboxed(3, foreign, 7)),
    ]
    for clause, name, dealt in cases:
        data = dealt.encode()
        complaint = key.complain(room.attempt, 3, 1, room.secrets[2], data, room.dice)
        yield ShareCase(clause, name, data, complaint, guilty=clause is not None)


def false_complaints(room: Committee) -> Iterator[ShareCase]:
    """KEY-2: complaints whose proof does not hold, about a right share."""
    data = room.deals[0].encode()
    complaint = key.complain(room.attempt, 3, 1, room.secrets[2], data, room.dice)
    lied = key.complain(room.attempt, 3, 1, room.secrets[2] + 1, data, room.dice)
    other = replace(room.attempt, attempt=2)
    later = key.complain(other, 3, 1, room.secrets[2], data, room.dice)
    elsewhere = key.complain(replace(room.attempt, chain=bytes(32)), 3, 1, room.secrets[2], data, room.dice)
    z = int.from_bytes(complaint[96:], "little")
    for name, said in (
        ("another secret than the accuser's", lied),
        ("S altered", (5 * P).encode() + complaint[32:]),
        ("S is the identity", bytes(32) + complaint[32:]),
        ("T_2 is not canonical", complaint[:64] + NOT_CANONICAL + complaint[96:]),
        ("z altered", complaint[:96] + encode_scalar(z + 1)),
        ("z is not reduced", complaint[:96] + (z + ORDER).to_bytes(32, "little")),
        ("replayed from another attempt", later),
        ("replayed from another chain", elsewhere),
        ("a trailing byte", complaint + b"\x00"),
    ):
        yield ShareCase("KEY-2", name, data, said, guilty=None)
    yield ShareCase("KEY-2", "replayed against another dealer", room.deals[1].encode(), complaint, None, dealer=2)
    yield ShareCase("KEY-2", "replayed by another accuser", data, complaint, None, accuser=2)


@dataclass(frozen=True)
class DecryptionCase:
    """A decryption share and what it is checked against; accepted when `clause` is None."""

    clause: str | None
    name: str
    context: Context
    sums: tuple[Sum, ...]
    share: bytes


def sums(room: Committee) -> tuple[Sum, ...]:
    """Three sums of one slot, worth 37, −12 and 2^40."""
    made = []
    for functional, m in ((share.functional("D", 2), 37), (share.functional("D", 3), -12), (b"T\x00", 2**40)):
        made.append(Sum(functional, *pair.pair((m, room.dice.scalar()), room.key)))
    return tuple(made)


def decryptions(room: Committee) -> Iterator[DecryptionCase]:
    """KEY-6: shares of authority 2."""
    three = sums(room)
    context = Context(room.attempt.chain, 5, share.subject(0, 481, 5), room.verification[1])
    data = share.prove(context, room.shares[1], three, room.dice)
    good = DecryptionCase(None, "three sums", context, three, data)
    yield good
    one = share.prove(context, room.shares[1], three[:1], room.dice)
    yield DecryptionCase(None, "one sum", context, three[:1], one)
    bad = replace(good, clause="KEY-6")
    for name, changed in (
        ("another authority's Y", replace(context, verification_key=room.verification[2])),
        ("another slot", replace(context, subject=share.subject(0, 482, 5))),
        ("a day instead of a slot", replace(context, subject=share.subject(1, 481, 5))),
        ("another epoch", replace(context, epoch=6)),
        ("another chain", replace(context, chain=bytes(32))),
    ):
        yield replace(bad, name=name, context=changed)
    first, second, third = three
    for name, given in (
        ("another functional", (replace(first, functional=b"B\x02"), second, third)),
        ("another ΣC", (replace(first, c=first.c + G), second, third)),
        ("another ΣR", (replace(first, r=first.r + P), second, third)),
        ("sums in another order", (second, first, third)),
    ):
        yield replace(bad, name=name, sums=given)
    yield from _false_shares(room, bad)


def _false_shares(room: Committee, bad: DecryptionCase) -> Iterator[DecryptionCase]:
    """Shares whose D are not the true ones, proved as well as one can, and bytes that no encoder makes."""
    d1, d2, d3 = (room.shares[1] * item.r for item in bad.sums)
    for name, said in (
        ("a D altered", (d1 + G, d2, d3)),
        ("two D swapped", (d2, d1, d3)),
        ("two D shifted oppositely", (d1 + P, d2 - P, d3)),
        ("by another key share", tuple(room.shares[2] * item.r for item in bad.sums)),
    ):
        data = share.prove(bad.context, room.shares[1], bad.sums, room.dice, said)
        yield replace(bad, name=name, share=data)
    data = bad.share
    z = int.from_bytes(data[-32:], "little")
    for name, forged in (
        ("T_1 altered", data[:96] + P.encode() + data[128:]),
        ("z altered", data[:-32] + encode_scalar(z + 1)),
        ("z is not reduced", data[:-32] + (z + ORDER).to_bytes(32, "little")),
        ("a D is the identity", IDENTITY.encode() + data[32:]),
        ("a D is not canonical", NOT_CANONICAL + data[32:]),
        ("a trailing byte", data + b"\x00"),
        ("a D too few", data[32:]),
    ):
        yield replace(bad, name=name, share=forged)
