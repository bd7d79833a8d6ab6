"""When a report is taken: gate, slot, version, checkpoint, signatures (SLOT-3, KEY-3, ACCOUNT-3, MARKET-6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from openmg.chains.slot import NO_EPOCH, Phase
from openmg.chains.transactions import REPORT
from openmg.crypto import GENERATOR, ORDER, Point, combine, read_meter, sign
from openmg.home.household import statement_of
from openmg.machine import signed_message
from openmg.units import Slot
from tests.chain.town import FIRST, SLOT_SECONDS, Home, Town, home_of, seed

SLOT_AT, VERSION_AT, CHECKPOINT_AT, EPOCH_AT, PAIRS_AT = 33, 41, 49, 57, 62
Reports = tuple[bytes, ...]


def resigned(town: Town, home: Home, tx: bytes) -> bytes:
    """A changed report, signed again by the home's account."""
    return tx[:-64] + sign(home.wallet.account_secret, signed_message(town.chain.chain, tx[:-64]))


def edited(town: Town, home: Home, tx: bytes, at: int, new: bytes) -> bytes:
    return resigned(town, home, tx[:at] + new + tx[at + len(new) :])


def test_true_reports_are_accepted(open_town: Town, proved: Reports) -> None:
    assert open_town.verdicts(*proved) == [None, None, None]
    assert open_town.slot(FIRST).cohort == 3
    for home in open_town.homes:
        home.household.check_against(open_town.chain)


def test_a_report_before_its_gate_is_refused(town: Town, proved: Reports) -> None:
    assert town.verdict(proved[0]) == "SLOT-3"
    town.block(time=town.genesis.starts(FIRST))
    assert town.phase(FIRST) == Phase.RUNNING
    assert town.verdict(proved[0]) == "SLOT-3"
    town.block(time=town.genesis.starts(FIRST) + SLOT_SECONDS - 1)
    assert town.verdict(proved[0]) == "SLOT-3"


def test_a_report_in_the_opening_block_is_accepted(town: Town, proved: Reports) -> None:
    assert town.block(proved[0], time=town.genesis.starts(Slot(FIRST + 1))).verdicts == (None,)


def test_a_report_in_the_closing_block_is_refused(open_town: Town, proved: Reports) -> None:
    end = open_town.genesis.starts(Slot(FIRST + 1))
    assert open_town.block(proved[0], time=end + 59).verdicts == (None,)
    [verdict] = open_town.block(proved[1], time=end + 60).verdicts
    assert verdict is not None
    assert verdict.clause == "SLOT-3"
    assert open_town.phase(FIRST) > Phase.OPEN


def test_a_report_after_the_gate_is_refused(closed_town: Town, proved: Reports) -> None:
    assert closed_town.verdict(proved[0]) == "SLOT-3"
    closed_town.finish()
    assert closed_town.verdict(proved[0]) == "SLOT-3"


def test_a_report_for_a_slot_that_never_was_is_refused(open_town: Town, proved: Reports) -> None:
    home = open_town.homes[0]
    for number in (0, FIRST - 1, FIRST + 2, 2**64 - 1):
        assert open_town.verdict(edited(open_town, home, proved[0], SLOT_AT, number.to_bytes(8, "little"))) == "SLOT-3"


def test_a_second_report_for_a_slot_is_refused(open_town: Town, proved: Reports) -> None:
    home = open_town.homes[0]
    assert open_town.verdict(proved[0]) is None
    assert open_town.verdict(proved[0]) == "MARKET-6"
    assert open_town.verdict(open_town.report(home, FIRST)) == "MARKET-6"


def test_of_two_reports_in_one_block_the_first_wins(open_town: Town, proved: Reports) -> None:
    home = open_town.homes[0]
    other = open_town.report(home, FIRST)
    assert open_town.chain.check([proved[0], other]) == [None, None]
    assert open_town.verdicts(proved[0], other) == [None, "MARKET-6"]
    assert open_town.slot(FIRST).cohort == 1
    home.household.check_against(open_town.chain)


def both_gates_open(town: Town) -> None:
    """A halt: two slots end in one block."""
    for home in town.homes:
        home.metered(FIRST + 1, 500, 0)
    town.block(time=town.genesis.starts(Slot(FIRST + 2)))
    assert town.phase(FIRST) == town.phase(FIRST + 1) == Phase.OPEN


