"""The Rust core against the slow reference on the threshold key and decryption: what one proves the other verifies."""

import pytest

from openmg import _core
from tests.reference import group, key, share
from tests.reference.committee import Committee
from tests.reference.group import P
from tests.unit.crypto.cases import Case, cases, clause_of, expected, joined, raw, title

# --- WIRE-8


def attempt_of(case: Case) -> tuple[bytes, int, int, int, int]:
    said = case["attempt"]
    return raw(said["chain"]), said["epoch"], said["attempt"], said["n"], said["t"]


@pytest.mark.parametrize("case", cases("key", "deal"), ids=title)
def test_deals(case: Case) -> None:
    given = (*attempt_of(case), case["dealer"], raw(case["ephemeral"]), raw(case["deal"]))
    assert clause_of(_core.check_deal, *given) == expected(case)


@pytest.mark.parametrize("case", cases("key", "share"), ids=title)
def test_shares_of_a_deal(case: Case) -> None:
    secret = raw(case["secrets"][case["accuser"] - 1])
    given = (*attempt_of(case), case["dealer"], case["accuser"], secret, raw(case["deal"]))
    assert clause_of(_core.open_share, *given) == expected(case)
    if case["accept"]:
        share_ = _core.open_share(*given)
        assert key.open_share(key.Attempt(*given[:5]), *given[5:7], group.decode_scalar(secret), given[8]) == (
            group.decode_scalar(share_)
        )


@pytest.mark.parametrize("case", cases("key", "share", "complaint"), ids=title)
def test_complaints(case: Case) -> None:
    said, parties = attempt_of(case), (case["accuser"], case["dealer"])
    given = (*said, *parties, raw(case["ephemeral"]), raw(case["deal"]), raw(case["complaint"]))
    if len(given[-1]) != 128:
        with pytest.raises(ValueError, match="128"):  # a length that the transaction's decoder has to know
            _core.judge_complaint(*given)
        return
    if case["guilty"] is None:
        assert clause_of(_core.judge_complaint, *given) == "KEY-2"
        return
    assert _core.judge_complaint(*given) == case["guilty"]
    secret = raw(case["secrets"][case["accuser"] - 1])
    complaint = _core.complain(*said, *parties, secret, raw(case["deal"]))
    ephemeral = group.decode(raw(case["ephemeral"]))
    assert key.judge(key.Attempt(*said), *parties, ephemeral, raw(case["deal"]), complaint) == case["guilty"]


def test_the_key_of_the_vectors() -> None:
    case = cases("key")[0]
    deals = [raw(deal) for deal in case["deals"]]
    assert _core.key_from_deals(4, 3, deals) == (raw(case["key"]), joined(case["verification"]))
    said = attempt_of(case)
    for j, secret in enumerate(case["secrets"], 1):
        shares = [_core.open_share(*said, d, j, raw(secret), deal) for d, deal in enumerate(deals, 1)]
        assert _core.add_scalars(shares) == raw(case["shares"][j - 1])


def test_no_key_is_the_identity() -> None:
    case = cases("key", "key: the identity")[0]
    assert clause_of(_core.key_from_deals, 4, 3, [raw(deal) for deal in case["deals"]]) == "KEY-1"


def test_the_reference_takes_the_deal_of_the_core() -> None:
    room = Committee()
    said = (room.attempt.chain, 5, 1, 4, 3)
    ephemerals = b"".join(point.encode() for point in room.ephemerals)
    data, own = _core.deal_key(*said, 2, ephemerals)
    dealt = key.check_deal(room.attempt, 2, room.ephemerals[1], data)
    opened = [key.open_share(room.attempt, 2, j, room.secrets[j - 1], data) for j in range(1, 5)]
    assert opened[1] == group.decode_scalar(own)
    assert (
        sum(a * b for a, b in zip(share.lagrange((1, 3, 4)), (opened[0], *opened[2:]), strict=True)) * P
        == (dealt.coefficients[0])
    )


# --- WIRE-9


@pytest.mark.parametrize("case", [case for case in cases("share") if "opening" not in case["case"]], ids=title)
def test_decryption_shares(case: Case) -> None:
    sums = [(raw(functional), raw(points)) for functional, points in case["sums"]]
    given = (raw(case["chain"]), case["epoch"], raw(case["subject"]), raw(case["Y"]), sums, raw(case["share"]))
    assert clause_of(_core.check_share, *given) == expected(case)


@pytest.mark.parametrize("case", cases("share", "opening by"), ids=title)
def test_openings(case: Case) -> None:
    left = _core.remainder(raw(case["C"]), case["indices"], joined(case["D"]))
    assert left == raw(case["remainder"])
    assert clause_of(_core.check_opening, left, case["value"]) == expected(case)
    solver = _core.DiscreteLog(8)
    assert solver.solve(left, 5000) == (case["value"] if case["accept"] else None)


def test_an_opening_with_the_wrong_sign() -> None:
    case = cases("share", "opening with the wrong sign")[0]
    assert clause_of(_core.check_opening, raw(case["remainder"]), case["value"]) == "KEY-6"


def test_the_reference_takes_the_decryption_share_of_the_core() -> None:
    room = Committee()
    case = cases("share")[0]
    sums = [(raw(functional), raw(points)) for functional, points in case["sums"]]
    secret = group.encode_scalar(room.shares[1])
    data = _core.share(raw(case["chain"]), case["epoch"], raw(case["subject"]), secret, sums)
    context = share.Context(raw(case["chain"]), case["epoch"], raw(case["subject"]), room.verification[1])
    decoded = tuple(share.Sum(f, group.decode(points[:32]), group.decode(points[32:])) for f, points in sums)
    assert share.check(context, decoded, data) == [room.shares[1] * item.r for item in decoded]
