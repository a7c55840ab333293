"""The calls of /sync/v1: what an agent and the lot server say to each other, and a batch's exact bytes.

A batch is one zstd stream of parts, each a kind byte, a u32 length and its bytes: one envelope (JSON), then
for each item its record's verbatim bytes, then the small frames. The server hashes what it received.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import Final, Literal

import msgspec
import zstandard

PROTOCOL: Final = 1
MAX_BATCH_RECORDS: Final = 256
MAX_BATCH_BYTES: Final = 4 * 1024 * 1024
"""What a batch may take on the wire."""
MAX_UNPACKED_BYTES: Final = 32 * 1024 * 1024
MAX_BLOB_BYTES: Final = 8 * 1024 * 1024
MAX_PARTS: Final = 65_536
"""Records and frames of one batch: 32 MiB of empty parts would take seconds to tell apart."""
INLINE_FRAME_BYTES: Final = 256 * 1024
"""A frame up to this size travels inside its batch; a larger one is put first, by itself."""

_MAGIC: Final = b"LLB1"
_PART: Final = struct.Struct("<cI")
_MAX_WINDOW: Final = 8 * 1024 * 1024

Answer = Literal["stored", "duplicate", "quarantined", "missing_blobs", "conflict", "retry"]


class _Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of the protocol: unknown fields are ignored, absent ones have their default."""


class EpochState(_Message, frozen=True):
    """One life of the agent: what it assigned. parent is None for the station's very first epoch."""

    epoch: str
    last_seq: int
    closed: bool
    parent: str | None = None
    parent_last_seq: int | None = None


class Hello(_Message, frozen=True):
    """How the agent opens: epochs are the current one and those not yet confirmed complete."""

    protocols: tuple[int, int]
    records: tuple[int, int]
    epochs: tuple[EpochState, ...]
    agent_version: str
    clock: str
    pending: int
    oldest_pending_s: float | None = None
    free_bytes: int | None = None
    parked: int = 0


class Limits(_Message, frozen=True):
    """What the server takes in one call."""

    batch_records: int = MAX_BATCH_RECORDS
    batch_bytes: int = MAX_BATCH_BYTES
    inline_frame_bytes: int = INLINE_FRAME_BYTES
    blob_bytes: int = MAX_BLOB_BYTES


class HelloAnswer(_Message, frozen=True):
    """have: for each epoch the ranges [first, last] of seq that the server holds, quarantine included."""

    protocol: int
    server_generation: str
    station: str
    have: dict[str, tuple[tuple[int, int], ...]]
    clock: str
    limits: Limits = Limits()


class Item(_Message, frozen=True):
    """One record of a batch: its place in the agent's sequence and the digest of its exact bytes."""

    epoch: str
    seq: int
    kind: Literal["run", "event"]
    id: str
    digest: str


class Envelope(_Message, frozen=True):
    """What stands beside the records of a batch. texts: plans and configurations by their SHA-256."""

    wire: int
    items: tuple[Item, ...]
    texts: dict[str, str] = {}


class ItemAnswer(_Message, frozen=True):
    """What became of one record. Only what is named here is acknowledged.

    reason: why it was quarantined or must be tried again. missing: data digests to be put before a resend
    """

    epoch: str
    seq: int
    id: str
    digest: str
    answer: Answer
    reason: str | None = None
    missing: tuple[str, ...] = ()


class BatchAnswer(_Message, frozen=True):
    """The per-record answers, and which server gave them."""

    server_generation: str
    answers: tuple[ItemAnswer, ...]


class BlobAnswer(_Message, frozen=True):
    """A frame is durable at the server under this blob name and data digest."""

    blob: str
    data_digest: str


class LotFact(_Message, frozen=True):
    """A lot as stations know it. open: whether units of it may be tested.

    route: the operations its units follow, in order, pinned at its release; empty from a server that does not
    say, and then the part's counts. optional: those of them that nothing waits for
    """

    lot: str
    part_number: str
    target: int
    open: bool
    completed: int = 0
    in_progress: int = 0
    failed: int = 0
    revision: str | None = None
    route: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


class PartFact(_Message, frozen=True):
    """A part: its serial-number format and its current route, the operations in order.

    optional: those of them that nothing waits for
    """

    part_number: str
    name: str
    serial_prefix: str
    serial_digits: int
    route: tuple[str, ...]
    optional: tuple[str, ...] = ()


