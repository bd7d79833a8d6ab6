"""The decryption daemon: the authority's secrets, apart from the node that everyone talks to."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Final

from openmg.authority.follower import Follower
from openmg.authority.keyfile import AuthorityKeys
from openmg.authority.member import Authority
from openmg.authority.ticker import Ticker
from openmg.chains.transactions import decode
from openmg.client import NetworkGenesis
from openmg.client.node import Node, Unreachable
from openmg.errors import BadInput
from openmg.storage import lock_beside

_AGAIN: Final = 1.0
"""Seconds after which what is still asked for is posted again: a node that restarted forgot what waited."""
_PATIENCE: Final = 30.0
_KEY: Final = "authority's key"
_NOTED: Final = {16, 17, 18, 19, 20}


def run(home: Path, passphrase: str, document: NetworkGenesis, rpc: str) -> None:
    """Run the authority in `home` until SIGTERM or SIGINT: `rpc` is its own node's, `http://host:port`.

    Raises:
        OpenMGError: a key file that is not this chain's, a node that does not run, another history than the one known.
    """
    key = home / "authority.key"
    lock = _lock(key)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        keys = AuthorityKeys.open(key, passphrase)
        with Follower.open(home / "chain.db", home / "events.sock") as follower, Node(rpc) as node:
            if follower.chain.genesis != document.genesis:
                raise BadInput(f"{home / 'chain.db'}: belongs to another chain than genesis.json")
            Daemon(follower, keys, node, document).run()
    except KeyboardInterrupt:
        return
    finally:
        os.close(lock)


class Daemon:
    """Waits for blocks and for the clock; posts what the newest block, or the hour, asks of this authority."""

    def __init__(self, follower: Follower, keys: AuthorityKeys, node: Node, document: NetworkGenesis) -> None:
        self._follower = follower
        self._keys = keys
        self._node = node
        self._authority = Authority(follower.chain, keys)
        self._ticker = Ticker(document.timeline, self._authority.index, len(document.validators))
        self._known_history = False
        self._noted: set[bytes] = set()

    def run(self) -> None:
        """Until interrupted.

        Raises:
            Corrupt: another history than the one that this authority answered.
            Unreachable: the application ended.
        """
        note("begin", authority=self._authority.index, height=self._follower.chain.height)
        while True:
            self._follower.refresh()
            self._post()
            seconds = min(self._ticker.wait(self._follower.chain.state, time.time_ns()), _AGAIN)
            self._follower.wait(seconds)

    def _post(self) -> None:
        if not self._known_history:
            secrets = self._keys.secrets
            self._known_history = self._follower.check_history(secrets.height, secrets.block)
        transactions = self._authority.messages() if self._follower.chain.height else []
        if self._ticker.due(self._follower.chain.state, time.time_ns()):
            transactions.append(self._authority.tick())
        self._hand_in(transactions)
        if self._follower.chain.height:
            # A large logarithm takes its time; nobody waits for this authority's share meanwhile.
            self._hand_in(self._authority.openings())

    def _hand_in(self, transactions: list[bytes]) -> None:
        if not transactions:
            return
        try:
            self._node.broadcast(transactions)
        except Unreachable as unreachable:
            note("node unreachable", reason=str(unreachable))
            return
        for raw in transactions:
            self._note_posted(raw)

    def _note_posted(self, raw: bytes) -> None:
        """One line for each message of the key or of an opening, once."""
        if raw[0] in _NOTED and raw[-64:] not in self._noted:
            if len(self._noted) > 4096:
                self._noted.clear()
            self._noted.add(raw[-64:])
            message = decode(raw).transaction
            note("posted", message=type(message).__name__, height=self._follower.chain.height)


def _lock(key: Path) -> int:
    """Lock the key file; whoever has it may just be ending.

    Raises:
        BadInput: another program has it.
    """
    try:
        return lock_beside(key, _KEY)
    except BadInput as error:
        note("waiting", reason=str(error), seconds=_PATIENCE)
        return lock_beside(key, _KEY, _PATIENCE)


def note(event: str, **facts: object) -> None:
    """One line of JSON."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    sys.stdout.write(json.dumps({"time": moment, "event": event, **facts}) + "\n")
    sys.stdout.flush()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
