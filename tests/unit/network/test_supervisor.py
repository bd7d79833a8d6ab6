"""Processes are kept running, live and die together, and never outlive their supervisor."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from openmg.errors import BadInput
from openmg.network.child import Child
from openmg.network.log import Log
from openmg.network.readiness import find_cometbft
from openmg.network.supervisor import Group, Program, Supervisor
from openmg.storage import lock_beside
from tests.unit.network.founding import make_network

WAIT = 60
"""Seconds after which something that must happen has not."""
SLEEPER = (sys.executable, "-c", "import signal; print('here', flush=True); signal.pause()")
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('no', flush=True); signal.pause()"


class Events:
    """What a supervisor tells, one after another."""

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def tell(self, name: str, line: str) -> None:
        self._lines.put(f"{name}: {line}")

    def until(self, text: str) -> list[str]:
        lines: list[str] = []
        while not lines or text not in lines[-1]:
            lines.append(self._lines.get(timeout=WAIT))
        return lines


@contextmanager
def running(*groups: Group) -> Iterator[tuple[Supervisor, Events]]:
    events = Events()
    supervisor = Supervisor(groups, events.tell)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        yield supervisor, events
    finally:
        supervisor.stop()
        thread.join()


def program(role: str, folder: Path, command: tuple[str, ...] = SLEEPER, socket: Path | None = None) -> Program:
    return Program(role, command, folder / "logs" / f"{role}.log", socket)


def cometbft(folder: Path) -> tuple[Group, Path]:
    """A validator with CometBFT's own application, and its home."""
    home = make_network(folder / "net").homes[0]
    home.config.write_text(home.config.read_text().replace("unix://application.sock", "kvstore"))
    command = (str(find_cometbft()), "start", "--home", "cometbft")
    return Group("one", home.root, (program("validator", home.root, command),)), home.root


def test_what_lives_together_dies_together_and_is_started_again(tmp_path: Path) -> None:
    group = Group("one", tmp_path, (program("first", tmp_path), program("second", tmp_path)))
    with running(group, Group("two", tmp_path, (program("alone", tmp_path),))) as (supervisor, events):
        events.until("second started")
        before = {role: supervisor.pid("one", role) for role in ("first", "second")}
        assert before["first"] is not None
        assert before["second"] is not None
        os.kill(before["first"], signal.SIGKILL)
        told = events.until("second started")
        assert any("one: first ended (signal 9)" in line for line in told)
        assert "one: second ended with it" in told
        after = {role: supervisor.pid("one", role) for role in ("first", "second")}
        assert not set(before.values()) & set(after.values())
        assert supervisor.pid("two", "alone") is not None
    assert supervisor.pid("one", "second") is None


def test_cometbft_runs_from_what_init_wrote(tmp_path: Path) -> None:
    """Its config is short, its keys are ours, and its home is relative to where it runs."""
    group, root = cometbft(tmp_path)
    with running(group) as (supervisor, events):
        events.until("validator started")
        first = supervisor.pid("one", "validator")
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert "signal 9" in events.until("validator ended")[-1]
        events.until("validator started")
    text = (root / "logs" / "validator.log").read_text()
    assert "ERROR" not in text


def test_a_process_that_ends_at_once_says_why_and_is_tried_again(tmp_path: Path) -> None:
    failing = (sys.executable, "-c", "import sys; print('first'); sys.exit('openmg: the last words')")
    with running(Group("one", tmp_path, (program("failing", tmp_path, failing),))) as (_, events):
        for _ in range(2):
            assert "failing ended (exit code 1: openmg: the last words)" in events.until("ended")[-1]
    assert (tmp_path / "logs" / "failing.log").read_text().count("the last words") >= 2


def test_a_node_that_would_fail_again_stays_down_and_the_last_one_ends_all(tmp_path: Path) -> None:
    refuse = (sys.executable, "-c", "import sys; sys.stderr.write('openmg: this is wrong\\n'); sys.exit(2)")
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
    waiting = Program("waiting", SLEEPER, one / "logs" / "waiting.log", after=one / "never.sock")
    os.mkfifo(two / "go")
    patient = (sys.executable, "-c", "import sys; open('go').read(); sys.exit(2)")
    groups = (
        Group("one", one, (program("beside", one), replace(program("wrong", one, refuse), refusal=2))),
        Group("one", one, (waiting,)),
        Group("two", two, (replace(program("patient", two, patient), refusal=2),)),
    )
    events = Events()
    supervisor = Supervisor(groups, events.tell)
    thread = threading.Thread(target=supervisor.run, daemon=True)
    thread.start()
    told = events.until("one: stays down")
    assert "one: wrong ended (exit code 2: openmg: this is wrong)" in told
    assert "one: beside ended with it" in told
    assert supervisor.refusals == ["one: this is wrong"]
    assert thread.is_alive()
    (two / "go").write_text("go")
    thread.join(WAIT)
    assert not thread.is_alive()
    assert supervisor.refusals == ["one: this is wrong", "two: "]


