"""A rescue bundle: what a station holds, carried to the server on a stick instead of over the wire.

A magic line, then parts, each a kind byte, a u32 length and its bytes: one head (JSON), batches exactly as
they would be posted, large frames exactly as they would be put, an index of all of them with their digests
(JSON), and the station's seal. A bundle without its index was cut, or never finished. It carries no token:
the seal is a MAC under the digest of the token's secret, which the server keeps anyway.
"""

import hashlib
import hmac
import struct
from collections.abc import Callable, Iterator
from typing import Final, Literal, NamedTuple, TypeVar

import msgspec

from lotline_contract.wire import MAX_BATCH_BYTES, MAX_BLOB_BYTES, EpochState

FORM: Final = 1
SUFFIX: Final = ".lotline-rescue"
_MAGIC: Final = b"LLRESCUE1\n"
_PART: Final = struct.Struct("<cI")
_SLACK: Final = 64 * 1024
_MAX_JSON: Final = 32 * 1024 * 1024
_SEALED: Final = b"lotline rescue bundle, form 1\0"

_T = TypeVar("_T")
Kind = Literal["head", "batch", "frame", "index", "seal"]
_KINDS: Final[dict[bytes, Kind]] = {b"H": "head", b"E": "batch", b"F": "frame", b"X": "index", b"S": "seal"}
_BYTES: Final = {word: byte for byte, word in _KINDS.items()}
_MOST: Final[dict[Kind, int]] = {
    "head": _MAX_JSON,
    "batch": MAX_BATCH_BYTES + _SLACK,
    "frame": MAX_BLOB_BYTES,
    "index": _MAX_JSON,
    "seal": 32,
}


class BundleError(ValueError):
    """Bytes that are no whole bundle; the message says which rule they break."""


class Head(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whose bundle it is. key: the id of the token it is sealed with; None where it is not."""

    form: int
    station: str
    made_at: str
    agent_version: str
    epochs: tuple[EpochState, ...]
    key: str | None = None


class Indexed(msgspec.Struct, frozen=True, array_like=True):
    """One part of a bundle, by the digest of its bytes."""

    kind: Kind
    size: int
    sha256: str


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle must hold. unreadable: records that the station could not read any more."""

    parts: tuple[Indexed, ...]
    records: int
    frames: int
    unreadable: int = 0


class Part(NamedTuple):
    """One part as it was read. data: its bytes, whose digest the index will name."""

    kind: Kind
    data: bytes


def token_key(token: str) -> tuple[str, bytes]:
    """Give a token's key id and what seals a bundle: the digest by which the server knows its secret."""
    key, _, secret = token.partition(".")
    return key, hashlib.sha256(secret.encode()).digest()


def _seal(key: bytes, digest: bytes) -> bytes:
    return hmac.digest(key, _SEALED + digest, "sha256")


class BundleWriter:
    """Gives the bytes of a bundle, piece by piece; whoever writes them makes them durable."""

    def __init__(self, head: Head) -> None:
        self._sha256 = hashlib.sha256()
        self._parts: list[Indexed] = []
        self._head = head
        self.records = 0
        self.frames = 0

    def begin(self) -> bytes:
        """Give what comes first."""
        self._sha256.update(_MAGIC)
        return _MAGIC + self._part("head", msgspec.json.encode(self._head))

    def batch(self, packed: bytes, *, records: int, frames: int) -> bytes:
        """Give a batch, packed as for the wire."""
        self.records += records
        self.frames += frames
        return self._part("batch", packed)

    def frame(self, frame: bytes) -> bytes:
        """Give a large frame, which comes before the batch whose record names it."""
        self.frames += 1
        return self._part("frame", frame)

    def end(self, *, unreadable: int, key: bytes | None) -> bytes:
        """Give the index and the seal. key: of `token_key`; None leaves the bundle unsealed."""
        index = Index(
            parts=tuple(self._parts), records=self.records, frames=self.frames, unreadable=unreadable
        )
        data = self._part("index", msgspec.json.encode(index))
        if key is not None:
            data += self._part("seal", _seal(key, self._sha256.digest()))
        return data

    def _part(self, kind: Kind, data: bytes) -> bytes:
        if len(data) > _MOST[kind]:
            raise BundleError(f"a {kind} of {len(data)} bytes; at most {_MOST[kind]}")
        whole = _PART.pack(_BYTES[kind], len(data)) + data
        self._sha256.update(whole)
        self._parts.append(Indexed(kind, len(data), hashlib.sha256(data).hexdigest()))
        return whole


class BundleReader:
    """Reads a bundle in bounded memory, part by part; what it says holds when `parts` has come to its end.

    head: known from the first part on. index: known at the end
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._sha256 = hashlib.sha256()
        self._seal = b""
        self._sealed = b""
        self.head: Head | None = None
        self.index: Index | None = None

    def parts(self) -> Iterator[Part]:
        """Give batches and frames in their order. BundleError for what is not one whole bundle."""
        seen: list[Indexed] = []
        if self._take(len(_MAGIC)) != _MAGIC:
            raise BundleError("does not begin as a rescue bundle does")
        while (part := self._next()) is not None:
            if self._seal or (self.index is not None and part.kind != "seal"):
                raise BundleError("something stands behind its end")
            match part.kind:
                case "head" if self.head is None:
                    self.head = _decode(part.data, Head)
                    if self.head.form != FORM:
                        raise BundleError(f"is of form {self.head.form}; this side reads {FORM}")
                case "batch" | "frame" if self.head is not None:
                    yield part
                case "index" if self.head is not None:
                    self.index = _decode(part.data, Index)
                    if self.index.parts != tuple(seen):
                        raise BundleError("its parts are not those that its index names")
                    self._sealed = self._sha256.digest()
                case "seal" if self.index is not None:
                    self._seal = part.data
                case _:
                    raise BundleError(f"a {part.kind} does not belong at this place")
            seen.append(Indexed(part.kind, len(part.data), hashlib.sha256(part.data).hexdigest()))
        if self.index is None:
            raise BundleError("ends before its index: it was cut, or never finished")

    def is_sealed_with(self, key: bytes) -> bool:
        """Tell whether the station that has this token sealed these very bytes; constant time."""
        return bool(self._sealed) and hmac.compare_digest(self._seal, _seal(key, self._sealed))

    def _next(self) -> Part | None:
        prefix = self._read(_PART.size)
        if not prefix:
            return None
        if len(prefix) < _PART.size:
            raise BundleError("ends inside a part's prefix")
        self._sha256.update(prefix)
        byte, size = _PART.unpack(prefix)
        kind = _KINDS.get(byte)
        if kind is None or size > _MOST[kind]:
            raise BundleError(f"a part of kind {byte!r} with {size} bytes does not belong into it")
        return Part(kind, self._take(size))

    def _take(self, size: int) -> bytes:
        data = self._read(size)
        if len(data) != size:
            raise BundleError("ends inside a part")
        self._sha256.update(data)
        return data


def _decode(data: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"its {kind.__name__.lower()} cannot be read: {error}") from error
