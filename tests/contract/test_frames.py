"""Frames: what comes out is what went in, or nothing does."""

import hashlib
import json
import math
import tracemalloc
from typing import Any

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from lotline_contract.frames import (
    DTYPES,
    MAX_HEADER,
    MAX_RAW_BYTES,
    Axis,
    FrameError,
    blob_name,
    decode_frame,
    encode_frame,
    read_header,
    sample_digest,
)

SHAPES = [(0,), (1,), (7,), (1000,), (0, 3), (3, 0), (1, 1), (4, 250)]
AXIS = Axis(x0=-1e-3, dx=1e-6, uom="s")


def made_by_hand(header: dict[str, Any], payload: bytes, *, text: bytes | None = None) -> bytes:
    """Make a frame as a stranger would, with any header and payload."""
    head = json.dumps(header).encode() if text is None else text
    return b"LLF1" + len(head).to_bytes(4, "little") + len(payload).to_bytes(8, "little") + head + payload


def header_for(raw: bytes, **fields: Any) -> dict[str, Any]:
    """Make the header of a frame of 16-bit codes, with some fields put differently."""
    sha256 = hashlib.sha256(raw).hexdigest()
    usual = {
        "name": "x",
        "dtype": "<i2",
        "shape": [len(raw) // 2],
        "encoding": "shuffle-zstd",
        "sha256": sha256,
    }
    return usual | fields


def shuffled(raw: bytes) -> bytes:
    """Put the low bytes of 16-bit codes before the high ones."""
    return raw[0::2] + raw[1::2]


RAW = np.arange(-500, 500, dtype="<i2").tobytes()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", sorted(DTYPES))
def test_samples_of_every_dtype_and_rank_come_back_bit_for_bit(dtype: str, shape: tuple[int, ...]) -> None:
    samples = np.arange(math.prod(shape)).astype(dtype).reshape(shape)
    frame, digest = encode_frame("ripple", samples, scale=0.5, offset=-1.0, uom="V", axis=AXIS)
    header, back = decode_frame(frame)
    assert back.dtype == np.dtype(dtype)
    assert back.shape == shape == header.shape
    assert back.tobytes() == samples.tobytes()
    assert (header.name, header.dtype, header.sha256) == ("ripple", dtype, digest)
    assert (header.scale, header.offset, header.uom, header.axis) == (0.5, -1.0, "V", AXIS)
    assert digest == sample_digest(samples) == hashlib.sha256(samples.tobytes()).hexdigest()


@given(
    hnp.arrays(
        st.sampled_from(sorted(DTYPES)),
        hnp.array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=40),
    )
)
def test_any_samples_come_back_bit_for_bit_even_nan(samples: NDArray[np.generic]) -> None:
    frame, digest = encode_frame("x", samples)
    header, back = decode_frame(frame)
    assert back.tobytes() == samples.tobytes()
    assert header.sha256 == digest == sample_digest(back)


@pytest.mark.parametrize("view", ["big_endian", "reversed", "every_third", "fortran", "read_only"])
def test_how_samples_lie_in_memory_changes_neither_bytes_nor_digest(view: str) -> None:
    plain = np.arange(60, dtype="<i4").reshape(6, 10)
    lying = {
        "big_endian": plain.astype(">i4"),
        "reversed": np.ascontiguousarray(plain[::-1])[::-1],
        "every_third": np.repeat(plain, 3, axis=1)[:, ::3],
        "fortran": np.asfortranarray(plain),
        "read_only": plain.view(),
    }[view]
    lying.flags.writeable = view != "read_only"
    assert encode_frame("x", lying) == encode_frame("x", plain)


def test_noise_is_sent_as_it_is() -> None:
    noise = np.frombuffer(np.random.default_rng(1).bytes(80_000), "<i8")
    frame, _ = encode_frame("noise", noise)
    header, _ = decode_frame(frame)
    assert header.encoding == "raw"
    assert len(frame) < noise.nbytes + 300


