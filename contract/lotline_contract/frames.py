"""A vector on the wire is a frame: a small self-describing block of samples, never a file.

Layout, all integers little-endian: magic `LLF1`, u32 header length, u64 payload length, JSON header, payload.
The data digest is the SHA-256 of the raw sample bytes, so it survives another compressor; the blob name is
the SHA-256 of the whole encoded frame and guards one transfer.
"""

import hashlib
import math
import struct
from typing import Any, Final, Literal

import msgspec
import numpy as np
import zstandard
from numpy.typing import NDArray

MAGIC: Final = b"LLF1"
MAX_HEADER: Final = 4096
MAX_RAW_BYTES: Final = 64 * 1024 * 1024
"""What a frame may unpack to: 8 million float64 samples."""

_PREFIX: Final = struct.Struct("<4sIQ")
_MAX_RATIO: Final = 40_000
"""zstd's own limit is near 32,768, and a flat line comes close to it: a dead channel must not be refused."""
_MAX_WINDOW: Final = 8 * 1024 * 1024
_PROBE: Final = 32 * 1024

DTYPES: Final = frozenset({"<i1", "<i2", "<i4", "<i8", "<u1", "<u2", "<u4", "<u8", "<f4", "<f8"})


class Axis(msgspec.Struct, frozen=True, kw_only=True):
    """Where the samples lie: sample i stands at x0 + i * dx, in uom."""

    x0: float
    dx: float
    uom: str


