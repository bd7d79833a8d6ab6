"""The making of an epoch key on the chain, and everyone who lies about it (KEY-1, KEY-2)."""

from __future__ import annotations

from pathlib import Path

import pytest

from openmg.chains.epoch import KeyPhase
from openmg.chains.slot import Phase
from openmg.chains.transactions import KeyAnnouncement, KeyComplaint, KeyConfirmation, KeyDeal, decode
from openmg.crypto import GENERATOR, IDENTITY, Point, combine, commit, public_point, random_scalar
from openmg.crypto.key import epoch_key, threshold_of
from openmg.errors import Corrupt
from tests.chain.town import FIRST, Town, home_of
from tests.reference import group, key, sealed
from tests.reference.hashing import Dice

NOT_CANONICAL = (2**255 - 19 + 4).to_bytes(32, "little")


def until(town: Town, phase: KeyPhase) -> Town:
    for _ in range(20):
        if town.chain.state.epoch is not None and town.epoch.phase == phase:
            return town
        town.tick()
    raise AssertionError(f"{phase.name} never came")


def dealing(town: Town) -> Town:
    return until(town, KeyPhase.DEALING)


def deal_of(town: Town, dealer: int) -> bytes:
    """The deal that an honest authority would post now."""
    [raw] = [raw for raw in town.said() if raw[0] == KeyDeal.kind and raw[9] == dealer]
    message = decode(raw).transaction
    assert isinstance(message, KeyDeal)
    return message.deal


def box_at(town: Town, recipient: int) -> int:
    count = len(town.keys)
    return 32 * threshold_of(count) + 80 * (recipient - 1)


def post(town: Town, dealer: int, deal: bytes) -> str | None:
    return town.verdict(town.by(dealer, KeyDeal(0, town.epoch.attempt, dealer, deal)))


def a_key_works(town: Town) -> None:
    """Shares of any t authorities make the secret of the key: a slot settles with the first f silent."""
    assert town.epoch.phase == KeyPhase.READY
    town.enrol().open_gate()
    assert set(town.verdicts(*(town.report(home, FIRST) for home in town.homes))) == {None}
    assert town.close_gate().finish().phase == Phase.SETTLED


@pytest.mark.parametrize("count", [1, 2, 4, 7])
def test_authorities_make_a_key_together(count: int, tmp_path: Path) -> None:
    homes = [home_of("east").metered(FIRST, 900, 0), home_of("roof").metered(FIRST, 0, 800)]
    town = Town.founded(tmp_path, count, homes).make_key()
    assert town.epoch.attempt == 0
    assert town.epoch.dealers == tuple(range(1, count + 1))
    shares = [bytes.fromhex(each.secrets.epochs["0"]) for each in town.keys if each.secrets.epochs]
    town.said()
    shares = [bytes.fromhex(each.secrets.epochs["0"]) for each in town.keys]
    assert [public_point(each) for each in shares] == list(town.epoch.verification)
    assert all(each.secrets.making is None for each in town.keys), "what made the key is erased (KEY-3)"
    a_key_works(town)


@pytest.mark.parametrize(("count", "silent"), [(4, {3}), (7, {1, 6})])
def test_silent_authorities_do_not_block_a_key(count: int, silent: set[int], tmp_path: Path) -> None:
    homes = [home_of("east").metered(FIRST, 900, 0), home_of("roof").metered(FIRST, 0, 800)]
    town = Town.founded(tmp_path, count, homes)
    town.silent = silent
    town.make_key()
    assert set(town.epoch.dealers) == set(range(1, count + 1)) - silent
    a_key_works(town)


def test_an_authority_that_deals_nothing_does_not_block_a_key(new_town: Town) -> None:
    dealing(new_town).silent = {2}
    new_town.make_key()
    assert (new_town.epoch.attempt, new_town.epoch.dealers) == (0, (1, 3, 4))
    a_key_works(new_town)


