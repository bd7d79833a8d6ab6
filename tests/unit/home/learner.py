"""A home that learns, and the round that it is invited to; `python -m` runs it until it kills itself."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from openmg.crypto import public_point, signing_public
from openmg.forecast import SMALL, History, start, to_model
from openmg.home.trainer import Invitation, Trainer
from openmg.home.training_file import TrainingFile
from openmg.learning import Task
from tests.unit.forecast.meters import a_history
from tests.unit.learning.tasks import a_task

CHAIN = bytes(range(32))
SECRET = b"\x07" * 32
PASSPHRASE = "a passphrase"
HOLDERS = tuple(bytes([holder]) + bytes(31) for holder in range(1, 5))
MODEL = to_model(start(SMALL, seed=1))
TASK = a_task(model=MODEL.digest, scale=20, bits=24, clip=2**19, evaluated=4, most_loss=2**21, noise=2**36, most=256)
HISTORY = a_history(60)


def invited(number: int = 1, task: Task = TASK, digest: bytes = MODEL.digest) -> Invitation:
    keys = tuple(public_point(secret) for secret in HOLDERS)
    return Invitation(CHAIN, task, number, keys, digest, 3, (b"\x01" * 32, b"\x02" * 32))


def a_trainer(file: TrainingFile, most_epsilon: int | None = None, history: History = HISTORY) -> Trainer:
    return Trainer("home", SECRET, history, file, most_epsilon)


def account() -> bytes:
    return signing_public(SECRET)


def main() -> None:
    """Contribute to the first round, and die at the moment that is named: `doing share`."""
    path, doing, share = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])

    def die(what: str, done: float) -> None:
        if (what, done) == (doing, share):
            os.kill(os.getpid(), signal.SIGKILL)

    a_trainer(TrainingFile.open(path, PASSPHRASE)).contribute(invited(), MODEL, progress=die)


if __name__ == "__main__":
    main()
