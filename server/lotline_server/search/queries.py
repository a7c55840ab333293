"""Finding by the beginning of a name: a range of an index, never LIKE, so % and _ are only characters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from lotline_server.core.prepared import Prepared
from lotline_server.lots.models import lots
from lotline_server.parts.models import part_words, parts
from lotline_server.projects.models import projects
from lotline_server.purchasing.models import purchase_orders, suppliers
from lotline_server.stations.models import stations
from lotline_server.stations.queries import MANUAL
from lotline_server.units.models import units

Kind = Literal["unit", "lot", "part", "order", "supplier", "project", "station"]
LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something found. name: the serial number, part number, lot, order, … detail: a unit's or order's
    status (on_hold for a unit that is held), a part's name, a lot's part, a project's customer. part_number:
    of the unit or lot; the part itself; empty for all else. exact: this is its whole name, in capitals or not
    """

    kind: Kind
    name: str
    part_number: str
    detail: str
    exact: bool = False


_NONE: Any = sa.literal("")
_most: Any = sa.bindparam("most")


def _beginning(kind: Kind, column: Any, part_number: Any, detail: Any, source: Any, *only: Any) -> Any:
    """Select what begins so: a range of the index of its names."""
    found = (
        sa.select(column.label("name"), part_number.label("part_number"), detail.label("detail"))
        .select_from(source)
        .where(column >= sa.bindparam("first"), column < sa.bindparam("last"), *only)
        .order_by(column)
        .limit(_most)
    ).subquery()
    return sa.select(sa.literal_column(f"'{kind}'").label("kind"), *found.c)


def _having(kind: Kind, table: sa.Table, detail: Any) -> Any:
    """Select from a small table whose names are found by any part of them, in capitals or not."""
    name = table.c.name
    found = (
        sa.select(name.label("name"), _NONE.label("part_number"), detail.label("detail"))
        .where(sa.func.instr(sa.func.lower(name), sa.bindparam("text")) > 0)
        .order_by(name)
        .limit(_most)
    ).subquery()
    return sa.select(sa.literal_column(f"'{kind}'").label("kind"), *found.c)


_BY_BEGINNING = (
    _beginning("lot", lots.c.lot, parts.c.part_number, parts.c.part_number, lots.join(parts)),
    _beginning("part", parts.c.part_number, parts.c.part_number, parts.c.name, parts),
    _beginning("unit", units.c.serial_number, parts.c.part_number, units.c.status, units.join(parts)),
    _beginning("order", purchase_orders.c.number, _NONE, purchase_orders.c.status, purchase_orders),
    _beginning("station", stations.c.name, _NONE, _NONE, stations, stations.c.station_id != MANUAL),
)
_BY_PART_OF_NAME = (
    _having("supplier", suppliers, _NONE),
    _having("project", projects, sa.func.coalesce(projects.c.customer, "")),
)
# One statement for all: each one that is run costs as much as the range it reads.
_ALL = Prepared(sa.union_all(*_BY_BEGINNING, *_BY_PART_OF_NAME), ("first", "last", "text", "most"))
_AGAIN = Prepared(sa.union_all(*_BY_BEGINNING), ("first", "last", "most"))
_words: dict[int, Prepared] = {}


def by_name(connection: Connection, text: str, most: int) -> list[Any]:
    """Give (kind, name, part number, detail) of what begins so, and of the suppliers and projects whose name
    holds it, in capitals or not; of each kind at most so many.
    """
    return _ALL.all(connection, (text, text + LAST, text.lower(), most))


def by_beginning(connection: Connection, text: str, most: int) -> list[Any]:
    """Give (kind, name, part number, detail) of what begins so; of each kind at most so many."""
    return _AGAIN.all(connection, (text, text + LAST, most))


def _parts_having(words: int) -> Prepared:
    """Prepare for parts that have a word which begins with each of so many."""
    if words not in _words:
        statement = sa.select(
            sa.literal_column("'part'"), parts.c.part_number, parts.c.part_number, parts.c.name
        )
        names: list[str] = []
        for at in range(words):
            word = part_words.c.word
            having = sa.select(part_words.c.part).where(
                word >= sa.bindparam(f"first{at}"), word < sa.bindparam(f"last{at}")
            )
            statement = statement.where(parts.c.id.in_(having))
            names += [f"first{at}", f"last{at}"]
        ordered = statement.order_by(parts.c.part_number).limit(_most)
        _words[words] = Prepared(ordered, (*names, "most"))
    return _words[words]


def by_words(connection: Connection, words: Sequence[str], most: int) -> list[Any]:
    """Give ("part", number, number, name) of the parts with a word that begins with each of these."""
    values = [value for word in words for value in (word, word + LAST)]
    return _parts_having(len(words)).all(connection, (*values, most))
