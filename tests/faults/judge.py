"""What must hold after every fault: judged from the blocks alone, which are replayed from the first one on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from openmg.authority import AuthorityKeys
from openmg.chains import Block, Genesis, RelayChain
from openmg.chains.day import DayPhase
from openmg.chains.openings import Step, steps
from openmg.chains.slot import Phase
from openmg.chains.transactions import DecryptionShare, Report, decode
from openmg.client.node import Node
from openmg.client.nodes import Nodes
from openmg.client.view import ChainView
from openmg.crypto import check_share
from openmg.errors import Rejected
from openmg.home import Wallet
from openmg.units import ONE, Slot
from tests.faults.network import Alliance, Station, until
from tests.faults.people import DEPOSIT, People

_SHARE: Final = bytes([DecryptionShare.kind])


@dataclass
class History:
    """A chain that was replayed: what it took, and what it let be opened, block by block."""

    chain: RelayChain
    roots: list[bytes] = field(default_factory=list)
    """After each block, the state before the first one in front."""
    accepted: Counter[bytes] = field(default_factory=Counter)
    shares: list[tuple[int, bytes, Rejected | None]] = field(default_factory=list)
    """(height, transaction, verdict) of all decryption shares in blocks."""
    allowed: dict[tuple[bytes, tuple[bytes, ...]], tuple[int, Step]] = field(default_factory=dict)
    """By subject and sums: after which block they could first be opened, and the step."""
    cohorts: dict[bytes, bytes] = field(default_factory=dict)

    def live(self, block: Block, homes: Sequence[tuple[Wallet, str]]) -> None:
        """Execute a block: refused unless it builds on this very state."""
        outcome = self.chain.execute(block)
        self.roots.append(outcome.root)
        for raw, verdict in zip(block.transactions, outcome.verdicts, strict=True):
            if verdict is None:
                self.accepted[raw] += 1
            if raw[:1] == _SHARE:
                self.shares.append((block.height, raw, verdict))
        for step in steps(self.chain.state):
            subject, names = step.subject.encode(), tuple(name for name, _ in step.sums)
            self.allowed.setdefault((subject, names), (block.height, step))
            assert self.cohorts.setdefault(subject, step.cohort) == step.cohort, "the chain opened a second cohort"
        for wallet, _ in homes:
            wallet.follow(block, outcome, self.chain)

    def ended(self, phase: Phase) -> list[Slot]:
        """The slots that ended so."""
        return [slot.slot for slot in self.chain.state.slots if slot.phase == phase]


@dataclass(frozen=True)
class Judgement:
    """What was found, for the line that a test prints."""

    history: History
    blocks: int
    reports: int

    @property
    def settled(self) -> int:
        return len(self.history.ended(Phase.SETTLED))

    def __str__(self) -> str:
        void, shares = len(self.history.ended(Phase.VOID)), len(self.history.shares)
        return (
            f"{self.blocks} blocks, {self.settled} slots settled, {void} void, {self.reports} reports acknowledged, "
            f"{shares} shares"
        )


def judge(alliance: Alliance, people: People, byzantine: Collection[int] = ()) -> Judgement:
    """All checks; the shares of authorities in `byzantine` are their own matter."""
    acknowledged, seen = people.acknowledged, dict(people.seen)
    least = max([people.settled_height, *seen])
    emitted, pinned = _key_files(alliance, byzantine)
    history, wallets = _replayed(alliance, people, max([least, *pinned]))
    _check_roots(alliance, history)
    for height, root in seen.items():
        assert root in {history.roots[height - 1], b""}, f"block {height} was final, and another one stands there now"
    _check_acknowledged(history, acknowledged)
    _check_money(history, people, wallets)
    _check_shares(history, byzantine)
    for authority, subject, cohort in emitted:
        found = history.cohorts.get(subject)
        assert found == cohort, f"authority {authority} opened {subject.hex()} for a cohort that the chain never had"
    return Judgement(history, len(history.roots) - 1, len(acknowledged))


def _key_files(alliance: Alliance, byzantine: Collection[int]) -> tuple[list[tuple[int, bytes, bytes]], list[int]]:
    """What the honest authorities note that they emitted: (authority, subject, cohort); and after which blocks."""
    emitted, pinned = [], []
    for station in alliance.stations:
        secrets = AuthorityKeys.open(station.home.key, station.home.passphrase()).secrets
        pinned.append(secrets.height)
        if station.index not in byzantine:
            emitted += [
                (station.index, bytes.fromhex(subject), bytes.fromhex(cohort))
                for subject, cohort in secrets.emitted.items()
            ]
    return emitted, pinned


def _replayed(alliance: Alliance, people: People, least: int) -> tuple[History, list[tuple[Wallet, str]]]:
    """The chain up to block `least` or farther, and the homes' wallets made anew from their seeds."""
    history = History(RelayChain(alliance.document.genesis))
    history.roots.append(history.chain.root)
    wallets = [(Wallet(each.household.wallet.seed), each.household.name) for each in people.residents]
    with Nodes.at(*(station.url for station in alliance.live)) as nodes:
        view = ChainView(nodes, alliance.document)
        until(lambda: view.advance().height > least, f"a header above {least}")
        for block in view.blocks(1):
            history.live(block, wallets)
    return history, wallets


