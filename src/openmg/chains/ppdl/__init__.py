"""The parts of the PPDL chain: what authorities and homes say, what the state holds, how rounds advance (LEARN)."""

from openmg.chains.ppdl.genesis import PPDLGenesis
from openmg.chains.ppdl.registry import Registered, registry_root, siblings_of
from openmg.chains.ppdl.round import MaskSumIn, Phase, Reason, RoundState, Sent, SumFate
from openmg.chains.ppdl.state import Checkpoint, LearningState
from openmg.chains.ppdl.task_state import TaskState
from openmg.chains.ppdl.transactions import (
    Checked,
    MaskSum,
    RegistryVote,
    RoundKey,
    SeedComplaint,
    TaskVote,
    Upload,
    decode,
    signed,
)

__all__ = [
    "Checked",
    "Checkpoint",
    "LearningState",
    "MaskSum",
    "MaskSumIn",
    "PPDLGenesis",
    "Phase",
    "Reason",
    "Registered",
    "RegistryVote",
    "RoundKey",
    "RoundState",
    "SeedComplaint",
    "Sent",
    "SumFate",
    "TaskState",
    "TaskVote",
    "Upload",
    "decode",
    "registry_root",
    "siblings_of",
    "signed",
]
