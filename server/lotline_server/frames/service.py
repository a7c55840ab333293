"""Taking frames in and giving samples out."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from lotline_contract.frames import FrameError, FrameHeader, decode_frame
from lotline_contract.wire import INLINE_FRAME_BYTES
from lotline_server.core.errors import Invalid, NotFound
from lotline_server.core.frame_folder import FrameFolder
from lotline_server.frames import queries


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFrame:
    """A frame whose samples have the digest it names. samples: None where they are unpacked again when asked
    for.
    """

    blob: str
    header: FrameHeader
    frame: bytes
    samples: NDArray[np.generic] | None


def form_of(dtype: str, shape: tuple[int, ...], scale: float, offset: float) -> str:
    """Write down how samples are to be read: a record and its frame must agree on it."""
    return f"{dtype} {'×'.join(map(str, shape))} {scale!r} {offset!r}"


def header_form(header: FrameHeader) -> str:
    """Give the form a frame states."""
    return form_of(header.dtype, header.shape, header.scale, header.offset)


def check_frame(frame: bytes) -> CheckedFrame:
    """Unpack a frame and prove its digest. Raises FrameError."""
    header, samples = decode_frame(frame)
    return CheckedFrame(blob=hashlib.sha256(frame).hexdigest(), header=header, frame=frame, samples=samples)


def check_upload(blob: str, body: bytes) -> CheckedFrame:
    """Check a frame that was put under a blob name. Raises Invalid with the rule it breaks."""
    found = hashlib.sha256(body).hexdigest()
    if found != blob:
        raise Invalid(f"the body's SHA-256 is {found}, not the blob name it was put under")
    try:
        return check_frame(body)
    except FrameError as error:
        raise Invalid(f"this is no usable frame: {error}") from error


def keep(connection: Connection, station: int, checked: CheckedFrame, at: datetime) -> None:
    """Keep a frame as it came. A large one must be in the folder before (file, then row)."""
    small = len(checked.frame) <= INLINE_FRAME_BYTES
    queries.keep_frame(
        connection,
        station,
        data_digest=checked.header.sha256,
        blob=checked.blob,
        form=header_form(checked.header),
        size=len(checked.frame),
        content=checked.frame if small else None,
        at=at,
    )


def shelve(folder: FrameFolder, checked: CheckedFrame) -> None:
    """Put a large frame into the folder, durably; a small one will be in the database."""
    if len(checked.frame) > INLINE_FRAME_BYTES:
        folder.put(checked.blob, checked.frame)


def read_samples(
    connection: Connection, folder: FrameFolder, data_digest: str, form: str | None = None
) -> tuple[FrameHeader, NDArray[np.generic]]:
    """Give a vector's header and samples by data digest, proved once more. Raises NotFound.

    form: the record's; two vectors of the same codes may have other scales. None takes any
    """
    row = queries.find_frame(connection, data_digest, form)
    if row is None:
        raise NotFound("no vector has this data digest")
    try:
        frame = row.content if row.content is not None else folder.get(row.blob)
    except FileNotFoundError as error:
        raise NotFound("this vector's frame is missing from the data folder") from error
    return decode_frame(frame)
