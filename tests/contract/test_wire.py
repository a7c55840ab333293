"""A batch's exact bytes."""

import time
import tracemalloc

import msgspec
import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from lotline_contract.wire import (
    MAX_BATCH_RECORDS,
    MAX_PARTS,
    MAX_UNPACKED_BYTES,
    Envelope,
    Item,
    WireError,
    pack_batch,
    unpack_batch,
)


def envelope_of(count: int) -> Envelope:
    """Make an envelope that names so many records."""
    return Envelope(
        wire=1,
        items=tuple(
            Item(epoch="e" * 32, seq=number + 1, kind="run", id=str(number), digest=f"{number:064x}")
            for number in range(count)
        ),
    )


def part(kind: bytes, data: bytes) -> bytes:
    """Make a part as a stranger would."""
    return kind + len(data).to_bytes(4, "little") + data


ENVELOPE = part(b"E", msgspec.json.encode(envelope_of(1)))
RECORD = part(b"R", b"{}")


@given(
    st.lists(st.binary(max_size=50), max_size=5),
    st.lists(st.binary(max_size=50), max_size=5),
    st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.just("plan"), max_size=2),
)
def test_a_batch_comes_apart_into_what_was_packed(
    records: list[bytes], frames: list[bytes], texts: dict[str, str]
) -> None:
    envelope = msgspec.structs.replace(envelope_of(len(records)), texts=texts)
    batch = unpack_batch(pack_batch(envelope, records, frames))
    assert batch.envelope == envelope
    assert batch.records == tuple(records)
    assert batch.frames == tuple(frames)


def test_a_whole_batch_of_256_records_is_taken_and_not_one_more() -> None:
    full = pack_batch(envelope_of(MAX_BATCH_RECORDS), [b"{}"] * MAX_BATCH_RECORDS)
    assert len(unpack_batch(full).records) == MAX_BATCH_RECORDS
    over = pack_batch(envelope_of(MAX_BATCH_RECORDS + 1), [b"{}"] * (MAX_BATCH_RECORDS + 1))
    with pytest.raises(WireError, match="at most 256"):
        unpack_batch(over)


def test_a_batch_cut_at_any_byte_is_refused() -> None:
    # Of several zstd blocks, one of which ends just where a part does.
    room = 128 * 1024 - len(b"LLB1" + ENVELOPE + RECORD) - 5
    noise = np.random.default_rng(1).bytes(room)
    whole = pack_batch(envelope_of(1), [b"{}"], [noise, b"last" * 100])
    assert len(unpack_batch(whole).frames) == 2
    for size in [*range(0, 2000), *range(2000, len(whole) - 500, 997), *range(len(whole) - 500, len(whole))]:
        with pytest.raises(WireError):
            unpack_batch(whole[:size])


@pytest.mark.parametrize("tail", [b"x", b"junkjunk", zstandard.compress(b"more"), b"\0" * 100])
def test_what_stands_behind_a_batch_is_not_ignored(tail: bytes) -> None:
    with pytest.raises(WireError):
        unpack_batch(pack_batch(envelope_of(1), [b"{}"]) + tail)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"LLB1",
        b"LLB2" + ENVELOPE + RECORD,
        b"LLB1" + RECORD,
        b"LLB1" + ENVELOPE,
        b"LLB1" + ENVELOPE + RECORD + RECORD,
        b"LLB1" + ENVELOPE + ENVELOPE + RECORD,
        b"LLB1" + ENVELOPE + RECORD + part(b"X", b""),
        b"LLB1" + ENVELOPE + RECORD + b"F",
        b"LLB1" + ENVELOPE + RECORD + b"F\xff\xff\xff\xff",
        b"LLB1" + ENVELOPE + RECORD + b"F\x02\0\0\0x",
        b"LLB1" + part(b"E", b"") + RECORD,
        b"LLB1" + part(b"E", b"null") + RECORD,
        b"LLB1" + part(b"E", b"\xff") + RECORD,
        b"LLB1" + part(b"E", b"[" * 100_000) + RECORD,
        b"LLB1" + part(b"E", b'{"wire":2,"items":[]}'),
        b"LLB1" + part(b"E", b'{"wire":1}'),
        b"LLB1" + part(b"E", b'{"wire":1,"items":[{}]}') + RECORD,
    ],
    ids=lambda raw: repr(raw[:24]),
)
def test_what_is_no_batch_is_refused(raw: bytes) -> None:
    with pytest.raises(WireError):
        unpack_batch(zstandard.compress(raw))


@given(st.binary(max_size=200))
def test_any_other_bytes_are_no_batch(data: bytes) -> None:
    with pytest.raises(WireError):
        unpack_batch(data)


def test_a_bomb_is_refused_in_little_memory_whatever_it_claims_of_itself() -> None:
    raw = b"LLB1" + ENVELOPE + RECORD + bytes(2 * MAX_UNPACKED_BYTES)
    silent = zstandard.ZstdCompressor(write_content_size=False).compress(raw)
    honest = zstandard.compress(raw)
    tracemalloc.start()
    for bomb in (silent, honest):
        with pytest.raises(WireError, match="must say"):
            unpack_batch(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_millions_of_empty_parts_are_refused_at_once() -> None:
    bomb = zstandard.compress(b"LLB1" + ENVELOPE + RECORD + part(b"F", b"") * 6_000_000)
    started = time.process_time()
    with pytest.raises(WireError, match=str(MAX_PARTS)):
        unpack_batch(bomb)
    assert time.process_time() - started < 2.0
