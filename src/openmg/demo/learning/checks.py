"""Honest checks at the end of the learning demo: recomputed from the chain's blocks; each can fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from typing import Final

import numpy as np

from openmg.chains import PPDLChain
from openmg.chains.ppdl import MaskSum, Upload
from openmg.demo.checks import Failed, checked
from openmg.demo.learning.scenario import DELTA
from openmg.demo.learning.town import Town
from openmg.demo.learning.view import masks_known, subsets_with, view
from openmg.demo.record import Check
from openmg.engine import replay
from openmg.learning import GroupSum, Optimiser, coordinates_of, reveal, spent, step, subsets_of
from openmg.lightclient import verify_state
from openmg.machine import Block

DEVIATIONS: Final = 6.0
"""Chance alone goes so far once in 500 million times."""


@dataclass(frozen=True)
class Opened:
    """The shown round as those know it who know everything: uploads by home, each home's masks, the sum."""

    uploads: dict[str, Upload]
    masks: dict[str, dict[int, list[int]]]
    total: GroupSum


def open_round(town: Town) -> Opened:
    """The shown round from the chain's blocks and all authorities' keys.

    Raises:
        Failed: a home or a holder is missing.
    """
    task, number = town.task, town.shown
    said = list(_messages(town, number))
    names = {home.trainer.account: home.name for home in town.homes}
    uploads = {names[message.account]: message for message in said if isinstance(message, Upload)}
    sums = [message.masks for message in said if isinstance(message, MaskSum)]
    if uploads.keys() != town.secrets.values.keys() or len(town.secrets.keys) != task.task.committee:
        raise Failed(f"round {number} is not complete", f"{number}라운드가 완전하지 않습니다")
    committee, lanes = task.task.committee, task.task.lanes
    masks = {name: masks_known(upload, town.secrets.keys, committee, lanes) for name, upload in uploads.items()}
    return Opened(uploads, masks, reveal(task.task, [upload.hidden.y for upload in uploads.values()], sums))


def run_checks(town: Town) -> tuple[Check, ...]:
    """All checks; a failure is a result, not an exception."""
    return (
        checked("A replay gives the same root", "다시 실행해도 같은 상태입니다", lambda: _replayed(town)),
        checked("The model is the chain's", "모델은 체인이 확정한 그 모델입니다", lambda: _proved(town)),
        checked("The sum is that of the homes' own vectors", "합은 집들의 벡터를 더한 것과 같습니다",
                lambda: _sum(town, open_round(town))),
        checked("The step follows from the sum", "모델은 그 합만으로 움직였습니다",
                lambda: _step(town, open_round(town))),
        checked("No authority sees anything of an update", "어느 기관도 업데이트를 전혀 볼 수 없습니다",
                lambda: _unseen(town, open_round(town))),
        checked("Every home counts the same ε", "모든 집이 같은 ε를 셉니다", lambda: _counted(town)),
    )  # fmt: skip


def opened_values(town: Town, opened: Opened, name: str, known: Sequence[int]) -> list[int]:
    """The fields of a home's upload without the masks that are known."""
    return view(opened.uploads[name], opened.masks[name], known, town.task.task.values)


def correlation(update: Sequence[int], seen: Sequence[int]) -> float:
    """Between an update and what somebody sees in its place."""
    return float(np.corrcoef(np.array(update, dtype=np.float64), np.array(seen, dtype=np.float64))[0, 1])


def _messages(town: Town, number: int) -> Iterator[Upload | MaskSum]:
    place = town.task.identity, number
    for stored in town.engine.file.blocks():
        for raw in Block.decode(stored.kept).transactions:
            message = town.chain.decode(raw).transaction
            if isinstance(message, Upload | MaskSum) and (message.task, message.round) == place:
                yield message


def _replayed(town: Town) -> tuple[str, str]:
    chain = replay(town.folder.chain, PPDLChain)
    if chain.root != town.chain.root:
        raise Failed("the replay ends in another state", "다시 실행한 결과가 다릅니다")
    return (
        f"{chain.height} blocks from genesis, root {chain.root.hex()[:16]}…",
        f"블록 {chain.height}개, 루트 {chain.root.hex()[:16]}…",
    )


def _proved(town: Town) -> tuple[str, str]:
    state, digest = town.chain.state, town.task.model.digest
    last = len(state.checkpoints) - 1
    data, within, leaf, top = town.chain.prove("checkpoints", last)
    verify_state("checkpoints", data, within, leaf[-32:], top, town.chain.root)
    model = town.folder.shelf.read(data[-32:])
    if not digest == model.digest == data[-32:]:
        raise Failed("the newest checkpoint is of another model", "가장 새로운 체크포인트가 다른 모델의 것입니다")
    return (
        f"digest {digest.hex()[:16]}… is checkpoint {last} under the root, and the file on the shelf has it",
        f"다이제스트 {digest.hex()[:16]}…가 루트 아래 {last}번 체크포인트이고 보관된 파일과 같습니다",
    )


