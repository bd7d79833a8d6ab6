"""Where the chain stands: height, time, the newest prices and the public balances."""

from __future__ import annotations

from dataclasses import dataclass

from openmg.encoding import Reader, Writer
from openmg.units import LedgerMicroWon, Price, WattHours


@dataclass(frozen=True)
class Clock:
    """Public numbers that belong to no slot.

    `deposits` is all that was ever paid in (µKRW/65536); `pool_*` the community battery (Wh, µKRW/65536);
    `rounding` and `utility` are MARKET-8's and MARKET-9's public accounts.
    """

    height: int
    time: int
    block: bytes
    """Digest of the newest block, so that the root commits to all of history."""
    price: Price
    reference: Price
    deposits: LedgerMicroWon
    rounding: LedgerMicroWon
    utility: LedgerMicroWon
    pool_stored: WattHours
    pool_money: LedgerMicroWon
    pool_apart: LedgerMicroWon

    def encode(self) -> bytes:
        """The clock's leaf (WIRE-12)."""
        writer = Writer().integer(self.height, 8).integer(self.time, 8).fixed(self.block, 32)
        writer.integer(self.price, 8).integer(self.reference, 8)
        for money in (self.deposits, self.rounding, self.utility):
            writer.signed(money, 16)
        return writer.integer(self.pool_stored, 8).signed(self.pool_money, 16).signed(self.pool_apart, 16).done()

    @classmethod
    def decode(cls, data: bytes) -> Clock:
        """Inverse of `encode`.

        Raises:
            Malformed: not one canonical encoding.
        """
        reader = Reader(data, "clock")
        height, time, block = reader.integer(8), reader.integer(8), reader.fixed(32)
        price, reference = Price(reader.integer(8)), Price(reader.integer(8))
        deposits, rounding, utility = (LedgerMicroWon(reader.signed(16)) for _ in range(3))
        stored = WattHours(reader.integer(8))
        money, apart = (LedgerMicroWon(reader.signed(16)) for _ in range(2))
        reader.end()
        return cls(height, time, block, price, reference, deposits, rounding, utility, stored, money, apart)
