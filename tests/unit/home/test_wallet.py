"""The wallet: seed plus chain restores it; the file keeps it; every opening is checked against the chain."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from openmg.chains import RelayChain
from openmg.crypto import Opening
from openmg.errors import BadInput, Corrupt, Rejected
from openmg.home import Wallet
from openmg.home.memo import ReportContext, open_memo
from openmg.home.wallet import Month
from openmg.home.wallet_file import FORMAT, WalletFile, _encode
from openmg.units import ONE, Slot
from tests.chain.town import DEPOSIT, FIRST, Town
from tests.unit.engine.kept import NEXT


def recovered(town: Town, seed: bytes) -> Wallet:
    """A wallet that knows its seed alone and follows every block from genesis."""
    chain, wallet = RelayChain(town.genesis), Wallet(seed)
    for block in town.blocks:
        wallet.follow(block, chain.execute(block), chain)
    return wallet


def test_seed_plus_chain_restores_everything(town: Town) -> None:
    for home in town.homes:
        wallet = recovered(town, home.wallet.seed)
        assert wallet == home.wallet
        assert wallet.height == len(town.blocks)
        assert [trade.slot for trade in wallet.trades] == [FIRST]
        assert list(wallet.pending) == [NEXT]
        replace(home.household, wallet=wallet).check_against(town.chain)


def test_balances_add_up_to_what_was_paid_in(town: Town) -> None:
    state, genesis = town.chain.state.clock, town.genesis
    balances = [home.wallet.balance(genesis) for home in town.homes]
    paid = [trade.paid for home in town.homes for trade in home.wallet.trades]
    assert sum(balances) == ONE * DEPOSIT * len(town.homes) - sum(paid)
    fees = genesis.fee * sum(trade.bought for home in town.homes for trade in home.wallet.trades)
    assert sum(balances) + state.rounding + fees == state.deposits


def test_a_wallet_follows_each_block_once_and_in_order(town: Town) -> None:
    wallet, outcome = town.homes[0].wallet, town.block()
    with pytest.raises(Corrupt, match=f"at block {len(town.blocks)}, block 1 came"):
        wallet.follow(town.blocks[0], outcome, town.chain)
    with pytest.raises(Corrupt, match="at block 0, block 2 came"):
        Wallet(bytes(32)).follow(town.blocks[1], outcome, town.chain)


def test_a_stranger_learns_nothing(town: Town) -> None:
    stranger = recovered(town, bytes([7]) * 32)
    assert stranger == Wallet(bytes([7]) * 32, height=len(town.blocks))


def test_every_altered_opening_is_noticed(town: Town) -> None:
    household = town.homes[0].household
    wallet, one, blind = household.wallet, Opening(1, 0), Opening(0, 1)
    month = next(iter(wallet.months))
    for change in (one, blind):
        with pytest.raises(Corrupt, match="east: the chain's spendable balance"):
            replace(household, wallet=replace(wallet, available=wallet.available + change)).check_against(town.chain)
        slot, credit = wallet.credits[-1]
        with pytest.raises(Corrupt, match="credits"):
            replace(household, wallet=replace(wallet, credits=[(slot, credit + change)])).check_against(town.chain)
        for name in [field.name for field in fields(Month)]:
            sums = wallet.months[month]
            altered = replace(sums, **{name: getattr(sums, name) + change})
            with pytest.raises(Corrupt, match=f"{name} of month {month}"):
                replace(household, wallet=replace(wallet, months={month: altered})).check_against(town.chain)
    household.check_against(town.chain)


def test_somebody_elses_memo_stays_closed(town: Town) -> None:
    east, roof = (home.wallet for home in town.homes)
    [raw] = [raw for block in town.blocks for raw in block.transactions if raw[0] == 2 and east.account in raw][:1]
    memo = raw[-64 - 124 - 4 * 3 : -64]
    context = ReportContext(town.chain.chain, east.account, FIRST, 0, town.epoch.key)
    assert open_memo(east.seed, context, memo, 3).imported.value == 900
    refused = [
        (roof.seed, context, memo),
        (east.seed, replace(context, account=roof.account), memo),
        (east.seed, replace(context, slot=NEXT), memo),
        (east.seed, replace(context, version=1), memo),
        (east.seed, replace(context, chain=bytes(32)), memo),
        (east.seed, context, memo[:-1] + bytes([memo[-1] ^ 1])),
        (east.seed, context, memo[:-1]),
        (east.seed, context, b""),
    ]
    for seed, where, box in refused:
        with pytest.raises(Rejected) as caught:
            open_memo(seed, where, box, 3)
        assert caught.value.clause == "BOX"


# --- the file
def test_the_file_gives_back_what_was_saved(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "home.wallet"
    file = WalletFile.create(path, "passphrase")
    for name in (field.name for field in fields(Wallet)):
        setattr(file.wallet, name, getattr(town.homes[0].wallet, name))
    file.save()
    file.close()
    again = WalletFile.open(path, "passphrase")
    assert again.wallet == town.homes[0].wallet
    again.close()
    assert town.homes[0].wallet.seed.hex().encode() not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "home.wallet"
    file = WalletFile.create(path, "passphrase")
    with pytest.raises(BadInput, match="another program has this wallet open"):
        WalletFile.open(path, "passphrase")
    with pytest.raises(BadInput, match="there already"):
        WalletFile.create(path, "passphrase")
    file.close()
    for _ in range(2):
        with pytest.raises(BadInput, match="wrong passphrase"):
            WalletFile.open(path, "other")
    WalletFile.open(path, "passphrase").close()


def test_what_is_no_wallet_is_named(tmp_path: Path) -> None:
    path = tmp_path / "home.wallet"
    with pytest.raises(BadInput, match="no such file"):
        WalletFile.open(path, "passphrase")
    with pytest.raises(BadInput, match="cannot be made"):
        WalletFile.create(tmp_path / "nowhere" / "home.wallet", "passphrase")
    assert not list(tmp_path.iterdir())
    file = WalletFile.create(path, "passphrase")
    file.close()
    whole = path.read_bytes()
    for at in (0, 16, 30, 45, 70, len(whole) - 1):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(BadInput, match=str(path)):
            WalletFile.open(path, "passphrase")
    for length in (0, 10, 43, 60, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(BadInput, match=str(path)):
            WalletFile.open(path, "passphrase")
    for content in (b"", b"{}", b"[]", b"7", b'{"seed": "zz"}', b"\xff"):
        file._vault.write(content)
        with pytest.raises(BadInput, match="not a wallet"):
            WalletFile.open(path, "passphrase")


def test_what_was_signed_survives(tmp_path: Path) -> None:
    path = tmp_path / "home.wallet"
    file = WalletFile.create(path, "passphrase")
    file.wallet.enrolment, file.wallet.outbox = b"enrolment", {Slot(7): b"seven", Slot(8): b""}
    file.save()
    file.close()
    again = WalletFile.open(path, "passphrase")
    again.close()
    assert (again.wallet.enrolment, again.wallet.outbox) == (b"enrolment", {7: b"seven", 8: b""})


def test_a_file_of_the_first_format_opens(town: Town, tmp_path: Path) -> None:
    path, wallet = tmp_path / "home.wallet", town.homes[0].wallet
    file = WalletFile.create(path, "passphrase")
    file.close()
    content = _encode(wallet)
    for name in ("format", "enrolment", "outbox"):
        del content[name]
    file._vault.write(json.dumps(content).encode())
    again = WalletFile.open(path, "passphrase")
    again.close()
    assert again.wallet == wallet


def test_a_file_of_a_later_format_is_named(tmp_path: Path) -> None:
    path = tmp_path / "home.wallet"
    file = WalletFile.create(path, "passphrase")
    file.close()
    for written in (FORMAT + 1, 0, -1):
        file._vault.write(json.dumps({**_encode(file.wallet), "format": written}).encode())
        with pytest.raises(BadInput, match=f"a wallet of format {written}, this program reads formats up to 2"):
            WalletFile.open(path, "passphrase")
    for other in ("2", True, None, 2.0):
        file._vault.write(json.dumps({**_encode(file.wallet), "format": other}).encode())
        with pytest.raises(BadInput, match="not a wallet"):
            WalletFile.open(path, "passphrase")
