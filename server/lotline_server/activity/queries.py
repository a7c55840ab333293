"""The activity log's statements: it is written and read, never changed."""

import dataclasses
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.activity.models import activity
from lotline_server.core.prepared import insert_prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRow:
    """One entry. what: a code such as `run.failed`. subject: a serial number, lot, part or station.

    before, after: the fields that were changed; before is None where something was made or nothing is said,
    after where something was deleted
    """

    id: int
    at: datetime
    who: str
    what: str
    subject: str
    text: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries are wanted. what: of this code, or of this kind (`run` for `run.pass`, `run.fail`, …).
    since, until: [since, until). None asks for all.
    """

    subject: str | None = None
    what: str | None = None
    who: str | None = None
    since: datetime | None = None
    until: datetime | None = None


EVERYTHING = Wanted()

_INSERT = insert_prepared(activity, "at", "who", "what", "subject", "text")
_INSERT_CHANGED = insert_prepared(activity, "at", "who", "what", "subject", "text", "before", "after")
_NEWEST = (activity.c.at.desc(), activity.c.id.desc())
_A_CHUNK = 1000


def insert(connection: Connection, rows: Sequence[tuple[int, str, str, str, str]]) -> None:
    """Append entries of (at in microseconds, who, what, subject, text)."""
    _INSERT.many(connection, rows)


def insert_changed(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Append entries of (at in microseconds, who, what, subject, text, before, after), these two as JSON."""
    _INSERT_CHANGED.many(connection, rows)


def latest(
    connection: Connection,
    wanted: Wanted = EVERYTHING,
    *,
    limit: int = 50,
    before: int | None = None,
    subject: str | None = None,
) -> list[ActivityRow]:
    """Give the newest entries first. before: only those that stand behind this one, which pages on.

    subject: only those of this, whatever else is wanted
    """
    conditions = list(
        _conditions(wanted if subject is None else dataclasses.replace(wanted, subject=subject))
    )
    if before is not None:
        moment = sa.select(activity.c.at).where(activity.c.id == before).scalar_subquery()
        conditions.append(sa.tuple_(activity.c.at, activity.c.id) < sa.tuple_(moment, before))
    if wanted.what is None or wanted.subject is not None:
        if wanted.what is not None:
            code = activity.c.what + ""
            conditions.append(
                sa.or_(code == wanted.what, sa.and_(code > f"{wanted.what}.", code < f"{wanted.what}/"))
            )
        statement = sa.select(activity).where(*conditions).order_by(*_NEWEST).limit(limit)
    else:
        # One walk of the index a code, each in the order of time: nothing is sorted but what is shown.
        codes = _codes(connection, wanted.what)
        walks = [
            sa.select(
                sa.select(activity)
                .where(activity.c.what == code, *conditions)
                .order_by(*_NEWEST)
                .limit(limit)
                .subquery()
            )
            for code in codes
        ]
        found = sa.union_all(*walks).subquery()
        statement = sa.select(found).order_by(found.c.at.desc(), found.c.id.desc()).limit(limit)
    return [_row(row) for row in connection.execute(statement).mappings()]


def every(connection: Connection, wanted: Wanted = EVERYTHING) -> Iterator[ActivityRow]:
    """Give all entries, the newest first, without holding more than some of them."""
    last: int | None = None
    while found := latest(connection, wanted, limit=_A_CHUNK, before=last):
        yield from found
        last = found[-1].id


def people(connection: Connection) -> list[str]:
    """Give everybody in whose name something was written, by name."""
    return _distinct(connection, activity.c.who, "", "\U0010ffff")


def _conditions(wanted: Wanted) -> Iterator[Any]:
    """Give the conditions but that on the code. One index serves them, the most selective one: an object has
    few entries, a code may have few, a person has many. The others are written so that no index fits them.
    """
    if wanted.subject is not None:
        yield activity.c.subject == wanted.subject
    if wanted.who is not None:
        is_first = wanted.subject is None and wanted.what is None
        yield (activity.c.who if is_first else activity.c.who + "") == wanted.who
    if wanted.since is not None:
        yield activity.c.at >= wanted.since
    if wanted.until is not None:
        yield activity.c.at < wanted.until


def _codes(connection: Connection, what: str) -> list[str]:
    """Give the codes of a kind that were ever written, or the code itself."""
    # Codes are plain words, so all of a kind lie between "run." and "run/".
    return [what, *_distinct(connection, activity.c.what, f"{what}.", f"{what}/")]


def _distinct(connection: Connection, column: Any, after: str, until: str) -> list[str]:
    """Give the values of an indexed column between two: a step of the index each, however many rows there
    are.
    """
    found: list[str] = []
    last = after
    while True:
        following = sa.select(sa.func.min(column)).where(column > last, column < until)
        value = connection.execute(following).scalar()
        if value is None:
            return found
        found.append(value)
        last = value


def _row(row: Any) -> ActivityRow:
    values = dict(row)
    for name in ("before", "after"):
        values[name] = None if values[name] is None else json.loads(values[name])
    return ActivityRow(**values)