def test_codes_of_a_digitiser_shrink() -> None:
    codes = (2000 * np.sin(np.arange(10_000) / 50)).astype("<i2")
    frame, _ = encode_frame("sine", codes)
    assert read_header(frame)[0].encoding == "shuffle-zstd"
    assert len(frame) < codes.nbytes * 0.75


@pytest.mark.parametrize("count", [1, 1000, 100_000, 8_000_000])
def test_a_flat_line_comes_back_however_long_it_is(count: int) -> None:
    # It shrinks more than ten thousand times: a cap on the ratio must leave it be.
    flat = np.zeros(count, "<f8")
    assert decode_frame(encode_frame("dead channel", flat)[0])[1].shape == (count,)


@pytest.mark.parametrize(
    "samples",
    [
        np.array(1.0),
        np.zeros((2, 2, 2)),
        np.zeros(3, bool),
        np.zeros(3, "<f2"),
        np.zeros(3, complex),
        np.zeros(3, "datetime64[s]"),
        np.array(["a"]),
        np.array([None]),
        np.broadcast_to(np.zeros(1), MAX_RAW_BYTES // 8 + 1),
    ],
    ids=["scalar", "rank 3", "bool", "f2", "complex", "time", "text", "object", "too large"],
)
def test_samples_the_wire_does_not_carry_are_refused_by_the_encoder(samples: NDArray[np.generic]) -> None:
    with pytest.raises(FrameError):
        encode_frame("x", samples)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_header_that_nobody_could_read_is_refused_by_the_encoder(number: float) -> None:
    samples = np.zeros(3)
    for fields in (
        {"scale": number},
        {"offset": number},
        {"axis": Axis(x0=number, dx=1.0, uom="s")},
        {"axis": Axis(x0=0.0, dx=number, uom="s")},
    ):
        with pytest.raises(FrameError, match="finite"):
            encode_frame("x", samples, **fields)
    with pytest.raises(FrameError, match="text"):
        encode_frame("\ud800", samples)
    with pytest.raises(FrameError, match="too long"):
        encode_frame("x" * MAX_HEADER, samples)


@pytest.mark.parametrize("kind", ["shuffled", "raw"])
def test_damage_at_any_byte_is_refused_or_leaves_the_samples_as_they_were(kind: str) -> None:
    # The data digest is over the samples' bytes; what the header says of them stands in the record as well,
    # and the blob name guards the whole.
    samples = np.arange(300, dtype="<i2")
    if kind == "raw":
        samples = np.frombuffer(np.random.default_rng(1).bytes(600), "<i2")
    frame, digest = encode_frame("x", samples, scale=0.25)
    name = blob_name(frame)
    for at in range(len(frame)):
        for flip in (0x01, 0x80, 0xFF):
            damaged = frame[:at] + bytes([frame[at] ^ flip]) + frame[at + 1 :]
            assert blob_name(damaged) != name
            try:
                header, back = decode_frame(damaged)
            except FrameError:
                continue
            assert header.sha256 == digest
            assert back.tobytes() == samples.tobytes()


def test_a_frame_cut_or_lengthened_at_any_byte_is_refused() -> None:
    frame, _ = encode_frame("x", np.arange(300, dtype="<i2"))
    for size in range(len(frame)):
        with pytest.raises(FrameError):
            decode_frame(frame[:size])
    with pytest.raises(FrameError):
        decode_frame(frame + b"\0")


@given(st.binary(max_size=300))
def test_any_other_bytes_are_no_frame(data: bytes) -> None:
    for candidate in (data, b"LLF1" + data):
        with pytest.raises(FrameError):
            decode_frame(candidate)


def test_two_compressed_frames_glued_together_are_refused() -> None:
    whole = zstandard.compress(shuffled(RAW))
    halves = zstandard.compress(shuffled(RAW)[:1000]) + zstandard.compress(shuffled(RAW)[1000:])
    assert decode_frame(made_by_hand(header_for(RAW), whole))[1].tobytes() == RAW
    for payload in (whole + zstandard.compress(b"more"), halves, whole + b"more", whole[:-1], b""):
        with pytest.raises(FrameError):
            decode_frame(made_by_hand(header_for(RAW), payload))


@pytest.mark.parametrize(
    "fields",
    [
        {"dtype": "<i4"},
        {"dtype": ">i2"},
        {"dtype": "|O"},
        {"dtype": "<i2,<i2"},
        {"dtype": "<f2"},
        {"dtype": ""},
        {"shape": []},
        {"shape": [999]},
        {"shape": [1001]},
        {"shape": [-1000]},
        {"shape": [-10, -100]},
        {"shape": [10, 10, 10]},
        {"shape": [10**12]},
        {"shape": [2**63, 2]},
        {"shape": [0, 10**30]},
        {"shape": [True]},
        {"shape": 1000},
        {"encoding": "raw"},
        {"encoding": "gzip"},
        {"sha256": "0" * 64},
        {"sha256": None},
        {"scale": None},
        {"scale": "1"},
        {"axis": {"x0": 0}},
        {"name": None},
    ],
    ids=str,
)
def test_a_header_that_does_not_fit_its_payload_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(FrameError):
        decode_frame(made_by_hand(header_for(RAW, **fields), zstandard.compress(shuffled(RAW))))


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 4000, b'{"scale":1e999}', b'{"scale":NaN}']
)
def test_a_header_that_is_no_header_is_refused(text: bytes) -> None:
    with pytest.raises(FrameError):
        decode_frame(made_by_hand({}, b"", text=text))


