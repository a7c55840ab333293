"""Definite length blocks, IEEE 488.2 clause 8.7.9."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotline_drivers.block import BlockError, block_bounds, encode_block

MOST = 1 << 20


@given(payload=st.binary(max_size=3000), rest=st.binary(max_size=8))
def test_a_block_of_any_length_gives_back_its_payload(payload: bytes, rest: bytes) -> None:
    received = encode_block(payload) + rest
    bounds = block_bounds(received, MOST)
    assert bounds is not None
    assert received[slice(*bounds)] == payload


@given(payload=st.binary(max_size=300), data=st.data())
def test_a_truncated_block_is_never_taken_for_a_whole_one(payload: bytes, data: st.DataObject) -> None:
    whole = encode_block(payload)
    cut = data.draw(st.integers(0, len(whole) - 1))
    bounds = block_bounds(whole[:cut], MOST)
    assert bounds is None or bounds[1] > cut


@given(digits=st.integers(1, 9), length=st.integers(0, 9))
def test_leading_zeros_in_the_length_are_understood(digits: int, length: int) -> None:
    header = f"#{digits}{length:0{digits}d}".encode()
    assert block_bounds(header, MOST) == (len(header), len(header) + length)


@pytest.mark.parametrize(
    "received",
    [b"1", b"+1.0\n", b"\n#10", b"#0abc", b"#a", b"#:", b"#1x", b"#2 5", b"#3-01", b"#5\xb2\xb2\xb2\xb2\xb2"],
)
def test_a_bad_header_is_refused_at_its_first_wrong_byte(received: bytes) -> None:
    with pytest.raises(BlockError):
        block_bounds(received, MOST)


def test_a_block_that_announces_too_much_is_refused_before_it_is_read() -> None:
    with pytest.raises(BlockError, match="999999999 bytes"):
        block_bounds(b"#9999999999", MOST)
