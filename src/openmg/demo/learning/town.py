"""Homes and authorities that learn on one embedded chain, with the real secure sum; the clock is replayed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from openmg.authority import Holder, HolderFile
from openmg.chains import PPDLChain
from openmg.chains.ppdl import Phase, RoundState, TaskState, registry_root, siblings_of
from openmg.demo.learning.folder import LearningFolder
from openmg.demo.learning.scenario import BEGIN, CUT
from openmg.engine import LocalEngine
from openmg.errors import BadInput, Corrupt, Rejected
from openmg.home.trainer import Invitation, Trainer
from openmg.home.training_file import TrainingFile
from openmg.learning import Model, Task, rounds_of

_MOST_BLOCKS = 40
"""Blocks that one round may take before the demo says that it is stuck."""

Watch = Callable[[str, int, int], None]
"""Told what is happening, and how many of the rounds are done."""


@dataclass
class Cost:
    """What one round cost: wall-clock seconds, uploads' sizes and all blocks' bytes."""

    homes: float = 0.0
    holders: float = 0.0
    chain: float = 0.0
    uploads: list[int] = field(default_factory=list)
    blocks: int = 0


@dataclass
class Secrets:
    """One round as only those know it who took part: each home's own values before the noise, the holders' keys."""

    values: dict[str, tuple[int, ...]] = field(default_factory=dict, repr=False)
    keys: dict[int, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class LearningHome:
    """One home that takes part."""

    name: str
    trainer: Trainer
    file: TrainingFile


class Town:
    """Everyone who takes part, on one machine. Use `opened`."""

    def __init__(self, folder: LearningFolder, watch: Watch, held: ExitStack) -> None:
        self.folder = folder
        self.scenario = folder.scenario()
        passphrase = folder.passphrase()
        self.engine = LocalEngine.open(folder.chain, PPDLChain)
        held.callback(self.engine.close)
        self.engine.keep(folder.shelf.keep)
        self._watch = watch
        self._files = {
            index: HolderFile.open(folder.holder(index), passphrase)
            for index in range(1, len(self.chain.genesis.authorities) + 1)
        }
        self._holders = [Holder(self.chain, file) for file in self._files.values()]
        self.homes: list[LearningHome] = []
        for home in folder.homes():
            facts = home.facts()
            history = home.history().until(CUT) if facts.building else home.history()
            file = TrainingFile.open(home.training, passphrase)
            held.callback(file.close)
            trainer = Trainer(facts.name, home.secret(passphrase), history, file, None)
            self.homes.append(LearningHome(facts.name, trainer, file))
        self.costs: dict[tuple[int, int], Cost] = {}
        """By the task's position and the round."""
        self.absent: dict[str, str] = {}
        """Homes that sat a round out, and why."""
        self.shown = 0
        """The round of which the demo keeps everyone's secrets, to show and to check it; 0: none."""
        self.secrets = Secrets()
        self._asked: set[tuple[int, str]] = set()

    @property
    def chain(self) -> PPDLChain:
        """The engine's chain."""
        return self.engine.chain

    @property
    def task(self) -> TaskState:
        """The newest task.

        Raises:
            BadInput: there is none.
        """
        if not self.chain.state.tasks:
            raise BadInput(f"{self.folder.root}: its chain has no task yet")
        return self.chain.state.tasks[-1]

    # --- what is agreed on
    def enrol(self) -> None:
        """Have the authorities vote for the list of all homes, if it is a new one."""
        accounts = [home.trainer.account for home in self.homes]
        root, state = registry_root(accounts), self.chain.state
        if state.registry is None or state.registries[state.registry].root != root:
            voters = self._holders[: self.chain.genesis.threshold]
            self._block([holder.vote_registry(root, len(accounts)) for holder in voters])

    def adopt(self, task: Task, model: Model) -> None:
        """Have the authorities vote for a task; its first round begins."""
        voters = self._holders[: self.chain.genesis.threshold]
        self._block([holder.vote_task(task, model) for holder in voters])

    # --- the rounds
    def learn(self) -> int:
        """From wherever the chain stands until no round runs any more; how many went on.

        Raises:
            Corrupt: a round does not end.
        """
        rounds = 0
        while self.chain.state.running():
            [(position, task, round_), *_] = self.chain.state.running()
            for _ in range(_MOST_BLOCKS):
                if round_.over:
                    break
                self._watch("learning", round_.number - 1, rounds_of(task.task))
                self._go_on(position, task, round_)
            else:
                raise Corrupt(f"no progress: round {round_.number} did not end in {_MOST_BLOCKS} blocks")
            rounds += 1
        return rounds

    def personalise(self) -> None:
        """Have every home make the newest model its own: it costs no ε, and never leaves the home."""
        task = self.task
        for done, home in enumerate(self.homes):
            self._watch(f"{home.name} makes the model its own", done, len(self.homes))
            try:
                home.trainer.personalise(task.identity, task.model)
            except BadInput as error:
                self.absent[home.name] = str(error)

    def _go_on(self, position: int, task: TaskState, round_: RoundState) -> None:
        """One block: what the holders owe, or what the homes send, or the end of the time for it."""
        cost = self.costs.setdefault((round_.task, round_.number), Cost())
        started = time.perf_counter()
        said = [each for holder in self._holders for each in holder.respond()]
        cost.holders += time.perf_counter() - started
        seconds = None
        if round_.phase == Phase.UPLOAD:
            started = time.perf_counter()
            sent = self._contributions(position, task, round_)
            cost.homes += time.perf_counter() - started
            cost.uploads += [len(each) for each in sent]
            said += sent
            seconds = None if sent else self.chain.due
            if round_.number == self.shown and not sent:
                self._keep_secrets(task, round_)
        started = time.perf_counter()
        cost.blocks += self._block(said, seconds)
        cost.chain += time.perf_counter() - started

    def _contributions(self, position: int, task: TaskState, round_: RoundState) -> list[bytes]:
        """The uploads of homes that were not asked yet; a registry names the first so many homes that joined."""
        members = self.homes[: self.chain.state.registries[round_.registry].size]
        accounts = [home.trainer.account for home in members]
        sent = []
        for index, home in enumerate(members):
            if (position, home.name) in self._asked or round_.has(home.trainer.account):
                continue
            self._asked.add((position, home.name))
            self._watch(f"{home.name} trains", round_.number - 1, rounds_of(task.task))
            invitation = Invitation(
                self.chain.chain,
                task.task,
                round_.number,
                tuple(round_.keys),
                task.model.digest,
                index,
                siblings_of(accounts, index),
            )
            try:
                made = home.trainer.contribute(invitation, task.model)
            except (BadInput, Rejected) as error:
                self.absent[home.name] = str(error)
                continue
            sent.append(made.upload)
            if round_.number == self.shown and made.values is not None:
                self.secrets.values[home.name] = made.values
        return sent

    def _keep_secrets(self, task: TaskState, round_: RoundState) -> None:
        """The demo plays all authorities: it knows the keys that each of them erases when the round is over."""
        for index, file in self._files.items():
            secret = file.secret_of(task.identity, round_.number)
            if secret is not None:
                self.secrets.keys[index] = secret

    def _block(self, transactions: list[bytes], seconds: int | None = None) -> int:
        """A block with these, a second after the last one or at `seconds`; its size.

        Raises:
            Rejected: one of them was refused.
        """
        for verdict in self.engine.submit(transactions):
            if verdict is not None:
                raise verdict
        before = self.chain.height
        self.engine.produce(max(self.chain.time + 1, BEGIN) if seconds is None else seconds)
        return sum(len(stored.kept) for stored in self.engine.file.blocks(before + 1))


@contextmanager
def opened(folder: LearningFolder, watch: Watch) -> Iterator[Town]:
    """Everyone who takes part, let go at the end whatever happens; what is on disk is enough to go on."""
    with ExitStack() as held:
        yield Town(folder, watch, held)
