"""The document a network begins with: CometBFT's genesis.json, and the chain time that follows from it (WIRE-14)."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from openmg.chains import Genesis
from openmg.client.moments import SECOND, read_moment, write_moment
from openmg.encoding import Writer
from openmg.errors import BadInput, Malformed, Rejected
from openmg.lightclient import address_of
from openmg.machine import LATEST

SCHEMA: Final = "openmg/network/1"
KEY_BYTES: Final = 32
_PREFIX: Final = "openmg-"
_TAG: Final = b"openmg/1/network"
# What CometBFT reads beside the parts that differ between networks. Durations in ns, sizes in bytes.
_CONSENSUS: Final = {
    "block": {"max_bytes": "8388608", "max_gas": "-1"},
    "evidence": {"max_age_num_blocks": "100000", "max_age_duration": "172800000000000", "max_bytes": "1048576"},
    "validator": {"pub_key_types": ["ed25519"]},
    "version": {"app": "1"},
    "abci": {"vote_extensions_enable_height": "0"},
}


@dataclass(frozen=True)
class Timeline:
    """Chain time (s) as a function of a block header's time (ns since the Unix epoch).

    `origin` is the chain time at `genesis_ns`. `rate` chain seconds pass in a second: 1, but more where a demo
    replays a day.
    """

    genesis_ns: int
    origin: int
    rate: int

    def __post_init__(self) -> None:
        for name, value, least, bound in (
            ("genesis_ns", self.genesis_ns, 0, 2**63),
            ("origin", self.origin, 0, LATEST),
            ("rate", self.rate, 1, 2**32),
        ):
            if not least <= value < bound:
                raise BadInput(f"{name} is {value}: at least {least} and less than {bound} was expected")

    def block_time(self, header_ns: int) -> int:
        """The chain time of a block, rounded down; never before `origin`."""
        return self.origin + max(0, header_ns - self.genesis_ns) * self.rate // SECOND

    def moment_of(self, time: int) -> int:
        """The first moment (ns) from genesis on at which a block has this chain time, or a later one."""
        return self.genesis_ns - max(0, time - self.origin) * SECOND // -self.rate


@dataclass(frozen=True)
class NetworkGenesis:
    """A chain's parameters, the consensus keys of its authorities in the order of their indices, and its timeline."""

    genesis: Genesis
    validators: tuple[bytes, ...]
    timeline: Timeline

    def __post_init__(self) -> None:
        if len(self.validators) != len(self.genesis.authorities):
            raise BadInput(
                f"{len(self.validators)} consensus keys for {len(self.genesis.authorities)} authorities: "
                "one for each was expected"
            )
        if any(len(key) != KEY_BYTES for key in self.validators):
            raise BadInput(f"a consensus key has another length than {KEY_BYTES} bytes")
        if len(set(self.validators)) != len(self.validators):
            raise BadInput("two authorities have the same consensus key")

    @property
    def chain_id(self) -> str:
        """CometBFT's name of the network; whoever agrees on it agrees on this whole document."""
        writer = Writer().fixed(self.genesis.chain, 32).integer(len(self.validators), 1)
        for key in self.validators:
            writer.fixed(key, KEY_BYTES)
        line = self.timeline
        writer.integer(line.genesis_ns, 8).integer(line.origin, 8).integer(line.rate, 4)
        return _PREFIX + hashlib.sha256(_TAG + writer.done()).digest()[:20].hex()

    def index_of(self, address: bytes) -> int:
        """Which authority (from 1) has the consensus key with this address.

        Raises:
            Rejected: `WIRE-14`, none of them.
        """
        for index, key in enumerate(self.validators, 1):
            if address_of(key) == address:
                return index
        raise Rejected("WIRE-14", f"no authority has the consensus address {address.hex()}")

    def encode(self) -> str:
        """CometBFT's genesis.json."""
        return json.dumps(self._parts(), indent=2) + "\n"

    def _parts(self) -> dict[str, Any]:
        validators = [
            {
                "address": address_of(key).hex().upper(),
                "pub_key": {"type": "tendermint/PubKeyEd25519", "value": base64.b64encode(key).decode("ascii")},
                "power": "1",
                "name": f"authority-{index}",
            }
            for index, key in enumerate(self.validators, 1)
        ]
        return {
            "genesis_time": write_moment(self.timeline.genesis_ns),
            "chain_id": self.chain_id,
            "initial_height": "1",
            "consensus_params": _CONSENSUS,
            "validators": validators,
            "app_hash": "",
            "app_state": {
                "schema": SCHEMA,
                "genesis": self.genesis.encode().hex(),
                "validators": [key.hex() for key in self.validators],
                "origin": self.timeline.origin,
                "rate": self.timeline.rate,
            },
        }

    @classmethod
    def decode(cls, text: str, where: str) -> NetworkGenesis:
        """Inverse of `encode`, whatever the white space and the order of names; `where` opens the error's line.

        Nothing may differ from what follows from the parameters, so that no two nodes of a network run by other rules.

        Raises:
            BadInput: one line that names the first part that is not as expected.
        """
        try:
            given = _read_json(text)
            document = _document_of(given)
            expected = document._parts()  # noqa: SLF001 - its own class
            # What tells networks apart first: a wrong identity says more than the field behind it.
            for name in dict.fromkeys(("chain_id", *expected, *given)):
                _same(given, expected, name, "")
        except (BadInput, Malformed) as error:
            raise BadInput(f"{where}: {error}") from error
        except RecursionError as error:
            raise BadInput(f"{where}: no JSON (nested too deep)") from error
        return document


