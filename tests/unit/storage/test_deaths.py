"""A writer dies inside its write, at any of SQLite's steps; the file opens and goes on."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

from openmg.chains import RelayChain
from openmg.engine import LocalEngine, replay
from tests.chain.town import FIRST, genesis_of

DEATHS = 50
STEPS = 900
"""SQLite's steps of some ten blocks."""


def test_fifty_deaths_inside_a_write(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    path = tmp_path / "chain.db"
    engine = LocalEngine.create(path, RelayChain(genesis_of([bytes([1]) * 32])))
    engine.produce(engine.chain.genesis.starts(FIRST))
    engine.close()
    height, killed = 1, 0
    with subprocess.Popen(
        [sys.executable, "-m", "tests.unit.storage.doomed"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as doomed:
        assert doomed.stdin is not None
        assert doomed.stdout is not None
        for _ in range(DEATHS):
            doomed.stdin.write(f"{path} {chance.randint(1, STEPS)}\n")
            doomed.stdin.flush()
            acknowledged, code = map(int, doomed.stdout.readline().split())
            assert code == -signal.SIGKILL
            killed += 1
            engine = LocalEngine.open(path, RelayChain)
            newest = engine.chain.height
            engine.close()
            # The block in hand may have reached the disk before it was acknowledged; none that was is lost.
            assert newest in {max(height, acknowledged), max(height, acknowledged) + 1}
            height = newest
        doomed.stdin.close()
        assert doomed.wait(60) == 0
    assert killed == DEATHS
    assert height > DEATHS
    assert replay(path).height == height
