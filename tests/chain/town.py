"""A whole town in one process: a chain driven by blocks with chosen times, authorities, homes, their keys."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from openmg.authority import Authority, AuthorityKeys
from openmg.authority.keyfile import Secrets
from openmg.chains import Block, Genesis, Outcome, PoolGenesis, RelayChain
from openmg.chains.epoch import EpochState, KeyPhase
from openmg.chains.slot import Phase, SlotState
from openmg.chains.transactions import Enrol, Unsigned
from openmg.crypto import Vault, sign, signing_public
from openmg.home import Household, Meter, Policy, Wallet
from openmg.home.household import statement_of
from openmg.machine import Leaf, in_order, signed_message
from openmg.market import Ladder, PoolParameters
from openmg.units import MicroWon, Price, Slot, WattHours

SLOT_SECONDS: Final = 300
FIRST: Final = Slot(5_900_000)
"""On 3 February 2026 in Seoul, in the middle of a day."""
DEPOSIT: Final = 20_000_000_000
LEVELS: Final = (Price(120_000), Price(150_000), Price(200_000))
FEE: Final = Price(3_000)
POOL: Final = PoolParameters(WattHours(40_000), Price(130_000), Price(190_000), 950, WattHours(5_000))


def seed(name: str) -> bytes:
    """32 bytes that belong to a name."""
    return hashlib.sha256(name.encode()).digest()


def genesis_of(authorities: Sequence[bytes], *, pool: bool = False) -> Genesis:
    """The parameters of the tests' chain."""
    battery = PoolGenesis(POOL, WattHours(20_000), MicroWon(50_000_000_000), signing_public(seed("battery")))
    return Genesis(
        name="test town",
        slot_seconds=SLOT_SECONDS,
        utc_offset=9 * 3600,
        first_slot=FIRST,
        ladder=Ladder(LEVELS),
        fee=FEE,
        tariff=tuple(Price(140_000 + 2_000 * hour) for hour in range(24)),
        feed_in=Price(110_000),
        collar_bp=2_000,
        gate=60,
        open_ttl=12,
        battery_wait=4,
        key_wait=4,
        min_reports=2,
        active_window=24,
        min_age=6,
        room=20_000,
        pool=battery if pool else None,
        utility=signing_public(seed("utility")),
        authorities=tuple(authorities),
    )


@dataclass
class Home:
    """A household and the readings that its meter will sign."""

    household: Household
    readings: dict[Slot, tuple[WattHours, WattHours]]

    @property
    def account(self) -> bytes:
        """The pseudonym."""
        return self.household.wallet.account

    @property
    def wallet(self) -> Wallet:
        """What the owner knows."""
        return self.household.wallet

    @property
    def meter(self) -> Meter:
        """The meter."""
        return self.household.meter

    def metered(self, slot: int, imported: int, exported: int) -> Home:
        """Let the meter count this much in a slot."""
        self.readings[Slot(slot)] = (WattHours(imported), WattHours(exported))
        return self


def home_of(name: str, value: int = 200_000, cost: int = 120_000) -> Home:
    """A home with its own keys: what a Wh is worth to it, and from which price it sells."""
    readings: dict[Slot, tuple[WattHours, WattHours]] = {}
    meter = Meter(seed(f"meter of {name}"), readings)
    household = Household(name, meter, Wallet(seed(f"wallet of {name}")), Policy(Price(value + FEE), Price(cost)))
    return Home(household, readings)


