"""What a stranger needs to check a chain's word: Merkle trees and inclusion proofs (pure)."""

from openmg.lightclient.merkle import MerkleTree, Proof, leaf_hash, root_of, tree_leaf, verify_inclusion, verify_state
from openmg.lightclient.state_proof import StateProof

__all__ = [
    "MerkleTree",
    "Proof",
    "StateProof",
    "leaf_hash",
    "root_of",
    "tree_leaf",
    "verify_inclusion",
    "verify_state",
]
