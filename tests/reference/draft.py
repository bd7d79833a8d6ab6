"""The prover of a report (WIRE-3, WIRE-7), which believes everything it is told: so that tests can lie."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.reference import range_proof, sealed, signature
from tests.reference.group import IDENTITY, G, P, Point, combine
from tests.reference.group import Q as ORDER
from tests.reference.hashing import Dice, Transcript, derive_scalar, key32
from tests.reference.pair import Pair, Secret, commitment, pair, randomness
from tests.reference.report import (
    LABEL,
    LIMBS,
    Report,
    Statement,
    absorb_responses,
    context,
    draw_challenge,
    draw_weights,
    ranged,
    values,
)


@dataclass(frozen=True)
class Home:
    """A household: its wallet's seed and its meter's secret."""

    seed: bytes
    meter: bytes

    @property
    def account_seed(self) -> bytes:
        """WIRE-3: the account's Ed25519 seed."""
        return key32(self.seed, "openmg/1/wallet/account", b"")

    @property
    def account(self) -> bytes:
        """The account's public key."""
        return signature.public_key(self.account_seed)

    @property
    def meter_key(self) -> bytes:
        """The meter's public key."""
        return signature.public_key(self.meter)

    @property
    def memo_secret(self) -> int:
        """WIRE-3: the memo key."""
        return derive_scalar(self.seed, "openmg/1/wallet/memo", b"")


@dataclass(frozen=True)
class Draft:
    """What the prover claims to know; nothing is checked. Pairs in wire order: 2K differences, then i and e."""

    home: Home
    slot: int
    version: int
    checkpoint: int
    epoch: int
    base: Point
    base_blindings: tuple[int, ...]
    pairs: tuple[Secret, ...]
    limbs: tuple[Secret, ...]
    meter_signature: bytes
    memo: bytes
    points: tuple[Pair, ...] | None = None
    range_bases: range_proof.Bases | None = None


@dataclass(frozen=True)
class Said:
    """A household's slot in plain numbers."""

    reading: tuple[int, int]
    buy: tuple[int, ...]
    sell: tuple[int, ...]
    headroom: int


def base_commitment(value: int, blindings: Sequence[int], statement: Statement) -> Point:
    """A balance under all E bases."""
    return combine([value, *blindings], [G, *statement.keys])


def differences(said: Said) -> list[int]:
    """MARKET-5: the values of the 2K ladder pairs in wire order."""
    buying = [high - low for high, low in zip(said.buy, (*said.buy[1:], 0), strict=True)]
    selling = [high - low for low, high in zip((0, *said.sell[:-1]), said.sell, strict=True)]
    return buying + selling


def limb_values(headroom: int) -> list[int]:
    """Four limbs of 16 bits; what does not fit stays in the last, what is below zero in the first."""
    if headroom < 0:
        return [headroom, 0, 0, 0]
    low = [headroom >> (16 * j) & 0xFFFF for j in range(LIMBS - 1)]
    return [*low, headroom >> (16 * (LIMBS - 1))]


def salt(home: Home, where: bytes, said: Said, fresh: bytes) -> bytes:
    """WIRE-3: the report salt (MARKET-2)."""
    spoken = values(said.reading, list(said.buy), list(said.sell), said.headroom)
    return key32(home.seed, "openmg/1/report/salt", where + spoken + fresh)


def report_randomness(home: Home, salted: bytes, where: bytes, index: int) -> int:
    """WIRE-3: index 0..2K−1 the ladder's pairs, 2K..2K+3 the limbs (MARKET-2)."""
    data = salted + where + index.to_bytes(2, "little")
    return derive_scalar(home.seed, "openmg/1/report/randomness", data)


def draft(
    statement: Statement,
    home: Home,
    said: Said,
    slot: int,
    numbers: tuple[int, int, int],
    rho: bytes,
    meter_signature: bytes,
    dice: Dice,
) -> Draft:
    """A draft by the rules, its base worth exactly what is locked and left; numbers: version, checkpoint, epoch."""
    where = context(statement, home.account, slot, numbers[0])
    salted = salt(home, where, said, dice.bytes())
    drawn = [report_randomness(home, salted, where, i) for i in range(2 * statement.rungs + LIMBS)]
    ladder = tuple(zip(differences(said), drawn, strict=False))
    readings = tuple(zip(said.reading, randomness(rho), strict=True))
    limbs = tuple(zip(limb_values(said.headroom), drawn[-LIMBS:], strict=True))
    blindings = tuple(dice.scalar() for _ in statement.keys)
    worth = said.headroom + statement.rate * said.buy[0]
    spoken = values(said.reading, list(said.buy), list(said.sell), said.headroom)
    return Draft(
        home=home,
        slot=slot,
        version=numbers[0],
        checkpoint=numbers[1],
        epoch=numbers[2],
        base=base_commitment(worth, blindings, statement),
        base_blindings=blindings,
        pairs=ladder + readings,
        limbs=limbs,
        meter_signature=meter_signature,
        memo=sealed.seal(home.memo_secret * P, where, rho + salted + spoken, dice.bytes()),
    )


