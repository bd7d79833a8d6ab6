"""One node's application, driven by hand as CometBFT would drive it."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from openmg.chains import Block
from openmg.client import NetworkGenesis, Timeline
from openmg.crypto import signing_public
from openmg.engine.cometbft.application import Application, NodeSettings
from openmg.engine.cometbft.events import Announcer
from openmg.engine.cometbft.journal import Journal
from openmg.engine.cometbft.metrics import Metrics
from openmg.lightclient import address_of
from openmg.tendermint.abci import types_pb2 as abci
from tests.chain.town import FIRST, Town, seed

SECOND = 10**9


def document_of(town: Town) -> NetworkGenesis:
    """A network around a town: chain time is real time, from an hour before the first slot."""
    validators = tuple(signing_public(seed(f"consensus {index}")) for index in range(len(town.keys)))
    origin = town.genesis.starts(FIRST) - 10_000
    return NetworkGenesis(town.genesis, validators, Timeline(origin * SECOND, origin, 1))


class Node:
    """An application with its folder, its log, and the calls of one block."""

    def __init__(self, application: Application, log: io.StringIO) -> None:
        self.application = application
        self._log = log

    @property
    def document(self) -> NetworkGenesis:
        """What the network began with."""
        return self.application.document

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What was logged."""
        return [json.loads(line) for line in self._log.getvalue().splitlines()]

    def check(self, *transactions: bytes, again: bool = False) -> list[abci.ResponseCheckTx]:
        """What the mempool is told; `again` when they wait already."""
        kind = abci.RECHECK if again else abci.NEW
        return asyncio.run(self.application.check([abci.RequestCheckTx(tx=raw, type=kind) for raw in transactions]))

    def codes(self, *transactions: bytes) -> list[int]:
        """The codes alone."""
        return [each.code for each in self.check(*transactions)]

    def prepare(self, transactions: Sequence[bytes], most: int = 2_000_000) -> list[bytes]:
        """A proposal."""
        request = abci.RequestPrepareProposal(txs=transactions, max_tx_bytes=most)
        return list(self.application.prepare(request).txs)

    def judges(
        self, transactions: Sequence[bytes], *, height: int | None = None, proposer: bytes | None = None
    ) -> bool:
        """Whether a proposal is accepted."""
        request = abci.RequestProcessProposal(
            txs=transactions,
            height=self.application.chain.height + 1 if height is None else height,
            proposer_address=address_of(self.document.validators[0]) if proposer is None else proposer,
        )
        answer = asyncio.run(self.application.process(request))
        return bool(answer.status == abci.ResponseProcessProposal.ACCEPT)

    def finalize(self, block: Block) -> abci.ResponseFinalizeBlock:
        """Execute the block that a town made."""
        moment = self.document.timeline.moment_of(block.time)
        request = abci.RequestFinalizeBlock(
            txs=block.transactions,
            height=block.height,
            proposer_address=address_of(self.document.validators[block.proposer - 1]),
        )
        request.time.seconds, request.time.nanos = divmod(moment, SECOND)
        return self.application.finalize(request)

    def live(self, blocks: Sequence[Block]) -> list[bytes]:
        """Execute and commit blocks; the app hash of each."""
        roots = []
        for block in blocks:
            roots.append(bytes(self.finalize(block).app_hash))
            self.application.commit()
        return roots


@contextmanager
def node_of(town: Town, folder: Path, peers: Sequence[str] = (), keep_days: int | None = None) -> Iterator[Node]:
    """A node of a town's network, its chain file in `folder`."""
    log = io.StringIO()
    folder.mkdir(exist_ok=True)
    with ThreadPoolExecutor(2) as executor:
        application = Application(
            folder / "chain.db",
            document_of(town),
            NodeSettings(frozenset(peers), keep_days),
            executor,
            Announcer(),
            Journal(Metrics(), log),
        )
        try:
            yield Node(application, log)
        finally:
            application.close()
