"""The application as CometBFT sees it: the embedded engine's chain, and nothing answered for that is not kept."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from openmg.chains import RelayChain
from openmg.chains.gates import next_due
from openmg.chains.slot import Phase
from openmg.chains.transactions import DecryptionShare, KeyDeal, OpeningClaim, Subject
from openmg.crypto import sign
from openmg.engine.cometbft.conduct import MOST_SAID
from openmg.engine.cometbft.relay import places
from openmg.engine.cometbft.server import respond
from openmg.errors import BadInput, Corrupt, Malformed
from openmg.lightclient import address_of
from openmg.machine import Tick, is_ordered, signed_message
from openmg.tendermint.abci import types_pb2 as abci
from tests.chain.node import Node, document_of, node_of
from tests.chain.town import FIRST, Town
from tests.unit.engine.kept import lived

Reports = tuple[bytes, ...]


def test_the_same_blocks_give_the_same_app_hash_on_both_engines(tmp_path: Path) -> None:
    town = lived(tmp_path)
    with node_of(town, tmp_path / "node") as node:
        assert node.live(town.blocks) == town.roots
        assert node.application.info().last_block_app_hash == town.roots[-1]


def test_a_node_opens_where_its_last_commit_left_it(tmp_path: Path) -> None:
    """What was executed and not committed is executed again."""
    town = lived(tmp_path)
    folder = tmp_path / "node"
    with node_of(town, folder) as node:
        node.live(town.blocks[:-1])
        node.finalize(town.blocks[-1])
    with node_of(town, folder) as node:
        info = node.application.info()
        assert (info.last_block_height, info.last_block_app_hash) == (len(town.blocks) - 1, town.roots[-2])
        assert node.live(town.blocks[-1:]) == town.roots[-1:]


def test_results_name_the_clause(town: Town, tmp_path: Path) -> None:
    with node_of(town, tmp_path / "node") as node:
        node.live(town.blocks)
        town.block(town.by(1, Tick(1, 99)), b"\xff", town.by(1, Tick(1, town.chain.state.clock.height)))
        results = node.finalize(town.blocks[-1]).tx_results
        codes = {raw.hex()[:2]: result.code for raw, result in zip(town.blocks[-1].transactions, results, strict=True)}
        assert codes["ff"] == 1
        assert sorted(result.code for result in results) == [0, 1, 1]
        assert any(result.log.startswith("SLOT-7: a tick after block 99") for result in results)


def test_another_network_is_refused(town: Town, tmp_path: Path) -> None:
    with node_of(town, tmp_path / "node") as node:
        chain_id = node.document.chain_id
        assert node.application.init_chain(abci.RequestInitChain(chain_id=chain_id)).app_hash == town.blocks[0].previous
        with pytest.raises(BadInput, match="CometBFT runs openmg-other"):
            node.application.init_chain(abci.RequestInitChain(chain_id="openmg-other"))
        node.live(town.blocks)
        with pytest.raises(BadInput, match="the chain file is at block"):
            node.application.init_chain(abci.RequestInitChain(chain_id=chain_id))
    with (
        pytest.raises(BadInput, match="belongs to another chain"),
        node_of(town.founded(tmp_path, 4, []), tmp_path / "node"),
    ):
        pass


def test_a_decided_block_that_does_not_follow_stops_the_node(town: Town, tmp_path: Path) -> None:
    with node_of(town, tmp_path / "node") as node:
        with pytest.raises(Corrupt, match="block 2 does not follow"):
            node.finalize(town.blocks[1])
        with pytest.raises(Corrupt, match="without a block"):
            node.application.commit()


def test_a_proposal_holds_what_is_fresh_in_order_and_fits(open_town: Town, proved: Reports, tmp_path: Path) -> None:
    town = open_town
    with node_of(town, tmp_path / "node") as node:
        node.live(town.blocks)
        stale, tick = town.by(1, Tick(1, 1)), town.by(1, Tick(1, town.chain.state.clock.height))
        proposal = node.prepare([*proved, b"\xff", stale, tick, proved[0]])
        assert proposal == [tick, *proved, proved[0]]
        room = len(tick) + len(proved[0]) + 16
        assert node.prepare([*proved, tick], room) == [tick, proved[0]]
        assert node.prepare([*proved, tick], room - 1) == [tick]
        assert node.judges(proposal)


def test_a_proposal_that_no_honest_node_makes_is_refused(open_town: Town, proved: Reports, tmp_path: Path) -> None:
    town = open_town
    with node_of(town, tmp_path / "node") as node:
        node.live(town.blocks)
        tick = town.by(1, Tick(1, town.chain.state.clock.height))
        assert is_ordered([tick, *proved])
        assert node.judges([tick, *proved])
        assert not node.judges([*proved, tick])
        assert not node.judges([b"\xff"])
        assert not node.judges([], height=node.application.chain.height)
        assert not node.judges([], proposer=address_of(bytes(32)))
        assert len([line for line in node.lines if line["event"] == "proposal refused"]) == 4


def test_a_report_waits_once_and_its_rival_not_at_all(open_town: Town, proved: Reports, tmp_path: Path) -> None:
    town = open_town
    rival = town.report(town.homes[0], FIRST)
    with node_of(town, tmp_path / "node") as node:
        node.live(town.blocks)
        assert node.codes(*proved, proved[0], rival) == [0, 0, 0, 0, 1]
        assert node.application.admission.waiting == 3
        node.application.admission.block_passed()
        assert node.codes(rival) == [0]


def test_a_full_node_asks_to_come_again(
    open_town: Town, proved: Reports, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = open_town
    monkeypatch.setattr(places, "MOST_WAITING", 2)
    with node_of(town, tmp_path / "node") as node:
        node.live(town.blocks)
        assert node.codes(*proved) == [0, 0, 2]
        tick = town.by(1, Tick(1, town.chain.state.clock.height))
        assert node.codes(tick) == [0]


def test_who_signs_a_false_proof_is_not_asked_again_for_a_while(
    open_town: Town, proved: Reports, tmp_path: Path
) -> None:
    town = open_town
    honest, liar = proved[0], proved[1]
    with node_of(town, tmp_path / "node") as node:
        node.live(town.blocks)
        assert node.codes(bent(town, liar, town.homes[1].wallet.account_secret), honest) == [1, 0]
        node.application.admission.block_passed()
        [refused] = node.check(liar)
        assert refused.log.startswith("ACCOUNT-9: this account sent a false proof")
        assert node.codes(honest) == [0]


def bent(town: Town, report: bytes, signer: bytes) -> bytes:
    """A report whose proof is false, signed by somebody."""
    body = report[:700] + bytes([report[700] ^ 1]) + report[701:-64]
    return body + sign(signer, signed_message(town.chain.chain, body))


def test_nobody_takes_anothers_place(open_town: Town, proved: Reports, tmp_path: Path) -> None:
    """Whatever a stranger sends in a home's name, as often as he likes, the home's own report is admitted."""
    town = open_town
    victim, others = proved[0], proved[1:]
    forgeries = [bent(town, victim, bytes([7]) * 32), victim[:-1] + bytes([victim[-1] ^ 1]), victim[:100] + bytes(2487)]
    with node_of(town, tmp_path / "node") as node:
        node.live(town.blocks)
        for _ in range(3):
            assert node.codes(*forgeries, *forgeries) == [1] * 6
            assert node.codes(*others) == [0, 0]
        assert node.codes(forgeries[0], victim, forgeries[0]) == [1, 0, 1]
        assert node.application.admission.waiting == 3


@pytest.mark.parametrize("length", [0, 1, 60, 61, 62, 63, 64, 65, 124, 125, 126, 700, 2586, 2588])
def test_reports_of_any_length_are_refused_quietly(
    open_town: Town, proved: Reports, tmp_path: Path, length: int
) -> None:
    town = open_town
    hostile = (proved[0] + bytes(10))[:length]
    with node_of(town, tmp_path / "node") as node:
        node.live(town.blocks)
        assert node.codes(hostile, proved[0], hostile) == [1, 0, 1]


def test_what_was_executed_is_not_gossiped_again(town: Town, tmp_path: Path) -> None:
    """Anyone can send old transactions again; each in a block would cost everyone its room."""
    with node_of(town, tmp_path / "node") as node:
        node.live(town.blocks)
        old = [raw for block in town.blocks for raw in block.transactions]
        assert len(old) > 20
        assert node.codes(*old) == [1] * len(old)
        assert node.prepare(old) == []


def test_one_authority_cannot_fill_the_mempool(open_town: Town, tmp_path: Path) -> None:
    town = open_town
    height = town.chain.state.clock.height
    far = [town.by(4, Tick(4, height + ahead)) for ahead in range(3, 20)]
    days = [
        town.by(4, DecryptionShare(4, Subject(Subject.DAY, day, 0), (b"I\x00", b"E\x00", b"T\x00"), bytes(192)))
        for day in range(5)
    ]
    wide = town.by(4, DecryptionShare(4, Subject(Subject.SLOT, FIRST, 0), (b"D\x01",) * 9, bytes(384)))
    large = town.by(4, KeyDeal(0, 0, 4, bytes(900_000)))
    with node_of(town, tmp_path / "node") as node:
        node.live(town.blocks)
        assert node.codes(*far, *days, wide, large) == [1] * (len(far) + len(days) + 2)
        shares = [
            town.by(4, DecryptionShare(4, Subject(Subject.SLOT, FIRST, 0), (b"D\x01",), bytes([at]) * 128))
            for at in range(MOST_SAID + 3)
        ]
        assert node.codes(*shares) == [0] * MOST_SAID + [2] * 3
        # After a block, when CometBFT offers again what waits, only what fits the state by now stays.
        node.application.admission.block_passed()
        assert {each.code for each in node.check(*shares, again=True)} == {1}


def test_a_tick_long_before_its_time_is_refused(open_town: Town, tmp_path: Path) -> None:
    town = open_town
    tick = town.by(1, Tick(1, town.chain.state.clock.height))
    due = node_document_due(town)
    for early, code in ((60, 1), (6, 1), (4, 0), (0, 0), (-60, 0)):
        with node_of(town, tmp_path / f"node{early}") as node:
            node.live(town.blocks)
            node.application.admission._clock = lambda early=early: due - early * 10**9  # type: ignore[misc]
            assert node.codes(tick) == [code]


def relay_chain(node: Node) -> RelayChain:
    chain = node.application.chain
    assert isinstance(chain, RelayChain)
    return chain


def node_document_due(town: Town) -> int:
    """The moment (ns) at which the town's next slot or gate is due."""
    return document_of(town).timeline.moment_of(next_due(town.chain.state))


