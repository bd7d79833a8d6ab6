"""A household's side: its meter, its wallet, its policy, its reports."""

from openmg.home.household import Household
from openmg.home.meter import Meter
from openmg.home.policy import Policy
from openmg.home.wallet import Wallet

__all__ = ["Household", "Meter", "Policy", "Wallet"]
