"""From a header that is trusted to a later one: CometBFT's light client (LIGHT-5 to LIGHT-11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from openmg.errors import Rejected
from openmg.lightclient.commit import power_of, signers
from openmg.lightclient.header import SECOND_NS, check_signed, header_time
from openmg.lightclient.validators import Validators
from openmg.tendermint.types.types_pb2 import SignedHeader

# Two thirds of the two days for which evidence of a double vote is still taken.
TRUSTING_PERIOD_NS: Final = 32 * 3600 * SECOND_NS
CLOCK_DRIFT_NS: Final = 10 * SECOND_NS


@dataclass(frozen=True)
class Trusted:
    """What is kept of a header that was verified; `time_ns` counts from the Unix epoch.

    `app_hash` is the state root after the block before, `next_hash` the hash of the validators of the block after.
    """

    chain_id: str
    height: int
    time_ns: int
    app_hash: bytes
    validators: Validators
    next_hash: bytes
    header_hash: bytes


def first(chain_id: str, validators: Validators, signed: SignedHeader, now_ns: int) -> Trusted:
    """Trust a header because the genesis document's own validators signed it (LIGHT-11).

    Raises:
        Rejected: `LIGHT-1` to `LIGHT-5`, `LIGHT-7`.
    """
    found = _read(chain_id, signed, validators, now_ns)
    _check_own(signers(chain_id, signed.commit, validators), validators)
    return found


def verify(trusted: Trusted, signed: SignedHeader, validators: Validators, now_ns: int) -> Trusted:
    """Trust a later header, signed by `validators`, because of one that is trusted already.

    Raises:
        Rejected: `LIGHT-1` to `LIGHT-10`.
    """
    if trusted.time_ns + TRUSTING_PERIOD_NS <= now_ns:
        raise Rejected("LIGHT-8", f"header {trusted.height} is too old to trust others by")
    found = _read(trusted.chain_id, signed, validators, now_ns)
    if found.height <= trusted.height:
        raise Rejected("LIGHT-6", f"height {found.height} does not follow {trusted.height}")
    if found.time_ns <= trusted.time_ns:
        raise Rejected("LIGHT-6", f"the time of header {found.height} is not after that of header {trusted.height}")
    adjacent = found.height == trusted.height + 1
    if adjacent and validators.hash != trusted.next_hash:
        raise Rejected("LIGHT-9", f"header {trusted.height} named other validators for block {found.height}")
    keys = signers(trusted.chain_id, signed.commit, validators)
    if not adjacent and 3 * power_of(keys, trusted.validators) <= trusted.validators.total:
        raise Rejected("LIGHT-10", f"no more than a third of the validators of block {trusted.height} signed")
    _check_own(keys, validators)
    return found


def _read(chain_id: str, signed: SignedHeader, validators: Validators, now_ns: int) -> Trusted:
    """What would be kept of a header, were its signatures good."""
    found = check_signed(chain_id, signed)
    header = signed.header
    time_ns = header_time(header)
    if time_ns >= now_ns + CLOCK_DRIFT_NS:
        raise Rejected("LIGHT-7", f"header {header.height} is {(time_ns - now_ns) // SECOND_NS} s in the future")
    if header.validators_hash != validators.hash:
        raise Rejected("LIGHT-4", f"these are not the validators of block {header.height}")
    next_hash = header.next_validators_hash
    return Trusted(chain_id, header.height, time_ns, header.app_hash, validators, next_hash, found)


def _check_own(keys: frozenset[bytes], validators: Validators) -> None:
    power = power_of(keys, validators)
    if 3 * power <= 2 * validators.total:
        raise Rejected("LIGHT-5", f"valid signatures of power {power} of {validators.total}: more than 2/3 are needed")
