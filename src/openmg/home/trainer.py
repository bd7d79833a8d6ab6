"""A home's part in learning: it trains on its own meter, hides what it learnt, and keeps before it sends (LEARN-2).

What leaves the home is one signed upload a round. History, personal model and ledger stay.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

import numpy as np

from openmg.chains.ppdl import Upload, signed
from openmg.crypto import derive_key, gaussian_noise, hide, random_bytes, signing_public
from openmg.errors import BadInput
from openmg.forecast import (
    Forecast,
    History,
    Windows,
    fit_blend,
    forecast,
    last_week,
    naive,
    next_window,
    score,
    to_floats,
    training_windows,
    update_of,
)
from openmg.forecast.model import EVEN_BLEND, hidden_of
from openmg.forecast.training import LOCAL, PERSONAL, Course, slowed, train
from openmg.home.training_file import Kept, Personal, TrainingFile
from openmg.learning import Model, Task, beacon_of, contribution, coordinates_of, pack

HELD_DAYS: Final = 28
"""The newest days are not trained on: by them the home tells how good the common model is."""
LEAST_TRAINED: Final = 14
LEAST_DELTA: Final = 5
"""A home counts its ε at δ = 10^−5, or at a task's smaller one: a task cannot choose a δ at which all is cheap."""
NICENESS: Final = 15
"""Training waits for whatever else the gateway does."""

Progress = Callable[[str, float], None]
"""Hears what is being done, and which share of it is."""


@dataclass(frozen=True)
class Invitation:
    """A round that waits for uploads, as the chain proved it: `keys` are its round keys, `digest` its model's.

    `index` and `siblings` show where the account stands in the round's registry.
    """

    chain: bytes
    task: Task
    round: int
    keys: tuple[bytes | None, ...]
    digest: bytes
    index: int
    siblings: tuple[bytes, ...]

    @property
    def task_id(self) -> bytes:
        """The task's id."""
        return self.task.identity(self.chain)

    @property
    def coordinates(self) -> tuple[int, ...]:
        """The coordinates that everybody trains for in this round."""
        return coordinates_of(beacon_of(self.task_id, self.round, self.keys), self.task.chosen, self.task.size)


def course_of(invitation: Invitation) -> Course:
    """A round's work: smaller steps towards the last round, but not under noise, which would only drown them."""
    task = invitation.task
    return LOCAL if task.noise else slowed(LOCAL, invitation.round - 1, task.rounds)


@dataclass(frozen=True)
class Contribution:
    """What is to be sent, on disk already.

    `values` are the update and the evaluation numbers in quanta, before the noise: what nobody else sees. None where
    the upload was made before and is only sent again.
    """

    upload: bytes
    values: tuple[int, ...] | None


