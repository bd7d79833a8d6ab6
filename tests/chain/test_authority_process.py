"""Authorities as processes: what they refuse, how they die, what they remember, what they never say."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from openmg.authority import AuthorityKeys, AuthorityProcess
from openmg.chains.transactions import DecryptionShare, decode
from openmg.errors import Corrupt
from openmg.home.wallet_file import WalletFile
from openmg.storage import lock_beside
from tests.chain.test_kills import OPENMG, ended, height_of, start, wait_until
from tests.chain.town import FIRST, Town, genesis_of

PASSPHRASE = "secret"


@pytest.fixture
def held() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def began(town: Town, index: int, held: ExitStack, passphrase: str = PASSPHRASE) -> AuthorityProcess:
    """A process for one of the town's authorities; its key file is written first."""
    town.keys[index - 1].save()
    process = AuthorityProcess(town.keys[index - 1]._vault.path, passphrase, town.genesis)
    held.callback(process.close)
    return process


def told_all(process: AuthorityProcess, town: Town) -> list[bytes]:
    """Its answer to the newest block, after it caught up."""
    for block, root in zip(town.blocks[:-1], town.roots, strict=False):
        process.catch_up(block.encode(), root)
    process.send(town.blocks[-1].encode(), town.roots[-1])
    return process.receive()


def refusal(process: AuthorityProcess, town: Town) -> str:
    with pytest.raises(Corrupt) as caught:
        told_all(process, town)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_it_answers_as_the_same_authority_would_in_process(closed_town: Town, held: ExitStack) -> None:
    [share] = told_all(began(closed_town, 2, held), closed_town)
    [own] = closed_town.authorities[1].respond()
    posted = [decode(raw).transaction for raw in (share, own)]
    assert all(isinstance(each, DecryptionShare) for each in posted)
    assert closed_town.verdict(share) is None


@pytest.mark.parametrize("passphrase", ["wrong", ""])
def test_a_wrong_passphrase_is_named(town: Town, held: ExitStack, passphrase: str) -> None:
    said = refusal(began(town, 1, held, passphrase), town)
    assert said.startswith("authority-0: ")
    assert "wrong passphrase" in said


def test_a_key_of_another_chain_is_named(town: Town, held: ExitStack) -> None:
    town.keys[0].save()
    other = genesis_of([bytes([index]) * 32 for index in (1, 2)])
    process = AuthorityProcess(town.keys[0]._vault.path, PASSPHRASE, other)
    held.callback(process.close)
    assert "belongs to no authority" in refusal(process, town)


def test_a_missing_or_damaged_key_file_is_named(town: Town, held: ExitStack) -> None:
    path = town.keys[0]._vault.path
    process = AuthorityProcess(path, PASSPHRASE, town.genesis)
    held.callback(process.close)
    assert "no such file" in refusal(process, town)
    town.keys[0].save()
    for at in (0, 20, 60, -1):
        whole = path.read_bytes()
        changed = bytearray(whole)
        changed[at] ^= 1
        path.write_bytes(changed)
        process = AuthorityProcess(path, PASSPHRASE, town.genesis)
        held.callback(process.close)
        assert refusal(process, town).startswith(f"authority-0: {path}")
        path.write_bytes(whole)


def test_disagreement_about_a_block_is_reported(town: Town, held: ExitStack) -> None:
    process = began(town, 3, held)
    process.send(town.blocks[0].encode(), bytes(32))
    with pytest.raises(Corrupt, match="authority-2: block 1 leads here to another state root"):
        process.receive()
    with pytest.raises(Corrupt, match=r"authority-2: .*ended unexpectedly"):
        process.receive()
    process = began(town, 4, held)
    process.send(town.blocks[1].encode(), town.roots[1])
    with pytest.raises(Corrupt, match="authority-3: WIRE-11"):
        process.receive()


def test_one_dies_and_the_others_go_on(closed_town: Town, held: ExitStack) -> None:
    processes = [began(closed_town, index, held) for index in (1, 2, 3, 4)]
    shares = [told_all(each, closed_town) for each in processes]
    os.kill(processes[1].pid, signal.SIGKILL)
    closed_town.block(*shares[0], *shares[2], *shares[3])
    newest = closed_town.blocks[-1].encode(), closed_town.roots[-1]
    for index in (0, 2, 3):
        processes[index].send(*newest)
    answers = [processes[index].receive() for index in (0, 2, 3)]
    assert any(answers), "three of four post the opening"
    for _ in range(2):
        with pytest.raises(Corrupt, match=r"authority-1: its process \d+ ended unexpectedly"):
            told_all(processes[1], closed_town)
    held.close()
    assert all(gone(each.pid) for each in processes)


def test_closing_ends_it_whatever_it_does(closed_town: Town, held: ExitStack) -> None:
    """Also while it answers, and also when it is dead; twice is no harm."""
    answering, dead, fresh = (began(closed_town, index, held) for index in (1, 2, 3))
    for block, root in zip(closed_town.blocks, closed_town.roots, strict=True):
        answering.send(block.encode(), root)
    os.kill(dead.pid, signal.SIGKILL)
    for process in (answering, dead, fresh):
        process.close()
        process.close()
        assert gone(process.pid)


