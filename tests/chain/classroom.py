"""Homes and authorities that learn on one embedded chain; everything they say is real."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from openmg.authority import Holder, HolderFile
from openmg.chains import PPDLChain, PPDLGenesis
from openmg.chains.ppdl import Phase, RoundState, TaskState, Upload, registry_root, siblings_of, signed
from openmg.crypto import HiddenVector, hide, signing_public
from openmg.engine import LocalEngine
from openmg.errors import Rejected
from openmg.learning import Model, Task, pack
from openmg.machine import Outcome
from tests.unit.learning.tasks import a_plain_task

BEGIN = 1_790_000_000
WIDTH = 6
START = Model(tuple(range(WIDTH)))
PASSPHRASE = "secret"


def seed_of(name: object) -> bytes:
    return sha256(f"classroom {name}".encode()).digest()


def a_small_task(committee: int = 4, **changes: object) -> Task:
    """Six coordinates and one evaluation number, without noise; FedAvg at rate 1."""
    small = {
        "model": START.digest,
        "evaluated": 1,
        "most_loss": 1000,
        "least": 2,
        "most": 8,
        "rate": 1 << 16,
        "committee": committee,
        "delta": 0,
    }
    return a_plain_task(WIDTH, **(small | changes))


def update_of(home: int) -> list[int]:
    """What a home says in quanta: its coordinates, then its loss."""
    return [home * 10 - place for place in range(WIDTH)] + [100 + home]


class Classroom:
    """One chain in a file, its holders with their files, and homes by their index in the registry."""

    def __init__(
        self, folder: Path, authorities: int = 4, homes: int = 4, task: Task | None = None, start: Model = START
    ) -> None:
        self.folder = folder
        self.files = [folder / f"holder-{index}" for index in range(1, authorities + 1)]
        made = [HolderFile.create(path, PASSPHRASE) for path in self.files]
        genesis = PPDLGenesis("classroom", tuple(file.public for file in made))
        self.engine = LocalEngine.create(folder / "ppdl.db", PPDLChain(genesis))
        self.holders = [Holder(self.chain, file) for file in made]
        self.accounts = [signing_public(seed_of(home)) for home in range(homes)]
        self.task = task or a_small_task(authorities)
        self.start = start
        self.task_id = self.task.identity(self.chain.chain)
        self.now = BEGIN
        self.outcomes: list[Outcome] = []

    # --- the chain
    @property
    def chain(self) -> PPDLChain:
        return self.engine.chain

    @property
    def round(self) -> RoundState:
        """The first task's newest one."""
        return [round_ for round_ in self.chain.state.rounds if round_.task == 0][-1]

    @property
    def learned(self) -> TaskState:
        """The task as it stands."""
        return self.chain.state.tasks[0]

    def phase(self) -> Phase:
        return self.round.phase

    def block(self, transactions: Iterable[bytes] = (), seconds: int = 1) -> Outcome:
        """Offer transactions, of which none is refused, and make a block."""
        assert not any(self.engine.submit(list(transactions)))
        return self.wait(seconds)

    def wait(self, seconds: int) -> Outcome:
        """A block so much later, and nobody says anything more; none of what waited is refused."""
        self.now += seconds
        outcome = self.engine.produce(self.now)
        assert not any(outcome.verdicts)
        self.outcomes.append(outcome)
        return outcome

    def refused(self, transaction: bytes) -> str:
        """Offer one that is refused, in a block as when it is offered; the clause."""
        [said] = self.engine.submit([transaction])
        assert isinstance(said, Rejected)
        before = (self.chain.root, [each.encode() for each in self.chain.state.rounds])
        self.engine._mempool[transaction] = None  # a proposer that lets anything in
        [verdict] = self.engine.produce(self.now).verdicts
        assert isinstance(verdict, Rejected)
        assert (verdict.clause, verdict.reason) == (said.clause, said.reason)
        assert before[1] == [each.encode() for each in self.chain.state.rounds]
        return verdict.clause

    def reopen(self) -> None:
        """Close everything, and open it again from the files."""
        root = self.chain.root
        self.engine.close()
        self.engine = LocalEngine.open(self.folder / "ppdl.db", PPDLChain)
        assert self.chain.root == root
        self.holders = [Holder(self.chain, HolderFile.open(path, PASSPHRASE)) for path in self.files]

    # --- the rounds
    def adopt(self) -> Classroom:
        """Registry and task, by t votes each; the first round begins."""
        root, voters = registry_root(self.accounts), self.holders[: self.chain.genesis.threshold]
        self.block([holder.vote_registry(root, len(self.accounts)) for holder in voters])
        self.block([holder.vote_task(self.task, self.start) for holder in voters])
        return self

    def give_keys(self, *authorities: int) -> Classroom:
        """Round keys of these holders (all: of everybody)."""
        return self.say(*authorities)

    def say(self, *authorities: int) -> Classroom:
        """A block with what these holders (all, when none is named) have to say."""
        chosen = [self.holders[index - 1] for index in authorities] or self.holders
        self.block([said for holder in chosen for said in holder.respond()])
        return self

    def upload_all(self, homes: Iterable[int] | None = None) -> Classroom:
        """A block with the uploads of these homes (all)."""
        self.block([self.upload(home) for home in (range(len(self.accounts)) if homes is None else homes)])
        return self

    def to_check(self, homes: Iterable[int] | None = None) -> Classroom:
        """A new chain to where holders check."""
        self.adopt().give_keys().upload_all(homes)
        self.wait(self.task.upload)
        return self

    def to_unmask(self, homes: Iterable[int] | None = None) -> Classroom:
        """A new chain to where holders give their sums."""
        return self.to_check(homes).say()

    def finish(self) -> RoundState:
        """Let all holders go on until the newest round is over."""
        round_ = self.round
        while not round_.over:
            if round_.phase == Phase.UPLOAD:
                self.wait(self.task.upload)
            else:
                self.say()
        return round_

    # --- the homes
    def hidden(self, home: int, values: Sequence[int] | None = None, keys: Sequence[bytes | None] = ()) -> HiddenVector:
        """What a home hides in the newest round; `keys` to seal to others than the round's."""
        packed = pack(update_of(home) if values is None else values, self.task.bits)
        place = self.task_id, self.round.number, self.accounts[home]
        return hide(*place, packed, self.task.committee, list(keys or self.round.keys), seed_of(f"masks of {home}"))

    def message(self, home: int, hidden: HiddenVector | None = None) -> Upload:
        """The upload of a home in the newest round."""
        siblings = siblings_of(self.accounts, home)
        place = self.task_id, self.round.number, home, self.accounts[home]
        return Upload(*place, siblings, self.hidden(home) if hidden is None else hidden)

    def upload(self, home: int, hidden: HiddenVector | None = None) -> bytes:
        """The same, signed."""
        return self.sealed(home, self.message(home, hidden))

    def sealed(self, home: int, message: Upload) -> bytes:
        """Signed by the home."""
        return signed(message, self.chain.chain, seed_of(home))

    def with_commitment_of(self, home: int, subset: int) -> HiddenVector:
        """A hidden vector in which one commitment is another vector's: whoever checks that seed sees it."""
        hidden, other = self.hidden(home), self.hidden(home, [0] * self.task.values)
        at = 32 * subset
        mixed = hidden.commitments[:at] + other.commitments[at : at + 32] + hidden.commitments[at + 32 :]
        return replace(hidden, commitments=mixed)

    def sealed_wrongly(self, home: int, authority: int) -> HiddenVector:
        """A hidden vector whose box for one holder is sealed to another one's key."""
        keys = list(self.round.keys)
        keys[authority - 1] = keys[authority % len(keys)]
        return self.hidden(home, keys=keys)

    # --- what comes out
    def expected(self, homes: Iterable[int], start: Model = START) -> Model:
        """The model after a round of these homes."""
        return after(start, homes, self.task)


def after(start: Model, homes: Iterable[int], task: Task) -> Model:
    """The model after a round of these homes without noise: it moves by the mean of what they said."""
    said = [update_of(home) for home in homes]
    sums = [sum(column) << (32 - task.scale) for column in zip(*said, strict=True)][:WIDTH]
    moved = [w + round_half_even(total, len(said)) for w, total in zip(start.parameters, sums, strict=True)]
    return Model(tuple(moved))


def round_half_even(numerator: int, denominator: int) -> int:
    quotient, rest = divmod(numerator, denominator)
    up = 2 * rest > denominator or (2 * rest == denominator and quotient % 2 == 1)
    return quotient + up
