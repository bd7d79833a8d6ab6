"""Accounts: spendable balances, credits folded by their owner, locked collateral, accumulators (ACCOUNT-1..3)."""

from openmg.ledger.account import Account, Locked
from openmg.ledger.accumulators import Accumulators
from openmg.ledger.registry import Registry

__all__ = ["Account", "Accumulators", "Locked", "Registry"]
