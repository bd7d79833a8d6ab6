"""Commitments, proofs, threshold keys and vaults: the only room that calls the Rust core.

Verification raises `Rejected(clause, reason)`; it never returns a bool.
"""

from openmg._core import Pairs
from openmg.crypto.box import open_box, random_bytes, seal_box
from openmg.crypto.gaussian import gaussian_noise
from openmg.crypto.group import (
    GENERATOR,
    IDENTITY,
    ORDER,
    Opening,
    Pair,
    Point,
    check_point,
    combine,
    commit,
    derive_key,
    derive_scalar,
    public_point,
    random_scalar,
    scalar_bytes,
)
from openmg.crypto.key import KeyContext, epoch_key
from openmg.crypto.masks import (
    HiddenVector,
    check_hidden,
    check_mask_sum,
    check_seeds,
    complain_seeds,
    expand_masks,
    hide,
    judge_seeds,
    open_seeds,
    sum_masks,
)
from openmg.crypto.report import Accepted, MeterReading, Statement, Witness, read_meter
from openmg.crypto.share import DiscreteLog, check_opening, check_share, make_share, remainder
from openmg.crypto.signature import sign, signing_public, verify_signature
from openmg.crypto.sums import SlotSums, settle
from openmg.crypto.vault import Vault

__all__ = [
    "GENERATOR",
    "IDENTITY",
    "ORDER",
    "Accepted",
    "DiscreteLog",
    "HiddenVector",
    "KeyContext",
    "MeterReading",
    "Opening",
    "Pair",
    "Pairs",
    "Point",
    "SlotSums",
    "Statement",
    "Vault",
    "Witness",
    "check_hidden",
    "check_mask_sum",
    "check_opening",
    "check_point",
    "check_seeds",
    "check_share",
    "combine",
    "commit",
    "complain_seeds",
    "derive_key",
    "derive_scalar",
    "epoch_key",
    "expand_masks",
    "gaussian_noise",
    "hide",
    "judge_seeds",
    "make_share",
    "open_box",
    "open_seeds",
    "public_point",
    "random_bytes",
    "random_scalar",
    "read_meter",
    "remainder",
    "scalar_bytes",
    "seal_box",
    "settle",
    "sign",
    "signing_public",
    "sum_masks",
    "verify_signature",
]
