"""A household on a real network: what it reports is proved, once a slot, through refusals, losses and deaths."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from openmg.chains import RelayChain
from openmg.chains.transactions import REPORT, Report
from openmg.crypto import Opening
from openmg.errors import BadInput, Corrupt
from openmg.home import Household, Wallet
from openmg.home.gateway import Gateway
from openmg.home.household import statement
from openmg.home.wallet_file import WalletFile
from openmg.machine import transaction_id
from openmg.units import Slot
from tests.chain.cometbft import silent
from tests.chain.street import Street, acknowledge, fresh_gate, street, until

CALLS = 10_000
"""Calls of functions that making and sending a report takes, roughly."""
HOMES = ("first", "second", "third", "doomed", "copied")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with street(tmp_path_factory.mktemp("street"), authorities=2) as made:
        made.settle_in(*HOMES)
        yield made


def replayed(gateway: Gateway, seed: bytes, height: int) -> Wallet:
    """A wallet that executes every verified block up to a height, as a node would."""
    chain, wallet = RelayChain(gateway.genesis), Wallet(seed)
    for block in gateway.view.blocks(1):
        wallet.follow(block, chain.execute(block), chain)
        if block.height >= height:
            break
    return wallet


def own_reports(gateway: Gateway, slot: Slot) -> list[bytes]:
    """All reports of the account for a slot that any block holds, accepted or not."""
    found = []
    newest = gateway.view.advance().height
    for block in gateway.view.blocks(1):
        reports = [Report.parse(raw) for raw in block.transactions if raw[0] == REPORT]
        account = gateway.household.wallet.account
        found += [each.raw for each in reports if (each.account, each.slot) == (account, slot)]
        if block.height >= newest - 1:
            break
    return found


def settled(gateway: Gateway, slot: Slot) -> bool:
    gateway.catch_up()
    return any(trade.slot == slot for trade in gateway.household.wallet.trades)


def test_two_homes_trade_and_their_wallets_are_those_of_a_node(live: Street) -> None:
    with live.gateway("first") as (first, nodes), live.gateway("second") as (second, others):
        slot = fresh_gate(first, nodes)
        assert not first.acknowledged(slot)
        sent = first.report(slot)
        assert sent is not None
        assert sent.taken
        acknowledge(first, nodes, slot)
        acknowledge(second, others, slot)
        assert first.report(slot) is None
        [raw] = own_reports(first, slot)
        assert sent.identity == transaction_id(raw)
        until(nodes, lambda: settled(first, slot) and settled(second, slot))
        for gateway in (first, second):
            wallet = gateway.household.wallet
            assert replayed(gateway, wallet.seed, wallet.height) == wallet
            gateway.check()
        [(month, sums)] = first.household.wallet.months.items()
        first.household.wallet.months[month] = replace(sums, cost=sums.cost + Opening(1, 0))
        with pytest.raises(Corrupt, match=f"cost of month {month}"):
            first.check()
        seed = first.household.wallet.seed
    with live.gateway("first") as (again, _):
        assert again.household.wallet.seed == seed
        assert again.acknowledged(slot)


def test_a_lost_answer_and_a_silent_node_lose_nothing(live: Street) -> None:
    with silent() as nobody:
        with live.gateway("first", [nobody, *live.urls]) as (gateway, nodes):
            slot = fresh_gate(gateway, nodes)
            raw = gateway.prepare(slot)
            # The household ends here, its report sent and its answer never read.
        with live.gateway("first", [nobody, *live.urls]) as (gateway, nodes):
            assert raw is not None
            assert gateway.household.wallet.outbox == {slot: raw}
            assert gateway.prepare(slot) == raw
            nodes.submit([raw])
            until(nodes, lambda: gateway.acknowledged(slot))
            assert own_reports(gateway, slot) == [raw]


def test_a_report_that_was_never_sent_is_dropped_after_its_gate(live: Street) -> None:
    with live.gateway("second") as (gateway, nodes):
        slot = fresh_gate(gateway, nodes)
        assert gateway.prepare(slot) is not None

        def dropped() -> bool:
            gateway.catch_up()
            return not gateway.household.wallet.outbox

        until(nodes, dropped)
        assert not gateway.acknowledged(slot)
        with pytest.raises(BadInput, match=f"the gate of slot {slot} is not open"):
            gateway.report(slot)
        following = fresh_gate(gateway, nodes)
        acknowledge(gateway, nodes, following)
        assert own_reports(gateway, slot) == []


def test_while_one_report_waits_no_other_is_made(live: Street) -> None:
    with live.gateway("third") as (gateway, nodes):
        slot = fresh_gate(gateway, nodes)
        raw = gateway.prepare(slot)
        following = fresh_gate(gateway, nodes)
        while following == slot:
            following = fresh_gate(gateway, nodes)
        assert gateway.prepare(following) == raw
        with pytest.raises(BadInput, match="a report waits"):
            gateway.check()
        acknowledge(gateway, nodes, following)
        assert own_reports(gateway, slot) == [raw]
        assert len(own_reports(gateway, following)) == 1


def test_of_two_reports_from_one_balance_the_refused_one_is_made_anew(live: Street) -> None:
    """As no gateway makes them: both pass the check, and the chain takes one."""
    with live.gateway("third") as (gateway, nodes):
        first = fresh_gate(gateway, nodes)
        early = gateway.prepare(first)
        assert early is not None
        household, kept = gateway.household, gateway.household.wallet
        gateway._keep(replace(kept, outbox={}))
        second = fresh_gate(gateway, nodes)
        while second == first:
            second = fresh_gate(gateway, nodes)
        late = gateway.prepare(second)
        assert late is not None
        assert Report.parse(early).version == Report.parse(late).version
        gateway._keep(replace(kept, outbox={first: early, second: late}))
        nodes.submit([early, late])
        acknowledge(gateway, nodes, first)
        refused = gateway._send(another(replace(household, wallet=kept), gateway, second))
        assert not refused.taken
        assert re.match("ACCOUNT-3|MARKET-6", refused.says)
        acknowledge(gateway, nodes, second)
        assert not gateway.household.wallet.outbox
        assert len({*own_reports(gateway, first), *own_reports(gateway, second), early, late}) == 3
        wallet = gateway.household.wallet
        assert wallet.version == kept.version + 2
        assert replayed(gateway, wallet.seed, wallet.height) == wallet


def another(household: Household, gateway: Gateway, number: Slot) -> bytes:
    """One more report from a balance that was spent since."""
    slot, epoch = gateway.view.slot(number), gateway.view.epoch(0)
    assert slot is not None
    assert epoch is not None
    witness = household.witness(gateway.genesis, slot, epoch.key, household.wallet.checkpoint)
    return statement(gateway.genesis, epoch.key).prove(witness)


def test_a_copy_of_the_wallet_is_noticed(live: Street) -> None:
    with live.gateway("copied") as (gateway, nodes):
        slot = fresh_gate(gateway, nodes)
        shutil.copy(live.wallet("copied"), live.folder / "kept")
        acknowledge(gateway, nodes, slot)
    shutil.copy(live.folder / "kept", live.wallet("copied"))
    with live.gateway("copied") as (gateway, nodes), pytest.raises(Corrupt, match="another copy of the wallet"):
        until(nodes, lambda: gateway.catch_up() is not None)


def test_deaths_at_random_points_leave_one_report(live: Street) -> None:
    seeded = random.Random(20_260_203)
    path, document = live.wallet("doomed"), live.network.genesis
    command = [sys.executable, "-m", "tests.chain.doomed_gateway"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def live_until(slot: Slot, point: int) -> int:
            assert process.stdin is not None
            assert process.stdout is not None
            print(path, document, slot, point, *live.urls, file=process.stdin, flush=True)
            return int(process.stdout.readline())

        deaths, everything = 0, set[bytes]()
        for _ in range(4):
            with live.gateway("doomed") as (gateway, nodes):
                slot = fresh_gate(gateway, nodes)
            made: set[bytes] = set()
            for _ in range(4):
                ended = live_until(slot, seeded.randrange(1, CALLS))
                assert ended in {0, -9}
                deaths += ended == -9
                file = WalletFile.open(path, "secret")
                made |= set(file.wallet.outbox.values())
                file.close()
            assert live_until(slot, 0) == 0
            with live.gateway("doomed") as (gateway, nodes):
                assert gateway.acknowledged(slot)
                [raw] = own_reports(gateway, slot)
                assert made <= {raw}
            everything |= made
        assert deaths > 4, "the points lie too late"
        assert everything, "the points lie too early"
        process.stdin.close()
