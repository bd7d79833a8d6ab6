"""The wallet: what an account's owner knows, learnt from its own seed and what the chain proves (ACCOUNT-2, 3)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from openmg.chains import Block, Genesis, Outcome, RelayChain
from openmg.chains.slot import SlotState
from openmg.chains.transactions import Enrol, Report, decode
from openmg.crypto import ORDER, Opening, Point, derive_key, signing_public
from openmg.errors import BadInput, Corrupt
from openmg.home.memo import OwnReport, ReportContext, open_memo
from openmg.market import Account as LinearFunction
from openmg.market import Settlement
from openmg.units import ONE, Slot

_MEMO_END = 64


@dataclass(frozen=True)
class Month:
    """The openings of one month's accumulators."""

    imported: Opening = Opening(0, 0)
    exported: Opening = Opening(0, 0)
    bought: Opening = Opening(0, 0)
    sold: Opening = Opening(0, 0)
    cost: Opening = Opening(0, 0)


@dataclass(frozen=True)
class Trade:
    """One slot as the household lived it: Wh metered, Wh/65536 filled, µKRW/Wh, µKRW/65536 paid (negative: earned)."""

    slot: Slot
    imported: int
    exported: int
    bought: int
    sold: int
    price: int
    paid: int


@dataclass
class Wallet:
    """Openings of one account. Everything but the seed can be restored from the chain.

    `enrolment` and `outbox` are what was signed and is not known to be on the chain yet: the bytes themselves, because
    the same bytes must be sent again after a stop.
    """

    seed: bytes = field(repr=False)
    height: int = 0
    available: Opening = Opening(0, 0)
    version: int = 0
    checkpoint: Slot = Slot(0)
    credits: list[tuple[Slot, Opening]] = field(default_factory=list)
    pending: dict[Slot, OwnReport] = field(default_factory=dict)
    months: dict[int, Month] = field(default_factory=dict)
    trades: list[Trade] = field(default_factory=list)
    enrolment: bytes | None = None
    outbox: dict[Slot, bytes] = field(default_factory=dict)

    @property
    def account_secret(self) -> bytes:
        """The account's Ed25519 seed."""
        return derive_key(self.seed, "openmg/1/wallet/account")

    @property
    def account(self) -> bytes:
        """The account key: the pseudonym on the chain."""
        return signing_public(self.account_secret)

    def base(self, checkpoint: Slot) -> Opening:
        """What the next report spends from when it folds credits up to `checkpoint`."""
        return self.available + self._credit_at(checkpoint) - self._credit_at(self.checkpoint)

    def balance(self, genesis: Genesis) -> int:
        """All that is the owner's, µKRW/65536: spendable, credited and locked."""
        newest = self.credits[-1][1].value if self.credits else 0
        locked = sum(genesis.collateral_rate * own.buy[0].value for own in self.pending.values())
        return self.available.value + newest - self._credit_at(self.checkpoint).value + locked

    @property
    def enrolled(self) -> bool:
        """Whether the own enrolment is known to be on the chain; it sets the first checkpoint, which is never 0."""
        return self.checkpoint > 0

    def reported(self, slot: Slot) -> bool:
        """Whether a report of this slot is known to be accepted."""
        return slot in self.pending or any(trade.slot == slot for trade in reversed(self.trades))

    # --- what it learns
    def enrol(self, deposit: int, checkpoint: Slot) -> None:
        """The own enrolment is on the chain: `deposit` in µKRW, the account's first `checkpoint`."""
        self.available, self.checkpoint = Opening(ONE * deposit, 0), checkpoint
        self.enrolment = None

    def learn(self, raw: bytes, key: Point, rungs: int, chain: bytes) -> None:
        """An own report was accepted: its memo says what is left and what waits for settlement.

        `key` is the key of the report's epoch, `rungs` the ladder's, `chain` the chain id.

        Raises:
            BadInput: another account's report.
            Rejected: `BOX`, when the memo is not one's own.
        """
        report = Report.parse(raw)
        if report.account != self.account:
            raise BadInput(f"a report of account {report.account.hex()[:16]}, not of this wallet's")
        context = ReportContext(chain, self.account, report.slot, report.version, key)
        own = open_memo(self.seed, context, raw[-_MEMO_END - 124 - 4 * rungs : -_MEMO_END], rungs)
        self.available, self.version, self.checkpoint = own.headroom, report.version + 1, report.checkpoint
        # As the chain does: a later fold can name no prefix sum before the one that this report folded.
        folded = [credit for credit in self.credits if credit[0] <= report.checkpoint]
        self.credits = folded[-1:] + [credit for credit in self.credits if credit[0] > report.checkpoint]
        self.pending[report.slot] = own
        self.outbox.pop(report.slot, None)

    def settle(self, slot: SlotState, genesis: Genesis) -> None:
        """A slot with an own report is final: the chain's linear functions, on openings (MARKET-9).

        Raises:
            BadInput: it is not final, no report of it is pending, or an earlier one must be settled first.
        """
        if not slot.final or slot.slot != min(self.pending, default=None):
            raise BadInput(f"slot {slot.slot} cannot be settled: it is not final or not the first that is pending")
        own = self.pending.pop(slot.slot)
        tariff = genesis.tariff_of(slot.slot)
        if slot.clearing is None:
            terms = Settlement.void(tariff, genesis.feed_in)
        else:
            terms = Settlement.of(slot.clearing, genesis.fee, tariff, genesis.feed_in)
        locked = own.buy[0].scaled(genesis.collateral_rate)
        credit = _apply(terms.credit, locked, own)
        previous = self.credits[-1][1] if self.credits else Opening(0, 0)
        self.credits.append((slot.slot, previous + credit))
        number = genesis.month_of(slot.slot)
        month = self.months.get(number, Month())
        bought, sold = _apply(terms.bought, locked, own), _apply(terms.sold, locked, own)
        self.months[number] = replace(
            month,
            imported=month.imported + _apply(terms.imported, locked, own),
            exported=month.exported + _apply(terms.exported, locked, own),
            bought=month.bought + bought,
            sold=month.sold + sold,
            cost=month.cost + _apply(terms.cost, locked, own),
        )
        paid = locked.value - credit.value
        price = 0 if slot.clearing is None else slot.clearing.price
        self.trades.append(
            Trade(slot.slot, own.imported.value, own.exported.value, bought.value, sold.value, price, paid)
        )

    def follow(self, block: Block, outcome: Outcome, chain: RelayChain) -> None:
        """Learn from one finalised block of a chain that runs in this program.

        Raises:
            Corrupt: the block does not follow the last one followed.
        """
        if block.height != self.height + 1:
            raise Corrupt(f"the wallet is at block {self.height}, block {block.height} came")
        account = self.account
        for raw, verdict in zip(block.transactions, outcome.verdicts, strict=True):
            if verdict is None and account in raw:
                self._take(raw, account, chain)
        for number in outcome.final:
            slot = chain.state.slot(number)
            if slot is not None and number in self.pending:
                self.settle(slot, chain.genesis)
        self.height = block.height

    def _take(self, raw: bytes, account: bytes, chain: RelayChain) -> None:
        message, state = decode(raw).transaction, chain.state
        if isinstance(message, Enrol) and message.account == account:
            self.enrol(message.deposit, state.registry[state.registry.index_of(account)].checkpoint)
        elif isinstance(message, Report) and message.account == account:
            self.learn(raw, state.epoch_of(message.epoch).key, chain.genesis.ladder.rungs, chain.chain)

    def _credit_at(self, checkpoint: Slot) -> Opening:
        found = Opening(0, 0)
        for slot, opening in self.credits:
            if slot > checkpoint:
                break
            found = opening
        return found


def _apply(functional: LinearFunction, locked: Opening, own: OwnReport) -> Opening:
    """One linear function of MARKET-9 on values and on blindings alike."""
    return Opening(
        functional.apply(
            locked.value,
            [each.value for each in own.buy],
            [each.value for each in own.sell],
            own.imported.value,
            own.exported.value,
        ),
        functional.apply(
            locked.blinding,
            [each.blinding for each in own.buy],
            [each.blinding for each in own.sell],
            own.imported.blinding,
            own.exported.blinding,
        )
        % ORDER,
    )
