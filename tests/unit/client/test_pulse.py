"""The heartbeat of a network: it wakes who waits, and lets go of who is silent."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from openmg.client.nodes import Nodes
from openmg.client.pulse import Pulse
from tests.chain.cometbft import Validator, silent, validators, wait_until
from tests.ports import free_ports


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Validator]:
    with validators(tmp_path_factory.mktemp("alone"), 1) as [only]:
        yield only


def nobody() -> str:
    [port] = free_ports(1)
    return f"http://127.0.0.1:{port}"


def test_a_new_block_wakes_who_waits(alone: Validator) -> None:
    with Nodes.at(alone.url) as nodes, Pulse(nodes) as pulse:
        before = pulse.wait(0, 60)
        assert before >= 1
        nodes.broadcast([os.urandom(8).hex().encode() + b"=1"])
        assert pulse.wait(before, 60) > before
        assert pulse.height > before
        assert pulse.wait(1_000_000, 0.01) < 1_000_000


def test_it_goes_on_when_a_node_is_back(alone: Validator) -> None:
    with Nodes.at(alone.url, patience=2) as nodes, Pulse(nodes) as pulse:
        before = pulse.wait(0, 60)
        alone.kill()
        with silent() as quiet, Nodes.at(quiet, nobody(), patience=0.2) as others, Pulse(others) as deaf:
            assert deaf.wait(0, 0.5) == 0
        alone.start()
        alone.wait_for(before)
        nodes.broadcast([os.urandom(8).hex().encode() + b"=1"])
        assert pulse.wait(before, 60) > before


def test_it_ends_though_its_node_is_stopped(alone: Validator) -> None:
    with Nodes.at(alone.url, patience=1) as nodes:
        pulse = Pulse(nodes)
        pulse.wait(0, 60)
        alone.send(signal.SIGSTOP)
        try:
            pulse.close()
        finally:
            alone.send(signal.SIGCONT)
        wait_until(lambda: nodes.status().height >= 1)
