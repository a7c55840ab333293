"""Whether a record's vectors are here, in this batch or from before, and are what the record says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from lotline_contract.frames import DTYPES, MAX_RAW_BYTES, decode_frame, raw_size
from lotline_contract.record import Vector
from lotline_server.core.errors import Invalid
from lotline_server.frames import queries
from lotline_server.frames.service import CheckedFrame, form_of, header_form
from lotline_server.ingest.checks import Looked

MAX_BATCH_RAW_BYTES = 16 * MAX_RAW_BYTES
KEPT_RAW_BYTES = 32 * 1024 * 1024
"""What stays unpacked of a batch: 64 MB of a flat line travel in 2 kB, and a batch has room for thousands."""


class _Samples(Mapping[str, NDArray[np.generic]]):
    """Samples by data digest; those that were not kept are unpacked one at a time."""

    def __init__(self, frames: dict[str, CheckedFrame]) -> None:
        self._frames = frames

    def __getitem__(self, digest: str) -> NDArray[np.generic]:
        checked = self._frames[digest]
        return decode_frame(checked.frame)[1] if checked.samples is None else checked.samples

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)


@dataclass(slots=True)
class HeldFrames:
    """Frames of a batch by data digest. refused: digests whose frame was damaged, and how."""

    checked: dict[str, list[CheckedFrame]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    _unpacked: int = 0
    _kept: int = 0

    def add(self, checked: CheckedFrame) -> None:
        """Take a good frame. Raises Invalid where the batch unpacks to more than anybody measures."""
        size = raw_size(checked.header)
        self._unpacked += size
        if self._unpacked > MAX_BATCH_RAW_BYTES:
            raise Invalid(f"the frames of one batch may unpack to {MAX_BATCH_RAW_BYTES} bytes, not to more")
        several = self.checked.setdefault(checked.header.sha256, [])
        if any(each.blob == checked.blob for each in several):
            return
        if self._kept + size > KEPT_RAW_BYTES:
            checked = replace(checked, samples=None)
        else:
            self._kept += size
        several.append(checked)

    def refuse(self, digest: str | None, reason: str) -> None:
        """Remember a damaged frame; None where it does not even say which it is."""
        if digest is not None:
            self.refused[digest] = reason

    def all(self) -> list[CheckedFrame]:
        """Give every good frame of the batch."""
        return [checked for several in self.checked.values() for checked in several]

    def samples(self, looked: Looked) -> Mapping[str, NDArray[np.generic]]:
        """Give the samples of a record's vectors that came in this batch."""
        return _Samples(
            {
                vector.data_digest: self.checked[vector.data_digest][0]
                for _, _, vector in looked.vectors
                if vector.data_digest in self.checked
            }
        )

    def check(self, looked: Looked) -> None:
        """Find fault with a record whose vectors could never be right, or contradict this batch's frames."""
        if looked.problem is not None:
            return
        for _, measurement, vector in looked.vectors:
            reason = _impossible(vector)
            if (
                reason is None
                and vector.data_digest in self.refused
                and vector.data_digest not in self.checked
            ):
                reason = f"its frame is damaged: {self.refused[vector.data_digest]}"
            if reason is None:
                here = self.checked.get(vector.data_digest, [])
                reason = _contradiction(looked, vector, [header_form(each.header) for each in here])
            if reason is not None:
                looked.problem = f"bad_frame: {measurement.name}: {reason}"[:500]
                return

    def missing(self, connection: Connection, station: int, looked: Looked) -> tuple[str, ...]:
        """Give the data digests that neither this batch nor an earlier one of this station brought. Where an
        earlier one did and it contradicts the record, the record's problem says so.
        """
        wanted = {
            vector.data_digest
            for _, _, vector in looked.vectors
            if _impossible(vector) is None
            and vector.data_digest not in self.checked
            and vector.data_digest not in self.refused
        }
        if not wanted:
            return ()
        forms: dict[str, list[str]] = {}
        for row in queries.held_by_station(connection, station, sorted(wanted)):
            forms.setdefault(row.data_digest, []).append(row.form)
        for _, measurement, vector in looked.vectors:
            reason = _contradiction(looked, vector, forms.get(vector.data_digest, []))
            if reason is not None and looked.problem is None:
                looked.problem = f"bad_frame: {measurement.name}: {reason}"[:500]
        return tuple(sorted(wanted - set(forms)))


def vector_form(vector: Vector) -> str:
    """Give the form a record states."""
    return form_of(vector.dtype, vector.shape, vector.scale, vector.offset)


def _impossible(vector: Vector) -> str | None:
    digest = vector.data_digest
    if len(digest) != 64 or not digest.isascii() or not digest.isalnum() or digest != digest.lower():
        return "its data digest is no SHA-256"
    if vector.dtype not in DTYPES:
        return f"dtype {vector.dtype[:16]!r} is not allowed"
    if len(vector.shape) not in {1, 2} or any(not 0 <= each <= MAX_RAW_BYTES for each in vector.shape):
        return "its shape is not allowed"
    return None


def _contradiction(looked: Looked, vector: Vector, forms: list[str]) -> str | None:
    """Hold a vector against the frames with its samples. Two vectors of equal samples may share one frame,
    so a frame that fits either of them is right for both.
    """
    if not forms:
        return None
    stated = {vector_form(other) for _, _, other in looked.vectors if other.data_digest == vector.data_digest}
    if stated.isdisjoint(forms):
        return f"the record says {vector_form(vector)}, its frame {forms[0]}"
    return None