class Trainer:
    """One home's trainer; `most_epsilon`: what it allows in 1/1000 over all tasks (None: whatever it costs)."""

    def __init__(
        self, name: str, secret: bytes, history: History, file: TrainingFile, most_epsilon: int | None
    ) -> None:
        self.name = name
        self.account = signing_public(secret)
        self._secret = secret
        self._history = history
        self._file = file
        self._most_epsilon = most_epsilon

    def windows(self) -> tuple[Windows, Windows]:
        """Days to train on, and the newest ones, to evaluate by.

        Raises:
            BadInput: too little history.
        """
        every = training_windows(self.name, self._history)
        held = min(HELD_DAYS, max(0, len(every) - LEAST_TRAINED), len(every) // 4)
        rows = np.arange(len(every))
        return every.take(rows[: len(every) - held]), every.take(rows[len(every) - max(held, 1) :])

    def contribute(
        self,
        invitation: Invitation,
        model: Model,
        course: Course | None = None,
        progress: Progress = lambda *_: None,
    ) -> Contribution:
        """Train for one round, and make the upload: charged and on disk when this returns, so that it may be sent.

        `course`: `course_of` the invitation unless another one is wanted.
        Asked again, also after a stop at any moment, it gives the same bytes and spends nothing.

        Raises:
            BadInput: the model is not the round's or has another shape, there is too little history, or the round is
                over for this home.
            Rejected: `LEARN-6`, it would cost more than the home allows: it sits the round out.
        """
        task, task_id = invitation.task, invitation.task_id
        kept = self._file.memory.uploads.get(task_id)
        if kept is not None and kept.round == invitation.round:
            return Contribution(kept.upload, None)
        self._check(invitation, model, kept)
        ledger = self._file.memory.ledger.charge(task, task_id, invitation.round)
        if self._most_epsilon is not None:
            ledger.check(max(task.delta, LEAST_DELTA), self._most_epsilon)
        update, losses = self._learn(invitation, model, course or course_of(invitation), progress)
        progress("hiding", 0.0)
        secret = random_bytes(32)
        noise = gaussian_noise(
            derive_key(secret, "openmg/1/learn/noise"), task.share_variance * (task.noise > 0), task.values
        )
        upload = self._hide(invitation, contribution(task, update, losses, noise), secret)
        uploads = self._file.memory.uploads | {task_id: Kept(invitation.round, upload)}
        self._file.save(replace(self._file.memory, ledger=ledger, uploads=uploads))
        progress("hiding", 1.0)
        return Contribution(upload, tuple(contribution(task, update, losses, [0] * task.values)))

    def spent(self, delta: int) -> int | None:
        """ε in 1/1000 of all that this home ever gave, at δ = 10^−delta; None when some of it had no noise."""
        return self._file.memory.ledger.spent(delta)

    def personalise(
        self, task_id: bytes, model: Model, course: Course = PERSONAL, progress: Progress = lambda *_: None
    ) -> None:
        """Make a model one's own, with all of the own history; it is kept, and never leaves the home.

        Raises:
            BadInput: a model of another shape, or too little history.
        """
        every = training_windows(self.name, self._history)
        hidden_of(len(model))
        flat = train(
            to_floats(model.parameters),
            every,
            self._seed(task_id, 0),
            course,
            lambda share: progress("training", share),
        )
        own = Personal(model.digest, flat.astype("<f4").tobytes(), fit_blend(flat, every))
        self._file.save(replace(self._file.memory, models=self._file.memory.models | {task_id: own}))

    def forecast(self, task_id: bytes, model: Model) -> Forecast:
        """The day after the history's end: by the own model if there is one, by the common one otherwise.

        Raises:
            BadInput: a model of another shape, or too little history.
        """
        window = next_window(self.name, self._history)
        own = self._file.memory.models.get(task_id)
        if own is None:
            return forecast(to_floats(model.parameters), window, EVEN_BLEND)
        return forecast(np.frombuffer(own.parameters, dtype="<f4"), window, own.blend)

    # --- steps
    def _check(self, invitation: Invitation, model: Model, kept: Kept | None) -> None:
        if model.digest != invitation.digest:
            raise BadInput(
                f"{self.name}: the model at hand is {model.digest.hex()[:16]}, "
                f"round {invitation.round} starts from {invitation.digest.hex()[:16]}"
            )
        if len(model) != invitation.task.size:
            raise BadInput(f"{self.name}: a model of {len(model)} parameters, the task says {invitation.task.size}")
        hidden_of(len(model))
        charged = {charge.round for charge in self._file.memory.ledger.charges if charge.task == invitation.task_id}
        if invitation.round in charged or (kept is not None and kept.round > invitation.round):
            raise BadInput(f"{self.name}: round {invitation.round} is over: a later one was contributed to")

    def _learn(
        self, invitation: Invitation, model: Model, course: Course, progress: Progress
    ) -> tuple[list[int], list[int]]:
        """The update of the chosen coordinates in 2^−32, and the evaluation numbers in quanta."""
        progress("reading", 0.0)
        training, held = self.windows()
        before = to_floats(model.parameters)
        seed = self._seed(invitation.task_id, invitation.round)
        after = train(before, training, seed, course, lambda share: progress("training", share))
        said = score(held, forecast(before, held))
        losses = (said.mae, score(held, naive(held)).mae, score(held, last_week(held)).mae, said.pinball)
        task = invitation.task
        quanta = [min(task.most_loss, round(loss * 2**task.scale)) for loss in losses[: task.evaluated]]
        return update_of(before, after, invitation.coordinates), quanta

    def _hide(self, invitation: Invitation, values: list[int], secret: bytes) -> bytes:
        """The signed upload; `secret` is drawn for it alone."""
        task, task_id = invitation.task, invitation.task_id
        packed = pack(values, task.bits)
        seed = derive_key(secret, "openmg/1/learn/masks")
        hidden = hide(task_id, invitation.round, self.account, packed, task.committee, invitation.keys, seed)
        upload = Upload(task_id, invitation.round, invitation.index, self.account, tuple(invitation.siblings), hidden)
        return signed(upload, invitation.chain, self._secret)

    def _seed(self, task_id: bytes, number: int) -> int:
        """What shuffles the windows: the same after a restart."""
        return int.from_bytes(sha256(self.account + task_id + number.to_bytes(4, "little")).digest()[:8], "little")


def step_aside() -> None:
    """Let this program wait for all others: for one that does nothing but train. It cannot be taken back."""
    os.nice(max(0, NICENESS - os.nice(0)))