class FrameHeader(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a frame says of itself. A sample's value is code * scale + offset, in uom."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    encoding: Literal["raw", "shuffle-zstd"]
    sha256: str
    scale: float = 1.0
    offset: float = 0.0
    uom: str | None = None
    axis: Axis | None = None


class FrameError(ValueError):
    """A frame that is damaged, oversized or not a frame; the message says which rule it breaks."""


def wire_samples(samples: NDArray[np.generic]) -> NDArray[np.generic]:
    """Give samples as they travel: contiguous and little-endian. FrameError for any other dtype."""
    code = wire_dtype(samples.dtype)
    return np.ascontiguousarray(samples, dtype=np.dtype(code))


def wire_dtype(dtype: np.dtype[np.generic]) -> str:
    """Name a dtype as the wire does ("<i2"); FrameError where the wire has no such dtype."""
    code = f"<{dtype.kind}{dtype.itemsize}"
    if code not in DTYPES:
        raise FrameError(
            f"samples of dtype {dtype} cannot be recorded; use one of {', '.join(sorted(DTYPES))}"
        )
    return code


def sample_digest(samples: NDArray[np.generic]) -> str:
    """Give the data digest: SHA-256, in hex, of the samples' raw bytes as they travel."""
    return hashlib.sha256(_bytes(wire_samples(samples))).hexdigest()


def _bytes(array: NDArray[Any]) -> memoryview:
    """Give an array's bytes in C order, copied only where they do not lie so already."""
    return memoryview(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def blob_name(frame: bytes) -> str:
    """Give the name under which these exact frame bytes are transferred."""
    return hashlib.sha256(frame).hexdigest()


def encode_frame(
    name: str,
    samples: NDArray[np.generic],
    *,
    scale: float = 1.0,
    offset: float = 0.0,
    uom: str | None = None,
    axis: Axis | None = None,
) -> tuple[bytes, str]:
    """Encode samples of rank 1 or 2 and give (frame, data digest). Noise is sent as it is, the rest shuffled
    and compressed. FrameError for a rank, dtype, size, name, scale, offset or axis the wire does not carry.
    """
    numbers = (scale, offset) if axis is None else (scale, offset, axis.x0, axis.dx)
    if not all(math.isfinite(number) for number in numbers):
        raise FrameError(f"{name}: scale, offset and axis must be finite numbers, not {numbers}")
    if samples.ndim not in {1, 2} or samples.nbytes > MAX_RAW_BYTES:
        raise FrameError(f"{name}: shape {samples.shape} ({samples.nbytes} bytes) cannot be recorded")
    array = wire_samples(samples)
    raw = _bytes(array)
    packed = _pack(array)
    header = FrameHeader(
        name=name,
        dtype=wire_dtype(samples.dtype),
        shape=samples.shape,
        encoding="raw" if packed is None else "shuffle-zstd",
        sha256=hashlib.sha256(raw).hexdigest(),
        scale=scale,
        offset=offset,
        uom=uom,
        axis=axis,
    )
    try:
        head = msgspec.json.encode(header)
    except UnicodeEncodeError as error:
        raise FrameError(f"{name!r}: not a text that can travel: {error}") from error
    if len(head) > MAX_HEADER:
        raise FrameError(f"{name}: the frame's header is too long ({len(head)} bytes)")
    payload = raw if packed is None else packed
    return b"".join((_PREFIX.pack(MAGIC, len(head), len(payload)), head, payload)), header.sha256


def _pack(array: NDArray[np.generic]) -> bytes | None:
    """Shuffle and compress; None where a probe shows that it would not shrink by a tenth."""
    size = array.dtype.itemsize
    planes = array.reshape(-1).view(np.uint8).reshape(-1, size)
    compressor = zstandard.ZstdCompressor(level=1, write_checksum=False)
    probe = planes[: _PROBE // size]
    if len(probe) and len(compressor.compress(_bytes(probe.T))) > 0.9 * probe.size:
        return None
    return compressor.compress(_bytes(planes.T))


def read_header(frame: bytes) -> tuple[FrameHeader, int]:
    """Give a frame's header and where its payload begins, unpacking nothing. FrameError where it is none."""
    if len(frame) < _PREFIX.size:
        raise FrameError("shorter than a frame's prefix")
    magic, head_size, payload_size = _PREFIX.unpack_from(frame)
    start = _PREFIX.size + head_size
    if magic != MAGIC:
        raise FrameError("does not begin with LLF1")
    if head_size > MAX_HEADER or len(frame) != start + payload_size:
        raise FrameError("its lengths do not fit its size")
    try:
        header = msgspec.json.decode(frame[_PREFIX.size : start], type=FrameHeader)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise FrameError(f"unreadable header: {error}") from error
    _check_header(header, payload_size)
    return header, start


def raw_size(header: FrameHeader) -> int:
    """Give how many bytes the samples take unpacked."""
    return math.prod(header.shape) * int(header.dtype[2])


def _check_header(header: FrameHeader, payload_size: int) -> None:
    if header.dtype not in DTYPES:
        raise FrameError(f"dtype {header.dtype!r} is not allowed")
    if len(header.shape) not in {1, 2} or not all(0 <= length <= MAX_RAW_BYTES for length in header.shape):
        raise FrameError(f"shape {header.shape} is not allowed")
    size = raw_size(header)
    if size > MAX_RAW_BYTES or size > payload_size * _MAX_RATIO + _MAX_RATIO:
        raise FrameError(f"declares {size} bytes of samples in a payload of {payload_size}")
    if header.encoding == "raw" and size != payload_size:
        raise FrameError(f"declares {size} bytes of samples and holds {payload_size}")


def decode_frame(frame: bytes) -> tuple[FrameHeader, NDArray[np.generic]]:
    """Unpack a frame and prove its data digest. FrameError where anything does not fit; memory is bounded
    by the declared size, which is at most MAX_RAW_BYTES.
    """
    header, start = read_header(frame)
    payload = memoryview(frame)[start:]
    size = raw_size(header)
    itemsize = int(header.dtype[2])
    if header.encoding == "raw":
        raw = bytes(payload)
    else:
        planes = np.frombuffer(_unpack(payload, size), np.uint8).reshape(itemsize, -1)
        raw = np.ascontiguousarray(planes.T).tobytes()
    if hashlib.sha256(raw).hexdigest() != header.sha256:
        raise FrameError("its samples do not have the digest it names")
    return header, np.frombuffer(raw, np.dtype(header.dtype)).reshape(header.shape)


def _unpack(payload: memoryview, size: int) -> bytes:
    """Decompress exactly `size` bytes; the frame's own size claim is never trusted."""
    reader = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW).stream_reader(
        payload, read_across_frames=False
    )
    try:
        raw = reader.read(size)
        more = reader.read(1)
    except zstandard.ZstdError as error:
        raise FrameError(f"its payload cannot be unpacked: {error}") from error
    if len(raw) != size or more:
        raise FrameError("its payload unpacks to another size than declared")
    return raw
