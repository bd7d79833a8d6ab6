"""The wallet on disk: encrypted, one writer at a time, replaced atomically (WIRE-13)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

from openmg.crypto import Opening, Vault, random_bytes
from openmg.errors import BadInput
from openmg.home.memo import OwnReport
from openmg.home.wallet import Month, Trade, Wallet
from openmg.storage import lock_beside
from openmg.units import Slot

FORMAT: Final = 2
"""`format` of the file's content; 1, which did not say it, knew neither `enrolment` nor `outbox`."""


class WalletFile:
    """An open wallet file; it stays locked until `close`."""

    def __init__(self, vault: Vault, wallet: Wallet, lock: int) -> None:
        self.wallet = wallet
        self._vault = vault
        self._lock = lock

    @classmethod
    def create(cls, path: Path, passphrase: str) -> WalletFile:
        """A new wallet with a fresh seed, on disk when this returns.

        Raises:
            BadInput: there is a wallet already, or another program holds it.
        """
        try:
            path.touch(mode=0o600, exist_ok=False)
        except FileExistsError as error:
            raise BadInput(f"{path}: a wallet is there already") from error
        except OSError as error:
            raise BadInput(f"{path}: cannot be made ({error.strerror})") from error
        lock = lock_beside(path, "wallet")
        try:
            file = cls(Vault.create(path, passphrase), Wallet(random_bytes(32)), lock)
            file.save()
        except BaseException:
            os.close(lock)
            path.unlink()
            raise
        return file

    @classmethod
    def open(cls, path: Path, passphrase: str) -> WalletFile:
        """An existing wallet.

        Raises:
            BadInput: no such file, wrong passphrase, damaged, or held by another program.
        """
        # Locked before it is read: otherwise what another program saves in between would be lost.
        lock = lock_beside(path, "wallet")
        try:
            vault, data = Vault.open(path, passphrase)
            return cls(vault, _decode(_known(json.loads(data), path)), lock)
        except (ValueError, KeyError, TypeError) as error:
            os.close(lock)
            raise BadInput(f"{path}: not a wallet") from error
        except BaseException:
            os.close(lock)
            raise

    def save(self) -> None:
        """Write the wallet."""
        self._vault.write(json.dumps(_encode(self.wallet)).encode())

    def close(self) -> None:
        """Let others open it."""
        os.close(self._lock)


def _known(content: dict[str, list[list[object]]], path: Path) -> dict[str, list[list[object]]]:
    if not isinstance(content, dict):
        raise TypeError("an object was expected")
    written = _integer(content.get("format", 1))
    if not 1 <= written <= FORMAT:
        raise BadInput(f"{path}: a wallet of format {written}, this program reads formats up to {FORMAT}")
    return content


def _encode(wallet: Wallet) -> dict[str, object]:
    return {
        "format": FORMAT,
        "seed": wallet.seed.hex(),
        "height": wallet.height,
        "available": _pack(wallet.available),
        "version": wallet.version,
        "checkpoint": wallet.checkpoint,
        "credits": [[slot, _pack(opening)] for slot, opening in wallet.credits],
        "pending": [[slot, _pack_report(own)] for slot, own in wallet.pending.items()],
        "months": [[number, _pack_month(month)] for number, month in wallet.months.items()],
        "trades": [
            [each.slot, each.imported, each.exported, each.bought, each.sold, each.price, each.paid]
            for each in wallet.trades
        ],
        "enrolment": None if wallet.enrolment is None else wallet.enrolment.hex(),
        "outbox": [[slot, raw.hex()] for slot, raw in wallet.outbox.items()],
    }


def _decode(content: dict[str, list[list[object]]]) -> Wallet:
    raw: dict[str, object] = dict(content)
    return Wallet(
        seed=bytes.fromhex(str(raw["seed"])),
        height=_integer(raw["height"]),
        available=_unpack(raw["available"]),
        version=_integer(raw["version"]),
        checkpoint=Slot(_integer(raw["checkpoint"])),
        credits=[(Slot(_integer(slot)), _unpack(opening)) for slot, opening in content["credits"]],
        pending={Slot(_integer(slot)): _unpack_report(own) for slot, own in content["pending"]},
        months={_integer(number): _unpack_month(month) for number, month in content["months"]},
        trades=[Trade(Slot(_integer(each[0])), *(_integer(value) for value in each[1:])) for each in content["trades"]],
        enrolment=None if raw.get("enrolment") is None else bytes.fromhex(str(raw["enrolment"])),
        outbox={Slot(_integer(slot)): bytes.fromhex(str(sent)) for slot, sent in content.get("outbox", [])},
    )


def _pack(opening: Opening) -> list[str]:
    return [str(opening.value), f"{opening.blinding:x}"]


def _unpack(packed: object) -> Opening:
    value, blinding = _items(packed)
    return Opening(int(str(value)), int(str(blinding), 16))


def _pack_report(own: OwnReport) -> list[object]:
    single = [_pack(each) for each in (own.imported, own.exported, own.headroom)]
    return [single, [_pack(each) for each in own.buy], [_pack(each) for each in own.sell]]


def _unpack_report(packed: object) -> OwnReport:
    single, buy, sell = (_items(each) for each in _items(packed))
    imported, exported, headroom = (_unpack(each) for each in single)
    return OwnReport(
        imported, exported, tuple(_unpack(each) for each in buy), tuple(_unpack(each) for each in sell), headroom
    )


def _pack_month(month: Month) -> list[list[str]]:
    return [_pack(each) for each in (month.imported, month.exported, month.bought, month.sold, month.cost)]


def _unpack_month(packed: object) -> Month:
    return Month(*(_unpack(each) for each in _items(packed)))


def _items(packed: object) -> list[object]:
    if not isinstance(packed, list):
        raise TypeError("a list was expected")
    return packed


def _integer(value: object) -> int:
    if type(value) is not int:
        raise TypeError("an integer was expected")
    return value
