"""The same validator key at work in two places."""

from __future__ import annotations

import random
import re
import shutil
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

from openmg.errors import BadInput
from openmg.network import AuthorityHome
from openmg.network.folder import PORTS_EACH, local_settings, write_settings
from openmg.network.keys import make_node_key
from openmg.network.programs import APPLICATION, DAEMON
from openmg.network.readiness import check_homes
from tests.faults.conftest import Say
from tests.faults.judge import judge
from tests.faults.network import AUTHORITIES, Alliance, Station, alliance
from tests.faults.people import People


def twin_of(made: Alliance, station: Station) -> Station:
    """A copy of a home that signed nothing yet, with a node key of its own; the others let it in."""
    settings = station.home.settings()
    home = AuthorityHome(station.home.root.with_name("twin"))
    shutil.copytree(station.home.root, home.root)
    name = make_node_key(home)
    port = int(made.stations[0].home.settings().p2p.rpartition(":")[2]) + PORTS_EACH * AUTHORITIES
    # It talks to the others directly: as far from them as anybody, but quicker.
    peers = [f"{peer.partition('@')[0]}@{_address(made, peer)}" for peer in settings.peers]
    write_settings(home, local_settings("twin", settings.chain, port, peers, None))
    for other in made.stations:
        if other is not station:
            known = other.home.settings()
            write_settings(other.home, replace(known, peers=(*known.peers, f"{name}@127.0.0.1:{port}")))
    return Station(AUTHORITIES + 1, home)


def _address(made: Alliance, peer: str) -> str:
    """Where the node behind a wire listens."""
    port = int(peer.rpartition(":")[2])
    [other] = {other for (_, other), wire in made.wires.items() if wire.port == port}
    return made.stations[other - 1].home.settings().p2p


def evidence(station: Station) -> int:
    """The application's own count of proofs of misbehaviour."""
    address = station.home.settings().metrics
    text = urllib.request.urlopen(f"http://{address}/metrics", timeout=5).read().decode()
    found = re.search(r"^openmg_evidence_total (\S+)$", text, re.MULTILINE)
    return 0 if found is None else int(float(found[1]))


def test_a_validator_key_at_work_twice_leaves_evidence(tmp_path: Path, dice: random.Random, say: Say) -> None:
    doubled = dice.randrange(AUTHORITIES)
    twins: list[Station] = []

    def prepare(made: Alliance) -> None:
        twins.append(twin_of(made, made.stations[doubled]))

    with alliance(tmp_path, dice, prepare=prepare) as made:
        [twin], station = twins, made.stations[doubled]
        others = [each for each in made.stations if each is not station]
        twin.home.key.rename(twin.home.root / "key")
        with pytest.raises(BadInput, match="is missing; the consensus key beside it is an authority's"):
            check_homes([twin.home])
        (twin.home.root / "key").rename(twin.home.key)
        with People(made) as people:
            people.wait_for_slots(1)
            # Without one more the others need the doubled key: they wait for what it says, and hear it twice.
            away = dice.choice(others)
            away.stop()
            witnesses = [each for each in others if each is not away]
            twin.start(without=[DAEMON])
            try:
                people.wait(
                    lambda: all(each.events(APPLICATION, "evidence") for each in witnesses),
                    "evidence in everyone's log",
                )
            finally:
                twin.stop()
            line = witnesses[0].events(APPLICATION, "evidence")[0]
            assert line["authority"] == station.index, line
            assert all(evidence(each) for each in witnesses), "no evidence in the figures"
            away.start()
            made.wait_for_blocks(2)
            people.wait_for_slots(1)
            say(f"{line}; {judge(made, people)}")
