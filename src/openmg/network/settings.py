"""What an operator decides about one node: authority.json, the only file that is edited by hand."""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import asdict, dataclass
from typing import Any, Final

from openmg.errors import BadInput

SCHEMA: Final = "openmg/authority/1"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_PEER: Final = re.compile(r"([0-9a-f]{40})@([A-Za-z0-9.-]+|\[[0-9a-f:]+\]):(\d{1,5})", re.ASCII)
_SERVER: Final = re.compile(r"https?://[^\s,\"\\]+", re.ASCII)
_MOST_PORT: Final = 65_535
_HASH: Final = re.compile(r"[0-9A-F]{64}", re.ASCII)


@dataclass(frozen=True)
class Sync:
    """Where a new node finds the chain's newest state, and the header that it trusts to begin with.

    `servers`: RPC endpoints, at least two, as CometBFT wants to compare them. `hash`: of the header at `height`.
    """

    servers: tuple[str, ...]
    height: int
    hash: str

    def __post_init__(self) -> None:
        if len(self.servers) < 2 or not all(_SERVER.fullmatch(server) for server in self.servers):
            raise BadInput("sync.servers: at least two addresses such as http://127.0.0.1:26601 were expected")
        if self.height < 1 or not _HASH.fullmatch(self.hash):
            raise BadInput("sync: a height of at least 1 and the header's hash in 64 capital digits were expected")


@dataclass(frozen=True)
class Settings:
    """One node's settings.

    `chain`: the network's chain id. `p2p`: where other nodes reach this one. `rpc`, `metrics`, `validator_metrics`:
    where this machine's programs reach CometBFT, and the figures of the application and of CometBFT (None: nowhere).
    `peers`: the nodes it talks to, nodeid@host:port; nobody else is let in. `keep_days`: blocks older than this many
    days are pruned; None keeps all.

    Raises:
        BadInput: what a node cannot run with, in one line that names the field.
    """

    name: str
    chain: str
    p2p: str
    rpc: str
    metrics: str | None
    validator_metrics: str | None
    peers: tuple[str, ...]
    keep_days: int | None = None
    sync: Sync | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise BadInput(f"name {self.name!r}: small letters, digits and hyphens were expected, 40 at most")
        read_address(self.p2p, "p2p")
        for what, address in (
            ("rpc", self.rpc),
            ("metrics", self.metrics),
            ("validator_metrics", self.validator_metrics),
        ):
            if address is not None:
                _check_loopback(address, what)
        for peer in self.peers:
            found = _PEER.fullmatch(peer)
            if found is None or not 0 < int(found[3]) <= _MOST_PORT:
                raise BadInput(f"peers: {peer!r} is not of the form nodeid@host:port")
        if self.keep_days is not None and self.keep_days < 1:
            raise BadInput(f"keep_days is {self.keep_days}: null or at least 1 was expected")
        taken = [address for _, address in self.listens]
        if len(set(taken)) != len(taken):
            raise BadInput("two of p2p, rpc, metrics and validator_metrics are the same address")

    @property
    def listens(self) -> list[tuple[str, str]]:
        """What this node listens for and where."""
        all_of_them = (
            ("p2p", self.p2p),
            ("rpc", self.rpc),
            ("metrics", self.metrics),
            ("validator_metrics", self.validator_metrics),
        )
        return [(what, address) for what, address in all_of_them if address is not None]

    def encode(self) -> str:
        """authority.json."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=2) + "\n"

    @classmethod
    def decode(cls, text: str, where: str) -> Settings:
        """Inverse of `encode`; `keep_days` and `sync` may be absent.

        Raises:
            BadInput: one line that begins with `where`.
        """
        try:
            return _read(json.loads(text))
        except BadInput as error:
            raise BadInput(f"{where}: {error}") from error
        except (ValueError, RecursionError) as error:
            raise BadInput(f"{where}: no JSON ({error})") from error


def read_address(address: str, what: str) -> tuple[str, int]:
    """Host and port of 127.0.0.1:26600 or [::1]:26600.

    Raises:
        BadInput: it is none; names `what`.
    """
    host, _, port = address.rpartition(":")
    try:
        parsed = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        number = int(port)
        if not port.isascii() or not port.isdigit() or not 0 < number <= _MOST_PORT:
            raise ValueError("port")
        if (f"[{parsed}]" if parsed.version == 6 else str(parsed)) != host:
            raise ValueError("host")
    except ValueError as error:
        raise BadInput(f"{what} is {address!r}: an address and a port such as 127.0.0.1:26600 were expected") from error
    return str(parsed), number


def _check_loopback(address: str, what: str) -> None:
    host, _ = read_address(address, what)
    if not ipaddress.ip_address(host).is_loopback:
        why = "CometBFT's RPC asks nobody who he is" if what == "rpc" else "figures about this node are its operator's"
        raise BadInput(f"{what} is {address}: only this machine (127.0.0.1) may reach it, because {why}")


def _read(given: Any) -> Settings:  # noqa: ANN401 - whatever JSON can hold
    if not isinstance(given, dict):
        raise BadInput("an object was expected")
    if given.get("schema") != SCHEMA:
        raise BadInput(f"schema is {given.get('schema')!r}: {SCHEMA!r} was expected")
    expected = set(Settings.__dataclass_fields__)
    for name in given:
        if name not in expected | {"schema"}:
            raise BadInput(f"{name} is unknown")
    for name in sorted(expected - {"keep_days", "sync"}):
        if name not in given:
            raise BadInput(f"{name} is missing")
    keep_days = given.get("keep_days")
    if keep_days is not None and type(keep_days) is not int:
        raise BadInput("keep_days: null or a whole number was expected")
    return Settings(
        name=_text(given["name"], "name"),
        chain=_text(given["chain"], "chain"),
        p2p=_text(given["p2p"], "p2p"),
        rpc=_text(given["rpc"], "rpc"),
        metrics=None if given["metrics"] is None else _text(given["metrics"], "metrics"),
        validator_metrics=(
            None if given["validator_metrics"] is None else _text(given["validator_metrics"], "validator_metrics")
        ),
        peers=_texts(given["peers"], "peers"),
        keep_days=keep_days,
        sync=None if given.get("sync") is None else _read_sync(given["sync"]),
    )


def _read_sync(given: Any) -> Sync:  # noqa: ANN401 - whatever JSON can hold
    if not isinstance(given, dict) or set(given) != {"servers", "height", "hash"} or type(given["height"]) is not int:
        raise BadInput("sync: an object with servers, height and hash was expected")
    return Sync(_texts(given["servers"], "sync.servers"), given["height"], _text(given["hash"], "sync.hash"))


def _text(given: Any, what: str) -> str:  # noqa: ANN401 - whatever JSON can hold
    if not isinstance(given, str):
        raise BadInput(f"{what}: a text was expected")
    return given


def _texts(given: Any, what: str) -> tuple[str, ...]:  # noqa: ANN401 - whatever JSON can hold
    if not isinstance(given, list):
        raise BadInput(f"{what}: a list of texts was expected")
    return tuple(_text(item, what) for item in given)
