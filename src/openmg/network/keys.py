"""CometBFT's key files: what a validator signs with, what it signed last, and by which name other nodes know it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Final

from openmg.crypto import random_bytes, signing_public
from openmg.errors import BadInput
from openmg.files import write_atomically
from openmg.lightclient import address_of
from openmg.network.home import AuthorityHome, read_text

_PUBLIC: Final = "tendermint/PubKeyEd25519"
_PRIVATE: Final = "tendermint/PrivKeyEd25519"
_HEIGHT: Final = re.compile(r"0|[1-9]\d{0,17}", re.ASCII)
"""What CometBFT reads as a height, which stands as a text."""
_LAST_STEP: Final = 3
_NOTHING_SIGNED: Final = {"height": "0", "round": 0, "step": 0}


def make_consensus_key(home: AuthorityHome) -> bytes:
    """A fresh consensus key that has signed nothing yet; its public part."""
    seed = random_bytes(32)
    public = signing_public(seed)
    content = {
        "address": address_of(public).hex().upper(),
        "pub_key": {"type": _PUBLIC, "value": _base64(public)},
        "priv_key": {"type": _PRIVATE, "value": _base64(seed + public)},
    }
    write_atomically(home.consensus_key, json.dumps(content, indent=2).encode())
    write_atomically(home.signed, json.dumps(_NOTHING_SIGNED, indent=2).encode())
    return public


def make_node_key(home: AuthorityHome) -> str:
    """A fresh node key; the node's id."""
    seed = random_bytes(32)
    public = signing_public(seed)
    content = {"priv_key": {"type": _PRIVATE, "value": _base64(seed + public)}}
    write_atomically(home.node_key, json.dumps(content).encode())
    return _node_id(public)


def consensus_public(home: AuthorityHome) -> bytes:
    """The public part of a home's consensus key.

    Raises:
        BadInput: the file is missing, no such key, or its parts do not belong together.
    """
    return _public(home.consensus_key)


def node_id(home: AuthorityHome) -> str:
    """By which other nodes know this one: 40 digits.

    Raises:
        BadInput: the file is missing or no such key.
    """
    return _node_id(_public(home.node_key))


def check_signed(home: AuthorityHome) -> None:
    """Refuse to vote without knowing what was signed last.

    Raises:
        BadInput: the file is missing, or not as CometBFT reads it.
    """
    if not home.signed.exists():
        raise BadInput(
            f"{home.signed}: is missing; a validator that forgot what it signed could sign twice (see: Operating an "
            "authority, Restore)"
        )
    try:
        content = json.loads(read_text(home.signed))
        height, round_, step = content["height"], content["round"], content["step"]
        if not isinstance(height, str) or not _HEIGHT.fullmatch(height):
            raise ValueError("height")
        if type(round_) is not int or not 0 <= round_ < 2**31 or type(step) is not int or not 0 <= step <= _LAST_STEP:
            raise ValueError("round or step")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadInput(
            f'{home.signed}: not what a validator wrote about what it signed last, such as {{"height": "14", "round": '
            '0, "step": 3}, the height in quotes'
        ) from error


def _public(path: Path) -> bytes:
    try:
        content = json.loads(read_text(path))
        if content["priv_key"]["type"] != _PRIVATE:
            raise ValueError("type")
        secret = base64.b64decode(content["priv_key"]["value"], validate=True)
        public = signing_public(secret[:32])
        if secret[32:] != public:
            raise ValueError("public part")
        if "pub_key" in content and base64.b64decode(content["pub_key"]["value"], validate=True) != public:
            raise ValueError("pub_key")
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path}: not a key file of CometBFT with an Ed25519 key") from error
    return public


def _node_id(public: bytes) -> str:
    return hashlib.sha256(public).digest()[:20].hex()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