def test_two_reports_on_one_version_of_the_balance_are_refused(town: Town) -> None:
    both_gates_open(town)
    first, second = (town.report(town.homes[0], FIRST + later) for later in range(2))
    assert town.chain.check([first, second]) == [None, None]
    assert town.verdicts(first, second) == [None, "ACCOUNT-3"]


def test_two_slots_on_two_versions_are_accepted_in_one_block(town: Town) -> None:
    both_gates_open(town)
    home = town.homes[0]
    first = town.report(home, FIRST)
    ahead = home.household.wallet
    assert town.verdict(first) is None
    second = town.report(home, FIRST + 1)
    assert town.verdict(second) is None
    assert ahead.version == 2
    index = town.chain.state.registry.index_of(home.account)
    assert [locked.slot for locked in town.chain.state.registry[index].locked] == [FIRST, FIRST + 1]


def test_a_version_to_come_is_refused(open_town: Town, proved: Reports) -> None:
    for version in (1, 2**64 - 1):
        tx = edited(open_town, open_town.homes[0], proved[0], VERSION_AT, version.to_bytes(8, "little"))
        assert open_town.verdict(tx) == "ACCOUNT-3"


def test_a_checkpoint_that_is_not_settled_is_refused(open_town: Town, proved: Reports) -> None:
    for checkpoint in (FIRST, FIRST + 1, 2**64 - 1):
        tx = edited(open_town, open_town.homes[0], proved[0], CHECKPOINT_AT, checkpoint.to_bytes(8, "little"))
        assert open_town.verdict(tx) == "ACCOUNT-3"


def test_a_checkpoint_that_goes_back_is_refused(open_town: Town, proved: Reports) -> None:
    for checkpoint in (0, FIRST - 2):
        tx = edited(open_town, open_town.homes[0], proved[0], CHECKPOINT_AT, checkpoint.to_bytes(8, "little"))
        assert open_town.verdict(tx) == "ACCOUNT-3"


def test_a_stranger_is_refused(open_town: Town) -> None:
    stranger = home_of("stranger").metered(FIRST, 100, 0)
    witness = stranger.household.prepare(open_town.chain, FIRST)
    tx = statement_of(open_town.chain, open_town.slot(FIRST)).prove(
        replace(witness, base=open_town.homes[0].wallet.available)
    )
    assert open_town.verdict(tx) == "ACCOUNT-1"


def test_a_report_is_refused_on_another_chain(new_town: Town, open_town: Town, proved: Reports) -> None:
    """The meter's message names the chain, so that even its own account cannot bring a report along."""
    other = new_town.changed(name="another town").make_key().enrol().open_gate()
    assert other.chain.chain != open_town.chain.chain
    assert other.verdict(resigned(other, other.homes[0], proved[0])) == "MARKET-1"
    elsewhere = resigned(other, open_town.homes[0], proved[0])
    assert open_town.verdict(elsewhere) == "ACCOUNT-8"
    assert open_town.verdict(proved[0]) is None


def test_a_report_is_refused_in_another_slot(town: Town, proved: Reports) -> None:
    both_gates_open(town)
    tx = edited(town, town.homes[0], proved[0], SLOT_AT, int(FIRST + 1).to_bytes(8, "little"))
    assert town.verdict(proved[0]) is None
    assert town.verdict(edited(town, town.homes[0], tx, VERSION_AT, (1).to_bytes(8, "little"))) == "MARKET-1"


def test_a_report_is_refused_for_another_account(open_town: Town, proved: Reports) -> None:
    thief = open_town.homes[1]
    stolen = resigned(open_town, thief, proved[0][:1] + thief.account + proved[0][33:])
    assert open_town.verdict(stolen) == "MARKET-1"


def test_a_report_is_refused_in_another_epoch(open_town: Town, proved: Reports) -> None:
    for epoch in (1, NO_EPOCH):
        tx = edited(open_town, open_town.homes[0], proved[0], EPOCH_AT, epoch.to_bytes(4, "little"))
        assert open_town.verdict(tx) == "KEY-3"


def test_a_slot_without_a_key_takes_no_report(new_town: Town, proved: Reports) -> None:
    new_town.silent = {1, 2, 3, 4}
    new_town.enrol().open_gate()
    assert new_town.slot(FIRST).epoch == NO_EPOCH
    home = new_town.homes[0]
    for epoch in (0, NO_EPOCH):
        tx = edited(new_town, home, proved[0], EPOCH_AT, epoch.to_bytes(4, "little"))
        assert [verdict and verdict.clause for verdict in new_town.chain.check([tx])] == ["KEY-3"]
        assert new_town.verdict(tx) == "KEY-3"


