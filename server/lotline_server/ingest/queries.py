"""Statements about quarantine and about what is held of an epoch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import insert_ignore, many_values, one_of
from lotline_server.core.prepared import Prepared
from lotline_server.core.rows import fetch_all
from lotline_server.ingest.models import also_held, quarantine
from lotline_server.runs.models import records
from lotline_server.stations.models import epochs, stations


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    """A record that could not be taken in. replayed_at: when it could after all; None while it waits."""

    id: int
    station: str
    epoch: str
    seq: int
    kind: str
    record_id: str
    digest: bytes
    reason: str
    received_at: datetime
    replayed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRow:
    """A quarantined record with its bytes, as it is offered to ingest again."""

    id: int
    station: int
    station_name: str
    epoch: str
    seq: int
    kind: str
    record_id: str
    digest: bytes
    content: bytes


_FIND = Prepared(
    sa.select(quarantine.c.seq, quarantine.c.digest).where(
        quarantine.c.epoch == sa.bindparam("epoch"), one_of(quarantine.c.seq, "seqs")
    ),
    ("epoch", "seqs"),
)


def find_quarantined(connection: Connection, places: dict[int, list[int]]) -> set[tuple[int, int, bytes]]:
    """Give (epoch, seq, digest) of what is quarantined under these places: the seqs of each epoch."""
    return {
        (epoch, seq, digest)
        for epoch, seqs in places.items()
        for seq, digest in _FIND.all(connection, (epoch, many_values(seqs)))
    }


def keep_quarantined(connection: Connection, **values: Any) -> None:
    """Keep a record in quarantine; twice is the same as once."""
    connection.execute(insert_ignore(connection, quarantine).values(**values))


def set_replayed(connection: Connection, epoch: int, seq: int, digest: bytes, at: datetime) -> None:
    """Say that a quarantined record has been taken in."""
    connection.execute(
        sa.update(quarantine)
        .where(quarantine.c.epoch == epoch, quarantine.c.seq == seq, quarantine.c.digest == digest)
        .values(replayed_at=at)
    )


def list_quarantine(
    connection: Connection, *, waiting_only: bool = True, limit: int = 100, before: int | None = None
) -> list[QuarantineRow]:
    """Give quarantined records, the newest first."""
    columns = [quarantine.c[name] for name in QuarantineRow.__dataclass_fields__ if name not in _JOINED]
    statement = (
        sa.select(*columns, stations.c.name.label("station"), epochs.c.epoch)
        .join_from(quarantine, epochs)
        .join(stations)
        .order_by(quarantine.c.id.desc())
        .limit(limit)
    )
    if waiting_only:
        statement = statement.where(quarantine.c.replayed_at.is_(None))
    if before is not None:
        statement = statement.where(quarantine.c.id < before)
    return fetch_all(connection, statement, QuarantineRow)


_JOINED = {"station", "epoch"}


def count_waiting(connection: Connection) -> int:
    """Give how many records wait in quarantine."""
    statement = sa.select(sa.func.count()).where(quarantine.c.replayed_at.is_(None))
    return int(connection.execute(statement).scalar_one())


def waiting(
    connection: Connection,
    *,
    key: int | None = None,
    station: int | None = None,
    reason: str | None = None,
    limit: int = 256,
) -> list[WaitingRow]:
    """Give quarantined records that wait, the oldest first. reason: only those whose reason begins so."""
    statement = (
        sa.select(
            quarantine.c.id,
            epochs.c.station,
            stations.c.name.label("station_name"),
            epochs.c.epoch,
            quarantine.c.seq,
            quarantine.c.kind,
            quarantine.c.record_id,
            quarantine.c.digest,
            quarantine.c.content,
        )
        .join_from(quarantine, epochs)
        .join(stations)
        .where(quarantine.c.replayed_at.is_(None))
        .order_by(quarantine.c.id)
        .limit(limit)
    )
    if key is not None:
        statement = statement.where(quarantine.c.id == key)
    if station is not None:
        statement = statement.where(epochs.c.station == station)
    if reason is not None:
        statement = statement.where(quarantine.c.reason.startswith(reason, autoescape=True))
    return fetch_all(connection, statement, WaitingRow)


def keep_also_held(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Say of places that their record is stored under another one; said twice it changes nothing."""
    if rows:
        connection.execute(insert_ignore(connection, also_held), rows)


def held_after(connection: Connection, epoch: int, seq: int) -> Sequence[int]:
    """Give, in order, every seq above the given one that is held, quarantine included."""
    statement = sa.union(
        *(
            sa.select(held.c.seq).where(held.c.epoch == epoch, held.c.seq > seq)
            for held in (records, quarantine, also_held)
        )
    ).order_by("seq")
    return list(connection.execute(statement).scalars())


def waiting_by_epoch(connection: Connection) -> dict[int, int]:
    """Give how many records wait in quarantine, by the row id of their epoch."""
    statement = (
        sa.select(quarantine.c.epoch, sa.func.count())
        .where(quarantine.c.replayed_at.is_(None))
        .group_by(quarantine.c.epoch)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}
