"""Reports for the vectors: true ones, and complete signed transactions that break one clause each (WIRE-7)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.reference import draft, pair, range_proof, signature
from tests.reference.draft import Draft, Home, Said
from tests.reference.group import IDENTITY, G, P, Point, encode_scalar
from tests.reference.group import Q as ORDER
from tests.reference.hashing import Dice, Forgetful
from tests.reference.report import LABEL, Statement

SLOT = 481
NUMBERS = (7, 478, 2)
"""Version, checkpoint and epoch."""

SAID = Said(reading=(900, 310), buy=(900, 640, 25), sell=(0, 120, 310), headroom=5_000_000_000_000)

PAIRS = 62
"""Where the first pair begins."""


@dataclass(frozen=True)
class Case:
    """A report transaction and what a verifier is given with it; accepted when `clause` is None."""

    clause: str | None
    name: str
    statement: Statement
    tx: bytes
    base: Point
    meter_key: bytes


class World:
    """One chain with one key and one home, and the draft of a report that is true."""

    def __init__(self, name: str, levels: tuple[int, ...] = (120, 152, 363), bases: int = 1, said: Said = SAID) -> None:
        self.dice = Dice(name)
        self.chain = self.dice.bytes()
        keys = tuple(self.dice.scalar() * P for _ in range(bases))
        self.statement = Statement(self.chain, keys, levels, 11)
        self.home = Home(self.dice.bytes(), self.dice.bytes())
        self.draft = self.drafted(said)

    def drafted(self, said: Said) -> Draft:
        """A draft of what the home says, its meter going along with it."""
        rho, signed = self.metered(said, self.chain, self.home.account, SLOT, self.statement.keys[0])
        return draft.draft(self.statement, self.home, said, SLOT, NUMBERS, rho, signed, self.dice)

    def metered(self, said: Said, chain: bytes, account: bytes, slot: int, key: Point) -> tuple[bytes, bytes]:
        """ρ and the meter's signature."""
        return pair.meter_sign(self.home.meter, chain, account, slot, key, said.reading, self.dice.bytes())

    def case(self, clause: str | None, name: str, made: Draft | None = None) -> Case:
        """A proved draft as a case."""
        made = made or self.draft
        tx = draft.prove(self.statement, made, self.dice)
        return Case(clause, name, self.statement, tx, made.base, self.home.meter_key)

    def edited(self, clause: str, name: str, tx: bytes, *edits: tuple[int, bytes]) -> Case:
        """A transaction with bytes replaced and signed again by its account."""
        data = bytearray(tx)
        for at, new in edits:
            data[at : at + len(new)] = new
        tx = draft.resign(self.chain, self.home, bytes(data))
        return Case(clause, name, self.statement, tx, self.draft.base, self.home.meter_key)


def true_reports() -> Iterator[Case]:
    """Reports that must be accepted."""
    eight = Said((1200, 3), (1200, 1000, 1000, 640, 640, 25, 0, 0), (0, 0, 0, 1, 2, 2, 3, 3), 123_456_789_012_345)
    yield World("eight rungs", (120, 135, 151, 185, 220, 258, 310, 362), 1, eight).case(None, "eight rungs")
    yield World("two bases", bases=2).case(None, "three rungs, two bases")
    yield World("eight bases", bases=8).case(None, "three rungs, eight bases")
    most = Said((65535, 65535), (65535,) * 12, (65535,) * 12, 2**64 - 1)
    levels = tuple(range(100, 112))
    yield World("the most", levels, 1, most).case(None, "twelve rungs, no padding, every value the largest")
    yield World("one rung", (200,), 1, Said((5, 7), (5,), (7,), 0)).case(None, "one rung")
    nothing = World("nothing", said=Said((0, 0), (0, 0, 0), (0, 0, 0), 0))
    empty = replace(nothing.draft, base=IDENTITY, base_blindings=(0,))
    yield nothing.case(None, "all values zero, the base the identity", empty)
    world = World("no masks")
    world.dice = _Unmasked("no masks")
    yield world.case(None, "T_1, T_2, T_3 are the identity")


class _Unmasked(Dice):
    """Dice whose first three scalars are zero: the masks of the sigma proof."""

    def scalar(self) -> int:
        """Zero at first."""
        drawn = super().scalar()
        return 0 if self._rolled <= 3 else drawn