def _sum(town: Town, opened: Opened) -> tuple[str, str]:
    task, every = town.task.task, range(len(subsets_of(town.task.task.committee)))
    half = 1 << (task.bits - 1)
    total, noise = np.zeros(task.values, dtype=np.int64), np.zeros(task.values, dtype=np.int64)
    for name, own in town.secrets.values.items():
        sent = np.array(opened_values(town, opened, name, every), dtype=np.int64) - half
        total += sent
        noise += sent - np.array(own, dtype=np.int64)
    if tuple(total.tolist()) != opened.total.sums:
        raise Failed("the chain's sum is another one", "체인의 합이 다릅니다")
    sigma = sqrt(len(opened.uploads) * task.share_variance) if task.noise else 0.0
    found = float(np.sqrt((noise.astype(np.float64) ** 2).mean()))  # Its mean is 0: what is not counts as noise.
    # The deviation of what is found is σ/√(2K).
    if abs(found - sigma) > DEVIATIONS * sigma / sqrt(2 * task.values):
        raise Failed(f"the noise in it is {found:,.0f} quanta, not {sigma:,.0f}", "잡음의 크기가 다릅니다")
    homes = len(opened.uploads)
    english = (
        f"round {town.shown}: {task.values} numbers of {homes} homes, each equal; the noise in them has σ = "
        f"{found:,.0f} quanta ({sigma:,.0f} were promised)"
    )
    korean = (
        f"{town.shown}라운드: {homes}가구의 수 {task.values}개가 모두 같고, 그 안의 잡음은 σ = {found:,.0f} "
        f"(약속한 값 {sigma:,.0f})입니다"
    )
    return english, korean


def _step(town: Town, opened: Opened) -> tuple[str, str]:
    """Without momentum a step needs no memory but the model before it."""
    task, state = town.task, town.chain.state
    position = state.position_of(task.identity)
    made = [each for each in state.checkpoints if each.task == position]
    at = next((at for at, each in enumerate(made) if each.round == town.shown), 0)
    if not at:
        raise Failed(f"round {town.shown} made no model", f"{town.shown}라운드의 모델이 없습니다")
    before, after = (town.folder.shelf.read(each.digest) for each in made[at - 1 : at + 1])
    round_ = next(each for each in state.rounds if (each.task, each.number) == (position, town.shown))
    chosen = coordinates_of(round_.beacon(task.identity), task.task.chosen, task.task.size)
    moved, _ = step(task.task, before, Optimiser.start(len(before)), chosen, [opened.total])
    if moved != after:
        raise Failed("the sum leads to another model", "그 합에서 나오는 모델이 다릅니다")
    return (
        f"model {before.digest.hex()[:8]}… and the sum of round {town.shown} give model {after.digest.hex()[:8]}…",
        f"모델 {before.digest.hex()[:8]}…와 {town.shown}라운드의 합에서 모델 {after.digest.hex()[:8]}…이 나옵니다",
    )


def _unseen(town: Town, opened: Opened) -> tuple[str, str]:
    """One authority's view and two authorities' of every home's update; three read it (or it would prove nothing)."""
    task = town.task.task
    authorities, half = range(1, task.committee + 1), 1 << (task.bits - 1)
    bound, most, views = DEVIATIONS / sqrt(task.values), 0.0, 0
    for name, own in town.secrets.values.items():
        for size in (1, 2):
            for together in combinations(authorities, size):
                seen = opened_values(town, opened, name, subsets_with(together, task.committee))
                most, views = max(most, abs(correlation(own, seen))), views + 1
        read = [field - half for field in opened_values(town, opened, name, subsets_with((1, 2, 3), task.committee))]
        if not min(read) >= -half <= max(read) < half:
            raise Failed(f"three authorities do not read {name}", f"세 기관이 {name}을 읽지 못합니다")
    if most > bound:
        raise Failed(f"a view correlates with the update: {most:.3f}", f"업데이트와의 상관계수가 {most:.3f}입니다")
    english = (
        f"{views} views of round {town.shown}, by one authority or two: no correlation above {most:.3f} (chance alone "
        f"stays below {bound:.3f}). Three of the {task.committee} together would read every home"
    )
    korean = (
        f"{town.shown}라운드를 기관 하나 또는 둘이 본 {views}가지: 상관계수는 {most:.3f} 이하입니다 (우연의 한계 "
        f"{bound:.3f}). 기관 {task.committee}개 중 셋이 짜면 모든 집을 읽을 수 있습니다"
    )
    return english, korean


def _counted(town: Town) -> tuple[str, str]:
    """What each home's own ledger says of what it gave, against what the chain published."""
    task, homes = town.task, [home for home in town.homes if home.name not in town.absent]
    cost = spent(task.task, task.releases)
    for home in homes:
        own = home.trainer.spent(DELTA)
        if own != cost:
            raise Failed(f"{home.name} counts {own}, the chain {cost}", f"{home.name}의 계산이 체인과 다릅니다")
    if cost is None:
        return f"{len(homes)} ledgers: sums without noise have no ε", f"장부 {len(homes)}개: 잡음이 없어 ε가 없습니다"
    told = f"ε = {cost / 1000:,.1f}, δ = 1e-{DELTA}"
    return (
        f"{len(homes)} ledgers, {task.releases} releases: {told}",
        f"장부 {len(homes)}개, 공개 {task.releases}번: {told}",
    )
