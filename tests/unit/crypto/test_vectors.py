"""The Rust core against the slow reference on pairs, reports and settlement: what one proves the other verifies."""

import pytest

from openmg import _core
from tests.reference import Refused, draft, forgeries, group, pair, report, sealed, settlement, vectors
from tests.reference import signature as ed25519
from tests.reference.group import G, P
from tests.reference.hashing import Dice
from tests.unit.crypto.cases import FOLDER, Case, cases, clause_of, expected, joined, raw, title

# --- WIRE-2 to WIRE-6


@pytest.mark.parametrize("case", cases("group"), ids=title)
def test_group(case: Case) -> None:
    name = case["case"]
    if name == "31 bytes":
        with pytest.raises(ValueError, match="32"):  # a length that the binding's caller has to know
            _core.decode_point(raw(case["point"]))
    elif not case["accept"]:
        assert clause_of(_core.decode_point, raw(case["point"])) == case["clause"]
    elif name == "G":
        assert _core.generator() == raw(case["point"])
    elif name == "P":
        assert _core.public_point(group.encode_scalar(1)) == raw(case["point"])
    elif name == "wide":
        assert _core.wide_scalar(raw(case["wide"])) == raw(case["scalar"])
    else:
        given = (int(case["value"]), raw(case["randomness"]), raw(case["H"]))
        assert _core.pair(*given) == raw(case["pair"])
        assert _core.commit(*given) == raw(case["pair"])[32:]


def test_derivations() -> None:
    found = {case["case"]: case for case in cases("derivation", "WIRE-3")}
    case = found["derive"]
    assert _core.derive(raw(case["key"]), case["label"], raw(case["data"])) == raw(case["derived"])
    case = found["a wallet's keys"]
    seed = raw(case["seed"])
    account = _core.derive(seed, "openmg/1/wallet/account", b"")[:32]
    memo = _core.wide_scalar(_core.derive(seed, "openmg/1/wallet/memo", b""))
    assert (account, memo) == (raw(case["account_seed"]), raw(case["memo_secret"]))
    assert _core.signing_public(account) == raw(case["account"])
    assert _core.public_point(memo) == raw(case["memo_key"])


@pytest.mark.parametrize("case", cases("derivation", "MARKET-1", "WIRE-6"), ids=title)
def test_meter_signatures(case: Case) -> None:
    public = raw(case["public"] if not case["accept"] else case["meter_key"])
    given = (public, raw(case["message"]), raw(case["signature"]), "MARKET-1")
    assert clause_of(_core.verify_signature, *given) == expected(case)
    if case["accept"]:
        assert _core.sign(raw(case["meter"]), raw(case["message"])) == raw(case["signature"])


def test_the_reference_reads_what_the_cores_meter_signs() -> None:
    dice = Dice("meter")
    home, chain, epoch_key = draft.Home(dice.bytes(), dice.bytes()), dice.bytes(), dice.scalar() * P
    rho, signed = _core.meter_sign(home.meter, chain, home.account, 9, epoch_key.encode(), 65535, 0)
    secrets = zip((65535, 0), pair.randomness(rho), strict=True)
    points = [pair.encode(pair.pair(secret, epoch_key)) for secret in secrets]
    message = pair.meter_message(chain, home.account, 9, epoch_key, *points)
    ed25519.verify(home.meter_key, message, signed, "MARKET-1")


@pytest.mark.parametrize("reading", [(65536, 0), (0, 65536), (1, 1), (65535, 3)])
def test_the_cores_meter_signs_no_reading_that_cannot_be(reading: tuple[int, int]) -> None:
    home = draft.Home(bytes(32), bytes(32))
    assert clause_of(_core.meter_sign, home.meter, bytes(32), home.account, 9, G.encode(), *reading) == "MARKET-1"


@pytest.mark.parametrize("case", cases("sealed"), ids=title)
def test_sealed_boxes(case: Case) -> None:
    given = (raw(case["secret"]), raw(case["aad"]), raw(case["box"]))
    assert clause_of(_core.box_open, *given) == expected(case)
    if case["accept"]:
        assert _core.box_open(*given) == raw(case["plaintext"])
        box = _core.box_seal(raw(case["public"]), raw(case["aad"]), raw(case["plaintext"]))
        assert sealed.unseal(group.decode_scalar(raw(case["secret"])), raw(case["aad"]), box) == raw(case["plaintext"])


# --- WIRE-7


