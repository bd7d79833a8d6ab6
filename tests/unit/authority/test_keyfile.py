"""An authority's key file: encrypted, whole or not there, and erased of what made the share."""

from __future__ import annotations

from pathlib import Path

import pytest

from openmg.authority import AuthorityKeys
from openmg.authority.keyfile import Making
from openmg.crypto import Vault
from openmg.errors import BadInput
from tests.chain.town import Town, home_of


def test_what_was_saved_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "authority.key"
    keys = AuthorityKeys.create(path, "passphrase")
    keys.secrets.making = Making(3, 1, "aa", "bb", {"2": "cc"})
    keys.secrets.epochs["0"], keys.secrets.emitted["dd"] = "ee", "ff"
    keys.save()
    again = AuthorityKeys.open(path, "passphrase")
    assert again.secrets == keys.secrets
    assert again.public == keys.public
    for secret in (keys.signing, keys.signing.hex().encode()):
        assert secret not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"7", b"{}", b'{"signing": "00"}', b'{"making": null, "x": 1}', b"\xff"]
)
def test_what_is_no_key_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "authority.key"
    Vault.create(path, "passphrase").write(content)
    with pytest.raises(BadInput, match="not an authority's key file"):
        AuthorityKeys.open(path, "passphrase")
    with pytest.raises(BadInput, match="wrong passphrase"):
        AuthorityKeys.open(path, "passphrasE")


def test_key_generation_leaves_only_the_share(tmp_path: Path) -> None:
    """KEY-3: the ephemeral key, the deal and the received shares are gone once the key is ready, on disk too."""
    town = Town.founded(tmp_path, 3, [home_of("east")])
    made: set[str] = set()
    while town.chain.state.ready_epoch() is None:
        town.tick()
        for index in range(3):
            making = AuthorityKeys.open(tmp_path / f"authority-{index}", "secret").secrets.making
            made |= {making.ephemeral} if making else set()
    assert len(made) == 3
    town.tick()
    for index in range(3):
        secrets = AuthorityKeys.open(tmp_path / f"authority-{index}", "secret").secrets
        assert secrets.making is None
        assert list(secrets.epochs) == ["0"]


@pytest.mark.parametrize("authorities", [1, 2, 4, 7])
def test_any_number_of_authorities_opens_a_sum(tmp_path: Path, authorities: int) -> None:
    homes = [home_of("east").metered(5_900_000, 900, 0), home_of("roof").metered(5_900_000, 0, 700)]
    town = Town.founded(tmp_path, authorities, homes).make_key().enrol()
    assert town.genesis.threshold == 2 * authorities // 3 + 1
    assert town.live(5_900_000, *homes).clearing is not None
    for home in homes:
        home.household.check_against(town.chain)
