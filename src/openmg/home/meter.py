"""The meter: it knows its own readings, signs them, and hands their openings to its own gateway only (MARKET-1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from openmg.crypto import MeterReading, Point, Vault, random_bytes, read_meter, signing_public
from openmg.errors import BadInput
from openmg.units import Slot, WattHours


@dataclass(frozen=True)
class Meter:
    """A meter that replays recorded data; `readings` holds (import, export) in Wh by slot."""

    secret: bytes = field(repr=False)
    readings: Mapping[Slot, tuple[WattHours, WattHours]]

    @classmethod
    def create(cls, path: Path, passphrase: str, readings: Mapping[Slot, tuple[WattHours, WattHours]]) -> Meter:
        """A new meter with a fresh key, kept encrypted at `path`."""
        secret = random_bytes(32)
        Vault.create(path, passphrase).write(json.dumps({"meter": secret.hex()}).encode())
        return cls(secret, readings)

    @classmethod
    def open(cls, path: Path, passphrase: str, readings: Mapping[Slot, tuple[WattHours, WattHours]]) -> Meter:
        """A meter whose key is at `path`.

        Raises:
            BadInput: no such file, wrong passphrase, or not a meter's key.
        """
        _, data = Vault.open(path, passphrase)
        try:
            return cls(bytes.fromhex(json.loads(data)["meter"]), readings)
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(f"{path}: not a meter's key file") from error

    @property
    def public(self) -> bytes:
        """The meter's key, as enrolled."""
        return signing_public(self.secret)

    def read(self, chain: bytes, account: bytes, slot: Slot, epoch_key: Point) -> MeterReading:
        """The signed reading of one slot, under the epoch key that the gateway names.

        Raises:
            BadInput: nothing was recorded for this slot.
        """
        if slot not in self.readings:
            raise BadInput(f"the meter has no reading for slot {slot}")
        imported, exported = self.readings[slot]
        return read_meter(self.secret, chain, account, slot, epoch_key, imported, exported)