def malformed(world: World, tx: bytes) -> Iterator[Case]:
    """MARKET-3: bytes that no honest encoder makes."""
    at_limbs = PAIRS + 64 * len(world.draft.pairs)
    at_sigma = at_limbs + 128 + 64
    at_z = at_sigma + 96
    at_proof = at_z + 64 + 32 * len(world.statement.keys)
    negative = (1).to_bytes(32, "little")
    unreduced = (2**255 - 19 + 4).to_bytes(32, "little")
    z = int.from_bytes(tx[at_z : at_z + 32], "little")
    r1 = int.from_bytes(tx[at_proof + 129 : at_proof + 161], "little")
    for name, at, new in (
        ("the kind is 3", 0, b"\x03"),
        ("two bases are announced", PAIRS - 1, b"\x02"),
        ("no bases are announced", PAIRS - 1, b"\x00"),
        ("an R is the identity", PAIRS, bytes(32)),
        ("a C is the identity", PAIRS + 32, bytes(32)),
        ("a limb is the identity", at_limbs, bytes(32)),
        ("an R is not reduced", PAIRS, unreduced),
        ("a C is negative", PAIRS + 32, negative),
        (
            "a limb is no square",
            at_limbs,
            bytes.fromhex("26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371"),
        ),
        ("T_1 is not canonical", at_sigma, negative),
        ("T_3 is not canonical", at_sigma + 64, unreduced),
        ("z_rho is not reduced", at_z, (z + ORDER).to_bytes(32, "little")),
        ("r_1 of the range proof is not reduced", at_proof + 129, (r1 + ORDER).to_bytes(32, "little")),
        ("the extension degree is 2", at_proof, b"\x02"),
        ("A of the range proof is the identity", at_proof + 33, bytes(32)),
        ("A of the range proof is not canonical", at_proof + 33, negative),
        ("L_9 of the range proof is not canonical", at_proof + 705, unreduced),
    ):
        yield world.edited("MARKET-3", name, tx, (at, new))
    longer = draft.resign(world.chain, world.home, tx[:-64] + b"\x00" + tx[-64:])
    shorter = draft.resign(world.chain, world.home, tx[:-65] + tx[-64:])
    for name, data in (("a trailing byte", tx + b"\x00"), ("one memo byte more", longer), ("one less", shorter)):
        yield Case("MARKET-3", name, world.statement, data, world.draft.base, world.home.meter_key)
    pairs = list(world.draft.pairs)
    pairs[3] = (pairs[3][0], pairs[1][1])
    yield world.case("MARKET-3", "an R is repeated", replace(world.draft, pairs=tuple(pairs)))


def missigned(world: World, tx: bytes) -> Iterator[Case]:
    """ACCOUNT-8 and MARKET-1: signatures."""
    other = Home(world.dice.bytes(), world.dice.bytes())
    case = Case("ACCOUNT-8", "", world.statement, tx, world.draft.base, world.home.meter_key)
    memo = len(tx) - 70
    yield replace(case, name="a memo byte is flipped", tx=tx[:memo] + bytes([tx[memo] ^ 1]) + tx[memo + 1 :])
    yield replace(case, name="signed by another account", tx=draft.resign(world.chain, other, tx))
    yield replace(case, name="signed for another chain", tx=draft.resign(world.dice.bytes(), world.home, tx))
    s = int.from_bytes(tx[-32:], "little") + ORDER
    yield replace(case, name="S of the account's signature is not reduced", tx=tx[:-32] + s.to_bytes(32, "little"))
    case = replace(case, clause="MARKET-1")
    yield replace(case, name="another meter's key", meter_key=other.meter_key)
    home, chain, key = world.home, world.chain, world.statement.keys[0]
    for name, message in (
        ("the meter signed for another slot", (chain, home.account, SLOT + 1, key)),
        ("the meter signed for another account", (chain, other.account, SLOT, key)),
        ("the meter signed for another chain", (world.dice.bytes(), home.account, SLOT, key)),
        ("the meter signed under another epoch's key", (chain, home.account, SLOT, world.dice.scalar() * P)),
    ):
        yield world.case("MARKET-1", name, _meter_signed(world, world.draft.pairs, message))
    (imported, r_i), exported = world.draft.pairs[-2:]
    handed = key + 40 * pow(r_i, -1, ORDER) * G
    more = (*world.draft.pairs[:-2], (imported + 40, r_i), exported)
    made = _meter_signed(world, more, (chain, home.account, SLOT, handed))
    yield world.case("MARKET-1", "the meter signed under H + (40/r)·G", made)
    yield world.edited("MARKET-1", "replayed in another slot", tx, (33, (SLOT + 1).to_bytes(8, "little")))
    stolen = draft.resign(chain, other, tx[:1] + other.account + tx[33:])
    yield replace(case, name="replayed by another account, with its own meter", tx=stolen, meter_key=other.meter_key)
    yield replace(case, name="replayed by another account, with the same meter", tx=stolen)