def test_too_few_dealers_restart_the_attempt(new_town: Town) -> None:
    dealing(new_town).silent = {2, 3}
    for _ in range(6):
        new_town.tick()
    assert (new_town.epoch.attempt, new_town.epoch.phase) == (1, KeyPhase.ANNOUNCING)
    new_town.silent = set()
    new_town.make_key()
    assert new_town.epoch.attempt == 1
    a_key_works(new_town)


def test_too_few_confirmations_restart_the_attempt(new_town: Town) -> None:
    until(new_town, KeyPhase.JUDGING).silent = {2, 3}
    for _ in range(6):
        new_town.tick()
    assert (new_town.epoch.attempt, new_town.epoch.phase) == (1, KeyPhase.ANNOUNCING)


def test_below_n_minus_f_announcements_nothing_is_dealt(new_town: Town) -> None:
    new_town.silent = {1, 4}
    for _ in range(12):
        new_town.tick()
    assert (new_town.epoch.phase, len(new_town.epoch.announced)) == (KeyPhase.ANNOUNCING, 2)
    new_town.silent = set()
    a_key_works(new_town.make_key())


@pytest.mark.parametrize("lie", ["garbage", "wrong share", "another authority's share"])
def test_a_dealer_that_lies_to_one_victim_is_excluded(new_town: Town, lie: str) -> None:
    town = dealing(new_town)
    town.silent = {1}
    assert post(town, 1, lying_deal(town, 1, 3, lie)) is None
    town.make_key()
    assert (town.epoch.attempt, town.epoch.excluded, town.epoch.dealers) == (0, (1,), (2, 3, 4))
    a_key_works(town)


def lying_deal(town: Town, dealer: int, victim: int, lie: str) -> bytes:
    """A deal that lies to one victim and proves all that is asked of it, as the slow reference makes it."""
    count, dice = len(town.keys), Dice(f"liar {dealer}")
    attempt = key.Attempt(town.chain.chain, 0, town.epoch.attempt, count, threshold_of(count))
    ephemerals = [group.decode(each) for each in town.epoch.ephemerals]
    drafted = key.draft(attempt, dealer, [dice.scalar() for _ in range(attempt.t)], ephemerals, dice)
    box, sender = drafted.boxes[victim - 1], drafted.senders[victim - 1]
    if lie == "garbage":
        box = box[:79] + bytes([box[79] ^ 1])
    elif lie == "wrong share":
        share, aad = group.encode_scalar(dice.scalar()), key.share_aad(attempt, dealer, victim)
        box = sealed.seal_with(ephemerals[victim - 1], aad, share, sender)
    else:
        box, sender = drafted.boxes[victim - 2], drafted.senders[victim - 2]
    return key.prove(attempt, dealer, ephemerals[dealer - 1], drafted.with_box(victim, box, sender), dice).encode()


def test_a_false_accuser_is_excluded(new_town: Town) -> None:
    town = until(new_town, KeyPhase.JUDGING)
    making = town.keys[1].secrets.making
    assert making is not None
    context, deal = town.epoch.context(town.chain.chain), dict(town.epoch.deals)[4]
    proof = context.complain(2, 4, bytes.fromhex(making.ephemeral), deal)
    assert town.verdict(town.by(2, KeyComplaint(0, 0, 2, 4, proof))) is None
    assert town.epoch.excluded == (2,)
    assert town.verdict(town.by(2, KeyComplaint(0, 0, 2, 1, proof))) == "KEY-2"
    town.make_key()
    assert town.epoch.dealers == (1, 3, 4)
    a_key_works(town)


def test_a_complaint_whose_proof_does_not_hold_is_refused(new_town: Town) -> None:
    town = until(new_town, KeyPhase.JUDGING)
    context, deal = town.epoch.context(town.chain.chain), dict(town.epoch.deals)[4]
    proof = context.complain(2, 4, random_scalar(), deal)
    for wrong in (proof, bytes(128), b"\xff" * 128):
        assert town.verdict(town.by(2, KeyComplaint(0, 0, 2, 4, wrong))) == "KEY-2"
    assert town.epoch.excluded == ()


