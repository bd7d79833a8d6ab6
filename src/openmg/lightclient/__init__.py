"""What a stranger needs to check a chain's word: Merkle trees and inclusion proofs (pure)."""

from openmg.lightclient.merkle import MerkleTree, Proof, leaf_hash, root_of, verify_inclusion

__all__ = ["MerkleTree", "Proof", "leaf_hash", "root_of", "verify_inclusion"]