def prove(statement: Statement, said: Draft, dice: Dice, transcript: Transcript | None = None) -> bytes:
    """The signed report transaction of a draft, true or not."""
    key = statement.keys[0]
    points = said.points or tuple(pair(secret, key) for secret in said.pairs)
    limbs = tuple(commitment(secret, key) for secret in said.limbs)
    transcript = transcript or Transcript(LABEL)
    unproved = Report(
        account=said.home.account,
        slot=said.slot,
        version=said.version,
        checkpoint=said.checkpoint,
        epoch=said.epoch,
        bases=len(statement.keys),
        pairs=points,
        limbs=limbs,
        meter_signature=said.meter_signature,
        announcements=(IDENTITY, IDENTITY, IDENTITY),
        responses=(),
        range_proof=range_proof.RangeProof(0, IDENTITY, IDENTITY, IDENTITY, 0, 0, ()),
        memo=said.memo,
    )
    weights = draw_weights(transcript, statement, unproved, said.base)
    announcements, responses = _sigma(transcript, statement, said, weights, dice)
    absorb_responses(transcript, responses)
    proof = _ranges(transcript, statement, said, unproved, dice)
    proved = replace(unproved, announcements=announcements, responses=responses, range_proof=proof)
    return resign(statement.chain, said.home, proved.encode())


def _sigma(
    transcript: Transcript, statement: Statement, said: Draft, weights: list[int], dice: Dice
) -> tuple[tuple[Point, Point, Point], tuple[int, ...]]:
    """T_1, T_2, T_3 and z_ρ, z_M, z_δ…"""
    value = sum(w * m for w, (m, _) in zip(weights, said.pairs, strict=True))
    blinding = sum(w * r for w, (_, r) in zip(weights, said.pairs, strict=True))
    left = sum(2 ** (16 * j) * r for j, (_, r) in enumerate(said.limbs))
    locked = statement.rate * sum(r for _, r in said.pairs[: statement.rungs])
    deltas = [-blinding_e for blinding_e in said.base_blindings]
    deltas[0] += left + locked
    a, b, d = dice.scalar(), dice.scalar(), [dice.scalar() for _ in deltas]
    announcements = (a * P, combine([b, a], [G, statement.keys[0]]), combine(d, statement.keys))
    c = draw_challenge(transcript, announcements)
    responses = [a + c * blinding, b + c * value, *(k + c * delta for k, delta in zip(d, deltas, strict=True))]
    return announcements, tuple(z % ORDER for z in responses)


def _ranges(
    transcript: Transcript, statement: Statement, said: Draft, report: Report, dice: Dice
) -> range_proof.RangeProof:
    """The range proof over what is on the wire, with the openings that the draft implies."""
    rungs = statement.rungs
    buying, selling, readings = said.pairs[:rungs], said.pairs[rungs:-2], said.pairs[-2:]
    openings = [
        *buying,
        _minus(readings[0], buying),
        *selling,
        _minus(readings[1], selling),
        *said.limbs,
        *readings,
    ]
    openings += [(0, 0)] * (range_proof.PARTIES - len(openings))
    commitments = ranged(rungs, [c for _, c in report.pairs], list(report.limbs))
    bases = said.range_bases or range_proof.Bases(G, statement.keys[0])
    return range_proof.prove(transcript, bases, commitments, openings, dice)


def _minus(secret: Secret, others: Sequence[Secret]) -> Secret:
    """The opening of a commitment less the sum of others."""
    return secret[0] - sum(m for m, _ in others), (secret[1] - sum(r for _, r in others)) % ORDER


def resign(chain: bytes, home: Home, tx: bytes) -> bytes:
    """The transaction with a fresh signature of its account."""
    return signature.transaction(chain, tx[0], tx[1:-64], [home.account_seed])