def test_a_report_under_another_ladder_is_refused(open_town: Town) -> None:
    home = open_town.homes[0]
    witness = home.household.prepare(open_town.chain, FIRST)
    genesis, key = open_town.genesis, open_town.epoch.key
    for levels, fee in (((120_000, 150_000, 200_001), genesis.fee), (genesis.ladder.levels, genesis.fee + 1)):
        statement = type(statement_of(open_town.chain, open_town.slot(FIRST)))(genesis.chain, key, levels, fee)
        assert open_town.verdict(statement.prove(witness)) == "MARKET-4"


def test_a_ladder_of_other_length_is_refused(open_town: Town) -> None:
    witness = open_town.homes[0].household.prepare(open_town.chain, FIRST)
    statement = type(statement_of(open_town.chain, open_town.slot(FIRST)))(
        open_town.genesis.chain, open_town.epoch.key, (120_000, 200_000), open_town.genesis.fee
    )
    tx = statement.prove(replace(witness, buy=witness.buy[:2], sell=witness.sell[:2]))
    assert open_town.verdict(tx) == "MARKET-3"


def test_a_flipped_memo_byte_is_refused(open_town: Town, proved: Reports) -> None:
    at = len(proved[0]) - 70
    assert open_town.verdict(proved[0][:at] + bytes([proved[0][at] ^ 1]) + proved[0][at + 1 :]) == "ACCOUNT-8"
    assert open_town.verdict(proved[0]) is None


@pytest.mark.parametrize("of", ["H + (d/r)·G", "another key", "another meter", "another slot"])
def test_a_meter_that_signed_something_else_is_refused(open_town: Town, of: str) -> None:
    home, chain, key = open_town.homes[0], open_town.chain.chain, open_town.epoch.key
    handed = {"H + (d/r)·G": combine([1, 40], [key, GENERATOR]), "another key": GENERATOR}.get(of, key)
    secret = seed("another meter") if of == "another meter" else home.meter.secret
    slot = FIRST + 1 if of == "another slot" else FIRST
    reading = read_meter(secret, chain, home.account, slot, Point(handed), 900, 0)
    witness = replace(home.household.prepare(open_town.chain, FIRST), reading=reading)
    assert open_town.verdict(statement_of(open_town.chain, open_town.slot(FIRST)).prove(witness)) == "MARKET-1"


def test_what_is_no_report_is_refused(open_town: Town, proved: Reports) -> None:
    home, tx = open_town.homes[0], proved[0]
    unreduced = (2**255 - 19 + 4).to_bytes(32, "little")
    z_at = PAIRS_AT + 64 * 8 + 128 + 64 + 96
    beyond_q = int.from_bytes(tx[z_at : z_at + 32], "little") + ORDER
    wrong = {
        "identity R": edited(open_town, home, tx, PAIRS_AT, bytes(32)),
        "identity C": edited(open_town, home, tx, PAIRS_AT + 32, bytes(32)),
        "identity limb": edited(open_town, home, tx, PAIRS_AT + 64 * 8, bytes(32)),
        "repeated R": edited(open_town, home, tx, PAIRS_AT + 64, tx[PAIRS_AT : PAIRS_AT + 32]),
        "non-canonical point": edited(open_town, home, tx, PAIRS_AT, unreduced),
        "scalar beyond q": edited(open_town, home, tx, z_at, beyond_q.to_bytes(32, "little")),
        "trailing byte": resigned(open_town, home, tx[:-64] + b"\0" + tx[-64:]),
        "two bases": edited(open_town, home, tx, PAIRS_AT - 1, b"\2"),
        "no bases": edited(open_town, home, tx, PAIRS_AT - 1, b"\0"),
        "only a head": resigned(open_town, home, tx[:61] + bytes(64)),
    }
    clauses = {name: open_town.verdict(each) for name, each in wrong.items()}
    assert clauses == dict.fromkeys(wrong, "MARKET-3")
    assert open_town.verdict(bytes([REPORT])) == "MARKET-3"
    assert open_town.verdict(tx[:60]) == "MARKET-3"
    assert open_town.verdict(tx) is None
