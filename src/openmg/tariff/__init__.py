"""The tariff room: what the utility bills for a month, to the won, and what one more kilowatt-hour costs (TARIFF)."""

from openmg.tariff.banded import flat, jeju
from openmg.tariff.bill import Bill, Line, Step, Tariff
from openmg.tariff.kepco import Kepco, kepco
from openmg.tariff.period import Day, Month, Period
from openmg.tariff.rates import FIRST_DAY

__all__ = ["FIRST_DAY", "Bill", "Day", "Kepco", "Line", "Month", "Period", "Step", "Tariff", "flat", "jeju", "kepco"]