def test_what_is_signed_for_the_next_block_is_not_refused(closed_town: Town, tmp_path: Path) -> None:
    """A peer may be a block ahead: its share must be here when this node catches up, but no proposal holds it yet."""
    town = closed_town
    behind = len(town.blocks)
    shares = town.said()
    with node_of(town, tmp_path / "node") as node:
        node.live(town.blocks[: behind - 1])
        assert relay_chain(node).state.slot(FIRST).phase == Phase.OPEN  # type: ignore[union-attr]
        assert node.codes(*shares) == [0] * len(shares)
        assert node.prepare(shares) == []
        node.live(town.blocks[behind - 1 :])
        assert node.prepare(shares) == shares
        ahead = town.by(1, Tick(1, town.chain.state.clock.height + 1))
        assert node.codes(ahead) == [0]
        assert node.prepare([ahead]) == []


def test_a_claim_that_nobody_signs_proves_itself_at_the_door(closed_town: Town, tmp_path: Path) -> None:
    town = closed_town
    claim = OpeningClaim(Subject(Subject.SLOT, FIRST, 0), b"D\x01", 7).encode()
    with node_of(town, tmp_path / "node") as node:
        node.live(town.blocks)
        assert node.codes(claim) == [1]


def test_a_block_that_is_being_proposed_is_verified_once(open_town: Town, proved: Reports, tmp_path: Path) -> None:
    town = open_town
    with node_of(town, tmp_path / "node") as node:
        node.live(town.blocks)
        assert node.judges(proved)
        chain = relay_chain(node)
        assert chain.unverified(chain.inspect(proved)) == []


