"""What one slot of any mechanism comes to: a price, what every home bought and sold, and who holds the rest."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from openmg.simulation.wishes import Integers, Wishes
from openmg.units import LedgerMicroWon, LedgerWattHours, Price, WattHours


class SetBy(IntEnum):
    """What a slot's price follows from; NOTHING where no energy changed hands."""

    NOTHING = 0
    FLOOR = 1
    CAP = 2
    STEP = 3
    CURVE = 4
    COLLAR = 5
    RULE = 6
    """A formula or a bargain of a mechanism that has none of the others."""


@dataclass(frozen=True)
class Battery:
    """The community battery after a slot: what it did and holds in Wh, what it traded in Wh/65536 (+: sold)."""

    discharged: WattHours
    charged: WattHours
    stored: WattHours
    flow: LedgerWattHours


@dataclass(frozen=True)
class Trade:
    """One slot: `price` in µKRW/Wh; energy in Wh/65536 and money in µKRW/65536, a place for each home.

    `paid` is negative for who received. What homes paid together went to the battery's providers, to the utility
    (`fee`) and to rounding.
    """

    price: Price
    reference: Price
    set_by: SetBy
    bought: Integers
    sold: Integers
    paid: Integers
    fee: LedgerMicroWon
    rounding: LedgerMicroWon
    battery: Battery | None


@dataclass(frozen=True)
class Equity:
    """What the battery's providers have, µKRW/65536: `traded` by trades, `apart` by energy that moved without one.

    `stock` is what the store holds, each stored Wh at the price at which it is worth least (POOL-6).
    """

    traded: LedgerMicroWon
    apart: LedgerMicroWon
    stock: LedgerMicroWon

    @property
    def total(self) -> LedgerMicroWon:
        """All three."""
        return LedgerMicroWon(self.traded + self.apart + self.stock)


class Market(Protocol):
    """A mechanism over time."""

    def trade(self, wishes: Wishes, surplus: WattHours) -> Trade:
        """Clear the next slot. `surplus`: Wh that would leave the microgrid at the feeder without a battery."""

    @property
    def equity(self) -> Equity | None:
        """What the battery's providers have gained since the first slot; None without a battery."""