@pytest.mark.parametrize("dealer", [0, 5, 255])
def test_a_complaint_about_nobody_is_refused(new_town: Town, dealer: int) -> None:
    town = until(new_town, KeyPhase.JUDGING)
    assert town.verdict(town.by(2, KeyComplaint(0, 0, 2, dealer, bytes(128)))) == "KEY-2"


def test_who_confirmed_complains_no_more(new_town: Town) -> None:
    town = until(new_town, KeyPhase.JUDGING)
    assert town.verdict(town.by(2, KeyConfirmation(0, 0, 2))) is None
    assert town.verdict(town.by(2, KeyConfirmation(0, 0, 2))) == "KEY-2"
    assert town.verdict(town.by(2, KeyComplaint(0, 0, 2, 4, bytes(128)))) == "KEY-2"


def test_a_deal_without_knowledge_of_its_secret_is_refused(new_town: Town) -> None:
    """H = x·G, H + x·G and a copied deal: what nobody proves to know the logarithm of is no part of a key."""
    town = dealing(new_town)
    honest, other = deal_of(town, 1), deal_of(town, 2)
    first, box, proof = Point(honest[:32]), box_at(town, 3), box_at(town, 5)
    wrong = {
        "H = x·G": commit(17, 0, GENERATOR) + honest[32:],
        "H + x·G": combine([1, 17], [first, GENERATOR]) + honest[32:],
        "A_1 altered": honest[:32] + combine([1, 1], [Point(honest[32:64]), GENERATOR]) + honest[64:],
        "identity A_0": IDENTITY + honest[32:],
        "identity A_2": honest[:64] + IDENTITY + honest[96:],
        "non-canonical A_1": honest[:32] + NOT_CANONICAL + honest[64:],
        "copied from another": other,
        "a box copied from another": honest[:box] + other[box : box + 80] + honest[box + 80 :],
        "a point copied from another's box": honest[:box] + other[box : box + 32] + honest[box + 32 :],
        "no proof": honest[:proof] + bytes(128),
        "the proof of another": honest[:proof] + other[proof:],
        "z beyond q": honest[: proof + 64] + b"\xff" * 32 + honest[proof + 96 :],
        "y beyond q": honest[: proof + 96] + b"\xff" * 32,
        "a box less": honest[: proof - 80] + honest[proof:],
        "a trailing byte": honest + b"\0",
        "nothing": b"",
        "a megabyte": honest * 1900,
    }
    found = town.verdicts(*(town.by(1, KeyDeal(0, 0, 1, deal)) for deal in wrong.values()))
    assert dict(zip(wrong, found, strict=True)) == dict.fromkeys(wrong, "KEY-1")
    assert post(town, 1, honest) is None
    assert post(town, 1, honest) == "KEY-2"


def test_a_deal_is_refused_in_another_attempt_and_on_another_chain(new_town: Town, tmp_path: Path) -> None:
    other = Town.copied(new_town, tmp_path).changed(name="another town")
    town = dealing(new_town)
    honest = deal_of(town, 1)
    assert town.verdict(town.by(1, KeyDeal(0, 1, 1, honest))) == "KEY-1"
    assert town.verdict(town.by(1, KeyDeal(1, 0, 1, honest))) == "KEY-1"
    assert post(dealing(other), 1, honest) == "KEY-1"


@pytest.mark.parametrize("ephemeral", [bytes(32), NOT_CANONICAL, b"\xff" * 32], ids=["identity", "unreduced", "ones"])
def test_an_ephemeral_key_that_is_no_point_is_refused(new_town: Town, ephemeral: bytes) -> None:
    """Accepted, it would stop every honest dealer, who could not seal a share to it."""
    new_town.block()
    assert new_town.verdict(new_town.by(1, KeyAnnouncement(0, 0, 1, ephemeral))) == "MARKET-3"
    a_key_works(new_town.make_key())