@dataclass
class Town:
    """The chain, everyone who takes part, and all that was ever stored."""

    chain: RelayChain
    keys: list[AuthorityKeys]
    homes: list[Home]
    blocks: list[Block] = field(default_factory=list)
    roots: list[bytes] = field(default_factory=list)
    leaves: dict[tuple[str, int], bytes] = field(default_factory=dict)
    reports: dict[tuple[int, int], bytes] = field(default_factory=dict)
    silent: set[int] = field(default_factory=set)
    """Indices of authorities that post nothing."""

    def __post_init__(self) -> None:
        self.authorities = [Authority(self.chain, keys) for keys in self.keys]

    @classmethod
    def founded(cls, folder: Path, authorities: int, homes: Iterable[Home], *, pool: bool = False) -> Town:
        """A town before its first block."""
        keys = [AuthorityKeys.create(folder / f"authority-{index}", "secret") for index in range(authorities)]
        genesis = genesis_of([each.public for each in keys], pool=pool)
        return cls(RelayChain(genesis), keys, list(homes))

    def changed(self, **parameters: object) -> Town:
        """The same people on another chain; only before the first block."""
        assert not self.blocks
        chain = RelayChain(replace(self.genesis, **parameters))  # type: ignore[arg-type]
        keys = [AuthorityKeys(each._vault, Secrets(each.secrets.signing)) for each in self.keys]
        return Town(chain, keys, self.homes)

    def copied(self, folder: Path) -> Town:
        """A town of its own that stands where this one stands, its chain rebuilt from what was stored."""
        chain = RelayChain(self.genesis)
        if self.blocks:
            chain = RelayChain.load(self.genesis, self.stored, self.reports)
        keys = []
        for index, each in enumerate(self.keys):
            keys.append(
                AuthorityKeys(Vault(folder / f"authority-{index}", each._vault._key), copy.deepcopy(each.secrets))
            )
        homes = [self._copied_home(home) for home in self.homes]
        return Town(
            chain, keys, homes, list(self.blocks), list(self.roots), dict(self.leaves), dict(self.reports),
            set(self.silent),
        )  # fmt: skip

    @staticmethod
    def _copied_home(home: Home) -> Home:
        readings = dict(home.readings)
        meter, wallet = Meter(home.meter.secret, readings), copy.deepcopy(home.wallet)
        return Home(Household(home.household.name, meter, wallet, home.household.policy), readings)

    # --- what there is
    @property
    def genesis(self) -> Genesis:
        """The chain's parameters."""
        return self.chain.genesis

    @property
    def stored(self) -> list[Leaf]:
        """All leaves, as a store would give them back."""
        return [(tree, index, data) for (tree, index), data in self.leaves.items()]

    @property
    def now(self) -> int:
        """The newest block's time."""
        return self.chain.state.clock.time

    @property
    def epoch(self) -> EpochState:
        """The newest epoch."""
        epoch = self.chain.state.epoch
        assert epoch is not None
        return epoch

    def welcome(self, home: Home) -> Home:
        """A home that follows the chain from now on."""
        home.wallet.height = self.chain.height
        self.homes.append(home)
        return home

    def slot(self, number: int) -> SlotState:
        """A slot's state."""
        slot = self.chain.state.slot(number)
        assert slot is not None
        return slot

    def phase(self, number: int) -> Phase:
        """Where a slot stands."""
        return self.slot(number).phase

    # --- what is said
    def enrolment(self, home: Home, deposit: int = DEPOSIT, signers: Sequence[bytes] = ()) -> bytes:
        """A home's enrolment, signed by the utility, its meter and its account, or by others."""
        unsigned = Enrol(home.account, home.meter.public, deposit)
        return self.signed(unsigned, *(signers or (seed("utility"), home.meter.secret, home.wallet.account_secret)))

    def signed(self, message: Unsigned, *signers: bytes) -> bytes:
        """A transaction with the signatures of these secrets."""
        unsigned = message.encode()
        return unsigned + b"".join(sign(each, signed_message(self.chain.chain, unsigned)) for each in signers)

    def by(self, authority: int, message: Unsigned) -> bytes:
        """A transaction signed by an authority."""
        return self.signed(message, self.keys[authority - 1].signing)

    def report(self, home: Home, slot: int) -> bytes:
        """The home's report for a slot, made on the chain as it stands."""
        witness = home.household.prepare(self.chain, Slot(slot))
        return statement_of(self.chain, self.slot(slot)).prove(witness)

    # --- blocks
    def block(self, *transactions: bytes, time: int | None = None, proposer: int | None = None) -> Outcome:
        """One block with exactly these transactions, a second after the last one or at `time`."""
        height = self.chain.height + 1
        block = Block(
            height=height,
            time=max(self.now + 1, self.genesis.starts(FIRST) - 3600) if time is None else time,
            proposer=height % len(self.keys) + 1 if proposer is None else proposer,
            previous=self.chain.root,
            transactions=in_order(transactions),
        )
        assert Block.decode(block.encode()) == block
        outcome = self.chain.execute(block)
        self.blocks.append(block)
        self.roots.append(outcome.root)
        self.leaves.update({(tree, index): data for tree, index, data in outcome.leaves})
        self.reports.update({(slot, index): raw for slot, index, raw in outcome.kept})
        self.reports = {key: raw for key, raw in self.reports.items() if key[0] >= self.chain.state.head}
        for home in self.homes:
            home.wallet.follow(block, outcome, self.chain)
        return outcome

    def said(self) -> list[bytes]:
        """What the authorities that are not silent post after the newest block."""
        if not self.blocks:
            return []
        return [raw for each in self.authorities if each.index not in self.silent for raw in each.respond()]

    def tick(self, *transactions: bytes, time: int | None = None) -> Outcome:
        """One block with what the authorities post, and more."""
        return self.block(*self.said(), *transactions, time=time)

    def verdict(self, transaction: bytes) -> str | None:
        """The clause that refuses a transaction in a block of its own at the same time; None when it is accepted."""
        [verdict] = self.block(transaction, time=max(self.now, 1)).verdicts
        return None if verdict is None else verdict.clause

    def verdicts(self, *transactions: bytes) -> list[str | None]:
        """The same for several in one block, in the block's order."""
        found = self.block(*transactions, time=self.now).verdicts
        return [None if verdict is None else verdict.clause for verdict in found]

    # --- stages
    def make_key(self, most: int = 40) -> Town:
        """Until the epoch key is ready."""
        for _ in range(most):
            self.tick()
            if self.epoch.phase == KeyPhase.READY:
                return self
        raise AssertionError("no key came about")

    def enrol(self) -> Town:
        """Every home, approved by every authority that is not silent."""
        assert self.block(*(self.enrolment(home) for home in self.homes)).verdicts == (None,) * len(self.homes)
        self.tick()
        return self

    def open_gate(self, number: int = FIRST) -> Town:
        """To the end of a slot."""
        self.block(time=max(self.genesis.starts(Slot(number + 1)), self.now))
        assert self.phase(number) == Phase.OPEN
        return self

    def close_gate(self, number: int = FIRST) -> Town:
        """Until a slot takes no more reports."""
        self.block(time=self.now)
        self.block(time=max(self.genesis.starts(Slot(number + 1)), self.slot(number).gate.opened_time) + 60)
        assert self.phase(number) >= Phase.CLOSED
        return self

    def finish(self, number: int = FIRST, most: int = 40) -> SlotState:
        """Until a slot is final."""
        for _ in range(most):
            if self.slot(number).final:
                return self.slot(number)
            self.tick()
        raise AssertionError(f"slot {number} never ended")

    def live(self, number: int, *homes: Home) -> SlotState:
        """A whole slot in which these homes report."""
        self.open_gate(number)
        verdicts = self.block(*(self.report(home, number) for home in homes)).verdicts
        assert verdicts == (None,) * len(homes)
        return self.close_gate(number).finish(number)
