"""Who starts processes, restarts what ends, and ends them all together."""

from __future__ import annotations

import os
import queue
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from openmg.network.child import Child
from openmg.network.lifeline import LIFELINE

FIRST_DELAY: Final = 0.25
MOST_DELAY: Final = 30.0
"""Seconds before a restart: doubled each time that what was started did not live ten times as long as the last ones."""
_WORTH: Final = 10
_PROGRAM: Final = "openmg: "
"""What our programs begin their last line with."""
_SOCKET_STEP: Final = 0.05
"""Seconds between two looks for a program's socket."""

Tell = Callable[[str, str], None]
"""Hears what happened: the node's name, one line."""


@dataclass(frozen=True)
class Program:
    """One process: its role, how it is started, and its log.

    `socket`: what it makes when it is ready, for the next of its group to start. `after`: another program's socket that
    must be there first. `fatal`: a line that begins so says that it works no more, though it runs on. `refusal`: the
    exit code by which it says that it would fail in the same way again. `environment`: what it gets beside ours.
    """

    role: str
    command: tuple[str, ...]
    log: Path
    socket: Path | None = None
    after: Path | None = None
    fatal: re.Pattern[bytes] | None = None
    refusal: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """Processes of one node that live and die together: started in this order, ended in the other.

    They work in `folder` and hold the descriptors in `locks`, so that it is free only when all of them are gone. Groups
    with one folder are one node's: when a program of one refuses, all of them end for good.
    """

    name: str
    folder: Path
    programs: tuple[Program, ...]
    locks: tuple[int, ...] = ()


class _Unit:
    """A group and what runs of it now."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.news: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.children: dict[str, Child] = {}

    def wait_for_news(self, seconds: float | None = None) -> None:
        """Until a child ended or the supervisor stops, or `seconds` are over."""
        with suppress(queue.Empty):
            self.news.get(timeout=seconds)

    def forget_sockets(self) -> None:
        """Remove what processes that were killed have left: a socket says that somebody is there."""
        for program in self.group.programs:
            if program.socket is not None:
                program.socket.unlink(missing_ok=True)


class Supervisor:
    """Runs groups until it is told to stop. Its end, however it comes, is the end of all their processes.

    Each process inherits the reading end of a pipe whose writing end nobody else has: when it closes, they end. What
    cannot watch it is on a leash.
    """

    def __init__(self, groups: Sequence[Group], tell: Tell) -> None:
        self._tell = tell
        self._order: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._telling = threading.Lock()
        self._refused: dict[Path, str] = {}
        self._units = [_Unit(group) for group in groups]
        self._lifeline = -1

    def run(self) -> None:
        """Until `stop`, or until no node is left; everything has ended when this returns. Once only."""
        self._lifeline, held = os.pipe()
        keepers = [threading.Thread(target=self._keep, args=(unit,)) for unit in self._units]
        try:
            for keeper in keepers:
                keeper.start()
            self._order.get()
        finally:
            self._stopping.set()
            for unit in self._units:
                unit.news.put(None)
            for keeper in keepers:
                if keeper.ident is not None:
                    keeper.join()
            os.close(held)
            os.close(self._lifeline)

    def stop(self) -> None:
        """End everything; from any thread, or from a signal's handler."""
        self._order.put(None)  # the one thing that a handler may do while the same thread waits for it

    @property
    def refusals(self) -> list[str]:
        """Why nodes ended for good: one line for each of them."""
        return list(self._refused.values())

    def pid(self, name: str, role: str) -> int | None:
        """The process that has a role in a node now; None while it is down."""
        for unit in self._units:
            child = unit.children.get(role)
            if unit.group.name == name and child is not None and child.running:
                return child.pid
        return None

    def _keep(self, unit: _Unit) -> None:
        """Keep a group running until the supervisor stops."""
        delay = 0.0
        while not self._over(unit):
            began = time.monotonic()
            try:
                unit.forget_sockets()
                self._start(unit)
                while unit.children and all(self._runs(unit, child) for child in unit.children.values()):
                    unit.wait_for_news()
            except OSError as error:
                self._say(unit, f"cannot start ({error.strerror})")
            finally:
                self._end(unit)
            lived = time.monotonic() - began
            delay = FIRST_DELAY if lived > _WORTH * delay else min(2 * delay, MOST_DELAY)
            if not self._over(unit):
                self._stopping.wait(delay)

    def _over(self, unit: _Unit) -> bool:
        return self._stopping.is_set() or unit.group.folder in self._refused

    def _runs(self, unit: _Unit, child: Child) -> bool:
        return child.running and not self._over(unit)

    def _start(self, unit: _Unit) -> None:
        for program in unit.group.programs:
            while program.after is not None and not program.after.is_socket() and not self._over(unit):
                unit.wait_for_news(_SOCKET_STEP)
            if self._over(unit):
                return
            child = Child(
                program.command,
                folder=unit.group.folder,
                log=program.log,
                environment={**program.environment, LIFELINE: str(self._lifeline)},
                kept=(self._lifeline, *unit.group.locks),
                ended=lambda: unit.news.put(None),
                fatal=program.fatal,
            )
            unit.children[program.role] = child
            self._say(unit, f"{program.role} started, process {child.pid}")
            while self._runs(unit, child) and program.socket is not None and not program.socket.is_socket():
                unit.wait_for_news(_SOCKET_STEP)
            if not self._runs(unit, child):
                return

    def _end(self, unit: _Unit) -> None:
        stopping = self._over(unit)
        fell = {role for role, child in unit.children.items() if not child.running}
        for role, child in reversed(unit.children.items()):
            child.end()
            if role in fell:
                self._say(unit, f"{role} ended ({child.outcome})")
            else:
                self._say(unit, f"{role} stopped" if stopping else f"{role} ended with it")
        if not stopping:
            for program in unit.group.programs:
                if program.role in fell and unit.children[program.role].code == program.refusal:
                    self._give_up(unit, unit.children[program.role].words)
        unit.children.clear()
        unit.forget_sockets()

    def _give_up(self, unit: _Unit, words: str) -> None:
        """End a node for good, and the supervisor with the last one."""
        folder = unit.group.folder
        self._refused[folder] = f"{unit.group.name}: {words.removeprefix(_PROGRAM)}"
        self._say(unit, "stays down: it would fail in the same way again")
        for each in self._units:
            if each.group.folder == folder:
                each.news.put(None)
        if all(each.group.folder in self._refused for each in self._units):
            self._order.put(None)

    def _say(self, unit: _Unit, line: str) -> None:
        with self._telling:
            self._tell(unit.group.name, line)
