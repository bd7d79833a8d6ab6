"""Disks that are full, files that are cut, lost or damaged."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from openmg.network.programs import APPLICATION, VALIDATOR
from openmg.network.supervisor import Group
from tests.faults.conftest import Say
from tests.faults.judge import judge
from tests.faults.network import Alliance, Station, alliance, until
from tests.faults.people import People

ROOM = 64 * 2**20
"""Bytes of a small disk."""
MOST_FILE = 64 * 2**10
"""Bytes up to which the files of a limited process may grow."""
CUTS = 3


def last_words(station: Station, start: Callable[[], None]) -> str:
    """Start a station whose application must end by itself; the one line in which it says why."""
    written = len(station.log(APPLICATION))
    start()

    def said() -> list[str]:
        return [line for line in station.log(APPLICATION)[written:].splitlines() if line.startswith("openmg: ")]

    until(lambda: bool(said()), f"the end of {station.home.root.name}'s application")
    assert "Traceback" not in station.log(APPLICATION)[written:], station.log(APPLICATION)[written:]
    return said()[0]


def others_go_on(made: Alliance, people: People, station: Station) -> None:
    made.wait_for_blocks(2, [each for each in made.live if each is not station])
    people.wait_for_slots(1)


def limited(group: Group) -> Group:
    """The same processes, but the application's files may not grow."""
    programs = tuple(
        replace(each, command=("prlimit", f"--fsize={MOST_FILE}", *each.command)) if each.role == APPLICATION else each
        for each in group.programs
    )
    return replace(group, programs=programs)


@contextmanager
def small_disk(station: Station) -> Iterator[bool]:
    """Put a home on a small disk of its own; False where this user may not."""
    root = station.home.root
    kept = root.with_name(f"{root.name}-kept")
    root.rename(kept)
    root.mkdir()
    mounted = not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", root], check=False, capture_output=True
    ).returncode
    try:
        shutil.copytree(kept, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock"))
        yield mounted
    finally:
        station.stop()
        if mounted:
            subprocess.run(["umount", root], check=True)


def fill(path: Path) -> None:
    """Take all room that is left."""
    with path.open("wb", buffering=0) as file:
        size = 2**20
        while size:
            try:
                file.write(bytes(size))
            except OSError:
                size //= 2


def test_a_full_disk_stops_one_node_until_there_is_room(tmp_path: Path, dice: random.Random, say: Say) -> None:
    with alliance(tmp_path, dice) as made, People(made) as people:
        people.wait_for_slots(1)
        station = dice.choice(made.stations)
        station.stop()
        station.change, as_ever = limited, station.change
        how = last_words(station, station.start)
        assert "chain.db" in how, how
        others_go_on(made, people, station)
        station.stop()
        station.change = as_ever
        station.start()
        made.wait_for_blocks(2)
        say(f"authority {station.index}'s files cannot grow: {how}; then they can: {judge(made, people)}")
        station = dice.choice(made.stations)
        station.stop()
        with small_disk(station) as mounted:
            if not mounted:
                say("no small disk: only root may mount one")
                return
            station.start()
            made.wait_for_blocks(2)
            filler, seen = station.home.root / "filler", len(station.lines)
            fill(filler)
            until(lambda: any(" ended (" in line for line in station.lines[seen:]), "the first process to end")
            others_go_on(made, people, station)
            how = next(line for line in station.lines[seen:] if " ended (" in line)
            filler.unlink()
            made.wait_for_blocks(2)
            say(f"authority {station.index}'s disk is full: {how[:200]}; then it is not: {judge(made, people)}")


def test_a_write_ahead_log_is_cut_at_a_random_byte(tmp_path: Path, dice: random.Random, say: Say) -> None:
    with alliance(tmp_path, dice) as made, People(made) as people:
        people.wait_for_slots(1)
        for _ in range(CUTS):
            station = dice.choice(made.stations)
            station.signal(VALIDATOR, signal.SIGKILL)
            station.stop()
            log = station.home.cometbft / "data" / "cs.wal" / "wal"
            size = log.stat().st_size
            length = dice.randrange(size)
            with log.open("r+b") as file:
                file.truncate(length)
            station.start()
            made.wait_for_blocks(2)
            say(f"authority {station.index}'s log of {size} bytes cut at {length}: {judge(made, people)}")


def test_a_state_that_is_lost_or_damaged_is_made_again(tmp_path: Path, dice: random.Random, say: Say) -> None:
    with alliance(tmp_path, dice) as made, People(made) as people:
        people.wait_for_slots(2)
        station = dice.choice(made.stations)
        station.stop()
        forget(station)
        station.start()
        made.wait_for_blocks(2)
        say(f"authority {station.index}'s state deleted, replayed: {judge(made, people)}")
        for damage in (overwrite_pages, change_a_balance):
            station = dice.choice(made.stations)
            station.stop()
            damage(station.home.chain, dice)
            how = last_words(station, station.start)
            assert "chain.db" in how, how
            others_go_on(made, people, station)
            station.stop()
            forget(station)
            station.start()
            made.wait_for_blocks(2)
            say(f"authority {station.index}: {how}; replayed: {judge(made, people)}")


def forget(station: Station) -> None:
    """Remove the application's state, and what belongs to it."""
    for path in station.home.root.glob("chain.db*"):
        path.unlink()


def overwrite_pages(path: Path, dice: random.Random) -> None:
    """Noise in the second half of the file."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(dice.randbytes(size - size // 2))


def change_a_balance(path: Path, dice: random.Random) -> None:
    """One bit of one leaf, written as SQLite wants it."""
    with closing(sqlite3.connect(path)) as file, file:
        rows = file.execute("SELECT position, data FROM leaf WHERE tree = 'accounts' ORDER BY position").fetchall()
        position, data = dice.choice(rows)
        bit = dice.randrange(8 * len(data))
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        file.execute("UPDATE leaf SET data = ? WHERE tree = 'accounts' AND position = ?", (bytes(changed), position))
