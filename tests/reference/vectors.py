"""Writes the vectors of WIRE-2 to WIRE-11 and WIRE-16: `python -m tests.reference.vectors DIR`.

Every case names its clause. `accept` says whether the input is taken; where it is not, the clause is the one that
refuses it. Bytes are hexadecimal. What a case does not say is as in the first case of its file that says it.
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from hashlib import sha512
from pathlib import Path

from tests.reference import committee, forgeries, group, hashing, hidden, key, merkle, pair, report, sealed, settlement
from tests.reference import share as shares
from tests.reference import signature as ed25519
from tests.reference.case import Case, case, judged, refusal, refused
from tests.reference.draft import Home
from tests.reference.group import G, P
from tests.reference.hashing import Dice, Transcript

NOT_CANONICAL = {
    "the identity": bytes(32),
    "negative": (1).to_bytes(32, "little"),
    "not reduced": (2**255 - 15).to_bytes(32, "little"),
    "no square": bytes.fromhex("26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371"),
    "y is zero": bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    "31 bytes": bytes(31),
}


def group_cases() -> Iterator[Case]:
    """WIRE-2."""
    yield case("WIRE-2", "G", label="openmg/1/generator/G", hash=sha512(b"openmg/1/generator/G").digest(), point=G)
    yield case("WIRE-2", "P", point=P)
    dice = Dice("group")
    for _ in range(3):
        data = dice.bytes(64)
        yield case("WIRE-2", "wide", wide=data, scalar=group.encode_scalar(group.wide(data)))
    for value in (0, 1, -5, 2**63, -(2**126)):
        blinding, epoch_key = dice.scalar(), dice.scalar() * P
        made = pair.pair((value, blinding), epoch_key)
        items = {"value": str(value), "randomness": group.encode_scalar(blinding), "H": epoch_key}
        yield case("WIRE-2", f"the pair of {value}", **items, pair=pair.encode(made))
    for name, data in NOT_CANONICAL.items():
        refusal("MARKET-3", group.received, data)
        yield refused("MARKET-3", name, point=data)


def derivation_cases() -> Iterator[Case]:
    """WIRE-3 and WIRE-6."""
    dice = Dice("derivations")
    home, chain, epoch_key = Home(dice.bytes(), dice.bytes()), hashing.chain_id(b"genesis"), dice.scalar() * P
    data = hashing.derive(home.seed, "openmg/1/test", b"data")
    yield case("WIRE-3", "derive", key=home.seed, label="openmg/1/test", data=b"data", derived=data)
    yield case("WIRE-3", "chain id", genesis=b"genesis", chain=chain)
    account = {"seed": home.seed, "account_seed": home.account_seed, "account": home.account}
    memo = {"memo_secret": group.encode_scalar(home.memo_secret), "memo_key": home.memo_secret * P}
    yield case("WIRE-3", "a wallet's keys", **account, **memo)
    fresh, reading = dice.bytes(), (1234, 56)
    rho, signed = pair.meter_sign(home.meter, chain, home.account, 77, epoch_key, reading, fresh)
    drawn = pair.randomness(rho)
    pairs = [pair.encode(pair.pair(secret, epoch_key)) for secret in zip(reading, drawn, strict=True)]
    message = pair.meter_message(chain, home.account, 77, epoch_key, *pairs)
    where = {"meter": home.meter, "chain": chain, "account": home.account, "slot": 77, "H": epoch_key}
    said = {"reading": reading, "fresh": fresh, "rho": rho, "randomness": list(map(group.encode_scalar, drawn))}
    meter = {"pairs": pairs, "message": message, "signature": signed, "meter_key": home.meter_key}
    yield case("WIRE-6", "a meter's reading", **where, **said, **meter)
    other = pair.meter_message(chain, home.account, 78, epoch_key, *pairs)
    refusal("MARKET-1", ed25519.verify, home.meter_key, other, signed, "MARKET-1")
    signature = {"public": home.meter_key, "signature": signed}
    yield refused("MARKET-1", "another slot", **signature, message=other)
    for name, public, forged in _loose_signatures(home.meter_key, signed):
        refusal("MARKET-1", ed25519.verify, public, message, forged, "MARKET-1")
        yield refused("MARKET-1", name, public=public, signature=forged, message=message)


def _loose_signatures(public: bytes, signed: bytes) -> Iterator[tuple[str, bytes, bytes]]:
    """Signatures that a lax verifier might take (WIRE-1)."""
    s = int.from_bytes(signed[32:], "little") + group.Q
    neutral = (1).to_bytes(32, "little")
    yield "S is not reduced", public, signed[:32] + s.to_bytes(32, "little")
    yield "the key is of small order", neutral, neutral + bytes(32)
    yield "the key is of small order and not reduced", (2**255 - 18).to_bytes(32, "little"), neutral + bytes(32)
    yield "R is of small order", public, neutral + signed[32:]


def sealed_cases() -> Iterator[Case]:
    """WIRE-4."""
    dice = Dice("sealed")
    secret = dice.scalar()
    for plaintext in (b"", b"a share of thirty-two bytes, say", bytes(108)):
        fresh = dice.bytes()
        box = sealed.seal(secret * P, b"context", plaintext, fresh)
        yield case(
            "WIRE-4",
            f"{len(plaintext)} bytes",
            secret=group.encode_scalar(secret),
            public=secret * P,
            aad=b"context",
            plaintext=plaintext,
            fresh=fresh,
            box=box,
        )
    bad = {
        "E is the identity": bytes(32) + box[32:],
        "E is not canonical": (1).to_bytes(32, "little") + box[32:],
        "a flipped byte": box[:50] + bytes([box[50] ^ 1]) + box[51:],
        "a flipped tag": box[:-1] + bytes([box[-1] ^ 1]),
        "too short": box[:47],
    }
    for name, forged in bad.items():
        refusal("BOX", sealed.unseal, secret, b"context", forged)
        yield refused("BOX", name, secret=group.encode_scalar(secret), aad=b"context", box=forged)
    refusal("BOX", sealed.unseal, secret, b"other", box)
    yield refused("BOX", "other data", secret=group.encode_scalar(secret), aad=b"other", box=box)


def transcript_cases() -> Iterator[Case]:
    """WIRE-5."""
    transcript = Transcript("openmg/1/test")
    transcript.message("chain", b"data")
    transcript.u64("slot", 481)
    first, second = transcript.challenge("w", 300), transcript.challenge("c", 64)
    yield case("WIRE-5", "message chain = data, u64 slot = 481", label="openmg/1/test", w=first, c=second)


def edits(before: bytes, after: bytes) -> list[tuple[int, bytes]] | None:
    """Where two transactions of one length differ; None when the lengths do."""
    if len(before) != len(after):
        return None
    runs: list[tuple[int, bytes]] = []
    for at in range(0, len(before), 16):
        old, new = before[at : at + 16], after[at : at + 16]
        if old == new:
            continue
        if runs and runs[-1][0] + len(runs[-1][1]) == at:
            runs[-1] = (runs[-1][0], runs[-1][1] + new)
        else:
            runs.append((at, new))
    return runs


def report_cases() -> Iterator[Case]:
    """WIRE-7: the first case is whole, later ones are whole or edits of the first."""
    first = b""
    for made in forgeries.reports():
        statement = made.statement
        refusal(made.clause, report.verify, statement, made.tx, made.base, made.meter_key)
        first = first or made.tx
        changed = edits(first, made.tx)
        items: dict[str, object] = {
            "chain": statement.chain,
            "keys": statement.keys,
            "levels": statement.levels,
            "fee": statement.fee,
            "base": made.base,
            "meter_key": made.meter_key,
        }
        items |= {"tx": made.tx, "edits": []} if changed is None else {"tx": first, "edits": changed}
        if made.clause is None:
            decoded = report.decode_report(statement, made.tx)
            items |= {"headroom": decoded.headroom(), "locked": decoded.locked(statement)}
        yield judged(made.clause, "WIRE-7", made.name, **items)


def key_cases() -> Iterator[Case]:
    """WIRE-8."""
    room = committee.Committee()
    round_ = {"attempt": asdict(room.attempt), "secrets": list(map(group.encode_scalar, room.secrets))}
    shares_ = list(map(group.encode_scalar, room.shares))
    items = {"deals": [made.encode() for made in room.deals], "key": room.key, "verification": room.verification}
    yield case("WIRE-8", "a whole generation", **round_, **items, ephemerals=room.ephemerals, shares=shares_)
    for made in committee.deals(room):
        refusal(made.clause, key.check_deal, made.attempt, made.dealer, made.ephemeral, made.deal)
        where = {"attempt": asdict(made.attempt), "dealer": made.dealer, "ephemeral": made.ephemeral}
        yield judged(made.clause, "KEY-1", f"deal: {made.name}", **where, deal=made.deal)
    opposite = room.dealt(2, [-x % group.Q for x in room.polynomials[0]])
    both = [room.deals[0], opposite]
    refusal("KEY-1", key.key_from_deals, 4, both)
    yield refused("KEY-1", "key: the identity", deals=[made.encode() for made in both])
    for opened in (*committee.openings(room), *committee.false_complaints(room)):
        yield _share_case(room, opened)


def _share_case(room: committee.Committee, made: committee.ShareCase) -> Case:
    """A share to open, or a complaint to judge."""
    attempt, accuser = room.attempt, made.accuser
    ephemeral = room.ephemerals[accuser - 1]

    def judge() -> None:
        assert key.judge(attempt, accuser, made.dealer, ephemeral, made.deal, made.complaint) == made.guilty

    items = {"deal": made.deal, "complaint": made.complaint, "accuser": accuser, "dealer": made.dealer}
    items |= {"guilty": made.guilty, "ephemeral": ephemeral}
    if made.guilty is None:
        refusal(made.clause, judge)
        return refused("KEY-2", f"complaint: {made.name}", **items)
    judge()
    secret = room.secrets[accuser - 1]
    refusal(made.clause, key.open_share, attempt, made.dealer, accuser, secret, made.deal)
    return judged(made.clause, "KEY-2", f"share: {made.name}", **items)


def share_cases() -> Iterator[Case]:
    """WIRE-9."""
    room = committee.Committee()
    for made in committee.decryptions(room):
        refusal(made.clause, shares.check, made.context, made.sums, made.share)
        context = made.context
        items = {"chain": context.chain, "epoch": context.epoch, "subject": context.subject}
        listed = [(item.functional, item.r.encode() + item.c.encode()) for item in made.sums]
        items |= {"Y": context.verification_key, "sums": listed, "share": made.share}
        yield judged(made.clause, "KEY-6", made.name, **items)
    total = committee.sums(room)[1]
    for indices in ((1, 2, 3), (2, 4, 3), (1, 2, 3, 4), (1, 4)):
        drawn = [room.shares[j - 1] * total.r for j in indices]
        left = shares.remainder(total.c, indices, drawn)
        clause = None if len(indices) > 2 else "KEY-6"
        refusal(clause, shares.check_opening, left, -12)
        items = {"C": total.c, "indices": indices, "D": drawn, "remainder": left, "value": -12}
        yield judged(clause, "KEY-6", f"opening by {indices}", **items)
    refusal("KEY-6", shares.check_opening, -12 * G, 12)
    yield refused("KEY-6", "opening with the wrong sign", remainder=-12 * G, value=12)


def transaction_cases() -> Iterator[Case]:
    """WIRE-10: the bytes of a signed transaction and its name."""
    dice = Dice("transactions")
    chain, seeds = dice.bytes(), [dice.bytes() for _ in range(3)]
    publics = [ed25519.public_key(seed) for seed in seeds]
    enrol = publics[2] + publics[1] + (50_000_000_000).to_bytes(8, "little")
    reading = (481).to_bytes(8, "little") + b"".join(x.to_bytes(4, "little") for x in (0, 900, 20_000, 20_855))
    announced = (5).to_bytes(4, "little") + (1).to_bytes(4, "little") + b"\x03" + (dice.scalar() * P).encode()
    opening = shares.subject(1, 20, 5) + shares.functional("T", 0) + (-12).to_bytes(16, "little", signed=True)
    for kind, name, body, signers in (
        (1, "Enrol", enrol, seeds),
        (3, "BatteryReading", reading, seeds[:1]),
        (16, "KeyAnnouncement", announced, seeds[:1]),
        (19, "KeyConfirmation", announced[:9], seeds[:1]),
        (21, "Opening", opening, []),
    ):
        tx = ed25519.transaction(chain, kind, body, signers)
        signed = {"signed": ed25519.signed_bytes(chain, kind, body), "tx": tx, "id": ed25519.identifier(tx)}
        yield case("WIRE-10", name, chain=chain, kind=kind, body=body, seeds=signers, **signed)


def merkle_cases() -> Iterator[Case]:
    """WIRE-11."""
    dice = Dice("merkle")
    leaves = [dice.bytes(1 + n) for n in range(7)]
    for n in range(8):
        paths = [merkle.path(leaves[:n], i) for i in range(n)]
        yield case("WIRE-11", f"a tree of {n}", leaves=leaves[:n], root=merkle.root(leaves[:n]), paths=paths)
    roots = [dice.bytes() for _ in merkle.SUBTREES]
    for sizes in ((2, 1, 5, 3, 4), (2, 1, 5, 3, 5), (2, 0, 0, 0, 0), (2, 2**16, 2**32, 2**63, 2**64 - 1)):
        root = merkle.state_root(sizes, roots)
        yield case("WIRE-11", f"the state root over {sizes}", sizes=sizes, roots=roots, root=root)
    for count in (0, 2):
        transactions = leaves[:count]
        data = merkle.block(12, 1_700_000_000, 3, roots[0], transactions)
        head = {"height": 12, "time": 1_700_000_000, "proposer": 3, "previous": roots[0]}
        yield case("WIRE-11", f"a block of {count}", **head, transactions=transactions, block=data)
    yield refused("WIRE-11", "a block with a trailing byte", block=data + b"\x00")


def settlement_cases() -> Iterator[Case]:
    """MARKET-9."""
    dice = Dice("settlement")
    first = next(forgeries.reports())
    pairs = report.decode_report(first.statement, first.tx).pairs
    prices = settlement.Prices(price=180, fee=11, tariff=257_632, feed_in=120_000)
    for name, buy, sell in (
        ("two rungs", [(2, 21_846), (3, 43_690)], [(2, 21_846), (3, 43_690)]),
        ("one rung", [(2, 65_536)], [(2, 65_536)]),
        ("the first and last rung", [(1, 65_535)], [(3, 1)]),
        ("void", [], []),
    ):
        state = settlement.State(*(dice.scalar() * P for _ in range(7)))
        after = settlement.settle(3, pairs, state, prices, buy, sell)
        names = ("locked", "credits", "imported", "exported", "bought", "sold", "cost")
        items = {"tx": first.tx, "state": [getattr(state, item) for item in names], "prices": asdict(prices)}
        items |= {"buy": buy, "sell": sell, "after": [getattr(after, item) for item in names[1:]]}
        yield case("MARKET-9", name, **items)


FILES: dict[str, Callable[[], Iterator[Case]]] = {
    "group": group_cases,
    "derivation": derivation_cases,
    "sealed": sealed_cases,
    "transcript": transcript_cases,
    "report": report_cases,
    "key": key_cases,
    "share": share_cases,
    "settlement": settlement_cases,
    "masks": hidden.cases,
    "transaction": transaction_cases,
    "merkle": merkle_cases,
}


def _names(made: Case) -> Case:
    """What every case says."""
    return {label: made[label] for label in ("clause", "case", "accept")}


def text(name: str) -> str:
    """One file: a JSON list, a case a line; what the first case that says it says is not said again."""
    first: Case = {}
    lines = []
    for made in FILES[name]():
        new = {label: item for label, item in made.items() if label not in first or first[label] != item}
        lines.append(json.dumps(_names(made) | new, ensure_ascii=False))
        first = {**made, **first}
    return "[\n" + ",\n".join(lines) + "\n]\n"


def read(path: Path) -> list[Case]:
    """The cases of one file, each whole."""
    first: Case = {}
    cases = []
    for said in json.loads(path.read_text(encoding="utf-8")):
        first = {**said, **first}
        cases.append({**first, **said})
    return cases


def main(folder: str) -> None:
    """Write all files."""
    for name in FILES:
        (Path(folder) / f"{name}.json").write_text(text(name), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