def test_messages_out_of_their_phase_are_refused(new_town: Town) -> None:
    new_town.block()
    announcement = new_town.by(1, KeyAnnouncement(0, 0, 1, public_point(random_scalar())))
    confirmation = new_town.by(1, KeyConfirmation(0, 0, 1))
    assert new_town.verdict(confirmation) == "KEY-2"
    assert new_town.verdict(announcement) is None
    assert new_town.verdict(announcement) == "KEY-2"
    new_town.silent = {1}
    new_town.make_key()
    assert new_town.verdict(announcement) == "KEY-2"
    assert new_town.verdict(confirmation) == "KEY-2"
    assert new_town.verdict(new_town.by(1, KeyDeal(0, 0, 1, b""))) == "KEY-2"


@pytest.mark.parametrize("authority", [0, 5, 255])
def test_a_message_of_no_authority_is_refused(new_town: Town, authority: int) -> None:
    new_town.block()
    raw = new_town.by(1, KeyAnnouncement(0, 0, authority, public_point(random_scalar())))
    assert new_town.verdict(raw) == "KEY-2"


def test_a_message_in_anothers_name_is_refused(new_town: Town) -> None:
    new_town.block()
    assert new_town.verdict(new_town.by(1, KeyAnnouncement(0, 0, 2, public_point(random_scalar())))) == "KEY-2"


def test_a_key_that_is_the_identity_is_no_key(new_town: Town) -> None:
    """The chain's own sum refuses it, whatever the proofs said."""
    town = dealing(new_town)
    deal = deal_of(town, 1)
    negative = b"".join(combine([-1], [Point(deal[at : at + 32])]) for at in (0, 32, 64)) + deal[96:]
    with pytest.raises(Exception, match="KEY-1"):
        epoch_key(4, [deal, negative])


def test_two_liars_among_seven_are_excluded_by_one_victim(tmp_path: Path) -> None:
    homes = [home_of("east").metered(FIRST, 900, 0), home_of("roof").metered(FIRST, 0, 800)]
    town = dealing(Town.founded(tmp_path, 7, homes))
    town.silent = {2, 5}
    for liar in (2, 5):
        assert post(town, liar, lying_deal(town, liar, 3, "garbage")) is None
    town.make_key()
    assert (set(town.epoch.excluded), town.epoch.dealers) == ({2, 5}, (1, 3, 4, 6, 7))
    a_key_works(town)


def test_authorities_may_restart_at_every_step(new_town: Town) -> None:
    """Each block finds every authority with nothing but its key file."""
    town = new_town
    for keys in town.keys:
        keys.save()
    for _ in range(12):
        if town.chain.state.epoch is not None and town.epoch.phase == KeyPhase.READY:
            break
        town.tick()
        town.keys = [type(each).open(each._vault.path, "secret") for each in town.keys]
        town.__post_init__()
    assert (town.epoch.attempt, town.epoch.dealers) == (0, (1, 2, 3, 4))
    a_key_works(town)


def test_a_made_key_is_not_made_again_on_another_history(town: Town, new_town: Town) -> None:
    """A chain from the same genesis that starts anew finds every authority silent, and its share where it was."""
    shares = [dict(keys.secrets.epochs) for keys in town.keys]
    assert all(shares)
    other = Town(new_town.chain, town.keys, [])
    for _ in range(town.keys[0].secrets.height - 1):
        other.block()
        assert other.said() == []
    other.block()
    with pytest.raises(Corrupt, match="KEY-4"):
        other.said()
    assert [keys.secrets.epochs for keys in town.keys] == shares


def test_a_share_of_another_history_is_not_used(closed_town: Town) -> None:
    for keys in closed_town.keys:
        keys.secrets.epochs["0"] = random_scalar().hex()
    with pytest.raises(Corrupt, match="KEY-6"):
        closed_town.said()
