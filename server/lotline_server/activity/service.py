"""Writing down who did what, and what it was before and after."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.engine import Connection

from lotline_server.activity import queries
from lotline_server.core.clock import iso, to_micros

Fields = Mapping[str, object]
"""What a thing was, by the names of its fields; a Decimal, a day and a moment are written as text."""


def note(
    connection: Connection,
    *,
    at: datetime,
    who: str,
    what: str,
    subject: str,
    text: str,
    before: Fields | None = None,
    after: Fields | None = None,
) -> None:
    """Append one entry to the caller's transaction: it is there exactly when the thing it tells of is.

    before, after: what was changed, only the fields that differ (see `differing`). before is None where
    something was made, after where something was deleted, both where the sentence says it all.
    """
    row = (to_micros(at), who, what, subject, text)
    if before is None and after is None:
        queries.insert(connection, [row])
    else:
        queries.insert_changed(connection, [(*row, _json(before), _json(after))])


def differing(before: Fields, after: Fields) -> tuple[dict[str, object], dict[str, object]]:
    """Give of two descriptions of one thing what differs: as it was, and as it is. A field that one of them
    lacks is None there.
    """
    names = [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}


def _json(fields: Fields | None) -> str | None:
    return None if fields is None else json.dumps(dict(fields), ensure_ascii=False, default=_as_text)


def _as_text(value: object) -> str:
    return iso(value) if isinstance(value, datetime) else str(value)
