"""Statements that write runs, records and measurements: the hot path, prepared once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import insert_ignore, many_values, one_of
from lotline_server.core.prepared import Prepared, insert_prepared
from lotline_server.runs.models import (
    definitions,
    dictionaries,
    plans,
    records,
    runs,
    scalars,
    texts,
    vectors,
)
from lotline_server.stations.models import epochs

insert_records = insert_prepared(
    records,
    "id", "epoch", "seq", "kind", "record_id", "digest", "received_at", "dictionary", "content",
)  # fmt: skip
insert_runs = insert_prepared(
    runs,
    "id", "run_id", "unit", "station", "epoch", "seq", "plan", "operation", "purpose", "outcome",
    "counts_as", "cause", "lot", "revision", "operator", "started_at", "ended_at", "received_at",
    "judged_otherwise",
)  # fmt: skip
# Three statements for one table: the driver takes 2 µs to bind a None, which is more than the row costs.
insert_numbers = insert_prepared(scalars, "definition", "run", "nth", "value", "outcome")
insert_text_values = insert_prepared(scalars, "definition", "run", "nth", "text", "outcome")
insert_blanks = insert_prepared(scalars, "definition", "run", "nth", "outcome")
insert_vectors = insert_prepared(vectors, "run", "position", "definition", "data_digest", "form", "outcome")

_KNOWN = [epochs.c.station, records.c.epoch, records.c.seq, records.c.record_id, records.c.digest]
_BY_PLACE = Prepared(
    sa.select(*_KNOWN)
    .join_from(records, epochs)
    .where(records.c.epoch == sa.bindparam("epoch"), one_of(records.c.seq, "seqs")),
    ("epoch", "seqs"),
)
_BY_ID = Prepared(
    sa.select(*_KNOWN).join_from(records, epochs).where(one_of(records.c.record_id, "ids")), ("ids",)
)
_LAST_RECORD = Prepared(sa.select(sa.func.coalesce(sa.func.max(records.c.id), 0)), ())


@dataclass(slots=True)
class Known:
    """(station, digest) of the records that are stored already, by place (epoch, seq) and by id."""

    by_place: dict[tuple[int, int], tuple[int, bytes]] = field(default_factory=dict)
    by_id: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def add(self, station: int, epoch: int, seq: int, record_id: str, digest: bytes) -> None:
        """Say that a record is stored."""
        self.by_place[epoch, seq] = self.by_id[record_id] = (station, digest)

    def has_place(self, epoch: int, seq: int) -> bool:
        """Tell whether a record is stored under this place."""
        return (epoch, seq) in self.by_place

    def of(self, epoch: int, seq: int, record_id: str) -> list[tuple[int, bytes]]:
        """Give the records that have this place or this id."""
        found = (self.by_place.get((epoch, seq)), self.by_id.get(record_id))
        return [each for each in found if each is not None]


def known_records(connection: Connection, places: dict[int, list[int]], record_ids: list[str]) -> Known:
    """Find which records are stored already. places: the seqs of each epoch."""
    known = Known()
    for epoch, seqs in places.items():
        for row in _BY_PLACE.all(connection, (epoch, many_values(seqs))):
            known.add(*row)
    for row in _BY_ID.all(connection, (many_values(record_ids),)):
        known.add(*row)
    return known


def last_record(connection: Connection) -> int:
    """Give the highest row id of a record; 0 where there is none. The writer's lock keeps it true."""
    return int(_LAST_RECORD.all(connection)[0][0])


def next_seq(connection: Connection, station: int, epoch: str) -> int:
    """Give the place behind the last record of a station's epoch; 1 where there is none."""
    statement = (
        sa.select(sa.func.coalesce(sa.func.max(records.c.seq), 0) + 1)
        .join_from(records, epochs)
        .where(epochs.c.station == station, epochs.c.epoch == epoch)
    )
    return int(connection.execute(statement).scalar_one())


def keep_texts(connection: Connection, found: dict[str, str], at: datetime) -> None:
    """Keep texts by digest; those that are there already stay as they are."""
    if found:
        connection.execute(
            insert_ignore(connection, texts),
            [{"digest": digest, "text": text, "received_at": at} for digest, text in found.items()],
        )


def get_text(connection: Connection, digest: str) -> str | None:
    """Give a plan's or a station configuration's text; None where nobody has sent it."""
    return connection.execute(sa.select(texts.c.text).where(texts.c.digest == digest)).scalar()


def plan_key(connection: Connection, digest: str, name: str, version: str) -> int:
    """Give a plan's row id, making the row where there is none."""
    values = {"digest": digest, "name": name, "version": version}
    connection.execute(insert_ignore(connection, plans).values(**values))
    found = connection.execute(sa.select(plans.c.id).filter_by(**values)).scalar_one()
    return int(found)


def keep_definitions(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep definitions; those that are there already stay as they are."""
    if rows:
        connection.execute(insert_ignore(connection, definitions), list(rows))


def plan_definitions(connection: Connection, plan: int) -> dict[str, int]:
    """Give the row ids of all definitions of a plan by their identity."""
    statement = sa.select(definitions.c.identity, definitions.c.id).where(definitions.c.plan == plan)
    return {row[0]: row[1] for row in connection.execute(statement)}


def find_dictionary(connection: Connection, plan: int) -> tuple[int, bytes] | None:
    """Give a plan's compression dictionary; None where no record of it is stored yet."""
    statement = sa.select(dictionaries.c.id, dictionaries.c.content).where(dictionaries.c.plan == plan)
    row = connection.execute(statement).first()
    return None if row is None else (row[0], row[1])


def keep_dictionary(connection: Connection, plan: int, content: bytes) -> None:
    """Keep a plan's compression dictionary, unless it has one."""
    connection.execute(insert_ignore(connection, dictionaries).values(plan=plan, content=content))
