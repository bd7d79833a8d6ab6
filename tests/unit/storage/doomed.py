"""A writer that kills itself in the middle of appending a block, as `python -m tests.unit.storage.doomed`.

It reads orders (`path point`) from standard input, forks for each, and prints what the child had acknowledged.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from openmg.chains import RelayChain
from openmg.engine import LocalEngine

MOST_BLOCKS = 60


def live_and_die(path: Path, point: int, acknowledged: int) -> None:
    """Make blocks; die before SQLite's step number `point` of all those that writing takes."""
    engine = LocalEngine.open(path, RelayChain)
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        if steps == point:
            os.kill(os.getpid(), signal.SIGKILL)
        return 0

    engine.file._connection.set_progress_handler(step, 1)
    for _ in range(MOST_BLOCKS):
        clock = engine.chain.state.clock
        engine.produce(clock.time + engine.chain.genesis.slot_seconds)
        os.write(acknowledged, b"%d " % engine.chain.height)


def main() -> None:
    for order in sys.stdin:
        path, point = order.rsplit(" ", 1)
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            try:
                live_and_die(Path(path), int(point), writer)
            finally:
                os._exit(1)
        os.close(writer)
        with os.fdopen(reader) as told:
            heights = told.read().split()
        _, status = os.waitpid(child, 0)
        print(heights[-1] if heights else 0, os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
