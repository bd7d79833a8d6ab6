"""WIRE-11: blocks, the tree of RFC 6962, and the state root."""

from collections.abc import Sequence
from hashlib import sha256

SUBTREES = ("parameters", "keys", "accounts", "slots", "months")


def leaf(data: bytes) -> bytes:
    """SHA-256(0x00 ‖ data)."""
    return sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def _split(n: int) -> int:
    """The largest power of two below n."""
    return 1 << (n - 1).bit_length() - 1


def root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 §2.1."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaf(leaves[0])
    k = _split(len(leaves))
    return node(root(leaves[:k]), root(leaves[k:]))


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """RFC 6962 §2.1.1: the nodes beside the way from a leaf to the root, the leaf's neighbour first."""
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if index < k:
        return [*path(leaves[:k], index), root(leaves[k:])]
    return [*path(leaves[k:], index - k), root(leaves[:k])]


def root_by_path(data: bytes, index: int, count: int, beside: Sequence[bytes]) -> bytes:
    """The root that a leaf and its path lead to."""
    if count == 1:
        return leaf(data)
    k = _split(count)
    if index < k:
        return node(root_by_path(data, index, k, beside[:-1]), beside[-1])
    return node(beside[-1], root_by_path(data, index - k, count - k, beside[:-1]))


def state_root(sizes: Sequence[int], roots: Sequence[bytes]) -> bytes:
    """The tree over "parameters" ‖ leaves ‖ root … "months" ‖ leaves ‖ root."""
    named = zip(SUBTREES, sizes, roots, strict=True)
    return root([name.encode() + size.to_bytes(8, "little") + each for name, size, each in named])


def block(height: int, time: int, proposer: int, previous: bytes, transactions: Sequence[bytes]) -> bytes:
    """The encoding of a block."""
    head = height.to_bytes(8, "little") + time.to_bytes(8, "little") + bytes([proposer]) + previous
    body = b"".join(len(tx).to_bytes(4, "little") + tx for tx in transactions)
    return head + len(transactions).to_bytes(4, "little") + body
