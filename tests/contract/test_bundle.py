"""A rescue bundle is whole or refused, and only the station's token can have sealed it."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotline_contract.bundle import BundleError, BundleReader, BundleWriter, Head, token_key
from lotline_contract.wire import EpochState

TOKEN = "key1.a-secret-of-the-station"  # noqa: S105 - of nobody
HEAD = Head(
    form=1,
    station="ST-1",
    made_at="2026-11-25T10:00:00Z",
    agent_version="0.1.0",
    epochs=(EpochState(epoch="e1", last_seq=3, closed=False),),
    key="key1",
)


def bundle(*, sealed: bool = True) -> bytes:
    writer = BundleWriter(HEAD)
    pieces = [
        writer.begin(),
        writer.frame(b"a large frame"),
        writer.batch(b"a batch", records=2, frames=1),
        writer.batch(b"another batch", records=1, frames=0),
        writer.end(unreadable=0, key=token_key(TOKEN)[1] if sealed else None),
    ]
    return b"".join(pieces)


def read(data: bytes) -> tuple[list[tuple[str, bytes]], BundleReader]:
    reader = BundleReader(io.BytesIO(data).read)
    return [tuple(part) for part in reader.parts()], reader  # type: ignore[misc]


WHOLE = bundle()


def test_what_was_written_is_read_with_its_index_and_its_seal() -> None:
    parts, reader = read(WHOLE)
    assert parts == [("frame", b"a large frame"), ("batch", b"a batch"), ("batch", b"another batch")]
    assert reader.head == HEAD
    assert reader.index is not None
    assert (reader.index.records, reader.index.frames) == (3, 2)
    assert reader.is_sealed_with(token_key(TOKEN)[1])
    assert not reader.is_sealed_with(token_key("key1.another secret")[1])


def test_an_unsealed_bundle_is_sealed_by_nobody() -> None:
    _, reader = read(bundle(sealed=False))
    assert not reader.is_sealed_with(token_key(TOKEN)[1])
    assert not reader.is_sealed_with(b"")


def test_the_token_is_not_in_the_bundle() -> None:
    assert b"a-secret" not in WHOLE
    assert token_key(TOKEN)[1] not in WHOLE


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_a_bundle_with_any_byte_changed_is_refused_or_not_the_stations(at: int, other: int) -> None:
    changed = WHOLE[:at] + bytes([WHOLE[at] ^ other]) + WHOLE[at + 1 :]
    try:
        _, reader = read(changed)
    except BundleError:
        return
    assert not reader.is_sealed_with(token_key(TOKEN)[1])


@given(st.integers(0, len(WHOLE) - 1))
def test_a_bundle_that_was_cut_anywhere_is_refused_or_unsealed(size: int) -> None:
    try:
        _, reader = read(WHOLE[:size])
    except BundleError:
        return
    assert not reader.is_sealed_with(token_key(TOKEN)[1])


@given(st.binary(max_size=200))
def test_a_strangers_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(BundleError):
        read(data)
    with pytest.raises(BundleError):
        read(b"LLRESCUE1\n" + data)


def test_a_part_that_claims_to_be_huge_is_refused_before_it_is_read() -> None:
    def reading(size: int) -> bytes:
        assert size < 100 * 1024 * 1024
        return source.read(size)

    source = io.BytesIO(b"LLRESCUE1\n" + b"E" + b"\xff\xff\xff\xff" + b"x")
    with pytest.raises(BundleError, match="does not belong"):
        list(BundleReader(reading).parts())


def test_what_stands_behind_the_seal_is_refused() -> None:
    with pytest.raises(BundleError, match="behind its end"):
        read(WHOLE + WHOLE[10:])
