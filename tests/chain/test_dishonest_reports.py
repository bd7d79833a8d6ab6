"""Homes that lie in their reports: the wallet does not help them, and the chain finds out (MARKET-4, MARKET-5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from openmg.crypto import GENERATOR, Point, Witness, combine
from openmg.errors import Rejected
from openmg.home.household import statement_of
from tests.chain.test_reports import PAIRS_AT, edited
from tests.chain.town import DEPOSIT, FIRST, Home, Town
from tests.reference import draft, group, pair
from tests.reference.draft import Draft, Said
from tests.reference.group import P
from tests.reference.hashing import Dice
from tests.reference.report import Statement

HONEST = Said((900, 0), (900, 640, 25), (0, 0, 0), 0)
Change = Callable[[Draft, Statement], Draft]


def statement(town: Town) -> Statement:
    genesis = town.genesis
    return Statement(genesis.chain, (group.decode(town.epoch.key),), tuple(genesis.ladder.levels), genesis.fee)


def forged(town: Town, home: Home, said: Said, change: Change = lambda made, _: made) -> bytes:
    """What a prover that believes everything says of the home's balance as it is on the chain."""
    common, dice = statement(town), Dice("forged")
    liar = draft.Home(home.wallet.seed, home.meter.secret)
    said = replace(said, headroom=65536 * DEPOSIT - common.rate * said.buy[0])
    rho, signed = pair.meter_sign(
        liar.meter, common.chain, liar.account, FIRST, common.keys[0], said.reading, dice.bytes()
    )
    numbers = (home.wallet.version, town.chain.state.head - 1, 0)
    made = draft.draft(common, liar, said, FIRST, numbers, rho, signed, dice)
    base = group.decode(town.chain.state.registry[0].available)
    return draft.prove(common, change(replace(made, base=base, base_blindings=(0,)), common), dice)


def on_wire(*places: int, altered: Callable[[list[pair.Pair]], list[pair.Pair]]) -> Change:
    """Other pairs on the wire than those that the prover knows."""

    def change(made: Draft, common: Statement) -> Draft:
        points = [pair.pair(secret, common.keys[0]) for secret in made.pairs]
        for place, point in zip(places, altered([points[place] for place in places]), strict=True):
            points[place] = point
        return replace(made, points=tuple(points))

    return change


@pytest.mark.long
def test_a_true_report_of_the_slow_prover_is_accepted(open_town: Town) -> None:
    home = open_town.homes[0]
    assert open_town.verdict(forged(open_town, home, HONEST)) is None
    home.household.check_against(open_town.chain)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(replace(HONEST, buy=(901, 640, 25)), id="b_1 = i + 1"),
        pytest.param(replace(HONEST, buy=(640, 641, 25)), id="b_2 = b_1 + 1", marks=pytest.mark.long),
        pytest.param(replace(HONEST, reading=(2**16, 0)), id="i = 2^16", marks=pytest.mark.long),
        pytest.param(replace(HONEST, sell=(0, 0, 1)), id="s_K = e + 1", marks=pytest.mark.long),
        pytest.param(
            replace(HONEST, reading=(2**15, 0), buy=(2**15 - 1, 0, 0)), id="honest and rich", marks=pytest.mark.long
        ),
    ],
)
def test_a_ladder_beyond_its_bounds_is_refused(open_town: Town, said: Said, request: pytest.FixtureRequest) -> None:
    expected = None if "honest" in request.node.name else "MARKET-5"
    assert open_town.verdict(forged(open_town, open_town.homes[0], said)) == expected


