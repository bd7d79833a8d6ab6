"""How rounds begin, go on by block time, and end in a step of the model (LEARN-3, LEARN-5)."""

from __future__ import annotations

from openmg.chains.ppdl.effects import Effects
from openmg.chains.ppdl.round import Phase, Reason, RoundState, SumFate
from openmg.chains.ppdl.state import Checkpoint, LearningState
from openmg.chains.ppdl.task_state import TaskState
from openmg.errors import Rejected
from openmg.learning import GroupSum, coordinates_of, mean_losses, reveal, step

_PATIENCE = 4
"""So many times its seconds a phase waits for members that are missing, before the round is void."""


def advance(state: LearningState, time: int, effects: Effects) -> None:
    """Let every round go as far as the block's time (s) and what was said allow, and begin the next ones."""
    for at, task in enumerate(state.tasks):
        while _begin(state, at, task, time) or _move(state, task, time, effects):
            pass


def next_due(state: LearningState) -> int | None:
    """The time (s) at which time alone next moves a round; None when none runs."""
    return min((_moment(task, round_) for _, task, round_ in state.running()), default=None)


def _moment(task: TaskState, round_: RoundState) -> int:
    seconds = _seconds(task, round_)
    if round_.phase == Phase.UPLOAD or (round_.phase == Phase.UNMASK and round_.relieved):
        return round_.since + seconds
    if round_.phase == Phase.UNMASK:
        return round_.since + seconds // 2
    members = round_.holders if round_.phase == Phase.KEYS else round_.checkers
    return round_.since + (seconds if round_.covers(members) else _PATIENCE * seconds)


def _seconds(task: TaskState, round_: RoundState) -> int:
    """How long a phase lasts."""
    rules = task.task
    return (rules.keys, rules.upload, rules.check, rules.unmask)[round_.phase]


def _begin(state: LearningState, at: int, task: TaskState, time: int) -> bool:
    """Begin the task's next round, pinned to the newest registry."""
    registry = state.registry
    if registry is None or not task.may_begin:
        return False
    task.running = state.add_round(RoundState(at, task.next, registry, time, [None] * task.task.committee))
    task.next += 1
    state.touch_task(at)
    return True


def _move(state: LearningState, task: TaskState, time: int, effects: Effects) -> bool:
    """One phase further, or not."""
    if task.running is None:
        return False
    position, round_ = task.running, state.rounds[task.running]
    late = time - round_.since >= _seconds(task, round_)
    match round_.phase:
        case Phase.KEYS:
            return _gather(state, task, time, effects, round_.holders, Reason.KEYS)
        case Phase.UPLOAD:
            if late and len(round_.uploads) < task.task.least:
                _end(state, task, time, effects, Reason.UPLOADS)
            elif late:
                _enter(state, position, Phase.CHECK, time)
            return late
        case Phase.CHECK:
            return _gather(state, task, time, effects, round_.checkers, Reason.UNCHECKED)
        case _:
            return _unmask(state, task, time, effects)


def _gather(
    state: LearningState, task: TaskState, time: int, effects: Effects, members: list[int], reason: Reason
) -> bool:
    """End a phase in which members speak: KEYS, or CHECK, where only those with a key do."""
    assert task.running is not None, "the task has a round"
    round_ = state.rounds[task.running]
    waited, seconds = time - round_.since, _seconds(task, round_)
    wanted = round_.committee if round_.phase == Phase.KEYS else len(round_.holders)
    if len(members) == wanted or (waited >= seconds and round_.covers(members)):
        if round_.phase == Phase.KEYS:
            _enter(state, task.running, Phase.UPLOAD, time)
        else:
            _fix_set(state, task, time, effects)
        return True
    if waited >= _PATIENCE * seconds:
        _end(state, task, time, effects, reason)
        return True
    return False


def _fix_set(state: LearningState, task: TaskState, time: int, effects: Effects) -> None:
    """Fix the included set; from here on the round costs its releases (LEARN-3)."""
    assert task.running is not None, "the task has a round"
    position, round_ = task.running, state.rounds[task.running]
    if len(round_.included) < task.task.least:
        _end(state, task, time, effects, Reason.EXCLUDED)
        return
    round_.set_digest = round_.digest_of_set(task.identity)
    task.releases += task.task.groups
    state.touch_task(round_.task)
    _enter(state, position, Phase.UNMASK, time)


def _unmask(state: LearningState, task: TaskState, time: int, effects: Effects) -> bool:
    assert task.running is not None, "the task has a round"
    position, round_ = task.running, state.rounds[task.running]
    waited, seconds = time - round_.since, task.task.unmask
    if all(round_.is_covered(group) for group in range(task.task.groups)):
        _end(state, task, time, effects, _step(state, position, task, round_, effects))
        return True
    if waited >= seconds:
        _end(state, task, time, effects, Reason.SUMS)
        return True
    if waited >= seconds // 2 and not round_.relieved:
        round_.relieved = True
        state.touch_round(position)
        return True
    return False


def _step(state: LearningState, position: int, task: TaskState, round_: RoundState, effects: Effects) -> Reason:
    """Read the groups' sums and move the model; why not, when it cannot (LEARN-5)."""
    rules, sums, fates = task.task, list[GroupSum](), list[SumFate]()
    for group, members in enumerate(round_.groups(task.identity, rules.groups)):
        hidden = [state.upload(position, index).hidden.y for index in members]
        given = [number for number, each in enumerate(round_.sums) if each.group == group]
        try:
            sums.append(reveal(rules, hidden, [state.mask_sum(position, number).masks for number in given]))
            fates.append(SumFate(len(members), discarded=False))
        except Rejected:
            fates.append(SumFate(len(members), discarded=True))
    round_.fates = tuple(fates)
    if not sums:
        return Reason.DISCARDED
    coordinates = coordinates_of(round_.beacon(task.identity), rules.chosen, rules.size)
    try:
        task.model, task.optimiser = step(rules, task.model, task.optimiser, coordinates, sums)
    except Rejected:
        return Reason.STEP
    round_.losses = mean_losses(rules, sums)
    state.touch_weights(round_.task, coordinates)
    state.add_checkpoint(Checkpoint(round_.task, round_.number, task.releases, task.model.digest))
    effects.models.append(task.model.encode())
    return Reason.NONE


def _enter(state: LearningState, position: int, phase: Phase, time: int) -> None:
    round_ = state.rounds[position]
    round_.phase, round_.since = phase, time
    state.touch_round(position)


def _end(state: LearningState, task: TaskState, time: int, effects: Effects, reason: Reason) -> None:
    """The round is DONE, or VOID for a reason; its payloads go."""
    assert task.running is not None, "the task has a round"
    position = task.running
    _enter(state, position, Phase.VOID if reason else Phase.DONE, time)
    state.rounds[position].reason = reason
    state.touch_task(state.rounds[position].task)
    task.running = None
    state.drop(position)
    effects.ended.append(position)
