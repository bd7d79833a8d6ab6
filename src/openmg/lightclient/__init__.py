"""What a stranger needs to check a chain's word: its headers, and proofs of what is under them (pure)."""

from openmg.lightclient.header import check_transactions, data_hash, header_hash
from openmg.lightclient.merkle import MerkleTree, Proof, leaf_hash, root_of, tree_leaf, verify_inclusion, verify_state
from openmg.lightclient.state_proof import StateProof
from openmg.lightclient.trust import Trusted, first, verify
from openmg.lightclient.validators import Validators, address_of

__all__ = [
    "MerkleTree",
    "Proof",
    "StateProof",
    "Trusted",
    "Validators",
    "address_of",
    "check_transactions",
    "data_hash",
    "first",
    "header_hash",
    "leaf_hash",
    "root_of",
    "tree_leaf",
    "verify",
    "verify_inclusion",
    "verify_state",
]
