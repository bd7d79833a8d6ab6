"""What accounts pay and receive once a slot has cleared: linear, so ciphertexts settle alike (MARKET-9, MARKET-10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from openmg.market.clearing import Clearing, Weights
from openmg.market.invariant import InvariantBroken
from openmg.units import ONE, LedgerMicroWon, LedgerWattHours, Price, WattHours


def collateral(top: Price, fee: Price, most_bought: WattHours) -> LedgerMicroWon:
    """What a report locks: 65536·(ℓ_K + fee)·b_1, in µKRW/65536, for prices in µKRW/Wh and b_1 in Wh (MARKET-6)."""
    return LedgerMicroWon(ONE * (top + fee) * most_bought)


@dataclass(frozen=True)
class Account:
    """One linear function of what an account has on the chain, by its integer coefficients.

    It takes `locked`, the ladder's b_k and s_k (coefficients by rung, rungs that are not listed count 0), the
    import and the export. The chain applies it to commitments, a wallet to blinding scalars or plain numbers.
    """

    locked: int = 0
    buy: tuple[tuple[int, int], ...] = ()
    sell: tuple[tuple[int, int], ...] = ()
    imported: int = 0
    exported: int = 0

    def apply(self, locked: int, buy: Sequence[int], sell: Sequence[int], imported: int, exported: int) -> int:
        """The function's value on integers; `buy` and `sell` start at the lowest rung."""
        return (
            self.locked * locked
            + sum(weight * buy[rung - 1] for rung, weight in self.buy)
            + sum(weight * sell[rung - 1] for rung, weight in self.sell)
            + self.imported * imported
            + self.exported * exported
        )


@dataclass(frozen=True)
class Settlement:
    """A slot's public numbers: prices in µKRW/Wh, filled shares v and w per rung in 1/65536 (MARKET-9).

    `tariff` and `feed_in` price, in the household's own contract, what the market did not fill.
    """

    price: Price
    fee: Price
    buy_weights: Weights
    sell_weights: Weights
    tariff: Price
    feed_in: Price

    @classmethod
    def of(cls, clearing: Clearing, fee: Price, tariff: Price, feed_in: Price) -> Settlement:
        """The settlement of a cleared slot; prices in µKRW/Wh (MARKET-9)."""
        return cls(clearing.price, fee, clearing.buy_weights, clearing.sell_weights, tariff, feed_in)

    @classmethod
    def void(cls, tariff: Price, feed_in: Price) -> Settlement:
        """The settlement of a void slot: F = 0, the collateral returns, the meter still counts (MARKET-9)."""
        return cls(Price(0), Price(0), (), (), tariff, feed_in)

    def fill_buy(self, buy: Sequence[int]) -> int:
        """F_b = Σ v_k·b_k: filled purchases in Wh/65536 for b_k in Wh, or the same sum of blinding scalars."""
        return sum(weight * buy[rung - 1] for rung, weight in self.buy_weights)

    def fill_sell(self, sell: Sequence[int]) -> int:
        """F_s = Σ w_k·s_k: filled sales in Wh/65536 for s_k in Wh, or the same sum of blinding scalars."""
        return sum(weight * sell[rung - 1] for rung, weight in self.sell_weights)

    @property
    def credit(self) -> Account:
        """What returns to the account: locked − (p + fee)·F_b + p·F_s, in µKRW/65536 (MARKET-9)."""
        return Account(
            locked=1,
            buy=_times(-(self.price + self.fee), self.buy_weights),
            sell=_times(self.price, self.sell_weights),
        )

    @property
    def bought(self) -> Account:
        """F_b, in Wh/65536 (MARKET-9)."""
        return Account(buy=self.buy_weights)

    @property
    def sold(self) -> Account:
        """F_s, in Wh/65536 (MARKET-9)."""
        return Account(sell=self.sell_weights)

    @property
    def imported(self) -> Account:
        """65536·i, in Wh/65536 (MARKET-9)."""
        return Account(imported=ONE)

    @property
    def exported(self) -> Account:
        """65536·e, in Wh/65536 (MARKET-9)."""
        return Account(exported=ONE)

    @property
    def cost(self) -> Account:
        """tariff·(65536·i − F_b) − feed_in·(65536·e − F_s), in µKRW/65536: the rest at one's own tariff (MARKET-9)."""
        return Account(
            buy=_times(-self.tariff, self.buy_weights),
            sell=_times(self.feed_in, self.sell_weights),
            imported=ONE * self.tariff,
            exported=-ONE * self.feed_in,
        )


@dataclass(frozen=True)
class Proceeds:
    """Who receives what the accounts pay together in one slot, in µKRW/65536 (MARKET-10)."""

    pool: LedgerMicroWon
    rounding: LedgerMicroWon
    utility: LedgerMicroWon

    @property
    def total(self) -> LedgerMicroWon:
        """The sum of the three."""
        return LedgerMicroWon(self.pool + self.rounding + self.utility)


def proceeds(clearing: Clearing, fee: Price, bought: LedgerWattHours) -> Proceeds:
    """p·n to the pool, p·(N − n) to rounding, fee·Σv·B to the utility; `bought` is Σv·B in Wh/65536 (MARKET-10)."""
    return Proceeds(
        pool=LedgerMicroWon(clearing.price * clearing.pool_flow),
        rounding=LedgerMicroWon(clearing.price * clearing.residue),
        utility=LedgerMicroWon(fee * bought),
    )


def conservation(clearing: Clearing, fee: Price, bought: int, sold: int, paid: int, received: Proceeds) -> None:
    """Nothing is made or lost in a slot: checked after every settlement (MARKET-10).

    `bought` and `sold` are Σv·B and Σw·S in Wh/65536; `paid` is what all accounts paid together (locked minus
    credited), `received` what the pool, the rounding account and the utility got, in µKRW/65536.

    Raises:
        InvariantBroken: the first equation of MARKET-10 that does not hold.
    """
    equations = (
        ("energy bought minus sold", bought - sold, clearing.net),
        ("pool flow and residue", clearing.pool_flow + clearing.residue, clearing.net),
        ("paid by accounts", paid, clearing.price * clearing.net + fee * bought),
        ("received by the pool", received.pool, clearing.price * clearing.pool_flow),
        ("received by rounding", received.rounding, clearing.price * (clearing.net - clearing.pool_flow)),
        ("received by the utility", received.utility, fee * bought),
        ("paid and received", paid, received.total),
    )
    for what, found, expected in equations:
        if found != expected:
            raise InvariantBroken("MARKET-10", f"{what}: {found} where {expected} was expected")
    if received.rounding < 0:
        raise InvariantBroken("MARKET-10", f"the rounding account would pay {-received.rounding}")


def _times(factor: int, weights: Weights) -> tuple[tuple[int, int], ...]:
    return tuple((rung, factor * weight) for rung, weight in weights)
