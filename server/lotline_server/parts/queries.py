"""Statements about parts."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.dialect import begins, many_values, one_of
from lotline_server.core.rows import fetch_all, fetch_one, inserted_key
from lotline_server.parts.models import part_words, parts
from lotline_server.parts.words import typed_words, words_of
from lotline_server.projects.models import projects


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """A part. next_counter: the number its next serial number will carry.

    serial_format: None where a serial number is serial_prefix and serial_digits and nothing else.
    project: its name; None where the part belongs to none
    """

    DERIVED: ClassVar = frozenset({"next_counter"})

    id: int
    part_number: str
    name: str
    kind: str
    serial_prefix: str
    serial_digits: int
    next_counter: int
    created_at: datetime
    revision: str
    uom: str
    description: str | None
    status: str
    serial_format: str | None
    project: str | None


_COLUMNS = [each for each in parts.c if each.name != "project"]


def _parts() -> Any:
    return sa.select(*_COLUMNS, projects.c.name.label("project")).outerjoin_from(
        parts, projects, projects.c.id == parts.c.project
    )


def insert_part(connection: Connection, **values: Any) -> int:
    """Create a part and give its row id."""
    done = connection.execute(sa.insert(parts).values(**values))
    return inserted_key(done)


def set_part(connection: Connection, part: int, **values: Any) -> None:
    """Change a part."""
    connection.execute(sa.update(parts).where(parts.c.id == part).values(**values))


def set_words(connection: Connection, part: int, *texts: str | None) -> None:
    """Have a part found by the words of these texts, and by no others."""
    connection.execute(sa.delete(part_words).where(part_words.c.part == part))
    words = words_of(*texts)
    if words:
        connection.execute(sa.insert(part_words), [{"word": word, "part": part} for word in words])


def find_part(connection: Connection, part_number: str) -> PartRow | None:
    """Find a part by its number."""
    return fetch_one(connection, _parts().where(parts.c.part_number == part_number), PartRow)


def find_parts(connection: Connection, part_numbers: Iterable[str]) -> dict[str, PartRow]:
    """Find parts by their numbers; those that do not exist are absent."""
    statement = _parts().where(one_of(parts.c.part_number, "numbers"))
    rows = connection.execute(statement, {"numbers": many_values(part_numbers)}).mappings()
    return {row["part_number"]: PartRow(**row) for row in rows}


def all_parts(connection: Connection) -> list[PartRow]:
    """Give all parts by number."""
    return fetch_all(connection, _parts().order_by(parts.c.part_number), PartRow)


_ORDERS: dict[str, Any] = {
    "part_number": parts.c.part_number,
    "name": parts.c.name,
    "kind": parts.c.kind,
    "revision": parts.c.revision,
    "status": parts.c.status,
    "project": projects.c.name,
    "uom": parts.c.uom,
    "created_at": parts.c.created_at,
}


def search_parts(
    connection: Connection,
    text: str = "",
    *,
    kind: str | None = None,
    status: str | None = None,
    project: str | None = None,
    limit: int = 50,
    after: str | None = None,
    order: str = "part_number",
    descending: bool = False,
    offset: int = 0,
) -> list[PartRow]:
    """Give parts, by number unless asked otherwise: those of which each typed word begins a word of number,
    name or description.

    Ranges of an index throughout: % and _ are only characters. after: only numbers behind this one, which
    pages through that order; offset pages through any
    """
    first = _ORDERS[order].desc() if descending else _ORDERS[order]
    # Only a project may be missing; an index serves no order that says where its missing rows go.
    ordered = (first.nulls_last() if order == "project" else first, parts.c.part_number)
    statement = (
        _narrowed(_parts(), text, kind, status, project).order_by(*ordered).limit(limit).offset(offset)
    )
    if after is not None:
        statement = statement.where(parts.c.part_number > after)
    return fetch_all(connection, statement, PartRow)


def count_parts(
    connection: Connection,
    text: str = "",
    *,
    kind: str | None = None,
    status: str | None = None,
    project: str | None = None,
) -> int:
    """Give how many parts `search_parts` finds in all."""
    counted = sa.select(sa.func.count()).outerjoin_from(parts, projects, projects.c.id == parts.c.project)
    return int(connection.execute(_narrowed(counted, text, kind, status, project)).scalar_one())


def count_by(
    connection: Connection,
    what: Literal["kind", "status"],
    text: str = "",
    *,
    kind: str | None = None,
    status: str | None = None,
    project: str | None = None,
) -> dict[str, int]:
    """Give how many parts there would be with each kind or status, all else asked as it is."""
    column = parts.c[what]
    counted = sa.select(column, sa.func.count()).outerjoin_from(
        parts, projects, projects.c.id == parts.c.project
    )
    narrowed = _narrowed(
        counted, text, None if what == "kind" else kind, None if what == "status" else status, project
    )
    return {row[0]: row[1] for row in connection.execute(narrowed.group_by(column))}


def _narrowed(statement: Any, text: str, kind: str | None, status: str | None, project: str | None) -> Any:
    found = _having_words(statement, text)
    for column, wanted in ((parts.c.kind, kind), (parts.c.status, status), (projects.c.name, project)):
        if wanted is not None:
            found = found.where(column == wanted)
    return found


def suggest_parts(
    connection: Connection,
    text: str,
    *,
    kinds: Collection[str] = (),
    statuses: Collection[str] = (),
    limit: int = 12,
) -> list[PartRow]:
    """Give the parts that somebody who types this may mean: the number itself, then numbers that begin so,
    then the others that `search_parts` finds. kinds, statuses: only these; all where there are none.
    """
    words = typed_words(text)
    first = words[0] if words else ""
    number = sa.func.lower(parts.c.part_number)
    rank = sa.case(
        (number == " ".join(words), 0), (sa.func.substr(number, 1, len(first)) == first, 1), else_=2
    )
    statement = _having_words(_parts(), text).order_by(rank, parts.c.part_number).limit(limit)
    if kinds:
        statement = statement.where(parts.c.kind.in_(kinds))
    if statuses:
        statement = statement.where(parts.c.status.in_(statuses))
    return fetch_all(connection, statement, PartRow)


def _having_words(statement: Any, text: str) -> Any:
    for word in typed_words(text):
        having = sa.select(part_words.c.part).where(begins(part_words.c.word, word))
        statement = statement.where(parts.c.id.in_(having))
    return statement


def any_part(connection: Connection) -> bool:
    """Tell whether there is any part."""
    return connection.execute(sa.select(parts.c.id).limit(1)).first() is not None


def part_keys(connection: Connection) -> dict[str, int]:
    """Give the row id of each part number."""
    return {row[0]: row[1] for row in connection.execute(sa.select(parts.c.part_number, parts.c.id))}


def set_next_counter(connection: Connection, part: int, counter: int) -> None:
    """Say from where on numbers are free."""
    connection.execute(sa.update(parts).where(parts.c.id == part).values(next_counter=counter))