def _meter_signed(world: World, pairs: tuple[pair.Secret, ...], said: tuple[bytes, bytes, int, Point]) -> Draft:
    """A draft whose meter signed the two pairs on the wire, but said something else about them."""
    points = [pair.encode(pair.pair(secret, world.statement.keys[0])) for secret in pairs[-2:]]
    signed = signature.sign(world.home.meter, pair.meter_message(*said, *points))
    return replace(world.draft, meter_signature=signed, pairs=pairs)


def unlinked(world: World, tx: bytes) -> Iterator[Case]:
    """MARKET-4: pairs whose R and C have nothing to do with each other, and statements that are not the proof's."""
    key = world.statement.keys[0]
    points = [pair.pair(secret, key) for secret in world.draft.pairs]
    x = world.dice.scalar() * P

    def on_wire(name: str, *changed: tuple[int, pair.Pair]) -> Case:
        replaced = list(points)
        for j, point in changed:
            replaced[j] = point
        return world.case("MARKET-4", name, replace(world.draft, points=tuple(replaced)))

    (r0, c0), (r1, c1) = points[:2]
    yield on_wire("one R altered", (4, (points[4][0] + P, points[4][1])))
    yield on_wire("one C altered by H", (4, (points[4][0], points[4][1] + key)))
    yield on_wire("two R swapped", (0, (r1, c0)), (1, (r0, c1)))
    yield on_wire("two R shifted oppositely", (0, (r0 + x, c0)), (1, (r1 - x, c1)))
    yield on_wire("an R hides G", (2, (points[2][0] + 5 * G, points[2][1])))
    case = Case("MARKET-4", "", world.statement, tx, world.draft.base, world.home.meter_key)
    yield world.edited("MARKET-4", "replayed on another version", tx, (41, (8).to_bytes(8, "little")))
    yield world.edited("MARKET-4", "replayed on another checkpoint", tx, (49, (479).to_bytes(8, "little")))
    yield world.edited("MARKET-4", "replayed in another epoch", tx, (57, (3).to_bytes(4, "little")))
    yield replace(case, name="replayed on another base", base=world.draft.base + world.statement.keys[0])
    other = replace(world.statement, levels=(120, 153, 363))
    yield replace(case, name="replayed on another ladder", statement=other)
    yield replace(case, name="replayed under another fee", statement=replace(world.statement, fee=12))
    at_z = PAIRS + 64 * len(points) + 128 + 64 + 96
    for name, at in (("z_rho", at_z), ("z_M", at_z + 32)):
        altered = encode_scalar(int.from_bytes(tx[at : at + 32], "little") + 1)
        yield world.edited("MARKET-4", f"{name} altered", tx, (at, altered))


