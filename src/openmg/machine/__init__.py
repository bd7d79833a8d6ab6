"""What every chain is made of, and what engines run: blocks, transactions, state trees, effects."""

from openmg.machine.block import LATEST, Block, check_follows, in_order, is_ordered, rank
from openmg.machine.envelope import SIGNATURE_BYTES, Envelope, KindTable, Message, signed_message, transaction_id
from openmg.machine.outcome import Kept, Outcome, Waiting
from openmg.machine.protocol import Batch, Birth, Inspection, Machine
from openmg.machine.tick import Tick, check_tick
from openmg.machine.trees import Leaf, Trees, arranged

__all__ = [
    "LATEST",
    "SIGNATURE_BYTES",
    "Batch",
    "Birth",
    "Block",
    "Envelope",
    "Inspection",
    "Kept",
    "KindTable",
    "Leaf",
    "Machine",
    "Message",
    "Outcome",
    "Tick",
    "Trees",
    "Waiting",
    "arranged",
    "check_follows",
    "check_tick",
    "in_order",
    "is_ordered",
    "rank",
    "signed_message",
    "transaction_id",
]
