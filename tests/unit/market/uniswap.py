"""One position on the real Uniswap v3 contracts, run by py-evm: energy is the first token, money the second."""

from __future__ import annotations

import json
import sys
from math import isqrt
from pathlib import Path
from typing import Any, Final

# py-evm lifts Python's limit on recursion as it is imported. Other tests in this process need it: without it a
# deeply nested file is a crash. What is called here stays far below it.
LIMIT: Final = sys.getrecursionlimit()

from eth.vm import opcode_values  # noqa: E402  (the limit comes first)
from eth_abi.abi import decode, encode  # noqa: E402
from eth_tester import EthereumTester, PyEVMBackend  # noqa: E402
from eth_utils.abi import function_signature_to_4byte_selector  # noqa: E402

sys.setrecursionlimit(LIMIT)

HOUSE = Path(__file__).resolve().parents[3]
CONTRACTS = HOUSE / ".venv/uniswap/node_modules/@uniswap/v3-core/artifacts/contracts"

TOKEN: Final = 2**64
"""Tokens in a Wh and in a µKRW: the same for both, so that a tick's price is in µKRW/Wh."""
ROOT: Final = 2**96
"""Uniswap keeps the square root of the price in this part of a unit."""
STEPS: Final = 64
"""Most steps of one swap: a step ends where a word of 256 ticks of the bitmap does, and each rounds anew."""
GAS: Final = 16_000_000

# A ledger of whole numbers whose accounts may owe: `balanceOf` when 36 bytes come in, else `transfer`.
LEDGER: Final = """
    0x24 CALLDATASIZE EQ @balance JUMPI
    0x24 CALLDATALOAD CALLER SLOAD SUB CALLER SSTORE
    0x24 CALLDATALOAD 0x04 CALLDATALOAD SLOAD ADD 0x04 CALLDATALOAD SSTORE
    0x01 @answer JUMP
    :balance 0x04 CALLDATALOAD SLOAD
    :answer 0x00 MSTORE 0x20 0x00 RETURN
"""
# Who trades. Called from outside, it calls the address in the first word with what follows it; called back by a
# pool, it transfers what the pool asks of both tokens in the first two arguments, where that is above 0.
TRADER: Final = """
    CALLER ORIGIN EQ @forward JUMPI
    0xa9059cbb 0xe0 SHL 0x00 MSTORE CALLER 0x04 MSTORE
    0x04 CALLDATALOAD 0x00 SLT ISZERO @money JUMPI
    0x04 CALLDATALOAD 0x24 MSTORE 0x00 0x00 0x44 0x00 0x00 {energy} GAS CALL POP
    :money 0x24 CALLDATALOAD 0x00 SLT ISZERO @paid JUMPI
    0x24 CALLDATALOAD 0x24 MSTORE 0x00 0x00 0x44 0x00 0x00 {money} GAS CALL POP
    :paid STOP
    :forward 0x20 CALLDATASIZE SUB 0x20 0x00 CALLDATACOPY
    0x00 0x00 0x20 CALLDATASIZE SUB 0x00 0x00 0x00 CALLDATALOAD GAS CALL
    RETURNDATASIZE 0x00 0x00 RETURNDATACOPY @done JUMPI RETURNDATASIZE 0x00 REVERT
    :done RETURNDATASIZE 0x00 RETURN
"""


def assemble(source: str) -> bytes:
    """The bytes of a program of opcodes, constants (0x…), labels (:name) and their addresses (@name)."""
    code = bytearray()
    labels: dict[str, int] = {}
    uses: list[tuple[int, str]] = []
    for word in source.split():
        if word.startswith("0x"):
            constant = bytes.fromhex(word[2:])
            code += bytes([opcode_values.PUSH1 + len(constant) - 1]) + constant
        elif word.startswith("@"):
            uses.append((len(code) + 1, word[1:]))
            code += bytes([opcode_values.PUSH1, 0])
        elif word.startswith(":"):
            labels[word[1:]] = len(code)
            code.append(opcode_values.JUMPDEST)
        else:
            code.append(getattr(opcode_values, word))
    for place, label in uses:
        code[place] = labels[label]
    return bytes(code)


def creation(source: str) -> bytes:
    """What creates a contract of at most 255 bytes with this program: it returns what stands behind itself."""
    program = assemble(source)
    size = f"0x{len(program):02x}"
    return assemble(f"{size} 0x0c 0x00 CODECOPY {size} 0x00 RETURN") + program


