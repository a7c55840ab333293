"""Statements about stations, pairing codes and epochs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import insert_ignore
from lotline_server.core.rows import fetch_all, fetch_one, inserted_key
from lotline_server.stations.models import epochs, pairing_codes, stations


@dataclass(frozen=True, slots=True, kw_only=True)
class StationRow:
    """A station as people see it. What it has not said yet is None.

    pending, parked: records waiting at the station, and those it could not get rid of
    clock_skew_s: how far its clock was ahead of the server's
    """

    station_id: str
    name: str
    created_at: datetime
    paired_at: datetime | None
    last_seen_at: datetime | None
    agent_version: str | None
    pending: int | None
    parked: int | None
    oldest_pending_s: float | None
    free_bytes: int | None
    clock_skew_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """Whose token has a key id, and what it must hash to."""

    id: int
    station_id: str
    name: str
    token_digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """A pairing code and its station."""

    station: int
    station_id: str
    name: str
    expires_at: datetime
    used_at: datetime | None
    token_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochRow:
    """One life of a station's agent. depth: how many lives came before; have_to: all up to there are held."""

    id: int
    epoch: str
    parent: str | None
    parent_last_seq: int | None
    last_seq: int
    closed: bool
    depth: int
    have_to: int


MANUAL = "manual"
"""The id, the name and the one epoch of the source that is no station: what people attach by hand."""

_COLUMNS = [stations.c[name] for name in StationRow.__dataclass_fields__]
_EPOCH_COLUMNS = [epochs.c[name] for name in EpochRow.__dataclass_fields__]


def insert_station(connection: Connection, *, station_id: str, name: str, at: datetime) -> None:
    """Create a station that is not paired yet."""
    connection.execute(sa.insert(stations).values(station_id=station_id, name=name, created_at=at))


def station_key(connection: Connection, name: str) -> int | None:
    """Give a station's row id; None where there is none of that name."""
    found = connection.execute(sa.select(stations.c.id).where(stations.c.name == name)).scalar()
    return None if found is None else int(found)


def all_stations(connection: Connection) -> list[StationRow]:
    """Give all stations by name, without the source of what people attach by hand."""
    statement = sa.select(*_COLUMNS).where(stations.c.station_id != MANUAL).order_by(stations.c.name)
    return fetch_all(connection, statement, StationRow)


def manual_station(connection: Connection, *, at: datetime) -> TokenRow:
    """Give the source of what people attach by hand, made at its first use. Nobody has a token of it."""
    values = {"station_id": MANUAL, "name": MANUAL, "created_at": at}
    connection.execute(insert_ignore(connection, stations).values(values))
    key = connection.execute(sa.select(stations.c.id).where(stations.c.station_id == MANUAL)).scalar_one()
    return TokenRow(id=key, station_id=MANUAL, name=MANUAL, token_digest=b"")


def station_called(connection: Connection, name: str) -> TokenRow | None:
    """Find a station by its name, for somebody who vouches for it; never the source of what comes by hand."""
    statement = sa.select(stations.c.id, stations.c.station_id, stations.c.name).where(
        stations.c.name == name, stations.c.station_id != MANUAL
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else TokenRow(**row._mapping, token_digest=b"")


def drop_codes(connection: Connection, station: int) -> None:
    """Forget a station's unused codes: only the newest one is good."""
    connection.execute(
        sa.delete(pairing_codes).where(pairing_codes.c.station == station, pairing_codes.c.used_at.is_(None))
    )


def insert_code(connection: Connection, *, code_digest: bytes, station: int, expires_at: datetime) -> None:
    """Keep a code's digest."""
    connection.execute(
        sa.insert(pairing_codes).values(code_digest=code_digest, station=station, expires_at=expires_at)
    )


def find_code(connection: Connection, code_digest: bytes) -> CodeRow | None:
    """Find a code by its digest."""
    statement = (
        sa.select(
            pairing_codes.c.station,
            stations.c.station_id,
            stations.c.name,
            pairing_codes.c.expires_at,
            pairing_codes.c.used_at,
            stations.c.token_key,
        )
        .join_from(pairing_codes, stations)
        .where(pairing_codes.c.code_digest == code_digest)
    )
    return fetch_one(connection, statement, CodeRow)


def use_code(connection: Connection, code_digest: bytes, at: datetime) -> None:
    """Mark a code as used."""
    connection.execute(
        sa.update(pairing_codes).where(pairing_codes.c.code_digest == code_digest).values(used_at=at)
    )


def set_token(connection: Connection, station: int, *, key: str, digest: bytes, at: datetime) -> None:
    """Give a station its token; an older one is dead from then on."""
    connection.execute(
        sa.update(stations)
        .where(stations.c.id == station)
        .values(token_key=key, token_digest=digest, paired_at=at)
    )


def find_token(connection: Connection, key: str) -> TokenRow | None:
    """Find a token by its key id."""
    statement = sa.select(
        stations.c.id, stations.c.station_id, stations.c.name, stations.c.token_digest
    ).where(stations.c.token_key == key)
    return fetch_one(connection, statement, TokenRow)


def set_seen(connection: Connection, station: int, **said: Any) -> None:
    """Keep what a station last said of itself."""
    connection.execute(sa.update(stations).where(stations.c.id == station).values(**said))


def station_epochs(connection: Connection, station: int) -> list[EpochRow]:
    """Give all epochs of a station."""
    return fetch_all(connection, sa.select(*_EPOCH_COLUMNS).where(epochs.c.station == station), EpochRow)


def find_epochs(connection: Connection, station: int, names: Sequence[str]) -> list[EpochRow]:
    """Give those of the named epochs that this station has."""
    statement = sa.select(*_EPOCH_COLUMNS).where(epochs.c.station == station, epochs.c.epoch.in_(names))
    return fetch_all(connection, statement, EpochRow)


def insert_epoch(connection: Connection, station: int, **said: Any) -> int:
    """Keep a new epoch and give its row id."""
    done = connection.execute(sa.insert(epochs).values(station=station, **said))
    return inserted_key(done)


def set_epoch(connection: Connection, epoch: int, **said: Any) -> None:
    """Change what is known of an epoch."""
    connection.execute(sa.update(epochs).where(epochs.c.id == epoch).values(**said))


def all_epochs(connection: Connection) -> list[tuple[str, EpochRow]]:
    """Give every station's epochs with the station's name, the newest first."""
    statement = (
        sa.select(stations.c.name, *_EPOCH_COLUMNS)
        .join_from(epochs, stations)
        .where(stations.c.station_id != MANUAL)
        .order_by(epochs.c.id.desc())
    )
    found = []
    for row in connection.execute(statement).mappings():
        values = dict(row)
        found.append((values.pop("name"), EpochRow(**values)))
    return found
