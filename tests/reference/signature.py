"""WIRE-1 and WIRE-10: strict Ed25519 (RFC 8032), signed transactions and their names."""

from hashlib import sha256, sha512

from tests.reference import edwards, require
from tests.reference.edwards import NEUTRAL, ORDER, Coordinates


def _expand(seed: bytes) -> tuple[int, bytes]:
    """RFC 8032 §5.1.5: the clamped scalar and the prefix."""
    digest = sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    return scalar, digest[32:]


def _challenge(*parts: bytes) -> int:
    return int.from_bytes(sha512(b"".join(parts)).digest(), "little") % ORDER


def public_key(seed: bytes) -> bytes:
    """The public key of a seed."""
    return edwards.encode(edwards.multiply(_expand(seed)[0], edwards.BASE))


def sign(seed: bytes, message: bytes) -> bytes:
    """RFC 8032 §5.1.6."""
    scalar, prefix = _expand(seed)
    public = public_key(seed)
    nonce = _challenge(prefix, message)
    r = edwards.encode(edwards.multiply(nonce, edwards.BASE))
    s = (nonce + _challenge(r, public, message) * scalar) % ORDER
    return r + s.to_bytes(32, "little")


def sign_loosely(seed: bytes, message: bytes) -> bytes:
    """A signature that holds only when multiplied by the cofactor: R carries a point of order 4."""
    scalar, prefix = _expand(seed)
    nonce = _challenge(prefix, message)
    r = edwards.encode(edwards.add(edwards.multiply(nonce, edwards.BASE), edwards.decode(bytes(32))))
    s = (nonce + _challenge(r, public_key(seed), message) * scalar) % ORDER
    return r + s.to_bytes(32, "little")


def _small_order(point: Coordinates) -> bool:
    return edwards.same(edwards.multiply(8, point), NEUTRAL)


def verify(public: bytes, message: bytes, signature: bytes, clause: str) -> None:
    """WIRE-1: canonical S, no small-order key or R, and the equation without the cofactor."""
    require(len(signature) == 64, clause, "a signature has 64 bytes")
    s = int.from_bytes(signature[32:], "little")
    require(s < ORDER, clause, "S is not reduced")
    try:
        key, r = edwards.decode(public), edwards.decode(signature[:32])
    except ValueError as error:
        require(condition=False, clause=clause, reason=str(error))
        raise
    require(not _small_order(key), clause, "the key is of small order")
    require(not _small_order(r), clause, "R is of small order")
    k = _challenge(signature[:32], public, message)
    left = edwards.multiply(s, edwards.BASE)
    require(edwards.same(left, edwards.add(r, edwards.multiply(k, key))), clause, "the signature is wrong")


def signed_bytes(chain: bytes, kind: int, body: bytes) -> bytes:
    """WIRE-10: what every signature of a transaction is over."""
    return b"openmg/1/tx" + chain + bytes([kind]) + body


def transaction(chain: bytes, kind: int, body: bytes, seeds: list[bytes]) -> bytes:
    """WIRE-10: kind, body, and one signature for each seed."""
    message = signed_bytes(chain, kind, body)
    return bytes([kind]) + body + b"".join(sign(seed, message) for seed in seeds)


def identifier(tx: bytes) -> bytes:
    """WIRE-10: the id of a transaction."""
    return sha256(tx).digest()