def out_of_balance(world: World, tx: bytes) -> Iterator[Case]:
    """MARKET-5: values that are not in range, or do not add up; everything else about them is right."""
    (i, e), buy, sell = SAID.reading, SAID.buy, SAID.sell
    for name, said in (
        ("b_2 = b_1 + 1", replace(SAID, buy=(640, 641, 25))),
        ("b_1 = i + 1", replace(SAID, buy=(i + 1, *buy[1:]))),
        ("s_2 = s_1 - 1", replace(SAID, sell=(121, 120, 310))),
        ("s_K = e + 1", replace(SAID, sell=(*sell[:-1], e + 1))),
        ("b_K = -1", replace(SAID, buy=(900, 640, -1))),
        ("i = 2^16", replace(SAID, reading=(2**16, e))),
        ("e = 2^16", replace(SAID, reading=(i, 2**16))),
        ("headroom is -1", replace(SAID, headroom=-1)),
        ("headroom is 2^64", replace(SAID, headroom=2**64)),
    ):
        yield world.case("MARKET-5", name, world.drafted(said))
    limbs = list(world.draft.limbs)
    limbs[0] = (limbs[0][0] + 1, limbs[0][1])
    yield world.case("MARKET-5", "the balance contains 1·G", replace(world.draft, limbs=tuple(limbs)))
    carried = [(limbs[0][0] - 1 + 2**16, limbs[0][1]), (limbs[1][0] - 1, limbs[1][1]), *limbs[2:]]
    yield world.case("MARKET-5", "a limb is 2^16 and more", replace(world.draft, limbs=tuple(carried)))
    default = range_proof.library_default_bases()
    yield world.case("MARKET-5", "range proof under the library's bases", replace(world.draft, range_bases=default))
    swapped = range_proof.Bases(world.statement.keys[0], G)
    yield world.case("MARKET-5", "range proof with the bases swapped", replace(world.draft, range_bases=swapped))
    at = PAIRS + 64 * len(world.draft.pairs) + 128 + 64 + 96 + 64
    altered = encode_scalar(int.from_bytes(tx[at : at + 32], "little") + 1)
    yield world.edited("MARKET-5", "z_delta altered", tx, (at, altered))
    d1 = encode_scalar(int.from_bytes(tx[at + 33 : at + 65], "little") + 1)
    yield world.edited("MARKET-5", "d_1 of the range proof altered", tx, (at + 33, d1))


def transcript_items(world: World) -> list[str]:
    """The labels of all messages of a report's transcript, in order."""
    transcript = Forgetful(LABEL, set())
    draft.prove(world.statement, world.draft, world.dice, transcript)
    return transcript.absorbed


def forgetting(world: World, name: str, clause: str, numbers: set[int]) -> Case:
    """A true report proved in a transcript that lacks something."""
    tx = draft.prove(world.statement, world.draft, world.dice, Forgetful(LABEL, numbers))
    return Case(clause, name, world.statement, tx, world.draft.base, world.home.meter_key)


def forgetful(world: World) -> Iterator[Case]:
    """Every kind of transcript item before the range proof's A dropped in turn (MARKET-4; after c MARKET-5)."""
    items = transcript_items(world)
    start = items.index("z")
    for label in dict.fromkeys(items[:start]):
        numbers = {n for n, item in enumerate(items[:start]) if item == label}
        yield forgetting(world, f"transcript without {label}", "MARKET-4", numbers)
    for label in dict.fromkeys(items[start : items.index("A")]):
        numbers = {n for n, item in enumerate(items) if item == label and n >= start}
        name = f"transcript without {label} after c"
        yield forgetting(world, name, "MARKET-5", numbers)


def loosely_signed(world: World, tx: bytes) -> Iterator[Case]:
    """Signatures that a verifier who multiplies by the cofactor would take (WIRE-1)."""
    case = Case("ACCOUNT-8", "the account's R has torsion", world.statement, tx, world.draft.base, world.home.meter_key)
    message = signature.signed_bytes(world.chain, tx[0], tx[1:-64])
    yield replace(case, tx=tx[:-64] + signature.sign_loosely(world.home.account_seed, message))
    pairs = [pair.encode(pair.pair(secret, world.statement.keys[0])) for secret in world.draft.pairs[-2:]]
    said = pair.meter_message(world.chain, world.home.account, SLOT, world.statement.keys[0], *pairs)
    loose = signature.sign_loosely(world.home.meter, said)
    made = replace(world.draft, meter_signature=loose)
    yield world.case("MARKET-1", "the meter's R has torsion", made)


def reports() -> Iterator[Case]:
    """All cases, the honest one of the shared world first."""
    world = World("three rungs")
    honest = world.case(None, "honest")
    yield honest
    yield from true_reports()
    yield from malformed(world, honest.tx)
    yield from missigned(world, honest.tx)
    yield from unlinked(world, honest.tx)
    yield from out_of_balance(world, honest.tx)
    yield from forgetful(world)
    yield from loosely_signed(World("three rungs"), honest.tx)