def factory_code() -> bytes:
    """Uniswap's own factory, which carries the pool's code in its own."""
    artifact = CONTRACTS / "UniswapV3Factory.sol/UniswapV3Factory.json"
    assert artifact.is_file(), f"{artifact} is missing: `make test` fetches it"
    return bytes.fromhex(json.loads(artifact.read_text("utf-8"))["bytecode"].removeprefix("0x"))


def root_of(price: int) -> int:
    """√price as Uniswap keeps it, rounded down."""
    return isqrt(price * ROOT**2)


class Chain:
    """A fresh Ethereum chain inside this process, with one account."""

    def __init__(self) -> None:
        self._tester = EthereumTester(PyEVMBackend())
        self._account = self._tester.get_accounts()[0]

    def send(self, to: str, code: bytes) -> dict[str, Any]:
        """The receipt of a transaction; its failure is the test's."""
        sent = self._tester.send_transaction({"from": self._account, "to": to, "data": f"0x{code.hex()}", "gas": GAS})
        receipt: dict[str, Any] = self._tester.get_transaction_receipt(sent)
        assert receipt["status"] == 1, receipt
        return receipt

    def create(self, code: bytes) -> str:
        return str(self.send("", code)["contract_address"])

    def read(self, to: str, function: str, *arguments: object) -> bytes:
        code = call(function, *arguments)
        found = self._tester.call({"from": self._account, "to": to, "data": f"0x{code.hex()}", "gas": GAS})
        return bytes.fromhex(found[2:])


def call(function: str, *arguments: object) -> bytes:
    """The input of a call, as `name(type,…)` and its arguments."""
    types = function.partition("(")[2].removesuffix(")")
    return function_signature_to_4byte_selector(function) + encode(types.split(",") if types else [], arguments)


def said(receipt: dict[str, Any], *types: str) -> tuple[Any, ...]:
    """What the contract's last event said."""
    return decode(types, bytes.fromhex(receipt["logs"][-1]["data"][2:]))


class Position:
    """A pool without a fee that holds one position between two ticks, at first full of energy and without money.

    `energy`, `money`: what the pool owns of each token. `root`: the square root of its price. `swaps` so far.
    """

    def __init__(self, ticks: tuple[int, int], spacing: int, liquidity: int, lowest: int, highest: int) -> None:
        """The position between `ticks`, in a pool whose price stays between the roots `lowest` and `highest`."""
        self.liquidity, self.swaps = liquidity, 0
        self._limits = lowest, highest
        self._chain = chain = Chain()
        self._tokens = sorted((chain.create(creation(LEDGER)) for _ in range(2)), key=lambda name: int(name, 16))
        self._trader = chain.create(creation(TRADER.format(energy=self._tokens[0], money=self._tokens[1])))
        factory = chain.create(factory_code())
        chain.send(factory, call("enableFeeAmount(uint24,int24)", 0, spacing))
        created = chain.send(factory, call("createPool(address,address,uint24)", *self._tokens, 0))
        self._pool = str(said(created, "int24", "address")[1])
        self._ask(call("initialize(uint160)", lowest))
        mint = "mint(address,int24,int24,uint128,bytes)"
        self._ask(call(mint, self._trader, *ticks, liquidity, b""))
        self.root = lowest
        self._count()

    def move(self, energy: int, limit: int | None = None) -> int:
        """Sell `energy` to the pool, or buy it when negative, until the root is `limit`; returns the money it took.

        All in tokens; the money is negative when the pool paid.
        """
        selling = energy > 0
        end = limit or self._limits[0 if selling else 1]
        if not energy or end == self.root:  # Uniswap refuses a swap that cannot move.
            return 0
        before = self.energy, self.money
        swap = call("swap(address,bool,int256,uint160,bytes)", self._trader, selling, energy, end, b"")
        moved, paid, self.root, _, _ = said(self._ask(swap), "int256", "int256", "uint160", "uint128", "int24")
        self.swaps += 1
        self._count()
        assert (self.energy, self.money) == (before[0] + moved, before[1] + paid)
        return int(paid)

    def move_to(self, price: int) -> int:
        """Trade until the price is `price` µKRW/Wh; returns the money that the pool took."""
        root = root_of(price)
        return self.move(2**200 if root < self.root else -(2**200), root)

    def _ask(self, code: bytes) -> dict[str, Any]:
        return self._chain.send(self._trader, encode(["address"], [self._pool]) + code)

    def _count(self) -> None:
        self.energy, self.money = (
            int.from_bytes(self._chain.read(token, "balanceOf(address)", self._pool)) for token in self._tokens
        )