def transaction(case: Case) -> bytes:
    """The first report with the case's edits."""
    data = bytearray(raw(case["tx"]))
    for at, text in case["edits"]:
        data[at : at + len(text) // 2] = raw(text)
    return bytes(data)


@pytest.mark.parametrize("case", cases("report"), ids=title)
def test_report(case: Case) -> None:
    statement = _core.Statement(raw(case["chain"]), joined(case["keys"]), case["levels"], case["fee"])
    tx = transaction(case)
    [answer] = statement.verify([(tx, raw(case["base"]), raw(case["meter_key"]))])
    if case["accept"]:
        rungs = len(case["levels"])
        assert answer == (raw(case["headroom"]), raw(case["locked"]), _core.Pairs(rungs, tx))
        assert statement.report_bytes() == len(tx)
    else:
        assert answer[0] == case["clause"], answer[1]


def test_a_batch_names_the_culprits() -> None:
    found = cases("report")
    first = found[0]
    shared = ("chain", "keys", "levels", "fee")
    batch = [case for case in found if all(case[name] == first[name] for name in shared)]
    statement = _core.Statement(raw(first["chain"]), joined(first["keys"]), first["levels"], first["fee"])
    answers = statement.verify([(transaction(case), raw(case["base"]), raw(case["meter_key"])) for case in batch])
    assert len(batch) > 60
    for case, answer in zip(batch, answers, strict=True):
        assert len(answer) == 3 if case["accept"] else answer[0] == case["clause"], case["case"]


def core_witness(world: forgeries.World) -> Case:
    """What the core is told of a report that is true, base_value excepted."""
    said, home = forgeries.SAID, world.home
    epoch_key, fresh = world.statement.keys[0], bytes(32)
    rho, signed = pair.meter_sign(home.meter, world.chain, home.account, 481, epoch_key, said.reading, fresh)
    named: Case = {"seed": home.seed, "account": home.account, "slot": 481, "version": 7, "checkpoint": 478, "epoch": 2}
    named |= {"base_value": said.headroom + world.statement.rate * said.buy[0]}
    named |= {"base_blindings": b"".join(group.encode_scalar(7 + e) for e in range(len(world.statement.keys)))}
    named |= {"opening": rho, "reading": said.reading, "meter_signature": signed}
    return named | {"buy": list(said.buy), "sell": list(said.sell)}


def core_statement(world: forgeries.World) -> _core.Statement:
    statement = world.statement
    keys = b"".join(point.encode() for point in statement.keys)
    return _core.Statement(statement.chain, keys, list(statement.levels), statement.fee)


@pytest.mark.parametrize(
    ("what", "after_z"), [("z_rho", 0), ("z_M", 32), ("z_delta", 64), ("d_1 of the range proof", 97)]
)
def test_two_wrongs_in_a_batch_do_not_cancel(what: str, after_z: int) -> None:
    found = {case["case"]: case for case in cases("report")}
    world = forgeries.World("three rungs")
    one, honest = transaction(found[f"{what} altered"]), transaction(found["honest"])
    at = forgeries.PAIRS + 64 * len(world.draft.pairs) + 128 + 64 + 96 + after_z
    assert one[at : at + 32] != honest[at : at + 32]
    less = group.encode_scalar(group.decode_scalar(honest[at : at + 32]) - 1)
    two = draft.resign(world.chain, world.home, honest[:at] + less + honest[at + 32 :])
    base, meter_key = raw(found["honest"]["base"]), raw(found["honest"]["meter_key"])
    answers = core_statement(world).verify([(tx, base, meter_key) for tx in (one, honest, two)])
    assert [None if len(answer) == 3 else answer[0] for answer in answers] == [
        found[f"{what} altered"]["clause"],
        None,
        found[f"{what} altered"]["clause"],
    ]


@pytest.mark.parametrize("bases", [1, 2])
def test_the_reference_verifies_what_the_core_proves(bases: int) -> None:
    world = forgeries.World("the core proves", bases=bases)
    witness = core_witness(world)
    tx = core_statement(world).prove(**witness)
    base = draft.base_commitment(witness["base_value"], [7 + e for e in range(bases)], world.statement)
    headroom, locked = report.verify(world.statement, tx, base, world.home.meter_key)
    with pytest.raises(Refused, match="MARKET-4"):
        report.verify(world.statement, tx, base + G, world.home.meter_key)
    decoded = report.decode_report(world.statement, tx)
    where = report.context(world.statement, world.home.account, 481, 7)
    memo = sealed.unseal(world.home.memo_secret, where, decoded.memo)
    rho, salt, spoken = memo[:32], memo[32:64], memo[64:]
    said = forgeries.SAID
    assert spoken == report.values(said.reading, list(said.buy), list(said.sell), said.headroom)
    drawn = [draft.report_randomness(world.home, salt, where, index) for index in range(10)]
    secrets = [*zip(draft.differences(said), drawn, strict=False)]
    secrets += [*zip(said.reading, pair.randomness(rho), strict=True)]
    assert list(decoded.pairs) == [pair.pair(secret, world.statement.keys[0]) for secret in secrets]
    left = sum(2 ** (16 * j) * r for j, r in enumerate(drawn[6:]))
    assert headroom == pair.commitment((said.headroom, left), world.statement.keys[0])
    worth, blinding = world.statement.rate * said.buy[0], world.statement.rate * sum(drawn[:3])
    assert locked == pair.commitment((worth, blinding), world.statement.keys[0])


@pytest.mark.parametrize(
    "lie",
    [
        {"buy": [640, 641, 25]},
        {"buy": [901, 640, 25]},
        {"sell": [121, 120, 310]},
        {"sell": [0, 120, 311]},
        {"base_value": forgeries.SAID.headroom},
        {"base_value": 2**64 + 65536 * 374 * 900},
    ],
    ids=str,
)
def test_the_core_proves_no_lies(lie: Case) -> None:
    world = forgeries.World("the core lies")
    if lie.get("base_value") == forgeries.SAID.headroom:
        lie = {"base_value": world.statement.rate * 900 - 1}
    assert clause_of(core_statement(world).prove, **core_witness(world) | lie) == "MARKET-5"


def test_the_core_never_repeats_an_r() -> None:
    world = forgeries.World("twice")
    witness = core_witness(world)
    first, second = (core_statement(world).prove(**witness) for _ in range(2))
    made = [report.decode_report(world.statement, tx).pairs[:-2] for tx in (first, second)]
    assert len({r for pairs in made for r, _ in pairs}) == 12


def test_the_core_verifies_what_the_reference_proves() -> None:
    world = forgeries.World("the reference proves")
    case = world.case(None, "fresh")
    [answer] = core_statement(world).verify([(case.tx, case.base.encode(), case.meter_key)])
    made = report.decode_report(world.statement, case.tx)
    assert answer[:2] == (made.headroom().encode(), made.locked(world.statement).encode())


@pytest.mark.long
def test_every_single_transcript_item_counts() -> None:
    world = forgeries.World("forgetful")
    core = core_statement(world)
    items = forgeries.transcript_items(world)
    after = items.index("z")
    for number, label in enumerate(items):
        clause = "MARKET-4" if number < after else "MARKET-5"
        case = forgeries.forgetting(world, f"{number}: {label}", clause, {number})
        [answer] = core.verify([(case.tx, case.base.encode(), case.meter_key)])
        assert answer[0] == clause, case.name


@pytest.mark.long
def test_the_vectors_are_what_the_reference_writes() -> None:
    for name in vectors.FILES:
        assert (FOLDER / f"{name}.json").read_text(encoding="utf-8") == vectors.text(name)


@pytest.mark.parametrize(
    "name", ["group", "derivation", "sealed", "transcript", "share", "transaction", "merkle", "masks"]
)
def test_the_quick_vectors_are_what_the_reference_writes(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_text(encoding="utf-8") == vectors.text(name)


def test_sums_of_reports() -> None:
    world = forgeries.World("sums")
    transactions = [world.case(None, "first").tx, world.case(None, "second").tx]
    decoded = [report.decode_report(world.statement, tx).pairs for tx in transactions]
    rungs = world.statement.rungs
    cumulative = []
    for pairs in decoded:
        bought = [pairs[k:rungs] for k in range(rungs)]
        sold = [pairs[rungs : rungs + k + 1] for k in range(rungs)]
        cumulative.append([*bought, *sold, pairs[-2:-1], pairs[-1:]])
    expected_sums = b"".join(
        group.total(r for r, _ in first + second).encode() + group.total(c for _, c in first + second).encode()
        for first, second in zip(*cumulative, strict=True)
    )
    added = [_core.Pairs(rungs, tx) for tx in transactions]
    assert _core.report_sums(rungs, b"", added) == expected_sums
    running = _core.report_sums(rungs, b"", added[:1])
    assert _core.report_sums(rungs, running, added[1:]) == expected_sums


@pytest.mark.parametrize("case", cases("settlement"), ids=title)
def test_settlement(case: Case) -> None:
    prices = case["prices"]
    after = _core.settle(
        3,
        [(rung, weight) for rung, weight in case["buy"]],
        [(rung, weight) for rung, weight in case["sell"]],
        prices["price"],
        prices["fee"],
        prices["tariff"],
        prices["feed_in"],
        [(raw(case["tx"]), joined(case["state"]))],
    )
    assert after == [joined(case["after"])]


def test_combine_is_scalar_multiplication() -> None:
    dice = Dice("combine")
    points = [dice.scalar() * P for _ in range(5)]
    coefficients = [0, -1, 2**125, -(2**64) - 3, 17]
    together = b"".join(point.encode() for point in points)
    assert _core.combine(coefficients, together) == group.combine(coefficients, points).encode()
    assert _core.combine([], b"") == bytes(32)


def test_settlement_of_the_reference_is_void_without_weights() -> None:
    state = settlement.State(*(n * P for n in range(1, 8)))
    pairs = [(P, G)] * 8
    after = settlement.settle(3, pairs, state, settlement.Prices(1, 2, 3, 4), [], [])
    assert after.credits == 3 * P
    assert after.bought == 5 * P
    assert after.cost == 7 * P + (3 * 65536) * G - (4 * 65536) * G
