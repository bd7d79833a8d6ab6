"""Quantities of the protocol: integers that name their unit (DESIGN section 3).

Ledgers keep energy in Wh/65536 and money in µKRW/65536, so that partial fills stay exact.
"""

from __future__ import annotations

from typing import Final, NewType

WattHours = NewType("WattHours", int)
"""Energy in Wh."""

LedgerWattHours = NewType("LedgerWattHours", int)
"""Energy in Wh/65536."""

Price = NewType("Price", int)
"""Price in µKRW/Wh (214.6 KRW/kWh is 214_600)."""

MicroWon = NewType("MicroWon", int)
"""Money in µKRW."""

LedgerMicroWon = NewType("LedgerMicroWon", int)
"""Money in µKRW/65536."""

Slot = NewType("Slot", int)
"""Index of a market interval since the Unix epoch."""

Weight = NewType("Weight", int)
"""Share of a rung's quantity that is filled, in 1/65536."""

ONE: Final = 65536
"""The whole of a weight, and the number of ledger units in one Wh or one µKRW."""
