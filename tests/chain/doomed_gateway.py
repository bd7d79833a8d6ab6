"""A household that kills itself while it reports, as `python -m tests.chain.doomed_gateway`.

It reads orders from standard input (`wallet document slot point address…`), forks for each, and prints how the child
ended. The child dies at call number `point` of all that making and sending a report takes; 0: never.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from openmg.units import Slot
from tests.chain.street import acknowledge, open_gateway


def live_and_die(wallet: Path, document: Path, slot: int, point: int, urls: list[str]) -> None:
    """Report, unless the point comes first."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}
        if calls == point:
            os.kill(os.getpid(), signal.SIGKILL)

    with open_gateway(wallet, document, urls) as (gateway, nodes):
        sys.setprofile(count if point else None)
        acknowledge(gateway, nodes, Slot(slot))
        sys.setprofile(None)


def main() -> None:
    for order in sys.stdin:
        wallet, document, slot, point, *urls = order.split()
        child = os.fork()
        if not child:
            try:
                live_and_die(Path(wallet), Path(document), int(slot), int(point), urls)
                os._exit(0)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
