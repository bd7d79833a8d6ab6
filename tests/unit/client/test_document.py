"""The document a network begins with, and chain time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.client.document import NetworkGenesis, Timeline
from openmg.client.moments import ZERO_NS, read_moment, write_moment
from openmg.errors import BadInput, Malformed, Rejected
from openmg.lightclient import address_of
from tests.chain.town import genesis_of, seed

KEYS = tuple(seed(f"consensus {index}") for index in range(4))
DOCUMENT = NetworkGenesis(
    genesis_of([seed(f"authority {index}") for index in range(4)]),
    KEYS,
    Timeline(1_795_476_600_123_456_789, 1_769_990_000, 60),
)
TIMELINES = st.builds(Timeline, st.integers(0, 2**63 - 1), st.integers(0, 2**37 - 1), st.integers(1, 2**32 - 1))
MOMENTS = st.integers(ZERO_NS, 253_402_300_799_999_999_999)


def part(*names: str | int) -> tuple[dict[str, Any], Any, Any]:
    """The whole document as JSON gives it, the object or list that holds a part, and the part's name in it."""
    whole = json.loads(DOCUMENT.encode())
    holder = whole
    for name in names[:-1]:
        holder = holder[name]
    return whole, holder, names[-1]


@given(TIMELINES, MOMENTS, MOMENTS)
def test_chain_time_never_goes_back(line: Timeline, one: int, other: int) -> None:
    earlier, later = sorted((one, other))
    assert line.origin <= line.block_time(earlier) <= line.block_time(later)


@given(TIMELINES, st.integers(0, 2**38))
def test_the_moment_of_a_time_is_the_first_that_reaches_it(line: Timeline, time: int) -> None:
    moment = line.moment_of(time)
    assert moment >= line.genesis_ns
    assert line.block_time(moment) >= time
    if moment > line.genesis_ns:
        assert line.block_time(moment - 1) < time


def test_a_day_passes_in_minutes() -> None:
    line = Timeline(10**18, 1000, 240)
    assert line.block_time(10**18 - 1) == 1000
    assert line.block_time(10**18 + 4_166_666) == 1000
    assert line.block_time(10**18 + 4_166_667) == 1001
    assert line.block_time(10**18 + 360 * 10**9) == 1000 + 86_400
    assert line.moment_of(1001) == 10**18 + 4_166_667


@pytest.mark.parametrize(
    ("name", "value"),
    [("genesis_ns", -1), ("genesis_ns", 2**63), ("origin", -1), ("origin", 2**37), ("rate", 0), ("rate", 2**32)],
)
def test_a_timeline_has_bounds(name: str, value: int) -> None:
    with pytest.raises(BadInput, match=f"^{name} is {value}: at least"):
        replace(DOCUMENT.timeline, **{name: value})


@given(MOMENTS)
def test_times_come_back_to_the_nanosecond(moment: int) -> None:
    assert read_moment(write_moment(moment)) == moment


def test_times_are_written_as_comet_does() -> None:
    assert write_moment(ZERO_NS) == "0001-01-01T00:00:00Z"
    assert write_moment(1_795_476_600_120_000_000) == "2026-11-23T23:30:00.12Z"
    assert write_moment(-1) == "1969-12-31T23:59:59.999999999Z"
    assert read_moment("2026-11-23T23:30:00.120000000Z") == 1_795_476_600_120_000_000


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "2026-11-23T23:30:00", "2026-11-23T23:30:00+09:00", "2026-11-23T23:30:00.1234567890Z"),
        *("2026-02-29T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T23:30:00.Z", "2026-11-23 23:30:00Z"),
        *("0000-01-01T00:00:00Z", "2026-11-23T23:30:00Z\n", "٢٠٢٦-11-23T23:30:00Z"),
    ],
)
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_moment(text)


@pytest.mark.parametrize("moment", [ZERO_NS - 1, 253_402_300_800 * 10**9, 10**40])
def test_times_outside_the_calendar_are_refused(moment: int) -> None:
    with pytest.raises(Malformed, match="in no year from 1 to 9999"):
        write_moment(moment)


@given(TIMELINES)
def test_a_document_comes_back(line: Timeline) -> None:
    document = replace(DOCUMENT, timeline=line)
    assert NetworkGenesis.decode(document.encode(), "genesis.json") == document


def test_the_chain_id_binds_everything() -> None:
    line = DOCUMENT.timeline
    bound = (
        b"openmg/1/network" + DOCUMENT.genesis.chain + b"\4" + b"".join(KEYS)
        + line.genesis_ns.to_bytes(8, "little") + line.origin.to_bytes(8, "little") + line.rate.to_bytes(4, "little")
    )  # fmt: skip
    assert DOCUMENT.chain_id == "openmg-" + hashlib.sha256(bound).hexdigest()[:40]
    others = [
        replace(DOCUMENT, genesis=replace(DOCUMENT.genesis, name="another town")),
        replace(DOCUMENT, validators=KEYS[::-1]),
        *(replace(DOCUMENT, timeline=replace(line, **{name: 7})) for name in ("genesis_ns", "origin", "rate")),
    ]
    identities = {each.chain_id for each in (DOCUMENT, *others)}
    assert len(identities) == 1 + len(others)
    assert {len(identity) for identity in identities} == {47}


