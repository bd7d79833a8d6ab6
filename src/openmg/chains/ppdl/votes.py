"""Tasks and registries: what t authorities agree on (LEARN-0, LEARN-2)."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Final

from openmg.chains.ppdl.effects import Effects
from openmg.chains.ppdl.registry import MOST_ACCOUNTS, Registered
from openmg.chains.ppdl.state import Checkpoint, LearningState
from openmg.chains.ppdl.task_state import TaskState
from openmg.chains.ppdl.transactions import RegistryVote, TaskVote
from openmg.errors import BadInput, Malformed, Rejected
from openmg.learning import Model, Optimiser, Task

MOST_OPEN: Final = 32
"""Tasks, and registries, of one authority's votes that are not adopted: each of them stays in the state."""


def check_task_vote(state: LearningState, vote: TaskVote) -> TaskState:
    """The task that a vote is for, new or with the votes so far.

    Raises:
        Rejected: `LEARN-0`.
    """
    task = _task_in(vote)
    if task.committee > len(state.genesis.authorities):
        raise Rejected(
            "LEARN-0", f"a committee of {task.committee}, the chain has {len(state.genesis.authorities)} authorities"
        )
    if vote.checkpoint and sha256(vote.checkpoint).digest() != task.model:
        raise Rejected("LEARN-0", "the checkpoint is not the one that the task names")
    identity, bit = task.identity(state.genesis.chain), 1 << (vote.authority - 1)
    position = state.position_of(identity)
    if position is None:
        if sum(1 for each in state.tasks if not each.adopted and each.votes & bit) >= MOST_OPEN:
            raise Rejected("LEARN-0", f"authority {vote.authority} voted for {MOST_OPEN} tasks that nobody adopted")
        model = _model_in(vote.checkpoint, task)
        return TaskState(task, identity, model, Optimiser.start(task.size))
    known = state.tasks[position]
    if known.adopted:
        raise Rejected("LEARN-0", f"task {task.name} is adopted already")
    if known.votes & bit:
        raise Rejected("LEARN-0", f"authority {vote.authority} voted for task {task.name} already")
    return known


def take_task_vote(state: LearningState, vote: TaskVote, effects: Effects) -> None:
    """Count a vote; the t-th adopts the task.

    Raises:
        Rejected: `LEARN-0`.
    """
    task = check_task_vote(state, vote)
    position = state.position_of(task.identity)
    if position is None:
        position = state.add_task(task)
    task.votes |= 1 << (vote.authority - 1)
    state.touch_task(position)
    if task.votes.bit_count() >= state.genesis.threshold:
        task.adopted = state.clock.height
        state.add_checkpoint(Checkpoint(position, 0, 0, task.model.digest))
        effects.models.append(task.model.encode())


def check_registry_vote(state: LearningState, vote: RegistryVote) -> tuple[int, Registered]:
    """Where the registry that a vote is for stands or will stand, with the votes so far.

    Raises:
        Rejected: `LEARN-2`.
    """
    if not 1 <= vote.size <= MOST_ACCOUNTS:
        raise Rejected("LEARN-2", f"a registry of {vote.size} accounts: 1 to {MOST_ACCOUNTS} were expected")
    place, bit, newest = (vote.root, vote.size), 1 << (vote.authority - 1), state.registry
    if newest is not None and place == (state.registries[newest].root, state.registries[newest].size):
        raise Rejected("LEARN-2", "this registry is the adopted one")
    for index, each in enumerate(state.registries):
        if not each.adopted and each.votes and (each.root, each.size) == place:
            if each.votes & bit:
                raise Rejected("LEARN-2", f"authority {vote.authority} voted for this registry already")
            return index, each
    if sum(1 for each in state.registries if not each.adopted and each.votes & bit) >= MOST_OPEN:
        raise Rejected("LEARN-2", f"authority {vote.authority} voted for {MOST_OPEN} registries that nobody adopted")
    return len(state.registries), Registered(vote.root, vote.size)


def take_registry_vote(state: LearningState, vote: RegistryVote) -> None:
    """Count a vote; the t-th adopts the registry: rounds that begin from now on are pinned to it.

    Votes for what was proposed before it lapse then, or one late vote could bring an older list back.

    Raises:
        Rejected: `LEARN-2`.
    """
    index, registered = check_registry_vote(state, vote)
    registered = registered.voted(vote.authority, state.genesis.threshold, state.clock.height)
    state.put_registry(index, registered)
    for older, each in enumerate(state.registries[: index if registered.adopted else 0]):
        if each.votes and not each.adopted:
            state.put_registry(older, replace(each, votes=0))


def _task_in(vote: TaskVote) -> Task:
    try:
        return Task.decode(vote.task)
    except Malformed as malformed:
        raise Rejected("LEARN-0", str(malformed)) from None


def _model_in(checkpoint: bytes, task: Task) -> Model:
    """The model that a new task starts from."""
    if not checkpoint:
        raise Rejected("LEARN-0", "the first vote for a task brings the checkpoint that it starts from")
    try:
        model = Model.decode(checkpoint)
    except (Malformed, BadInput) as error:
        raise Rejected("LEARN-0", str(error)) from None
    if len(model) != task.size:
        raise Rejected("LEARN-0", f"a model of {len(model)} parameters, the task says {task.size}")
    return model
