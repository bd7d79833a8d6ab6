"""A round on real CometBFT nodes: the same machine, the same holders, blocks that somebody else makes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from openmg.authority import Holder, HolderFile
from openmg.chains import PPDLChain, PPDLGenesis
from openmg.chains.ppdl import Checkpoint, Phase, Upload, registry_root, siblings_of, signed
from openmg.chains.ppdl.state import TREES
from openmg.client import NetworkGenesis
from openmg.client.document import Timeline
from openmg.client.node import Node
from openmg.crypto import hide, signing_public
from openmg.engine.local import stored_chain
from openmg.learning import pack
from openmg.lightclient import StateProof
from openmg.storage import ChainFile, ModelShelf
from tests.chain.classroom import BEGIN, PASSPHRASE, START, a_small_task, after, seed_of, update_of
from tests.chain.cometbft import Validator, started, wait_until

RATE = 30
"""Chain seconds in a second: UPLOAD takes two."""
HOMES = range(3)
APPLICATION = """
import sys
from pathlib import Path
from openmg.chains import PPDLGenesis
from openmg.client import NetworkGenesis
from openmg.client.document import Timeline
from openmg.engine.cometbft import serve
genesis, validators, begin, origin, rate = sys.argv[1:]
keys = tuple(bytes.fromhex(key) for key in validators.split(","))
line = Timeline(int(begin), int(origin), int(rate))
document = NetworkGenesis(PPDLGenesis.decode(bytes.fromhex(genesis)), keys, line)
serve(Path(), document, peers=(), metrics=None, keep_days=None)
"""


class LearningNode(Validator):
    """The engine and the PPDL chain as its application, and beside them the authority's file."""

    def __init__(self, home: Path) -> None:
        super().__init__(home / "cometbft")
        self.file = HolderFile.create(home / "holder", PASSPHRASE)
        self.document: NetworkGenesis | None = None
        self.holder: Holder | None = None
        self._application: subprocess.Popen[bytes] | None = None

    @property
    def root(self) -> Path:
        return self.home.parent

    def start(self) -> None:
        assert self.document is not None
        line = self.document.timeline
        keys = ",".join(key.hex() for key in self.document.validators)
        given = self.document.genesis.encode().hex(), keys, str(line.genesis_ns), str(line.origin), str(line.rate)
        self._application = started(self.root, sys.executable, "-c", APPLICATION, *given)
        super().start()

    def kill(self) -> None:
        super().kill()
        if self._application is not None:
            self._application.kill()
            self._application.wait()
            self._application = None

    def chain(self) -> PPDLChain:
        """What its application has on disk."""
        with ChainFile.open(self.root / "chain.db") as file, file.reading():
            return stored_chain(file, PPDLChain)

    def post(self, transactions: list[bytes]) -> None:
        """Hand in; what is there already is refused, and that is well."""
        with Node(self.url) as node:
            node.broadcast(transactions)


@contextmanager
def school(folder: Path, count: int) -> Iterator[list[LearningNode]]:
    """A network of authorities that run a PPDL chain."""
    made = [LearningNode(folder / f"authority-{index}") for index in range(1, count + 1)]
    genesis = PPDLGenesis("school", tuple(each.file.public for each in made))
    line = Timeline(time.time_ns(), BEGIN, RATE)
    document = NetworkGenesis(genesis, tuple(each.key for each in made), line)  # type: ignore[arg-type]
    for each in made:
        each.document = document
        each.configure(document, "unix://application.sock", [other for other in made if other is not each])
    with ExitStack() as stack:
        for each in made:
            stack.callback(each.kill)
            each.start()
        for each in made:
            each.wait_for(1)
        yield made


def go_on(node: LearningNode) -> PPDLChain:
    """One authority looks at its node and posts what is asked of it; a tick when only time moves anything."""
    chain = node.chain()
    assert node.holder is not None
    assert node.document is not None
    node.holder.see(chain)
    said = node.holder.respond()
    if chain.due is not None and time.time_ns() >= node.document.timeline.moment_of(chain.due):
        said.append(node.holder.tick())
    if said:
        node.post(said)
    return chain


def until(nodes: list[LearningNode], phase: Phase) -> None:
    """Let the authorities go on until the first round is that far, everywhere."""

    def reached() -> bool:
        phases = [go_on(each).state.rounds[0].phase for each in nodes]
        return min(phases) >= phase

    wait_until(reached, 0.2)


@pytest.mark.parametrize("authorities", [1, 4])
def test_a_round_on_real_nodes(tmp_path: Path, authorities: int) -> None:
    accounts = [signing_public(seed_of(home)) for home in HOMES]
    task = a_small_task(authorities, rounds=1)
    with school(tmp_path, authorities) as nodes:
        chain = nodes[0].chain()
        for each in nodes:
            each.holder = Holder(chain, each.file)
            registry = each.holder.vote_registry(registry_root(accounts), len(accounts))
            each.post([registry, each.holder.vote_task(task, START)])
        wait_until(lambda: all(each.chain().state.rounds for each in nodes))
        until(nodes, Phase.UPLOAD)
        position, learned, round_ = nodes[0].chain().state.running()[0]
        for home in HOMES:
            place = learned.identity, round_.number, home, accounts[home]
            packed = pack(update_of(home), task.bits)
            hidden = hide(place[0], place[1], place[3], packed, authorities, round_.keys, seed_of(("masks", home)))
            upload = Upload(*place, siblings_of(accounts, home), hidden)
            nodes[home % authorities].post([signed(upload, chain.chain, seed_of(home))])
        until(nodes, Phase.DONE)
        for each in nodes:
            state = each.chain().state
            assert state.rounds[position].phase == Phase.DONE
            assert state.tasks[0].model == after(START, HOMES, task)
            assert ModelShelf(each.root / "models").read(state.tasks[0].model.digest) == state.tasks[0].model
        check_proof(nodes[-1])


def check_proof(asked: LearningNode) -> None:
    """The node proves its newest checkpoint under the root that the next header, or its own state, names."""
    with Node(asked.url) as node:
        answer = node.query("/checkpoints", (1).to_bytes(8, "little"))
    chain = asked.chain()
    StateProof.decode(answer.proof, len(TREES)).verify("checkpoints", answer.value, chain.root, len(TREES))
    assert Checkpoint.decode(answer.value).digest == chain.state.tasks[0].model.digest
