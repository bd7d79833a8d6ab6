"""A flood of reports that are none, through one node."""

from __future__ import annotations

import random
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from openmg.chains.transactions import Report
from openmg.client.node import Node, Unreachable
from openmg.crypto import sign
from openmg.machine import SIGNATURE_BYTES, signed_message
from tests.faults.conftest import Say
from tests.faults.judge import judge
from tests.faults.network import Alliance, alliance, until
from tests.faults.people import NAMES, People

FLOOD = 2_000
BATCH = 100
LIARS = ("liar", "cheat", "fraud", "rogue")
"""Enrolled; all they ever send is noise with their signature."""
SLEEPERS = ("asleep", "away")
"""Enrolled; they send nothing, and noise is sent in their names."""
SHARES = (0.4, 0.4, 0.2)
"""How much of the flood is the liars', in the sleepers' names, in the names of those who report."""
HEAD = struct.Struct("<B32sQQQI")
"""Kind, account, slot, version, checkpoint, epoch (WIRE-7)."""


def garbage(people: People, dice: random.Random, slot: int) -> bytes:
    """A report that has the right form and a proof of noise: of a liar, with its signature, or in another's name."""
    [names] = dice.choices((LIARS, SLEEPERS, NAMES), SHARES)
    resident = dice.choice([each for each in people.residents if each.household.name in names])
    model = dice.choice(people.acknowledged)[2]
    wallet = resident.household.wallet
    head = Report.parse(model)
    raw = HEAD.pack(Report.kind, wallet.account, slot, wallet.version, wallet.checkpoint, head.epoch)
    raw += dice.randbytes(len(model) - len(raw) - SIGNATURE_BYTES)
    if resident.household.name not in LIARS:
        return raw + dice.randbytes(SIGNATURE_BYTES)
    return raw + sign(wallet.account_secret, signed_message(people.genesis.chain, raw))


def batches(made: Alliance, people: People, dice: random.Random) -> Iterator[list[bytes]]:
    """Each for the slot that takes reports then, and a few for the next one."""
    for _ in range(FLOOD // BATCH):
        until(lambda: any(each.told().get("phase") == "open" for each in made.live), "an open gate")
        slot = made.head()
        yield [garbage(people, dice, slot + (dice.random() < 0.1)) for _ in range(BATCH)]


def pour(
    made: Alliance, people: People, dice: random.Random, url: str, answers: Counter[str], sent: set[bytes]
) -> None:
    with Node(url) as node:
        for batch in batches(made, people, dice):
            sent.update(batch)
            with suppress(Unreachable):
                answers.update(answer.log.split(":")[0] or "taken" for answer in node.broadcast(batch))


def test_a_flood_through_one_node_keeps_nobody_out(tmp_path: Path, dice: random.Random, say: Say) -> None:
    with alliance(tmp_path, dice) as made, People(made, NAMES, (*LIARS, *SLEEPERS)) as people:
        people.wait_for_slots(1)
        gate = dice.choice(made.stations)
        answers: Counter[str] = Counter()
        sent: set[bytes] = set()
        flood = threading.Thread(target=pour, args=(made, people, dice, gate.url, answers, sent))
        flood.start()
        before, rounds = len(people.acknowledged), 0
        while flood.is_alive():
            people.wait_for_reports(2)
            rounds += 1
        flood.join()
        assert len(sent) == FLOOD, "the flood stopped by itself"
        among = len(people.acknowledged) - before
        people.wait_for_slots(2)
        found = judge(made, people)
        assert not sent & set(found.history.accepted), "a report of noise was accepted"
        say(f"{FLOOD} through authority {gate.index}: {dict(answers)}; {among} reports got in meanwhile: {found}")