def test_authorities_are_found_by_address() -> None:
    assert [DOCUMENT.index_of(address_of(key)) for key in KEYS] == [1, 2, 3, 4]
    assert address_of(KEYS[0]) == hashlib.sha256(KEYS[0]).digest()[:20]
    with pytest.raises(Rejected, match="WIRE-14: no authority has the consensus address 0000"):
        DOCUMENT.index_of(bytes(20))


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        (KEYS[:3], "3 consensus keys for 4 authorities"),
        ((*KEYS[:3], KEYS[0]), "two authorities have the same consensus key"),
        ((*KEYS[:3], b"short"), "another length than 32 bytes"),
    ],
)
def test_each_authority_has_its_own_consensus_key(keys: tuple[bytes, ...], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        replace(DOCUMENT, validators=keys)


@pytest.mark.parametrize(
    ("names", "value", "reason"),
    [
        (("genesis_time",), 5, "genesis_time is 5: a text was expected"),
        (("genesis_time",), "yesterday", "genesis_time: 'yesterday': a time like"),
        (("genesis_time",), "1969-12-31T23:59:59Z", "genesis_ns is -1000000000: at least 0"),
        (("genesis_time",), "2026-11-23T23:30:00Z", 'chain_id is "openmg-'),
        (("chain_id",), "openmg-1", 'chain_id is "openmg-1": "openmg-'),
        (("chain_id",), 7, "chain_id is 7: "),
        (("initial_height",), "2", 'initial_height is "2": "1" follows'),
        (("app_hash",), "00", 'app_hash is "00": "" follows'),
        (("consensus_params", "block", "max_bytes"), "22020096", "consensus_params.block.max_bytes is"),
        (("consensus_params", "block", "max_bytes"), 8388608, "consensus_params.block.max_bytes is 8388608"),
        (("consensus_params", "abci"), [], "consensus_params.abci is []"),
        (("validators", 0, "power"), "10", "validators is [{"),
        (("validators",), None, "validators is null"),
        (("app_state",), [], "app_state is []: an object was expected"),
        (("app_state", "schema"), "openmg/network/2", "'openmg/network/1' was expected"),
        (("app_state", "genesis"), 7, "app_state: genesis is 7: hexadecimal digits"),
        (("app_state", "genesis"), "zz", 'app_state: genesis is "zz": hexadecimal digits'),
        (("app_state", "genesis"), "AB", 'app_state: genesis is "AB": small hexadecimal digits'),
        (("app_state", "genesis"), "abcd", "genesis: "),
        (("app_state", "validators"), "none", 'app_state: validators is "none": a list'),
        (("app_state", "validators", 0), None, "app_state: validators is null: hexadecimal"),
        (("app_state", "validators", 0), "ab", "another length than 32 bytes"),
        (("app_state", "validators"), [], "0 consensus keys for 4 authorities"),
        (("app_state", "origin"), "7", 'app_state: origin is "7": a whole number'),
        (("app_state", "origin"), -7, "origin is -7: at least 0"),
        (("app_state", "rate"), True, "app_state: rate is true: a whole number"),
        (("app_state", "rate"), 1.5, "app_state: rate is 1.5: a whole number"),
        (("app_state", "rate"), 0, "rate is 0: at least 1"),
        (("app_state", "more"), 1, "app_state.more is unknown"),
        (("Chain_ID",), "x", "Chain_ID is unknown"),
        (("two\nlines",), "x", r"two\nlines is unknown"),
    ],
)
def test_a_document_that_differs_is_refused(names: tuple[str | int, ...], value: object, reason: str) -> None:
    whole, holder, name = part(*names)
    holder[name] = value
    with pytest.raises(BadInput) as caught:
        NetworkGenesis.decode(json.dumps(whole), "here/genesis.json")
    line = str(caught.value)
    assert line.startswith("here/genesis.json: ")
    assert reason in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "names",
    [(name,) for name in json.loads(DOCUMENT.encode())]
    + [("app_state", name) for name in ("schema", "genesis", "validators", "origin", "rate")]
    + [("consensus_params", "evidence"), ("consensus_params", "version", "app")],
)
def test_no_part_may_be_missing(names: tuple[str, ...]) -> None:
    whole, holder, name = part(*names)
    del holder[name]
    with pytest.raises(BadInput, match=f"^g: .*({names[-1]} is missing|has no {names[-1]})$"):
        NetworkGenesis.decode(json.dumps(whole), "g")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[]", "the document is []: an object was expected"),
        ('{"a": 1, "a": 2}', "a name stands twice"),
        ("[" * 200_000, "no JSON"),
        ("9" * 5_000, "no JSON"),
    ],
)
def test_what_is_no_document_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BadInput, match=r"^g: ") as caught:
        NetworkGenesis.decode(text, "g")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
