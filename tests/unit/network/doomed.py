"""A supervisor to be killed: `doomed.py HOME` runs a validator on a leash and a process that watches its lifeline."""

import os
import sys
from pathlib import Path

from openmg.network import leash
from openmg.network.readiness import find_cometbft
from openmg.network.supervisor import Group, Program, Supervisor
from openmg.storage import lock_beside

WATCHER = "import signal; from openmg.network import lifeline; lifeline.watch(); print('watching'); signal.pause()"

root = Path(sys.argv[1])
lock = lock_beside(root / "authority.json", "node")
on_leash = (sys.executable, "-I", "-S", str(leash.__file__), str(os.getpid()))
programs = (
    Program("watcher", (sys.executable, "-u", "-c", WATCHER), root / "logs" / "watcher.log"),
    Program("validator", (*on_leash, str(find_cometbft()), "start", "--home", "cometbft"), root / "logs" / "v.log"),
)
groups = [Group("doomed", root, (program,), (lock,)) for program in programs]
Supervisor(groups, lambda _, line: print(line, flush=True)).run()