def test_two_processes_never_hold_one_key_file(town: Town, held: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that still writes after its parent was killed is waited for; a second program is refused."""
    monkeypatch.setattr("openmg.authority.process._PATIENCE", 0.1)
    town.keys[0].save()
    lock = lock_beside(town.keys[0]._vault.path, "key")
    process = began(town, 1, held)
    os.close(lock)
    assert told_all(process, town) == []
    with pytest.raises(Exception, match="another program"):
        lock_beside(town.keys[0]._vault.path, "key")


def test_after_a_restart_it_gives_the_same_sum_again_and_no_other(
    open_town: Town, tmp_path: Path, held: ExitStack
) -> None:
    """KEY-4: two chains fork before the gate closes; what was emitted on one binds on the other, by the file alone."""
    other = open_town.copied(tmp_path / "never-saved")
    for town in (open_town, other):
        assert town.block(*(town.report(home, FIRST) for home in town.homes)).verdicts == (None,) * 3
        town.close_gate()
    first = began(open_town, 1, held)
    [share] = told_all(first, open_town)
    first.close()
    path = open_town.keys[0]._vault.path
    assert len(AuthorityKeys.open(path, PASSPHRASE).secrets.emitted) == 1

    again = AuthorityProcess(path, PASSPHRASE, open_town.genesis)
    held.callback(again.close)
    [repeated] = told_all(again, open_town)
    again.close()
    posted = [decode(raw).transaction for raw in (share, repeated)]
    assert all(isinstance(each, DecryptionShare) for each in posted)
    assert posted[0].share[:32] == posted[1].share[:32]  # type: ignore[union-attr]

    elsewhere = AuthorityProcess(path, PASSPHRASE, other.genesis)
    held.callback(elsewhere.close)
    with pytest.raises(Corrupt, match="KEY-4"):
        told_all(elsewhere, other)
    assert len(AuthorityKeys.open(path, PASSPHRASE).secrets.emitted) == 1


def test_a_dead_authority_stops_the_demo_in_one_line(tmp_path: Path) -> None:
    """The embedded engine needs all of its own processes; the day continues when it is told to."""
    root = tmp_path / "day"
    process = start(str(OPENMG), "demo", "--homes", "1", "--authorities", "3", "--out", str(root))
    wait_until(lambda: height_of(root / "chain.db") >= 12, process)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) == 3
    os.kill(int(children[1]), signal.SIGKILL)
    output, errors = ended(process)
    assert process.returncode == 2
    assert output == ""
    assert re.fullmatch(r"\s*openmg: authority-2: its process \d+ ended unexpectedly\s*", errors), errors
    assert all(gone(int(child)) for child in children)
    process = start(str(OPENMG), "demo", "--resume", "--json", "--out", str(root))
    output, errors = ended(process)
    assert process.returncode == 0, errors
    no_secret_shows(root, output + errors)


def no_secret_shows(root: Path, said: str) -> None:
    """No secret, as bytes or as text, in any file of the demo or in what was printed."""
    passphrase = (root / "passphrase").read_text().strip()
    secrets: list[str] = []
    for index in (1, 2, 3):
        own = AuthorityKeys.open(root / "authorities" / f"authority-{index}.key", passphrase).secrets
        assert own.making is None, "what made the share is erased (KEY-3)"
        assert list(own.epochs) == ["0"]
        secrets += [own.signing, *own.epochs.values()]
    wallet = WalletFile.open(root / "wallets" / "home-01.wallet", passphrase)
    wallet.close()
    secrets += [wallet.wallet.seed.hex(), wallet.wallet.account_secret.hex()]
    secrets += [f"{wallet.wallet.available.blinding:064x}"]
    files = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert len(files) > 15
    for secret in secrets:
        assert secret not in said
        for path, data in files.items():
            assert secret.encode() not in data, path
            assert bytes.fromhex(secret) not in data, path
    assert passphrase not in said
    assert [path.name for path, data in files.items() if passphrase.encode() in data] == ["passphrase"]
    for path in files:
        if path.suffix in {".key", ".wallet"} or path.name == "passphrase":
            assert path.stat().st_mode & 0o077 == 0, path


def test_the_parents_end_is_no_error() -> None:
    """An authority whose parent is gone, even in the middle of a message, ends in silence."""
    for said in (b"", b"\x00", b"\xff\xff\x00\x00S{"):
        done = subprocess.run(
            [sys.executable, "-m", "openmg.authority"], input=said, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, b"")
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        [sys.executable, "-m", "openmg.authority"], input=b"\x09\x00\x00\x00S{", stdout=writer, stderr=subprocess.PIPE,
        check=False,
    )  # fmt: skip
    os.close(writer)
    assert (process.returncode, process.stderr) == (0, b"")
