"""A home's part in a round: what it sends, that it keeps it first, and that it pays once (LEARN-2, LEARN-6)."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from openmg.chains.ppdl import Upload
from openmg.chains.ppdl.transactions import decode
from openmg.crypto import check_hidden, open_seeds, sum_masks
from openmg.errors import BadInput, Rejected
from openmg.forecast import LARGE, SMALL, forecast, naive, score, start, to_floats, to_model, update_of, windows_of
from openmg.forecast.training import LOCAL, SLOWEST, train
from openmg.home.trainer import HELD_DAYS, Trainer, course_of
from openmg.home.training_file import TrainingFile
from openmg.learning import Model, Task, clip_and_quantise, subsets_of, subtract, unpack
from tests.unit.forecast.meters import a_history
from tests.unit.home.learner import (
    CHAIN,
    HISTORY,
    HOLDERS,
    MODEL,
    PASSPHRASE,
    TASK,
    a_trainer,
    account,
    invited,
)

COMMITTEE = len(HOLDERS)
PLAIN = replace(TASK, noise=0, delta=0)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[TrainingFile]:
    file = TrainingFile.create(tmp_path / "home.learning", PASSPHRASE)
    yield file
    file.close()


def upload_of(raw: bytes) -> Upload:
    envelope = decode(raw)
    assert isinstance(envelope.transaction, Upload)
    envelope.check_signature(CHAIN, 0, account(), "LEARN-2")
    return envelope.transaction


def unmasked(task: Task, upload: Upload) -> list[int]:
    """What all holders together see, who must never do that."""
    masks, identity = [], task.identity(CHAIN)
    for number, subset in enumerate(subsets_of(COMMITTEE)):
        holder = subset[0] + 1
        box = upload.hidden.boxes[holder - 1]
        seeds = open_seeds(HOLDERS[holder - 1], identity, 1, account(), holder, COMMITTEE, box)
        masks.append(sum_masks(identity, 1, [(account(), seeds)], holder, COMMITTEE, 1 << number, task.lanes)[0])
    return unpack(subtract([upload.hidden.y], masks, task.lanes), 1, task.values, task.bits)


# --- one round
def test_an_upload_hides_what_the_home_learnt(file: TrainingFile) -> None:
    heard: list[tuple[str, float]] = []
    trainer = a_trainer(file)
    made = trainer.contribute(invited(task=PLAIN), MODEL, progress=lambda what, share: heard.append((what, share)))
    upload = upload_of(made.upload)
    assert (upload.task, upload.round, upload.index, upload.account) == (PLAIN.identity(CHAIN), 1, 3, account())
    assert upload.siblings == invited().siblings
    check_hidden(upload.task, 1, account(), COMMITTEE, invited().keys, upload.hidden)
    assert made.values is not None
    assert unmasked(PLAIN, upload) == list(made.values)
    assert [what for what, _ in heard] == ["reading", "training", "hiding", "hiding"]
    assert trainer.spent(5) is None


def test_it_learnt_from_its_own_days_but_the_newest(file: TrainingFile) -> None:
    trainer = a_trainer(file)
    training, held = trainer.windows()
    every = windows_of(HISTORY)
    assert len(training) + len(held) == len(every)
    assert len(held) == min(HELD_DAYS, len(every) // 4)
    assert training.starts.max() < held.starts.min()
    made = trainer.contribute(invited(task=PLAIN), MODEL)
    before = to_floats(MODEL.parameters)
    after = train(before, training, trainer._seed(PLAIN.identity(CHAIN), 1))
    update = clip_and_quantise(update_of(before, after, range(SMALL)), PLAIN.clip, PLAIN.scale)
    assert made.values is not None
    assert list(made.values[:SMALL]) == update
    losses = [score(held, forecast(before, held)).mae, score(held, naive(held)).mae]
    assert np.allclose(made.values[SMALL : SMALL + 2], [loss * 2**20 for loss in losses], atol=1)


def test_without_noise_homes_take_smaller_steps_towards_the_end(file: TrainingFile) -> None:
    last = replace(invited(task=PLAIN), round=PLAIN.rounds)
    assert course_of(invited(task=PLAIN)) == course_of(replace(invited(), round=TASK.rounds)) == LOCAL
    assert course_of(last).rate == pytest.approx(SLOWEST * LOCAL.rate)
    early, late = (a_trainer(file).contribute(each, MODEL).values for each in (invited(task=PLAIN), last))
    assert early is not None
    assert late is not None
    assert np.linalg.norm(late[:SMALL]) < np.linalg.norm(early[:SMALL]) / 2


def test_noise_is_added_to_everything_that_leaves(file: TrainingFile) -> None:
    made = a_trainer(file).contribute(invited(), MODEL)
    assert made.values is not None
    noise = np.array(unmasked(TASK, upload_of(made.upload))) - np.array(made.values)
    deviation = TASK.share_variance**0.5
    assert 0.9 * deviation < noise.std() < 1.1 * deviation
    assert abs(noise.mean()) < 5 * deviation / len(noise) ** 0.5


def test_only_the_rounds_coordinates_leave(file: TrainingFile) -> None:
    task = replace(PLAIN, chosen=71)
    made = a_trainer(file).contribute(invited(task=task), MODEL)
    assert made.values is not None
    assert len(made.values) == task.values == 75
    assert len(upload_of(made.upload).hidden.y) == 30 * task.lanes


# --- stops
def test_asked_again_it_sends_the_same_bytes_and_pays_once(file: TrainingFile, tmp_path: Path) -> None:
    made = a_trainer(file).contribute(invited(), MODEL)
    again = a_trainer(file).contribute(invited(), MODEL)
    assert (again.upload, again.values) == (made.upload, None)
    spent = a_trainer(file).spent(5)
    file.close()
    reopened = TrainingFile.open(tmp_path / "home.learning", PASSPHRASE)
    other_keys = replace(invited(), keys=tuple(reversed(invited().keys)))
    assert a_trainer(reopened).contribute(other_keys, MODEL).upload == made.upload
    assert len(reopened.memory.ledger.charges) == 1
    assert a_trainer(reopened).spent(5) == spent
    reopened.close()


@pytest.mark.parametrize(
    ("doing", "share", "charges"), [("reading", 0.0, 0), ("training", 1.0, 0), ("hiding", 0.0, 0), ("hiding", 1.0, 1)]
)
def test_a_home_that_is_killed_spends_nothing_twice(tmp_path: Path, doing: str, share: float, charges: int) -> None:
    path = tmp_path / "home.learning"
    TrainingFile.create(path, PASSPHRASE).close()
    child = [sys.executable, "-m", "tests.unit.home.learner", str(path), doing, str(share)]
    assert subprocess.run(child, check=False).returncode == -signal.SIGKILL
    file = TrainingFile.open(path, PASSPHRASE)
    assert len(file.memory.ledger.charges) == charges
    kept = dict(file.memory.uploads)
    made = a_trainer(file).contribute(invited(), MODEL)
    assert len(file.memory.ledger.charges) == 1
    if charges:
        assert made.upload == kept[TASK.identity(CHAIN)].upload
    file.close()


def test_a_round_that_is_over_is_not_sent_anew(file: TrainingFile) -> None:
    trainer = a_trainer(file)
    trainer.contribute(invited(2), MODEL)
    trainer.contribute(invited(3), MODEL)
    assert len(file.memory.uploads) == 1
    for number in (1, 2):
        with pytest.raises(BadInput, match=f"home: round {number} is over: a later one was contributed to"):
            trainer.contribute(invited(number), MODEL)


# --- what is refused
def test_a_home_whose_budget_is_spent_sits_the_round_out(file: TrainingFile) -> None:
    one = a_trainer(file).contribute(invited(1), MODEL)
    spent = a_trainer(file).spent(5)
    assert spent is not None
    with pytest.raises(Rejected, match=rf"LEARN-6: ε would be \d+ thousandths, the home allows {spent}"):
        a_trainer(file, most_epsilon=spent).contribute(invited(2), MODEL)
    assert len(file.memory.ledger.charges) == 1
    assert a_trainer(file, most_epsilon=spent).contribute(invited(1), MODEL).upload == one.upload
    with pytest.raises(Rejected, match="LEARN-6: ε would be without bound"):
        a_trainer(file, most_epsilon=10**6).contribute(invited(2, PLAIN), MODEL)


def test_a_task_cannot_choose_a_delta_at_which_it_is_cheap(file: TrainingFile) -> None:
    lax = replace(TASK, delta=1)
    ledger = file.memory.ledger.charge(lax, lax.identity(CHAIN), 1)
    cheap, cost = ledger.spent(1), ledger.spent(5)
    assert cheap is not None
    assert cost is not None
    assert cheap < cost
    with pytest.raises(Rejected, match=f"LEARN-6: ε would be {cost} thousandths, the home allows {cheap}"):
        a_trainer(file, most_epsilon=cheap).contribute(invited(1, lax), MODEL)
    assert file.memory.ledger.charges == ()


def refused(trainer: Trainer, model: Model, words: str, **changes: object) -> None:
    task = replace(TASK, **changes)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=words) as bad:
        trainer.contribute(invited(task=task, digest=MODEL.digest if "model" in words else model.digest), model)
    assert "\n" not in str(bad.value)
    assert trainer.spent(5) == 0


def test_another_model_than_the_rounds_is_refused(file: TrainingFile) -> None:
    trainer = a_trainer(file)
    refused(trainer, to_model(start(SMALL, seed=2)), "the model at hand is [0-9a-f]{16}, round 1 starts from")
    odd = Model((0,) * 700)
    with pytest.raises(BadInput, match="a model of 700 parameters, the task says 707"):
        trainer.contribute(invited(digest=odd.digest), odd)
    with pytest.raises(BadInput, match="a model of 700 parameters: 44 for each hidden unit"):
        trainer.contribute(invited(digest=odd.digest, task=replace(TASK, size=700, chosen=700)), odd)
    assert not file.memory.ledger.charges


def test_too_little_history_spends_nothing(file: TrainingFile) -> None:
    with pytest.raises(BadInput, match="home: 20 complete days, of which 6 can be learnt from"):
        a_trainer(file, history=a_history(20)).contribute(invited(), MODEL)
    assert not file.memory.ledger.charges


# --- the home's own model
def test_a_personal_model_is_kept_and_forecasts(file: TrainingFile, tmp_path: Path) -> None:
    task = TASK.identity(CHAIN)
    common = a_trainer(file).forecast(task, MODEL)
    a_trainer(file).personalise(task, MODEL)
    own = a_trainer(file).forecast(task, MODEL)
    assert common.median.shape == own.median.shape == (1, 24)
    assert not np.allclose(common.median, own.median)
    file.close()
    reopened = TrainingFile.open(tmp_path / "home.learning", PASSPHRASE)
    assert np.array_equal(a_trainer(reopened).forecast(task, MODEL).quantiles, own.quantiles)
    assert not reopened.memory.ledger.charges
    large = to_model(start(LARGE, seed=1))
    assert np.allclose(a_trainer(reopened).forecast(bytes(32), large).median, common.median)
    reopened.close()


# --- the file
def test_a_training_file_is_made_once_and_opened_by_one(file: TrainingFile, tmp_path: Path) -> None:
    path = tmp_path / "home.learning"
    with pytest.raises(BadInput, match="a training file is there already"):
        TrainingFile.create(path, PASSPHRASE)
    with pytest.raises(BadInput, match="another program has this training file open"):
        TrainingFile.open(path, PASSPHRASE)
    with pytest.raises(BadInput, match="no such file"):
        TrainingFile.open(tmp_path / "none", PASSPHRASE)
    with pytest.raises(BadInput, match="cannot be made"):
        TrainingFile.create(tmp_path / "none" / "home.learning", PASSPHRASE)
    file._vault.write(b'{"format": 2}')
    file.close()
    with pytest.raises(BadInput, match="not a training file of format 1"):
        TrainingFile.open(path, PASSPHRASE)
