"""What one authority posts in the rounds of a PPDL chain, decided from its own copy of it alone (LEARN-3, LEARN-4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from openmg.authority.holder_file import HolderFile
from openmg.chains import PPDLChain
from openmg.chains.ppdl import (
    Checked,
    MaskSum,
    Phase,
    RoundKey,
    RoundState,
    SeedComplaint,
    Sent,
    TaskState,
    TaskVote,
    signed,
)
from openmg.chains.ppdl.rounds import MOST_CLAIMS
from openmg.chains.ppdl.transactions import RegistryVote, Unsigned
from openmg.crypto import check_seeds, complain_seeds, open_seeds, public_point, sum_masks
from openmg.errors import BadInput, Corrupt, Rejected
from openmg.learning import Model, Task, check_claim
from openmg.machine import Tick


@dataclass
class _Opened:
    """Seeds of these uploads by home, those that are right; `wrong` are the homes whose are not."""

    uploads: dict[int, Sent]
    seeds: dict[int, bytes] = field(default_factory=dict, repr=False)
    wrong: list[int] = field(default_factory=list)


class Holder:
    """One authority's judgement. `index` starts at 1."""

    def __init__(self, chain: PPDLChain, file: HolderFile) -> None:
        if file.public not in chain.genesis.authorities:
            raise BadInput("this holder's file belongs to no authority of the chain")
        self.index = chain.genesis.authorities.index(file.public) + 1
        self._chain = chain
        self._file = file
        self._opened: dict[int, _Opened] = {}
        file.serve(chain.chain)

    def see(self, chain: PPDLChain) -> None:
        """Go on with a newer copy of the same chain.

        Raises:
            BadInput: it is another chain's.
        """
        self._file.serve(chain.chain)
        self._chain = chain

    def respond(self) -> list[bytes]:
        """The transactions that the newest block asks of this authority; the same ones again while it does.

        Raises:
            Corrupt: the round's included set is another than the one of which this authority made a sum.
        """
        self._forget_what_ended()
        made: list[Unsigned] = []
        for position, task, round_ in self._chain.state.running():
            if self.index <= round_.committee:
                made.extend(self._part(position, task, round_))
        return [self._signed(message) for message in made]

    def vote_task(self, task: Task, model: Model) -> bytes:
        """A vote for a task that starts from this model; the chain takes the model with the first of them.

        Raises:
            Rejected: `LEARN-6`, when the task claims a smaller ε than its releases cost.
        """
        check_claim(task)
        known = self._chain.state.position_of(task.identity(self._chain.chain)) is not None
        return self._signed(TaskVote(self.index, task.encode(), b"" if known else model.encode()))

    def vote_registry(self, root: bytes, size: int) -> bytes:
        """A vote for a registry."""
        return self._signed(RegistryVote(self.index, root, size))

    def tick(self) -> bytes:
        """Ask for a block, because of the time (SLOT-7)."""
        return self._signed(Tick(self.index, self._chain.changed[0]))

    def _part(self, position: int, task: TaskState, round_: RoundState) -> list[Unsigned]:
        own = round_.keys[self.index - 1]
        if round_.phase == Phase.KEYS and own is None:
            secret = self._file.make_secret(task.identity, round_.number)
            if secret is None:
                return []
            return [RoundKey(self.index, task.identity, round_.number, public_point(secret))]
        secret = self._file.secret_of(task.identity, round_.number)
        if own is None or secret is None or public_point(secret) != own:
            return []  # Too late, or the key is of another file: nothing was sealed to this one.
        if round_.phase == Phase.CHECK:
            return self._judgement(position, task, round_, secret)
        if round_.phase == Phase.UNMASK:
            return self._sums(position, task, round_, secret)
        return []

    # --- checking
    def _judgement(self, position: int, task: TaskState, round_: RoundState, secret: bytes) -> list[Unsigned]:
        """Complain about every home whose seeds are wrong; once they are excluded, say that all is checked."""
        if self.index - 1 in round_.checkers:
            return []
        place = task.identity, round_.number
        guilty = [index for index in self._open(position, task, round_, secret).wrong if index not in round_.excluded]
        complaints: list[Unsigned] = []
        for index in guilty[:MOST_CLAIMS]:
            upload = self._chain.state.upload(position, index)
            box = upload.hidden.boxes[round_.holders.index(self.index - 1)]
            said = complain_seeds(secret, *place, upload.account, self.index, box)
            complaints.append(SeedComplaint(self.index, *place, index, said))
        return complaints or [Checked(self.index, *place)]

    def _open(self, position: int, task: TaskState, round_: RoundState, secret: bytes) -> _Opened:
        """Open this holder's boxes of a round and check all seeds at once; remembered until the round is over."""
        if position in self._opened and self._opened[position].uploads == round_.uploads:
            return self._opened[position]
        opened, clients, indices = _Opened(dict(round_.uploads)), [], []
        for index in sorted(round_.uploads):
            upload = self._chain.state.upload(position, index)
            box = upload.hidden.boxes[round_.holders.index(self.index - 1)]
            place = task.identity, round_.number, upload.account, self.index, round_.committee
            try:
                seeds = open_seeds(secret, *place, box)
            except Rejected:
                opened.wrong.append(index)
                continue
            opened.seeds[index] = seeds
            indices.append(index)
            clients.append((upload.account, seeds, upload.hidden.commitments))
        lanes = task.task.lanes
        wrong = check_seeds(self.index, round_.committee, clients, task.identity, round_.number, lanes)
        for at in wrong:
            del opened.seeds[indices[at]]
            opened.wrong.append(indices[at])
        self._opened[position] = opened
        return opened

    # --- unmasking
    def _sums(self, position: int, task: TaskState, round_: RoundState, secret: bytes) -> list[Unsigned]:
        """The sums that this holder owes; of which set is on disk before any of them is made."""
        owed = {group: round_.owed(group, self.index - 1) for group in range(task.task.groups)}
        if not any(owed.values()):
            return []
        seeds = self._open(position, task, round_, secret).seeds
        if not seeds.keys() >= set(round_.included):
            return []  # A wrong box that nobody complained about in time: others hold these masks too.
        # The beacon too: with other round keys the same homes would be dealt to other groups. And the uploads: of two
        # vectors of one home the sums would show the difference.
        uploads = sha256(b"".join([round_.uploads[index].identity for index in round_.included])).digest()
        included = round_.digest_of_set(task.identity) + round_.beacon(task.identity) + uploads
        if not self._file.may_sum(task.identity, round_.number, included):
            raise Corrupt(
                f"round {round_.number} of task {task.task.name} includes other homes or uploads than those of which "
                "this authority made a sum (LEARN-3)"
            )
        made: list[Unsigned] = []
        for group, members in enumerate(round_.groups(task.identity, task.task.groups)):
            if not owed[group]:
                continue
            clients = [(round_.uploads[index].account, seeds[index]) for index in members]
            place = task.identity, round_.number
            masks, blinding = sum_masks(*place, clients, self.index, round_.committee, owed[group], task.task.lanes)
            made.append(MaskSum(self.index, *place, group, owed[group], masks, blinding))
        return made

    def _forget_what_ended(self) -> None:
        """Erase the secrets of rounds that are over: nobody opens their boxes any more (LEARN-3)."""
        state, over = self._chain.state, set[tuple[bytes, int]]()
        for position, round_ in enumerate(state.rounds):
            if round_.over:
                over.add((state.tasks[round_.task].identity, round_.number))
                self._opened.pop(position, None)
        self._file.forget(over)

    def _signed(self, message: Unsigned) -> bytes:
        return signed(message, self._chain.chain, self._file.signing)