def test_each_slot_leaves_one_line(tmp_path: Path) -> None:
    town = lived(tmp_path)
    with node_of(town, tmp_path / "node") as node:
        node.live(town.blocks)
        [line] = [line for line in node.lines if line["event"] == "slot"]
        slot = town.slot(FIRST)
        assert slot.clearing is not None
        assert (line["slot"], line["end"], line["reports"]) == (FIRST, "settled", 2)
        assert (line["price"], line["shares"]) == (slot.clearing.price, [1, 2])


def test_misbehaviour_is_recorded(town: Town, tmp_path: Path) -> None:
    with node_of(town, tmp_path / "node") as node:
        document = node.document
        guilty = abci.Misbehavior(type=abci.DUPLICATE_VOTE, height=3)
        guilty.validator.address = address_of(document.validators[2])
        request = abci.RequestFinalizeBlock(
            height=1, proposer_address=address_of(document.validators[0]), misbehavior=[guilty]
        )
        request.time.seconds = document.timeline.origin
        node.application.finalize(request)
        [line] = [line for line in node.lines if line["event"] == "evidence"]
        assert (line["authority"], line["height"], line["what"]) == (3, 3, "two votes at one height")


def test_an_unknown_kind_of_request_is_an_error(town: Town, tmp_path: Path) -> None:
    with node_of(town, tmp_path / "node") as node:
        with pytest.raises(Malformed, match="kind None"):
            asyncio.run(respond(node.application, [abci.Request()]))
        [echo] = asyncio.run(respond(node.application, [abci.Request(echo=abci.RequestEcho(message="hm"))]))
        assert echo.echo.message == "hm"
