"""LEARN-0: a checkpoint has one encoding and one name."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openmg.errors import BadInput, Malformed
from openmg.learning import Model, Optimiser

I64 = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(I64, min_size=1, max_size=30).map(tuple))
def test_a_model_comes_back_from_its_checkpoint(parameters: tuple[int, ...]) -> None:
    model = Model(parameters)
    data = model.encode()
    assert Model.decode(data) == model
    assert len(model) == len(parameters)
    assert model.digest == sha256(data).digest()
    for broken in (data[:-1], data + b"\0", b"O" + data[1:], b""):
        with pytest.raises(Malformed):
            Model.decode(broken)


def test_a_checkpoint_byte_for_byte() -> None:
    words = bytes.fromhex("02000000" + "ffffffffffffffff" + "0000000001000000")
    assert Model((-1, 1 << 32)).encode() == b"openmg/1/model" + words


@pytest.mark.parametrize("size", [0, 1_000_001])
def test_a_checkpoint_of_no_model_is_malformed(size: int) -> None:
    with pytest.raises(Malformed, match=f"{size} parameters"):
        Model.decode(b"openmg/1/model" + size.to_bytes(4, "little") + bytes(8 * size))
    with pytest.raises(BadInput):
        Model((0,) * size)


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1])
def test_a_parameter_is_an_i64(value: int) -> None:
    with pytest.raises(BadInput):
        Model((0, value))
    with pytest.raises(BadInput):
        Optimiser((value,), (0,))
    with pytest.raises(BadInput):
        Optimiser((0,), (value,))


def test_a_memory_starts_at_nothing_and_has_two_of_each() -> None:
    assert Optimiser.start(3) == Optimiser((0, 0, 0), (0, 0, 0))
    assert Optimiser.start(0).u == ()
    with pytest.raises(BadInput):
        Optimiser((0,), ())
    with pytest.raises(BadInput, match="negative"):
        Optimiser((-1,), (-1,))
