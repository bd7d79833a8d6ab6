"""What authorities may open, and how the chain checks it (KEY-4, KEY-5, KEY-6)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from openmg.authority import Authority
from openmg.chains.openings import Step, opened_point, steps
from openmg.chains.slot import Phase
from openmg.chains.transactions import DecryptionShare, OpeningClaim, Subject
from openmg.crypto import DiscreteLog, check_opening, make_share, random_scalar, remainder
from openmg.errors import BadInput, Corrupt, Rejected
from tests.chain.town import FIRST, Town


def step_of(town: Town) -> Step:
    [step] = steps(town.chain.state)
    return step


def secret_of(town: Town, authority: int) -> bytes:
    return bytes.fromhex(town.keys[authority - 1].secrets.epochs["0"])


def share(town: Town, authority: int, step: Step | None = None, *, secret: bytes = b"", signer: int = 0) -> bytes:
    """An authority's share of a step, true unless another secret or another step is given."""
    step = step or step_of(town)
    points = make_share(
        town.chain.chain, step.subject.epoch, step.subject.encode(), secret or secret_of(town, authority), step.sums
    )
    names = tuple(name for name, _ in step.sums)
    return town.by(signer or authority, DecryptionShare(authority, step.subject, names, points))


def shared(town: Town, authorities: int) -> Step:
    """The first authorities' shares of the newest step are on the chain."""
    step = step_of(town)
    assert set(town.verdicts(*(share(town, each) for each in range(1, authorities + 1)))) == {None}
    return step


def true_value(town: Town, step: Step, name: bytes) -> int:
    value = DiscreteLog().solve(opened_point(town.chain.state, step, name), step.bound(name))
    assert value is not None
    return value


def test_authorities_open_and_settle_a_slot(closed_town: Town) -> None:
    slot = closed_town.finish()
    assert slot.phase == Phase.SETTLED
    assert slot.board.shares == ()
    for home in closed_town.homes:
        home.household.check_against(closed_town.chain)


def test_one_silent_authority_stops_nothing(closed_town: Town) -> None:
    closed_town.silent = {2}
    assert closed_town.finish().phase == Phase.SETTLED


def test_two_silent_authorities_of_four_open_nothing(closed_town: Town) -> None:
    closed_town.silent = {2, 3}
    slot = closed_town.finish()
    assert slot.phase == Phase.VOID
    assert slot.board.opened == ()


@pytest.mark.parametrize("functional", [b"D\x01", b"D\x03", b"B\x02", b"I\x00", b"S\x02", b"D\x00", b"D\xff"])
def test_a_share_off_the_path_is_refused(closed_town: Town, functional: bytes) -> None:
    step = step_of(closed_town)
    [(name, pair)] = step.sums
    assert name == b"D\x02"
    other = replace(step, sums=((functional, pair),))
    assert closed_town.verdict(share(closed_town, 1, other)) == "KEY-4"


def test_shares_for_more_or_fewer_sums_than_the_steps_are_refused(closed_town: Town) -> None:
    step = step_of(closed_town)
    more = replace(step, sums=(*step.sums, (b"D\x01", closed_town.slot(FIRST).sums.demand(1))))
    assert closed_town.verdict(share(closed_town, 1, more)) == "KEY-4"
    none = DecryptionShare(1, step.subject, (), bytes(96))
    assert closed_town.verdict(closed_town.by(1, none)) == "KEY-4"
    many = DecryptionShare(1, step.subject, (b"D\x02",) * 255, bytes(32 * 258))
    assert closed_town.verdict(closed_town.by(1, many)) == "KEY-4"


@pytest.mark.parametrize(
    "subject",
    [
        Subject(Subject.SLOT, FIRST + 1, 0),
        Subject(Subject.SLOT, FIRST, 1),
        Subject(Subject.DAY, FIRST, 0),
        Subject(255, FIRST, 0),
        Subject(Subject.SLOT, 2**64 - 1, 2**32 - 1),
    ],
    ids=str,
)
def test_a_share_for_another_subject_is_refused(closed_town: Town, subject: Subject) -> None:
    assert closed_town.verdict(share(closed_town, 1, replace(step_of(closed_town), subject=subject))) == "KEY-4"


def test_a_share_before_the_gate_has_closed_is_refused(open_town: Town, closed_town: Town) -> None:
    early = share(closed_town, 1)
    assert open_town.verdict(early) == "KEY-4"


def test_a_share_below_quorum_is_refused_and_nothing_opens(open_town: Town, proved: tuple[bytes, ...]) -> None:
    open_town.block(proved[0])
    open_town.close_gate()
    assert open_town.phase(FIRST) == Phase.VOID
    assert steps(open_town.chain.state) == []
    subject, pair = Subject(Subject.SLOT, FIRST, 0), open_town.slot(FIRST).sums.demand(2)
    step = Step(subject, ((b"D\x02", pair),), open_town.slot(FIRST).board, 1, bytes(32))
    assert open_town.verdict(share(open_town, 1, step)) == "KEY-4"
    assert open_town.said() == []


def test_a_share_with_another_authoritys_key_is_refused(closed_town: Town) -> None:
    assert closed_town.verdict(share(closed_town, 1, secret=secret_of(closed_town, 2))) == "KEY-6"
    assert closed_town.verdict(share(closed_town, 1, secret=random_scalar())) == "KEY-6"
    assert closed_town.verdict(share(closed_town, 1)) is None


def test_a_share_of_another_sum_is_refused(closed_town: Town) -> None:
    step = step_of(closed_town)
    other = replace(step, sums=((step.sums[0][0], closed_town.slot(FIRST).sums.demand(1)),))
    assert closed_town.verdict(share(closed_town, 1, other)) == "KEY-6"


