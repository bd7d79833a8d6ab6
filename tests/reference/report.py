"""WIRE-7: the report: its fields and bytes, its transcript, and what must hold for it (MARKET-2 to MARKET-5)."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.reference import range_proof, require, signature
from tests.reference.group import (
    IDENTITY,
    G,
    P,
    Point,
    combine,
    decode,
    decode_scalar,
    encode_scalar,
    received,
    total,
)
from tests.reference.hashing import Transcript
from tests.reference.pair import Pair, encode, meter_message, u16, u64

KIND = 2
LABEL = "openmg/1/report"
LIMBS = 4


@dataclass(frozen=True)
class Statement:
    """What all reports of one slot and one set of epoch bases share; the current base comes first."""

    chain: bytes
    keys: tuple[Point, ...]
    levels: tuple[int, ...]
    fee: int

    @property
    def rungs(self) -> int:
        """K."""
        return len(self.levels)

    @property
    def rate(self) -> int:
        """λ = 65536·(ℓ_K + fee)."""
        return 65536 * (self.levels[-1] + self.fee)

    @property
    def ladder(self) -> bytes:
        """The transcript's "ladder": ℓ_1 … ℓ_K ‖ fee."""
        return b"".join(map(u64, (*self.levels, self.fee)))

    @property
    def report_bytes(self) -> int:
        """The length of a report: 2,587 for K = 8 and E = 1."""
        K, E = self.rungs, len(self.keys)
        return 62 + 64 * (2 * K + 2) + 128 + 64 + 96 + 64 + 32 * E + 769 + 124 + 4 * K + 64


@dataclass(frozen=True)
class Report:
    """A report as it is on the wire. Only the memo is opaque to the chain."""

    account: bytes
    slot: int
    version: int
    checkpoint: int
    epoch: int
    bases: int
    pairs: tuple[Pair, ...]
    limbs: tuple[Point, ...]
    meter_signature: bytes
    announcements: tuple[Point, Point, Point]
    responses: tuple[int, ...]
    range_proof: range_proof.RangeProof
    memo: bytes
    signature: bytes = bytes(64)

    @property
    def body(self) -> bytes:
        """All that the account signs, without the kind."""
        head = self.account + u64(self.slot) + u64(self.version) + u64(self.checkpoint)
        head += self.epoch.to_bytes(4, "little") + bytes([self.bases])
        points = b"".join(map(encode, self.pairs)) + b"".join(limb.encode() for limb in self.limbs)
        sigma = b"".join(t.encode() for t in self.announcements) + b"".join(map(encode_scalar, self.responses))
        return head + points + self.meter_signature + sigma + self.range_proof.encode() + self.memo

    def encode(self) -> bytes:
        """The transaction."""
        return bytes([KIND]) + self.body + self.signature

    def meter_message(self, statement: Statement) -> bytes:
        """WIRE-6 for the last two pairs."""
        imported, exported = map(encode, self.pairs[-2:])
        return meter_message(statement.chain, self.account, self.slot, statement.keys[0], imported, exported)

    def headroom(self) -> Point:
        """Hd = Σ 2^(16j)·L_j."""
        return combine([2 ** (16 * j) for j in range(LIMBS)], self.limbs)

    def most_bought(self, statement: Statement) -> Point:
        """C_b1: the sum of the K buying differences."""
        return total(c for _, c in self.pairs[: statement.rungs])

    def locked(self, statement: Statement) -> Point:
        """λ·C_b1 (MARKET-6)."""
        return statement.rate * self.most_bought(statement)


def decode_report(statement: Statement, data: bytes) -> Report:
    """The one report that these bytes encode (MARKET-3)."""
    require(len(data) == statement.report_bytes, "MARKET-3", "the length does not fit")
    cut = _Cut(data)
    require(cut.number(1) == KIND, "MARKET-3", "the kind is not 2")
    head = (cut.take(32), cut.number(8), cut.number(8), cut.number(8), cut.number(4), cut.number(1))
    require(head[5] == len(statement.keys), "MARKET-3", "the number of bases does not fit")
    report = Report(
        *head,
        pairs=tuple((received(cut.take(32)), received(cut.take(32))) for _ in range(2 * statement.rungs + 2)),
        limbs=tuple(received(cut.take(32)) for _ in range(LIMBS)),
        meter_signature=cut.take(64),
        announcements=(decode(cut.take(32)), decode(cut.take(32)), decode(cut.take(32))),
        responses=tuple(decode_scalar(cut.take(32)) for _ in range(2 + len(statement.keys))),
        range_proof=range_proof.decode(cut.take(range_proof.BYTES)),
        memo=cut.take(124 + 4 * statement.rungs),
        signature=cut.take(64),
    )
    require(len({r for r, _ in report.pairs}) == len(report.pairs), "MARKET-3", "an R is repeated")
    return report


