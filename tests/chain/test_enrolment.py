"""Who may take part, and who counts (ACCOUNT-1, KEY-5)."""

from __future__ import annotations

import pytest

from openmg.chains.enrolment import MOST_DEPOSIT
from openmg.chains.slot import Phase
from openmg.chains.transactions import Approval, Enrol
from openmg.units import Slot
from tests.chain.town import DEPOSIT, FIRST, Home, Town, home_of, seed


def newcomer(name: str = "newcomer") -> Home:
    return home_of(name)


def test_enrolment_with_three_signatures_is_accepted(town: Town) -> None:
    assert town.verdict(town.enrolment(newcomer())) is None
    assert len(town.chain.state.registry) == 4
    assert town.chain.state.clock.deposits == 4 * 65536 * DEPOSIT


@pytest.mark.parametrize("missing", [0, 1, 2], ids=["utility", "meter", "account"])
def test_enrolment_without_one_of_the_signatures_is_refused(town: Town, missing: int) -> None:
    home = newcomer()
    signers = [seed("utility"), home.meter.secret, home.wallet.account_secret]
    signers[missing] = seed("somebody else")
    assert town.verdict(town.enrolment(home, signers=signers)) == "ACCOUNT-1"
    assert len(town.chain.state.registry) == 3


def test_signatures_in_another_order_are_refused(town: Town) -> None:
    home = newcomer()
    signers = (seed("utility"), home.wallet.account_secret, home.meter.secret)
    assert town.verdict(town.enrolment(home, signers=signers)) == "ACCOUNT-1"


def test_one_account_is_enrolled_once(town: Town) -> None:
    assert town.verdict(town.enrolment(town.homes[0])) == "ACCOUNT-1"
    home, other = town.homes[0], newcomer()
    again = town.signed(
        Enrol(home.account, other.meter.public, DEPOSIT),
        seed("utility"),
        other.meter.secret,
        home.wallet.account_secret,
    )
    assert town.verdict(again) == "ACCOUNT-1"


def test_one_meter_has_one_account(town: Town) -> None:
    home, other = town.homes[0], newcomer()
    second = town.signed(
        Enrol(other.account, home.meter.public, DEPOSIT),
        seed("utility"),
        home.meter.secret,
        other.wallet.account_secret,
    )
    assert town.verdict(second) == "ACCOUNT-1"
    assert town.verdicts(town.enrolment(other), town.enrolment(other)) == [None, "ACCOUNT-1"]


def test_enrolment_on_another_chain_is_refused(new_town: Town, town: Town) -> None:
    other = new_town.changed(name="another town")
    assert town.verdict(other.enrolment(newcomer())) == "ACCOUNT-1"


def test_keys_of_small_order_are_refused(town: Town) -> None:
    """With the identity as a key, R = identity and S = 0 would be a signature of everything."""
    one, lax = (1).to_bytes(32, "little"), (1).to_bytes(32, "little") + bytes(32)
    home = newcomer()
    for account, meter in ((one, home.meter.public), (home.account, one)):
        whole = town.signed(
            Enrol(account, meter, DEPOSIT), seed("utility"), home.meter.secret, home.wallet.account_secret
        )
        forged = whole[:-64] + lax if account == one else whole[:-128] + lax + whole[-64:]
        assert town.verdict(forged) == "ACCOUNT-1"


def test_the_deposit_is_bounded(town: Town) -> None:
    first, second = newcomer(), newcomer("second")
    assert town.verdict(town.enrolment(first, deposit=MOST_DEPOSIT)) is None
    for deposit in (MOST_DEPOSIT + 1, 2**64 - 1):
        assert town.verdict(town.enrolment(second, deposit=deposit)) == "ACCOUNT-1"
    assert town.verdict(town.enrolment(second, deposit=0)) is None


def test_an_approval_counts_once(town: Town) -> None:
    home = newcomer()
    approval = town.by(2, Approval(2, home.account))
    assert town.verdict(approval) == "ACCOUNT-1"
    assert town.verdict(town.enrolment(home)) is None
    assert town.verdict(approval) is None
    assert town.verdict(approval) == "KEY-5"


@pytest.mark.parametrize("authority", [0, 5, 64, 255])
def test_an_approval_by_nobody_is_refused(town: Town, authority: int) -> None:
    assert town.verdict(town.by(1, Approval(authority, town.homes[0].account))) == "KEY-5"


def test_an_approval_in_anothers_name_is_refused(town: Town) -> None:
    home = newcomer()
    assert town.verdict(town.enrolment(home)) is None
    assert town.verdict(town.by(2, Approval(3, home.account))) == "KEY-5"


def joined(town: Town, *, approvals: int, age: int) -> Home:
    """A home that enrols in the first slot, gets some approvals, and reports `age` slots later."""
    home = town.welcome(newcomer())
    town.block(time=town.genesis.starts(FIRST))
    assert town.verdict(town.enrolment(home)) is None
    for authority in range(1, approvals + 1):
        assert town.verdict(town.by(authority, Approval(authority, home.account))) is None
    town.block(time=town.genesis.starts(Slot(FIRST + age)))
    for _ in range(20 * age):
        if town.chain.state.head == FIRST + age:
            break
        town.block(time=town.now + 30)
    town.open_gate(FIRST + age)
    home.metered(FIRST + age, 300, 0)
    assert town.verdict(town.report(home, FIRST + age)) is None
    return home


@pytest.mark.parametrize(
    ("approvals", "age", "counts"), [(3, 6, True), (2, 6, False), (3, 5, False)], ids=["good", "unapproved", "young"]
)
def test_who_counts_toward_the_quorum(town: Town, approvals: int, age: int, counts: bool) -> None:
    joined(town, approvals=approvals, age=age)
    town.close_gate(FIRST + age)
    slot = town.slot(FIRST + age)
    assert (slot.cohort, slot.counted) == (1, int(counts))


def test_reports_that_do_not_count_are_no_quorum(new_town: Town) -> None:
    """Genesis accounts with two approvals of the three that are needed: three reports, yet no market."""
    town = new_town.make_key()
    town.block(*(town.enrolment(home) for home in town.homes))
    town.block(*(town.by(a, Approval(a, home.account)) for a in (1, 2) for home in town.homes))
    town.open_gate()
    assert set(town.verdicts(*(town.report(home, FIRST) for home in town.homes))) == {None}
    town.close_gate()
    assert (town.slot(FIRST).cohort, town.slot(FIRST).counted) == (3, 0)
    assert town.phase(FIRST) == Phase.VOID


def test_accounts_that_do_not_count_do_not_raise_the_quorum(town: Town) -> None:
    """Four strangers report once and fall silent; the three who count still make a market."""
    crowd = [town.welcome(newcomer(f"stranger {number}")) for number in range(4)]
    town.block(time=town.genesis.starts(FIRST))
    town.block(*(town.enrolment(home) for home in crowd))
    for home in town.homes:
        for slot in range(2):
            home.metered(FIRST + slot, 200, 0)
    first = town.live(FIRST, *town.homes)
    assert (first.cohort, first.counted, first.quorum) == (7, 3, 2)
    second = town.live(FIRST + 1, *town.homes[:2])
    assert (second.cohort, second.counted, second.quorum) == (2, 2, 2)
    assert second.phase == Phase.SETTLED
