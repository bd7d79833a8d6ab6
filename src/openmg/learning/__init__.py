"""The rules of learning together: tasks, rounds' chance, updates, sums, steps and what they cost (LEARN; pure)."""

from openmg.learning.accountant import epsilon_of
from openmg.learning.committee import Subsets, holders_of, subsets_of
from openmg.learning.lanes import (
    HIDDEN_BYTES,
    LANE_BYTES,
    MASK_SUM_BYTES,
    VALUES_PER_LANE,
    add_lanes,
    lanes_of,
    pack,
    subtract,
    unpack,
)
from openmg.learning.model import Model, Optimiser
from openmg.learning.privacy import Charge, Ledger, check_claim, noise_for, rounds_of, spent
from openmg.learning.selection import beacon_of, coordinates_of, groups_of
from openmg.learning.step import GroupSum, average, check_bounds, mean_losses, reveal, step
from openmg.learning.task import Rule, Task
from openmg.learning.update import add_noise, clip_and_quantise, contribution

__all__ = [
    "HIDDEN_BYTES",
    "LANE_BYTES",
    "MASK_SUM_BYTES",
    "VALUES_PER_LANE",
    "Charge",
    "GroupSum",
    "Ledger",
    "Model",
    "Optimiser",
    "Rule",
    "Subsets",
    "Task",
    "add_lanes",
    "add_noise",
    "average",
    "beacon_of",
    "check_bounds",
    "check_claim",
    "clip_and_quantise",
    "contribution",
    "coordinates_of",
    "epsilon_of",
    "groups_of",
    "holders_of",
    "lanes_of",
    "mean_losses",
    "noise_for",
    "pack",
    "reveal",
    "rounds_of",
    "spent",
    "step",
    "subsets_of",
    "subtract",
    "unpack",
]
