"""ChaCha20-Poly1305 of RFC 8439, for the sealed boxes of WIRE-4."""

import hmac
import struct

from tests.reference import require

_MASK = (1 << 32) - 1
_QUARTERS = (
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
)  # fmt: skip


def _turn(x: int, n: int) -> int:
    return (x << n | x >> (32 - n)) & _MASK


def _quarter(s: list[int], a: int, b: int, c: int, d: int) -> None:
    """RFC 8439 §2.1."""
    for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        s[x] = (s[x] + s[y]) & _MASK
        s[z] = _turn(s[z] ^ s[x], n)


def chacha20_block(key: bytes, counter: int, nonce: bytes) -> bytes:
    """RFC 8439 §2.3."""
    start = [
        *struct.unpack("<4I", b"expand 32-byte k"),
        *struct.unpack("<8I", key),
        counter,
        *struct.unpack("<3I", nonce),
    ]
    state = list(start)
    for _ in range(10):
        for quarter in _QUARTERS:
            _quarter(state, *quarter)
    return struct.pack("<16I", *((x + y) & _MASK for x, y in zip(state, start, strict=True)))


def chacha20(key: bytes, nonce: bytes, data: bytes) -> bytes:
    """RFC 8439 §2.4 with the counter starting at 1."""
    out = bytearray()
    for i in range(0, len(data), 64):
        stream = chacha20_block(key, 1 + i // 64, nonce)
        out += bytes(x ^ y for x, y in zip(data[i : i + 64], stream, strict=False))
    return bytes(out)


def poly1305(key: bytes, message: bytes) -> bytes:
    """RFC 8439 §2.5."""
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    accumulator = 0
    for i in range(0, len(message), 16):
        accumulator = (accumulator + int.from_bytes(message[i : i + 16] + b"\x01", "little")) * r % (2**130 - 5)
    return ((accumulator + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


def _tag(key: bytes, nonce: bytes, aad: bytes, ciphertext: bytes) -> bytes:
    """RFC 8439 §2.8."""
    padded = b"".join(part + bytes(-len(part) % 16) for part in (aad, ciphertext))
    lengths = struct.pack("<2Q", len(aad), len(ciphertext))
    return poly1305(chacha20_block(key, 0, nonce)[:32], padded + lengths)


def seal(key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
    """Ciphertext and tag."""
    ciphertext = chacha20(key, nonce, plaintext)
    return ciphertext + _tag(key, nonce, aad, ciphertext)


def unseal(key: bytes, nonce: bytes, aad: bytes, sealed: bytes) -> bytes:
    """The plaintext; refuses with BOX what was not sealed like this."""
    require(len(sealed) >= 16, "BOX", "shorter than its tag")
    ciphertext, tag = sealed[:-16], sealed[-16:]
    require(hmac.compare_digest(tag, _tag(key, nonce, aad, ciphertext)), "BOX", "the tag is wrong")
    return chacha20(key, nonce, ciphertext)
