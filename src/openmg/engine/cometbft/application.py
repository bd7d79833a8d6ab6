"""A chain as CometBFT's application: what each call of ABCI 2.0 does.

Only the consensus connection changes the state, and only what `commit` wrote is answered for after a crash.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from openmg.client.document import NetworkGenesis
from openmg.engine.cometbft.admission import Admission
from openmg.engine.cometbft.conduct import Busy
from openmg.engine.cometbft.events import Announcer
from openmg.engine.cometbft.journal import Journal
from openmg.engine.cometbft.kinds import conduct_of
from openmg.engine.cometbft.proposal import compose, judge
from openmg.engine.cometbft.queries import answer
from openmg.engine.cometbft.snapshots import EVERY, FORMAT, Restoration, Snapshot, SnapshotFolder
from openmg.engine.local import stored_chain
from openmg.errors import BadInput, Corrupt, Malformed, OpenMGError, Rejected
from openmg.machine import Block, Machine, Outcome
from openmg.storage import ChainFile, StoredBlock
from openmg.tendermint.abci import types_pb2 as abci

VERSION: Final = 1
ACCEPTED, REJECTED, BUSY = 0, 1, 2
_SPACE: Final = "openmg"


@dataclass(frozen=True)
class NodeSettings:
    """What differs between the nodes of one network: who may connect, and how many days of blocks are kept."""

    peers: Collection[str]
    keep_days: int | None


class Application:
    """One node's copy of the chain."""

    def __init__(
        self,
        path: Path,
        document: NetworkGenesis,
        settings: NodeSettings,
        executor: Executor,
        announcer: Announcer,
        journal: Journal,
    ) -> None:
        self.document = document
        self.journal = journal
        self._settings = settings
        self._executor = executor
        self._announcer = announcer
        self._file = ChainFile.open(path) if path.exists() else ChainFile.create(path, document.genesis)
        chain = stored_chain(self._file)
        if chain.genesis.encode() != document.genesis.encode():
            raise BadInput(f"{path}: belongs to another chain than genesis.json")
        self._snapshots = SnapshotFolder(path.parent / "snapshots")
        self._restoration: Restoration | None = None
        self._executed: tuple[Block, Outcome] | None = None
        self._conduct = conduct_of(type(chain), journal)
        self._take(chain)

    def _take(self, chain: Machine) -> None:
        self.chain = chain
        self.admission = Admission(chain, self._conduct, self.document.timeline, self._executor)
        self.journal.begin(chain, self._conduct.begin(chain))

    def close(self) -> None:
        """Close the chain file."""
        self._file.close()

    # --- what CometBFT asks when it starts
    def info(self) -> abci.ResponseInfo:
        """Where the application stands."""
        height = self.chain.height
        root = self.chain.root if height else b""
        return abci.ResponseInfo(
            data="openmg", version="1", app_version=VERSION, last_block_height=height, last_block_app_hash=root
        )

    def init_chain(self, request: abci.RequestInitChain) -> abci.ResponseInitChain:
        """Begin the chain.

        Raises:
            BadInput: CometBFT began with another document, or the chain has blocks already.
        """
        if request.chain_id != self.document.chain_id:
            raise BadInput(
                f"CometBFT runs {request.chain_id}; the application's genesis.json is {self.document.chain_id}"
            )
        if self.chain.height:
            raise BadInput(f"CometBFT begins with block 1; the chain file is at block {self.chain.height}")
        return abci.ResponseInitChain(app_hash=self.chain.root)

    # --- mempool
    async def check(self, requests: Sequence[abci.RequestCheckTx]) -> list[abci.ResponseCheckTx]:
        """Everything that one read brought, as one batch; what waits already apart from what is new."""
        answers: list[abci.ResponseCheckTx] = []
        for kind, group in groupby(requests, key=lambda request: request.type):
            transactions = [request.tx for request in group]
            with self.journal.checking(len(transactions)):
                verdicts = await self.admission.check(transactions, again=kind == abci.RECHECK)
            answers += [_checked(verdict) for verdict in verdicts]
        return answers

    # --- consensus
    def prepare(self, request: abci.RequestPrepareProposal) -> abci.ResponsePrepareProposal:
        """Choose what the next block holds."""
        return abci.ResponsePrepareProposal(txs=compose(self.chain, request.txs, request.max_tx_bytes))

    async def process(self, request: abci.RequestProcessProposal) -> abci.ResponseProcessProposal:
        """Judge a proposal; proofs that this node has not seen are verified now, beside the event loop."""
        statuses = abci.ResponseProcessProposal.ProposalStatus
        try:
            judge(self.chain, request)
            self.document.index_of(request.proposer_address)
        except Rejected as rejected:
            self.journal.note("proposal refused", height=request.height, reason=str(rejected))
            return abci.ResponseProcessProposal(status=statuses.REJECT)
        await self.admission.verify(self.chain.inspect(request.txs))
        return abci.ResponseProcessProposal(status=statuses.ACCEPT)

    def finalize(self, request: abci.RequestFinalizeBlock) -> abci.ResponseFinalizeBlock:
        """Execute a decided block.

        Raises:
            Corrupt: it does not follow from what this node has; another one replaces this node's answer, never a guess.
        """
        moment = request.time.seconds * 1_000_000_000 + request.time.nanos
        block = Block(
            height=request.height,
            time=self.document.timeline.block_time(moment),
            proposer=self.document.index_of(request.proposer_address),
            previous=self.chain.root,
            transactions=tuple(request.txs),
        )
        try:
            with self.journal.executing(block):
                outcome = self.chain.execute(block)
        except Rejected as rejected:
            raise Corrupt(f"the decided block {request.height} does not follow here ({rejected})") from rejected
        self._executed = block, outcome
        for misbehavior in request.misbehavior:
            self.journal.misbehaved(self.document, misbehavior)
        results = [_result(verdict) for verdict in outcome.verdicts]
        return abci.ResponseFinalizeBlock(tx_results=results, app_hash=outcome.root)

    def commit(self) -> abci.ResponseCommit:
        """Write the executed block; it is on disk when this returns.

        Raises:
            BadInput: the disk takes no more.
            Corrupt: nothing was executed.
        """
        if self._executed is None:
            raise Corrupt("a commit without a block")
        block, outcome = self._executed
        self._executed = None
        stored = StoredBlock(block.height, None, outcome.root)
        digest = block.digest
        self._conduct.keep(outcome)
        self._file.append(stored, outcome.leaves, outcome.kept, outcome.final, digest)
        self.admission.block_passed()
        self._announcer.announce(block.height)
        self.journal.committed(block, outcome)
        self._conduct.committed(block, outcome)
        if block.height % EVERY == 0:
            self._executor.submit(self._make_snapshot)
        return abci.ResponseCommit(retain_height=self._conduct.retain_height(self._settings.keep_days))

    def _make_snapshot(self) -> None:
        try:
            self._snapshots.make(self._file.path)
        except (OpenMGError, OSError) as error:
            self.journal.note("snapshot failed", reason=str(error))

    # --- questions
    def query(self, request: abci.RequestQuery) -> abci.ResponseQuery:
        """Answer from the newest executed block."""
        return answer(self._conduct, request, self._settings.peers)

    # --- state sync
    def list_snapshots(self) -> abci.ResponseListSnapshots:
        """What this node can offer."""
        offered = [
            abci.Snapshot(
                height=each.height,
                format=FORMAT,
                chunks=len(each.chunks),
                hash=each.digest,
                metadata=b"".join(each.chunks),
            )
            for each in self._snapshots.all()
        ]
        return abci.ResponseListSnapshots(snapshots=offered)

    def load_chunk(self, request: abci.RequestLoadSnapshotChunk) -> abci.ResponseLoadSnapshotChunk:
        """One chunk of an offered snapshot."""
        if request.format != FORMAT:
            return abci.ResponseLoadSnapshotChunk()
        return abci.ResponseLoadSnapshotChunk(chunk=self._snapshots.chunk(request.height, request.chunk))

    def offer_snapshot(self, request: abci.RequestOfferSnapshot) -> abci.ResponseOfferSnapshot:
        """Whether to take a snapshot whose root the light client verified."""
        results, offered = abci.ResponseOfferSnapshot.Result, request.snapshot
        if offered.format != FORMAT:
            return abci.ResponseOfferSnapshot(result=results.REJECT_FORMAT)
        try:
            snapshot = Snapshot.of_metadata(offered.height, offered.metadata)
        except Malformed:
            return abci.ResponseOfferSnapshot(result=results.REJECT_SENDER)
        if len(snapshot.chunks) != offered.chunks or snapshot.digest != offered.hash:
            return abci.ResponseOfferSnapshot(result=results.REJECT_SENDER)
        self._restoration = Restoration(self.document.genesis.encode(), snapshot, request.app_hash)
        return abci.ResponseOfferSnapshot(result=results.ACCEPT)

    def apply_chunk(self, request: abci.RequestApplySnapshotChunk) -> abci.ResponseApplySnapshotChunk:
        """Take one chunk; after the last one the chain goes on from the snapshot."""
        results, restoration = abci.ResponseApplySnapshotChunk.Result, self._restoration
        if restoration is None:
            return abci.ResponseApplySnapshotChunk(result=results.ABORT)
        try:
            whole = restoration.take(request.index, request.chunk)
        except Rejected:
            return abci.ResponseApplySnapshotChunk(
                result=results.RETRY, refetch_chunks=[request.index], reject_senders=[request.sender]
            )
        if whole:
            self._restoration = None
            try:
                self._take(restoration.finish(self._file))
            except Rejected as rejected:
                self.journal.note("snapshot refused", reason=str(rejected))
                return abci.ResponseApplySnapshotChunk(result=results.REJECT_SNAPSHOT)
            self.journal.note("snapshot taken", height=self.chain.height, root=self.chain.root.hex())
        return abci.ResponseApplySnapshotChunk(result=results.ACCEPT)


def _checked(verdict: Rejected | None) -> abci.ResponseCheckTx:
    if verdict is None:
        return abci.ResponseCheckTx()
    code = BUSY if isinstance(verdict, Busy) else REJECTED
    return abci.ResponseCheckTx(code=code, log=str(verdict), codespace=_SPACE)


def _result(verdict: Rejected | None) -> abci.ExecTxResult:
    if verdict is None:
        return abci.ExecTxResult()
    return abci.ExecTxResult(code=REJECTED, log=str(verdict), codespace=_SPACE)