class UnitFact(_Message, frozen=True):
    """A serial number the server knows. lot: None where it belongs to none.

    hold: why quality keeps it from every station; None where it does not
    passed, failed: the operations at which it stands so; passed is None where the server does not say
    """

    serial_number: str
    part_number: str
    status: str
    lot: str | None = None
    hold: str | None = None
    passed: tuple[str, ...] | None = None
    failed: tuple[str, ...] = ()


class Snapshot(_Message, frozen=True):
    """All facts of the open lots, as of one moment. cursor names their state."""

    server_generation: str
    cursor: str
    as_of: str
    lots: tuple[LotFact, ...] = ()
    parts: tuple[PartFact, ...] = ()
    units: tuple[UnitFact, ...] = ()


class PairRequest(_Message, frozen=True):
    """The one-time code of `lotline-server station add`, traded for a token."""

    code: str
    agent_version: str


class PairAnswer(_Message, frozen=True):
    """The station's identity and its token, which the server shows only here."""

    station_id: str
    station: str
    token: str
    server_generation: str


class WireError(ValueError):
    """Bytes that are no batch; the message says which rule they break."""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch taken apart: records in the order of the envelope's items, frames as they came."""

    envelope: Envelope
    records: tuple[bytes, ...]
    frames: tuple[bytes, ...]


def pack_batch(envelope: Envelope, records: Iterable[bytes], frames: Iterable[bytes] = ()) -> bytes:
    """Give the batch's bytes as they are posted."""
    parts = [_MAGIC, *_part(b"E", msgspec.json.encode(envelope))]
    for record in records:
        parts += _part(b"R", record)
    for frame in frames:
        parts += _part(b"F", frame)
    packed: bytes = zstandard.ZstdCompressor(level=3).compress(b"".join(parts))
    return packed


def _part(kind: bytes, data: bytes) -> tuple[bytes, bytes]:
    return _PART.pack(kind, len(data)), data


def unpack_batch(data: bytes) -> Batch:
    """Take a batch apart. WireError for anything else, for a batch that was cut or has something behind it;
    memory is bounded by MAX_UNPACKED_BYTES.
    """
    envelope: Envelope | None = None
    records: list[bytes] = []
    frames: list[bytes] = []
    for count, (kind, part) in enumerate(_parts(_unpack(data))):
        if count > MAX_PARTS:
            raise WireError(f"more than {MAX_PARTS} parts")
        match kind:
            case b"E" if envelope is None:
                envelope = _envelope(part)
            case b"R":
                records.append(part)
            case b"F":
                frames.append(part)
            case _:
                raise WireError(f"a part of kind {kind!r} does not belong here")
    if envelope is None or len(envelope.items) != len(records):
        raise WireError("the envelope does not name each record")
    if len(records) > MAX_BATCH_RECORDS:
        raise WireError(f"{len(records)} records; at most {MAX_BATCH_RECORDS} in one batch")
    return Batch(envelope=envelope, records=tuple(records), frames=tuple(frames))


def _envelope(part: bytes) -> Envelope:
    try:
        envelope = msgspec.json.decode(part, type=Envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise WireError(f"unreadable envelope: {error}") from error
    if envelope.wire != PROTOCOL:
        raise WireError(f"wire version {envelope.wire}; this side speaks {PROTOCOL}")
    return envelope


def _unpack(data: bytes) -> bytes:
    """Decompress the one frame. Its size claim bounds what is read and must be true: without it a stream that
    was cut between two of zstd's blocks looks whole.
    """
    try:
        size = zstandard.frame_content_size(data)
        if not 0 <= size <= MAX_UNPACKED_BYTES:
            raise WireError(f"must say that it unpacks to at most {MAX_UNPACKED_BYTES} bytes")
        reader = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW).stream_reader(
            data, read_across_frames=True
        )
        raw = reader.read(size)
        more = reader.read(1)
    except zstandard.ZstdError as error:
        raise WireError(f"cannot be unpacked: {error}") from error
    if len(raw) != size or more:
        raise WireError("unpacks to another size than it says")
    if not raw.startswith(_MAGIC):
        raise WireError("does not begin with LLB1")
    return raw


def _parts(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_MAGIC)
    while at < len(raw):
        if at + _PART.size > len(raw):
            raise WireError("ends inside a part's prefix")
        kind, size = _PART.unpack_from(raw, at)
        at += _PART.size
        if at + size > len(raw):
            raise WireError("ends inside a part")
        yield kind, raw[at : at + size]
        at += size