@pytest.mark.long
def test_a_headroom_below_zero_is_refused(new_town: Town) -> None:
    """A deposit one µKRW short of the collateral."""
    town = new_town.make_key()
    home = town.homes[0]
    rate = town.genesis.collateral_rate
    town.block(town.enrolment(home, deposit=900 * rate // 65536 - 1), *map(town.enrolment, town.homes[1:]))
    town.tick()
    town.open_gate()
    common, dice = statement(town), Dice("poor")
    liar = draft.Home(home.wallet.seed, home.meter.secret)
    rho, signed = pair.meter_sign(liar.meter, common.chain, liar.account, FIRST, common.keys[0], (900, 0), dice.bytes())
    made = draft.draft(common, liar, replace(HONEST, headroom=-65536), FIRST, (0, FIRST - 1, 0), rho, signed, dice)
    base = group.decode(town.chain.state.registry[0].available)
    tx = draft.prove(common, replace(made, base=base, base_blindings=(0,)), dice)
    assert town.verdict(tx) == "MARKET-5"
    with pytest.raises(Rejected, match="MARKET-5"):
        town.report(home, FIRST)


@pytest.mark.long
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(on_wire(1, altered=lambda one: [(one[0][0] + P, one[0][1])]), id="one R altered"),
        pytest.param(
            on_wire(0, 1, altered=lambda two: [(two[1][0], two[0][1]), (two[0][0], two[1][1])]), id="two R swapped"
        ),
        pytest.param(
            on_wire(0, 1, altered=lambda two: [(two[0][0] + P, two[0][1]), (two[1][0] - P, two[1][1])]),
            id="two R shifted oppositely",
        ),
        pytest.param(on_wire(2, altered=lambda one: [(one[0][0] + 5 * group.G, one[0][1])]), id="an R hides G"),
    ],
)
def test_an_r_that_is_not_its_pairs_is_refused(open_town: Town, change: Change) -> None:
    assert open_town.verdict(forged(open_town, open_town.homes[0], HONEST, change)) == "MARKET-4"


def test_altered_swapped_and_shifted_points_are_refused(open_town: Town, proved: tuple[bytes, ...]) -> None:
    """The same changes on a finished report."""
    home, tx = open_town.homes[0], proved[0]
    first, second = (Point(tx[at : at + 32]) for at in (PAIRS_AT, PAIRS_AT + 64))
    up, down = (combine([1, sign], [each, GENERATOR]) for sign, each in ((1, first), (-1, second)))
    shifted = edited(open_town, home, edited(open_town, home, tx, PAIRS_AT, up), PAIRS_AT + 64, down)
    swapped = edited(open_town, home, edited(open_town, home, tx, PAIRS_AT, second), PAIRS_AT + 64, first)
    altered = edited(open_town, home, tx, PAIRS_AT, up)
    committed = edited(open_town, home, tx, PAIRS_AT + 32, combine([1, 1], [Point(tx[94:126]), GENERATOR]))
    wrong = (shifted, swapped, altered, committed)
    assert open_town.verdicts(*wrong) == ["MARKET-4"] * 4
    assert open_town.verdicts(wrong[0], proved[1], wrong[1], proved[0], proved[2]) == [
        "MARKET-4", None, "MARKET-4", None, None,
    ]  # fmt: skip


def witness_of(town: Town) -> Witness:
    return town.homes[0].household.prepare(town.chain, FIRST)


@pytest.mark.parametrize(
    ("buy", "sell"),
    [((640, 641, 25), (0, 0, 0)), ((901, 640, 25), (0, 0, 0)), ((900, 0, 0), (0, 0, 1)), ((900, 0, 0), (1, 0, 0))],
)
def test_the_wallets_prover_refuses_a_ladder_beyond_its_bounds(
    open_town: Town, buy: tuple[int, ...], sell: tuple[int, ...]
) -> None:
    common = statement_of(open_town.chain, open_town.slot(FIRST))
    with pytest.raises(Rejected, match="MARKET-5"):
        common.prove(replace(witness_of(open_town), buy=buy, sell=sell))


@pytest.mark.parametrize("short", [0, 1])
def test_the_wallets_prover_refuses_a_headroom_below_zero(open_town: Town, short: int) -> None:
    witness = replace(witness_of(open_town), buy=(900, 0, 0), sell=(0, 0, 0))
    locked = open_town.genesis.collateral_rate * 900
    poor = replace(witness, base=replace(witness.base, value=locked - short))
    common = statement_of(open_town.chain, open_town.slot(FIRST))
    if short:
        with pytest.raises(Rejected, match="MARKET-5"):
            common.prove(poor)
    else:
        assert open_town.verdict(common.prove(poor)) == "MARKET-4", "a true proof of another balance"


def test_the_meter_signs_no_reading_of_2_to_the_16(open_town: Town) -> None:
    home = open_town.homes[0]
    for reading in ((2**16, 0), (0, 2**16)):
        home.metered(FIRST, *reading)
        with pytest.raises(Exception, match=r"MARKET-1|65535"):
            home.household.prepare(open_town.chain, FIRST)