def test_a_header_beyond_its_cap_is_refused() -> None:
    with pytest.raises(FrameError):
        decode_frame(made_by_hand(header_for(RAW, name="x" * MAX_HEADER), zstandard.compress(shuffled(RAW))))


def test_fields_of_a_newer_frame_are_ignored() -> None:
    frame = made_by_hand(header_for(RAW, trigger="edge"), zstandard.compress(shuffled(RAW)))
    assert decode_frame(frame)[1].tobytes() == RAW


BOMB_BYTES = 256 * 1024 * 1024


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """Give 8 kB that unpack to 256 MiB."""
    packer = zstandard.ZstdCompressor(level=1).compressobj(size=BOMB_BYTES)
    chunk = bytes(1024 * 1024)
    return b"".join([packer.compress(chunk) for _ in range(256)]) + packer.flush()


@pytest.mark.parametrize(
    "shape", [[1000], [10**6], [2, BOMB_BYTES // 4], [BOMB_BYTES // 2], [10**15]], ids=str
)
def test_a_bomb_is_refused_in_little_memory(bomb: bytes, shape: list[int]) -> None:
    # zstandard trusts the size a frame claims of itself; only the header's declared size may be believed.
    assert zstandard.frame_content_size(bomb) == BOMB_BYTES
    frame = made_by_hand(header_for(RAW, shape=shape), bomb)
    tracemalloc.start()
    with pytest.raises(FrameError):
        decode_frame(frame)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    declared = 2 * math.prod(shape)
    assert peak < 1_000_000 + (declared if declared <= MAX_RAW_BYTES else 0)


def test_a_huge_length_beside_a_zero_is_refused() -> None:
    # Its product is 0 bytes, and numpy has no such shape.
    with pytest.raises(FrameError):
        decode_frame(made_by_hand(header_for(b"", shape=[0, 10**30], encoding="raw"), b""))


def test_a_stream_with_a_huge_window_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=False)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    payload = packer.compress(shuffled(RAW)) + packer.flush()
    with pytest.raises(FrameError, match="cannot be unpacked"):
        decode_frame(made_by_hand(header_for(RAW), payload))
