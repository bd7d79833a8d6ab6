"""One child process: started with its log, noticed when it ends, ended when it must."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Final, cast

from openmg.network.log import Log

PATIENCE: Final = 10.0
"""Seconds for a process to end on its own when asked to."""
_LAST_WORDS: Final = 1.0
"""Seconds to read what a process that ended has said: a child of its own may still hold the pipe."""

_MOST_SAID: Final = 300
"""Characters of the line in which a process gave up: a stack may follow."""
_PANIC: Final = re.compile(rb"(panic|fatal error): ")
"""How a program in Go says why it ends; a stack follows, whose last line says nothing."""


class Child:
    """One running process, in a group of its own: Ctrl-C reaches it through its supervisor only."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        log: Path,
        environment: Mapping[str, str],
        kept: Sequence[int],
        ended: Callable[[], None],
        fatal: re.Pattern[bytes] | None = None,
    ) -> None:
        """Start `command` in `folder`, with `environment` added to ours and the descriptors in `kept`.

        `ended` is called once, from a thread. A line of output that begins as `fatal` is its end.

        Raises:
            OSError: it cannot be started, or its log cannot be written.
        """
        self._log = Log(log)
        self._fatal = fatal
        self._gave_up = ""
        self._panic = ""
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own programs
                command,
                cwd=folder,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=kept,
                process_group=0,
            )
        except BaseException:
            self._log.close()
            raise
        self._over = threading.Event()
        output = cast(BinaryIO, self._process.stdout)
        self._reader = threading.Thread(target=self._read, args=(output,), daemon=True)
        self._reader.start()
        threading.Thread(target=self._wait, args=(ended,), daemon=True).start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return not self._over.is_set()

    @property
    def code(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self._process.returncode

    @property
    def words(self) -> str:
        """The line in which it said why it ended, or else its last one."""
        return self._panic or self._log.last

    @property
    def outcome(self) -> str:
        """How it ended, and why if it had the time to say so."""
        code = self._process.returncode
        if self._gave_up:
            return self._gave_up
        if code < 0:
            return f"signal {-code}"
        return f"exit code {code}: {self.words}" if self.words else f"exit code {code}"

    def end(self, patience: float = PATIENCE) -> None:
        """End it: asked first, killed after `patience` seconds; it is gone when this returns."""
        if self.running:
            self._process.terminate()
            if not self._over.wait(patience):
                self._process.kill()
        self._over.wait()

    def _read(self, output: BinaryIO) -> None:
        with output:
            self._log.copy(self._heard(output))

    def _heard(self, output: BinaryIO) -> Iterator[bytes]:
        for line in output:
            yield line
            if _PANIC.match(line) and not self._panic:
                self._panic = _shortened(line)
            if self._fatal is not None and self._fatal.match(line) and not self._gave_up:
                self._gave_up = _shortened(line)
                self._process.kill()

    def _wait(self, ended: Callable[[], None]) -> None:
        self._process.wait()
        self._reader.join(_LAST_WORDS)
        self._over.set()
        ended()


def _shortened(line: bytes) -> str:
    return line.decode(errors="replace").strip()[:_MOST_SAID]