class _Cut:
    """Bytes, taken from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def take(self, n: int) -> bytes:
        """The next n bytes."""
        taken, self._data = self._data[:n], self._data[n:]
        return taken

    def number(self, n: int) -> int:
        """The next n bytes as an integer."""
        return int.from_bytes(self.take(n), "little")


def absorbed(statement: Statement, report: Report, base: Point) -> Iterator[tuple[str, bytes]]:
    """What the transcript takes in before the weights, in order."""
    yield "chain", statement.chain
    yield "P", P.encode()
    yield "G", G.encode()
    yield "bases", u64(len(statement.keys))
    for key in statement.keys:
        yield "H", key.encode()
    yield "account", report.account
    yield "slot", u64(report.slot)
    yield "ladder", statement.ladder
    yield "version", u64(report.version)
    yield "checkpoint", u64(report.checkpoint)
    yield "epoch", u64(report.epoch)
    yield "base", base.encode()
    yield "meter", report.meter_message(statement)
    yield "meter-signature", report.meter_signature
    for r, c in report.pairs:
        yield "R", r.encode()
        yield "C", c.encode()
    for limb in report.limbs:
        yield "L", limb.encode()


def draw_weights(transcript: Transcript, statement: Statement, report: Report, base: Point) -> list[int]:
    """Absorb the statement and draw one weight for each pair (MARKET-4)."""
    for label, data in absorbed(statement, report, base):
        transcript.message(label, data)
    return transcript.weights("w", len(report.pairs))


def draw_challenge(transcript: Transcript, announcements: tuple[Point, Point, Point]) -> int:
    """Absorb T_1, T_2, T_3 and draw c."""
    for label, point in zip(("T1", "T2", "T3"), announcements, strict=True):
        transcript.message(label, point.encode())
    return transcript.scalar("c")


def absorb_responses(transcript: Transcript, responses: tuple[int, ...]) -> None:
    """Absorb z_ρ, z_M, z_δ…"""
    for z in responses:
        transcript.message("z", encode_scalar(z))


def ranged(rungs: int, commitments: list[Point], limbs: list[Point]) -> list[Point]:
    """The 32 commitments of the range proof: differences and readings as in wire order, then limbs, padded."""
    buying, selling = commitments[:rungs], commitments[rungs : 2 * rungs]
    imported, exported = commitments[2 * rungs :]
    proved = [*buying, imported - total(buying), *selling, exported - total(selling), *limbs, imported, exported]
    return proved + [IDENTITY] * (range_proof.PARTIES - len(proved))


def verify(statement: Statement, data: bytes, base: Point, meter_key: bytes) -> tuple[Point, Point]:
    """Decode and check a report transaction; returns the new balance Hd and what is locked."""
    report = decode_report(statement, data)
    signed = signature.signed_bytes(statement.chain, KIND, data[1:-64])
    signature.verify(report.account, signed, report.signature, "ACCOUNT-8")
    signature.verify(meter_key, report.meter_message(statement), report.meter_signature, "MARKET-1")
    transcript = Transcript(LABEL)
    weights = draw_weights(transcript, statement, report, base)
    challenge = draw_challenge(transcript, report.announcements)
    check_sigma(statement, report, base, weights, challenge)
    absorb_responses(transcript, report.responses)
    commitments = ranged(statement.rungs, [c for _, c in report.pairs], list(report.limbs))
    bases = range_proof.Bases(G, statement.keys[0])
    range_proof.verify(transcript, bases, commitments, report.range_proof)
    return report.headroom(), report.locked(statement)


def check_sigma(statement: Statement, report: Report, base: Point, weights: list[int], c: int) -> None:
    """The three equations of the sigma proof."""
    t1, t2, t3 = report.announcements
    z_rho, z_sum, *z_deltas = report.responses
    key = statement.keys[0]
    weighted_r = combine(weights, [r for r, _ in report.pairs])
    weighted_c = combine(weights, [c for _, c in report.pairs])
    require(z_rho * P == t1 + c * weighted_r, "MARKET-4", "an R is not its pair's")
    require(combine([z_sum, z_rho], [G, key]) == t2 + c * weighted_c, "MARKET-4", "a C is not its pair's")
    balance = report.headroom() - base + report.locked(statement)
    require(combine(z_deltas, statement.keys) == t3 + c * balance, "MARKET-5", "the balance does not add up")


def context(statement: Statement, account: bytes, slot: int, version: int) -> bytes:
    """WIRE-3: the report context, 112 bytes."""
    return statement.chain + account + u64(slot) + u64(version) + statement.keys[0].encode()


def values(reading: tuple[int, int], buy: list[int], sell: list[int], headroom: int) -> bytes:
    """WIRE-3 `values`: the ladder's values, not its differences."""
    return b"".join(map(u16, (*reading, *buy, *sell))) + u64(headroom)
