"""The activity log as a CSV file, written while it is read: the log of years is never held at once."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from lotline_server.activity import queries
from lotline_server.activity.queries import ActivityRow, Wanted
from lotline_server.core.clock import iso
from lotline_server.core.database import Database
from lotline_server.core.spreadsheet import safe_cell

HEAD = ("at", "who", "what", "subject", "text", "before", "after")
_A_CHUNK = 1000


def as_csv(database: Database, wanted: Wanted) -> Iterator[str]:
    """Give the entries' lines, the newest first, after a head."""
    yield _lines([HEAD])
    last: int | None = None
    while True:
        # A reader held open for a slow download would keep the database's log from being folded in.
        with database.read() as connection:
            found = queries.latest(connection, wanted, limit=_A_CHUNK, before=last)
        if not found:
            return
        yield _lines([_row(each) for each in found])
        last = found[-1].id


def _row(each: ActivityRow) -> tuple[str, ...]:
    said = (each.who, each.what, each.subject, each.text, _fields(each.before), _fields(each.after))
    return (iso(each.at), *(str(safe_cell(cell)) for cell in said))


def _fields(fields: Mapping[str, Any] | None) -> str:
    return "" if fields is None else json.dumps(fields, ensure_ascii=False)


def _lines(rows: list[tuple[str, ...]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