def _read_json(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text, object_pairs_hook=_once)
    except ValueError as error:
        raise BadInput(f"no JSON ({error})") from error
    return _object(given, "the document")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """CometBFT takes the last of several values, a reader the first: there may be only one."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadInput("a name stands twice in one object")
    return found


def _document_of(given: dict[str, Any]) -> NetworkGenesis:
    state = _object(_member(given, "app_state", "the document"), "app_state")
    where = "app_state"
    schema = _member(state, "schema", where)
    if schema != SCHEMA:
        raise BadInput(f"app_state is of schema {_shown(schema)}: {SCHEMA!r} was expected")
    genesis = Genesis.decode(_hexadecimal(_member(state, "genesis", where), "genesis"))
    keys = _member(state, "validators", where)
    if not isinstance(keys, list):
        raise BadInput(f"app_state: validators is {_shown(keys)}: a list was expected")
    validators = tuple(_hexadecimal(key, "validators") for key in keys)
    time = _member(given, "genesis_time", "the document")
    if not isinstance(time, str):
        raise BadInput(f"genesis_time is {_shown(time)}: a text was expected")
    try:
        begin = read_moment(time)
    except Malformed as error:
        raise BadInput(f"genesis_time: {error}") from error
    origin, rate = _whole(_member(state, "origin", where), "origin"), _whole(_member(state, "rate", where), "rate")
    return NetworkGenesis(genesis, validators, Timeline(begin, origin, rate))


def _same(given: dict[str, Any], expected: dict[str, Any], name: str, above: str) -> None:
    """Compare one part of two documents and all below it; `above` names where it stands."""
    path = above + _shown(name)[1:-1]
    if name not in given:
        raise BadInput(f"{path} is missing")
    if name not in expected:
        raise BadInput(f"{path} is unknown")
    found, wanted = given[name], expected[name]
    if isinstance(found, dict) and isinstance(wanted, dict):
        for inner in dict.fromkeys((*wanted, *found)):
            _same(found, wanted, inner, f"{path}.")
    elif json.dumps(found, sort_keys=True) != json.dumps(wanted, sort_keys=True):
        raise BadInput(f"{path} is {_shown(found)}: {_shown(wanted)} follows from the parameters")


def _object(given: Any, what: str) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON can hold
    if not isinstance(given, dict):
        raise BadInput(f"{what} is {_shown(given)}: an object was expected")
    return given


def _member(given: dict[str, Any], name: str, where: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
    if name not in given:
        raise BadInput(f"{where} has no {name}")
    return given[name]


def _hexadecimal(given: Any, what: str) -> bytes:  # noqa: ANN401 - whatever JSON can hold
    try:
        data = bytes.fromhex(given)
    except (TypeError, ValueError) as error:
        raise BadInput(f"app_state: {what} is {_shown(given)}: hexadecimal digits were expected") from error
    if data.hex() != given:
        raise BadInput(f"app_state: {what} is {_shown(given)}: small hexadecimal digits and nothing else were expected")
    return data


def _whole(given: Any, what: str) -> int:  # noqa: ANN401 - whatever JSON can hold
    if type(given) is not int:
        raise BadInput(f"app_state: {what} is {_shown(given)}: a whole number was expected")
    return given


def _shown(given: Any, most: int = 60) -> str:  # noqa: ANN401 - whatever JSON can hold
    text = json.dumps(given)
    return text if len(text) <= most else f"{text[:most]}…"
