"""WIRE-3 and WIRE-5: derivations, and Merlin v1.0 transcripts on STROBE-128 on Keccak-f[1600]."""

import hmac
from hashlib import sha256

from tests.reference.group import Q, wide


def derive(key: bytes, label: str, data: bytes) -> bytes:
    """HMAC-SHA-512(key, label ‖ 0x00 ‖ data), 64 bytes (WIRE-3)."""
    return hmac.digest(key, label.encode("ascii") + b"\x00" + data, "sha512")


def derive_scalar(key: bytes, label: str, data: bytes) -> int:
    """WIRE-3 `scalar`."""
    return wide(derive(key, label, data))


def key32(key: bytes, label: str, data: bytes) -> bytes:
    """WIRE-3 `key32`."""
    return derive(key, label, data)[:32]


def chain_id(genesis: bytes) -> bytes:
    """WIRE-3: the name of a chain."""
    return sha256(b"openmg/1/chain" + genesis).digest()


def _rotate(x: int, n: int) -> int:
    return (x << n | x >> (64 - n)) & (1 << 64) - 1


def _round_constants() -> list[int]:
    """FIPS 202 §3.2.5: bits of the linear feedback shift register."""
    constants, register = [], 1
    for _ in range(24):
        constant = 0
        for j in range(7):
            constant |= (register & 1) << ((1 << j) - 1)
            register = register << 1 ^ (0x171 if register & 0x80 else 0)
        constants.append(constant)
    return constants


ROUND_CONSTANTS = _round_constants()


def keccak_f(state: bytes) -> bytes:
    """Keccak-f[1600] of FIPS 202 on 200 bytes."""
    lane = [int.from_bytes(state[8 * i : 8 * i + 8], "little") for i in range(25)]
    for constant in ROUND_CONSTANTS:
        column = [lane[x] ^ lane[x + 5] ^ lane[x + 10] ^ lane[x + 15] ^ lane[x + 20] for x in range(5)]
        parity = [column[(x + 4) % 5] ^ _rotate(column[(x + 1) % 5], 1) for x in range(5)]
        lane = [word ^ parity[i % 5] for i, word in enumerate(lane)]
        lane = _rho_pi(lane)
        lane = [word ^ (~lane[i - i % 5 + (i + 1) % 5] & lane[i - i % 5 + (i + 2) % 5]) for i, word in enumerate(lane)]
        lane[0] ^= constant
    return b"".join(word.to_bytes(8, "little") for word in lane)


def _rho_pi(lane: list[int]) -> list[int]:
    """FIPS 202 §3.2.2 and §3.2.3: walk the lanes, turning each by the next triangular number."""
    moved = list(lane)
    x, y, current = 1, 0, lane[1]
    for t in range(24):
        x, y = y, (2 * x + 3 * y) % 5
        current, moved[x + 5 * y] = lane[x + 5 * y], _rotate(current, (t + 1) * (t + 2) // 2 % 64)
    return moved


class Strobe:
    """STROBE-128 (v1.0.2) as far as Merlin uses it: meta-AD, AD and PRF."""

    RATE = 166
    AD, META_AD, PRF = 0x02, 0x12, 0x07

    def __init__(self, label: bytes) -> None:
        start = bytes([1, self.RATE + 2, 1, 0, 1, 96]) + b"STROBEv1.0.2"
        self._state = bytearray(keccak_f(start.ljust(200, b"\x00")))
        self._position = 0
        self._began = 0
        self.absorb(self.META_AD, label)

    def absorb(self, flags: int, data: bytes) -> None:
        """AD or meta-AD as one operation."""
        self._begin(flags)
        self._absorb(data)

    def squeeze(self, n: int) -> bytes:
        """PRF."""
        self._begin(self.PRF)
        out = bytearray()
        for _ in range(n):
            out.append(self._state[self._position])
            self._state[self._position] = 0
            self._advance()
        return bytes(out)

    def _begin(self, flags: int) -> None:
        before, self._began = self._began, self._position + 1
        self._absorb(bytes([before, flags]))
        if flags == self.PRF and self._position:
            self._permute()

    def _absorb(self, data: bytes) -> None:
        for byte in data:
            self._state[self._position] ^= byte
            self._advance()

    def _advance(self) -> None:
        self._position += 1
        if self._position == self.RATE:
            self._permute()

    def _permute(self) -> None:
        self._state[self._position] ^= self._began
        self._state[self._position + 1] ^= 0x04
        self._state[self.RATE + 1] ^= 0x80
        self._state = bytearray(keccak_f(bytes(self._state)))
        self._position = 0
        self._began = 0


class Transcript:
    """Merlin v1.0 (WIRE-5)."""

    def __init__(self, label: str) -> None:
        self._strobe = Strobe(b"Merlin v1.0")
        self.message("dom-sep", label.encode("ascii"))

    def message(self, label: str, data: bytes) -> None:
        """Merlin's `append_message`."""
        self._strobe.absorb(Strobe.META_AD, label.encode("ascii") + len(data).to_bytes(4, "little"))
        self._strobe.absorb(Strobe.AD, data)

    def u64(self, label: str, x: int) -> None:
        """Merlin's `append_u64`."""
        self.message(label, x.to_bytes(8, "little"))

    def challenge(self, label: str, n: int) -> bytes:
        """Merlin's `challenge_bytes`."""
        self._strobe.absorb(Strobe.META_AD, label.encode("ascii") + n.to_bytes(4, "little"))
        return self._strobe.squeeze(n)

    def scalar(self, label: str) -> int:
        """A scalar challenge: `wide` of 64 bytes."""
        return wide(self.challenge(label, 64))

    def weights(self, label: str, count: int) -> list[int]:
        """As many u128 weights, drawn in one challenge of 16 bytes each."""
        drawn = self.challenge(label, 16 * count)
        return [int.from_bytes(drawn[16 * j : 16 * j + 16], "little") for j in range(count)]


class Forgetful(Transcript):
    """A cheating prover's transcript: it leaves out the messages numbered `forgets`, counting from zero."""

    def __init__(self, label: str, forgets: set[int]) -> None:
        self._forgets = forgets
        self.absorbed: list[str] = []
        super().__init__(label)

    def message(self, label: str, data: bytes) -> None:
        """Absorb, or forget."""
        number = len(self.absorbed)
        self.absorbed.append(label)
        if number not in self._forgets:
            super().message(label, data)


class Dice:
    """Numbers that look fresh but repeat, so that vectors are the same on every run."""

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()
        self._rolled = 0

    def bytes(self, n: int = 32) -> bytes:
        """The next n ≤ 64 bytes."""
        self._rolled += 1
        return hmac.digest(self._seed, self._rolled.to_bytes(8, "little"), "sha512")[:n]

    def scalar(self) -> int:
        """The next scalar, not zero."""
        return wide(self.bytes(64)) or Q - 1
