"""Statements about frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import insert_ignore
from lotline_server.core.rows import fetch_all, fetch_one
from lotline_server.frames.models import frame_sources, frames


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRow:
    """A stored frame. content: None where it lies in the folder, under its blob name."""

    id: int
    data_digest: str
    blob: str
    form: str
    size: int
    content: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRow:
    """A frame that a station has sent."""

    data_digest: str
    blob: str
    form: str


_COLUMNS = [frames.c[name] for name in FrameRow.__dataclass_fields__]


def keep_frame(
    connection: Connection,
    station: int,
    *,
    data_digest: str,
    blob: str,
    form: str,
    size: int,
    content: bytes | None,
    at: datetime,
) -> None:
    """Keep a frame's row and that this station has sent it. Twice is the same as once."""
    connection.execute(
        insert_ignore(connection, frames).values(
            data_digest=data_digest, blob=blob, form=form, size=size, content=content, received_at=at
        )
    )
    key = connection.execute(sa.select(frames.c.id).where(frames.c.blob == blob)).scalar_one()
    connection.execute(insert_ignore(connection, frame_sources).values(station=station, frame=key))


def held_by_station(connection: Connection, station: int, digests: Sequence[str]) -> list[HeldRow]:
    """Give the frames with these data digests that this station has sent; another station's never."""
    if not digests:
        return []
    statement = (
        sa.select(frames.c.data_digest, frames.c.blob, frames.c.form)
        .join_from(frames, frame_sources)
        .where(frame_sources.c.station == station, frames.c.data_digest.in_(digests))
    )
    return fetch_all(connection, statement, HeldRow)


def blob_of_station(connection: Connection, station: int, blob: str) -> HeldRow | None:
    """Find a frame by blob name among what this station has sent."""
    statement = (
        sa.select(frames.c.data_digest, frames.c.blob, frames.c.form)
        .join_from(frames, frame_sources)
        .where(frame_sources.c.station == station, frames.c.blob == blob)
    )
    return fetch_one(connection, statement, HeldRow)


def find_frame(connection: Connection, data_digest: str, form: str | None) -> FrameRow | None:
    """Find a frame by its data digest; of several with the same samples, one of this form first."""
    statement = (
        sa.select(*_COLUMNS)
        .where(frames.c.data_digest == data_digest)
        .order_by(frames.c.form != (form or ""), frames.c.id)
    )
    return fetch_one(connection, statement, FrameRow)