def test_a_panic_is_told_and_not_the_end_of_its_stack(tmp_path: Path) -> None:
    code = "import sys; print('panic: the hash differs'); print('goroutine 1:\\nmain.go:52 +0x21f'); sys.exit(2)"
    with running(Group("one", tmp_path, (program("go", tmp_path, (sys.executable, "-c", code)),))) as (_, events):
        for _ in range(2):
            assert "go ended (exit code 2: panic: the hash differs)" in events.until("ended")[-1]


def test_the_next_program_waits_for_the_socket_of_the_one_before(tmp_path: Path) -> None:
    code = "import socket, signal; s = socket.socket(socket.AF_UNIX); s.bind('a.sock'); s.listen(); signal.pause()"
    (tmp_path / "a.sock").write_text("left behind")
    check = (sys.executable, "-c", "import socket; socket.socket(socket.AF_UNIX).connect('a.sock'); print('met')")
    first = program("first", tmp_path, (sys.executable, "-c", code), tmp_path / "a.sock")
    third = Program("third", check, tmp_path / "logs" / "third.log", after=tmp_path / "a.sock")
    groups = Group("one", tmp_path, (first, program("second", tmp_path, check))), Group("two", tmp_path, (third,))
    with running(*groups) as (_, events):
        events.until("second ended (exit code 0: met)")
        events.until("third ended (exit code 0: met)")
    assert not (tmp_path / "a.sock").exists()


def test_a_supervisor_stops_while_a_program_waits_for_what_never_comes(tmp_path: Path) -> None:
    waiting = Program("waiting", SLEEPER, tmp_path / "logs" / "waiting.log", after=tmp_path / "never.sock")
    events = Events()
    groups = Group("one", tmp_path, (program("first", tmp_path),)), Group("two", tmp_path, (waiting,))
    supervisor = Supervisor(groups, events.tell)
    thread = threading.Thread(target=supervisor.run, daemon=True)
    thread.start()
    events.until("first started")
    supervisor.stop()
    thread.join(WAIT)
    assert not thread.is_alive()


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    with running(Group("one", tmp_path, (program("none", tmp_path, ("/nowhere/program",)),))) as (_, events):
        assert events.until("cannot start") == ["one: cannot start (No such file or directory)"]


def test_a_process_that_will_not_end_is_killed(tmp_path: Path) -> None:
    gone = threading.Event()
    child = Child(
        (sys.executable, "-c", STUBBORN),
        folder=tmp_path,
        log=tmp_path / "logs" / "stubborn.log",
        environment={},
        kept=(),
        ended=gone.set,
    )
    child.end(patience=0.1)
    assert gone.wait(WAIT)
    assert not child.running
    assert child.outcome.startswith(("signal 9", "signal 15"))


def test_a_process_that_says_it_works_no_more_is_ended(tmp_path: Path) -> None:
    gone = threading.Event()
    child = Child(
        (sys.executable, "-c", "import signal; print('it is OVER with me', flush=True); signal.pause()"),
        folder=tmp_path,
        log=tmp_path / "logs" / "over.log",
        environment={},
        kept=(),
        ended=gone.set,
        fatal=re.compile(rb"it is OVER"),
    )
    try:
        assert gone.wait(WAIT)
        assert child.outcome == "it is OVER with me"
    finally:
        child.end()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends CometBFT with its parent")
def test_nothing_outlives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    _, root = cometbft(tmp_path)
    doomed = Path(__file__).with_name("doomed.py")
    with subprocess.Popen([sys.executable, doomed, root], stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        started = [supervisor.stdout.readline() for _ in range(2)]
        assert all("started" in line for line in started)
        with pytest.raises(BadInput, match="another program has this node open"):
            lock_beside(root / "authority.json", "node")
        supervisor.kill()
    # The lock is handed down to all of them: it is free only when the last is gone.
    os.close(lock_beside(root / "authority.json", "node", WAIT))


def test_a_log_is_put_aside_when_it_has_grown(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "a.log"
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as sink:
        sink.writelines(b"line %d\n" % number for number in range(10))
    with os.fdopen(reading, "rb") as source:
        log = Log(path, most=28)
        log.copy(source)
    assert log.last == "line 9"
    assert path.read_bytes() == b"line 8\nline 9\n"
    assert path.with_name("a.log.1").read_bytes() == b"line 4\nline 5\nline 6\nline 7\n"