def _check_roots(alliance: Alliance, history: History) -> None:
    """Every node that runs comes to the same roots: in its headers, and in its application's own words."""
    height = len(history.roots) - 1
    for station in alliance.live:
        until(lambda station=station: station.height() >= height, f"{station.home.root.name} at block {height}")  # type: ignore[misc]
        with Node(station.url) as node:
            for low in range(1, height + 1, 20):
                for header in node.headers(low, min(low + 19, height)):
                    assert header.app_hash in {history.roots[header.height - 1], b""}, (station.index, header.height)
        _check_application(station, history)


def _check_application(station: Station, history: History) -> None:
    until(lambda: bool(station.told()), f"a word of {station.home.root.name}'s application")
    told = station.told()
    if told and told["height"] < len(history.roots):
        assert told["root"] == history.roots[told["height"]].hex(), (station.index, told["height"])


def _check_acknowledged(history: History, acknowledged: Sequence[tuple[str, Slot, bytes]]) -> None:
    for name, slot, raw in acknowledged:
        assert history.accepted[raw] == 1, f"{name}'s report of slot {slot} stands {history.accepted[raw]} times"
    taken = [Report.parse(raw) for raw in history.accepted.elements() if raw[:1] == bytes([Report.kind])]
    twice = [place for place, count in Counter((each.account, each.slot) for each in taken).items() if count > 1]
    assert not twice, f"two reports of one account and slot: {twice}"


def _check_money(history: History, people: People, wallets: Sequence[tuple[Wallet, str]]) -> None:
    """Every commitment opens to what the wallet expects, and all of it together is what was paid in."""
    chain, total = history.chain, 0
    clock, genesis, pool = chain.state.clock, chain.genesis, chain.genesis.pool
    for resident, (wallet, _) in zip(people.residents, wallets, strict=True):
        replace(resident.household, wallet=wallet).check_against(chain)
        assert wallet.available.value >= 0
        total += wallet.balance(genesis)
    total += clock.pool_money - (0 if pool is None else ONE * pool.money) + clock.rounding + clock.utility
    owed = _owed_fees(history, genesis, [wallet for wallet, _ in wallets])
    assert total + owed == clock.deposits == ONE * DEPOSIT * len(wallets), "money was made or lost"


def _owed_fees(history: History, genesis: Genesis, wallets: Sequence[Wallet]) -> int:
    """The utility's fees of days whose sums are not open yet (MARKET-9)."""
    booked = {day.day for day in history.chain.state.days() if day.phase == DayPhase.OPENED}
    settled = set(history.ended(Phase.SETTLED))
    bought = sum(
        trade.bought
        for wallet in wallets
        for trade in wallet.trades
        if trade.slot in settled and genesis.day_of(trade.slot) not in booked
    )
    return genesis.fee * bought


def _check_shares(history: History, byzantine: Collection[int]) -> None:
    """Every share that an honest authority put in a block, taken or refused, opens what the path allowed (KEY-4)."""
    chain = history.chain
    for height, raw, verdict in history.shares:
        envelope = decode(raw)
        message = envelope.transaction
        assert isinstance(message, DecryptionShare)
        if message.authority in byzantine:
            continue
        public = chain.genesis.authorities[message.authority - 1]
        envelope.check_signature(chain.chain, 0, public, "KEY-2")
        where = f"authority {message.authority} in block {height} ({verdict})"
        subject = message.subject.encode()
        found = history.allowed.get((subject, message.functionals))
        assert found is not None, f"{where}: sums that were never to be opened"
        assert found[0] < height, f"{where}: sums that were not to be opened yet"
        key = chain.state.epoch_of(message.subject.epoch).verification[message.authority - 1]
        check_share(chain.chain, message.subject.epoch, subject, key, found[1].sums, message.share)