def test_a_share_by_a_stranger_is_refused(closed_town: Town) -> None:
    assert closed_town.verdict(share(closed_town, 1, signer=2)) == "KEY-6"
    for authority in (0, 5, 255):
        step = step_of(closed_town)
        forged = DecryptionShare(authority, step.subject, (step.sums[0][0],), bytes(128))
        assert closed_town.verdict(closed_town.by(1, forged)) == "KEY-6"


def test_a_second_share_is_refused(closed_town: Town) -> None:
    assert closed_town.verdict(share(closed_town, 1)) is None
    assert closed_town.verdict(share(closed_town, 1)) == "KEY-6"


def test_an_opening_below_t_shares_is_refused(closed_town: Town) -> None:
    step = shared(closed_town, 2)
    for value in (0, 1, 340):
        assert closed_town.verdict(OpeningClaim(step.subject, step.sums[0][0], value).encode()) == "KEY-6"


def test_t_minus_one_shares_open_nothing(closed_town: Town) -> None:
    step = shared(closed_town, 2)
    [(name, pair)] = step.sums
    held = steps(closed_town.chain.state)[0].board.shares_of(name)
    assert len(held) == closed_town.genesis.threshold - 1
    point = remainder(pair, held)
    assert DiscreteLog().solve(point, step.bound(name)) is None
    with pytest.raises(Rejected, match="KEY-6"):
        opened_point(closed_town.chain.state, step_of(closed_town), name)


def test_any_t_shares_open_the_same(closed_town: Town) -> None:
    step = shared(closed_town, 4)
    [(name, pair)] = step.sums
    held = step_of(closed_town).board.shares_of(name)
    value = true_value(closed_town, step_of(closed_town), name)
    for left_out in range(1, 5):
        check_opening(remainder(pair, {each: point for each, point in held.items() if each != left_out}), value)


def test_an_opening_with_a_wrong_value_is_refused(closed_town: Town) -> None:
    step = shared(closed_town, 3)
    name = step.sums[0][0]
    value = true_value(closed_town, step_of(closed_town), name)
    for wrong in (value + 1, value - 1, -value):
        assert closed_town.verdict(OpeningClaim(step.subject, name, wrong).encode()) == "KEY-6"
    assert closed_town.verdict(OpeningClaim(step.subject, name, value).encode()) is None


@pytest.mark.parametrize("value", [3 * 65535 + 1, -3 * 65535 - 1, 2**127 - 1, -(2**127)])
def test_an_opening_out_of_range_is_refused(closed_town: Town, value: int) -> None:
    step = shared(closed_town, 3)
    assert closed_town.verdict(OpeningClaim(step.subject, step.sums[0][0], value).encode()) == "KEY-6"


@pytest.mark.parametrize("functional", [b"D\x01", b"B\x02", b"I\x00", b"\xff\xff"])
def test_an_opening_off_the_path_is_refused(closed_town: Town, functional: bytes) -> None:
    step = shared(closed_town, 3)
    assert closed_town.verdict(OpeningClaim(step.subject, functional, 0).encode()) == "KEY-4"


def test_an_opening_twice_is_refused(closed_town: Town) -> None:
    step = shared(closed_town, 3)
    name = step.sums[0][0]
    claim = OpeningClaim(step.subject, name, true_value(closed_town, step_of(closed_town), name)).encode()
    assert closed_town.verdict(claim) is None
    assert closed_town.verdict(claim) == "KEY-4"


def test_an_authority_emits_no_share_for_a_second_cohort(
    open_town: Town, closed_town: Town, proved: tuple[bytes, ...]
) -> None:
    """A fork hides one report: who has emitted for the first cohort says nothing about the second."""
    before = closed_town.said()
    assert len(before) == 4
    fork = open_town
    fork.block(*proved[:2])
    fork.close_gate()
    for mine, theirs in zip(fork.keys, closed_town.keys, strict=True):
        mine.secrets.emitted = dict(theirs.secrets.emitted)
    assert step_of(fork).subject == step_of(closed_town).subject
    assert step_of(fork).sums != step_of(closed_town).sums
    assert fork.said() == []
    assert len(closed_town.said()) == 4


def test_what_an_authority_emitted_is_on_disk_first(closed_town: Town) -> None:
    closed_town.said()
    keys = closed_town.keys[0]
    reopened = type(keys).open(keys._vault.path, "secret")
    [entry] = reopened.secrets.emitted
    assert bytes.fromhex(entry) == step_of(closed_town).subject.encode()
    assert reopened.secrets.emitted[entry] == step_of(closed_town).cohort.hex()


def test_an_authority_answers_no_other_history_than_the_one_it_answered(
    open_town: Town, closed_town: Town, proved: tuple[bytes, ...]
) -> None:
    """The fork has one report less; the key file remembers after which block it posted."""
    assert len(closed_town.said()) == 4
    fork = open_town
    fork.block(*proved[:2])
    fork.close_gate()
    assert fork.chain.state.clock.height == closed_town.chain.state.clock.height
    for mine, theirs in zip(fork.keys, closed_town.keys, strict=True):
        mine.secrets = theirs.secrets
    with pytest.raises(Corrupt, match="KEY-4"):
        fork.said()
    fork.block()
    assert fork.said() == []


def test_a_key_file_serves_one_chain(settled_in: Town, founded: Town, tmp_path: Path) -> None:
    keys = settled_in.copied(tmp_path).keys[0]
    other = founded.changed(name="another town")
    with pytest.raises(BadInput, match="another chain"):
        Authority(other.chain, keys)
