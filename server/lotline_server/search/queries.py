"""Finding by the beginning of a name: a range of an index, never LIKE, so % and _ are only characters."""

from collections.abc import Callable, Sequence
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


def _beginning(column: Any, *shown: Any, source: Any = None) -> Prepared:
    statement = sa.select(column, *shown).where(
        column >= sa.bindparam("first"), column < sa.bindparam("last")
    )
    if source is not None:
        statement = statement.select_from(source)
    return Prepared(statement.order_by(column).limit(sa.bindparam("most")), ("first", "last", "most"))


_NONE: Any = sa.literal("")
_STANDS = sa.case((units.c.hold.is_not(None), "on_hold"), else_=units.c.status)
_UNITS = _beginning(units.c.serial_number, parts.c.part_number, _STANDS, source=units.join(parts))
_LOTS = _beginning(lots.c.lot, parts.c.part_number, parts.c.part_number, source=lots.join(parts))
_PARTS = _beginning(parts.c.part_number, parts.c.part_number, parts.c.name)
_ORDERS = _beginning(purchase_orders.c.number, _NONE, purchase_orders.c.status)
_STATIONS = Prepared(
    sa.select(stations.c.name, _NONE, _NONE)
    .where(
        stations.c.name >= sa.bindparam("first"),
        stations.c.name < sa.bindparam("last"),
        stations.c.station_id != MANUAL,
    )
    .order_by(stations.c.name)
    .limit(sa.bindparam("most")),
    ("first", "last", "most"),
)


def _having(table: sa.Table, detail: Any) -> Prepared:
    """Prepare for a small table whose names are found by any part of them, in capitals or not."""
    name = table.c.name
    return Prepared(
        sa.select(name, _NONE, detail)
        .where(sa.func.instr(sa.func.lower(name), sa.bindparam("text")) > 0)
        .order_by(name)
        .limit(sa.bindparam("most")),
        ("text", "most"),
    )


_SUPPLIERS = _having(suppliers, _NONE)
_PROJECTS = _having(projects, sa.func.coalesce(projects.c.customer, ""))
_words: dict[int, Prepared] = {}


def _parts_having(words: int) -> Prepared:
    """Prepare for parts that have a word which begins with each of so many."""
    if words not in _words:
        statement = sa.select(parts.c.part_number, parts.c.part_number, parts.c.name)
        names: list[str] = []
        for at in range(words):
            word = part_words.c.word
            having = sa.select(part_words.c.part).where(
                word >= sa.bindparam(f"first{at}"), word < sa.bindparam(f"last{at}")
            )
            statement = statement.where(parts.c.id.in_(having))
            names += [f"first{at}", f"last{at}"]
        ordered = statement.order_by(parts.c.part_number).limit(sa.bindparam("most"))
        _words[words] = Prepared(ordered, (*names, "most"))
    return _words[words]


Find = Callable[[Connection, str, int], list[Any]]


def _by_beginning(prepared: Prepared) -> Find:
    return lambda connection, text, most: prepared.all(connection, (text, text + LAST, most))


BY_BEGINNING: Sequence[tuple[Kind, Find]] = (
    ("lot", _by_beginning(_LOTS)),
    ("part", _by_beginning(_PARTS)),
    ("unit", _by_beginning(_UNITS)),
    ("order", _by_beginning(_ORDERS)),
    ("station", _by_beginning(_STATIONS)),
)
"""Each gives (name, part number, detail) of what begins so."""


def by_words(connection: Connection, words: Sequence[str], most: int) -> list[Any]:
    """Give (number, number, name) of the parts with a word that begins with each of these."""
    values = [value for word in words for value in (word, word + LAST)]
    return _parts_having(len(words)).all(connection, (*values, most))


def by_part_of_name(connection: Connection, text: str, most: int) -> list[tuple[Kind, Any]]:
    """Give (kind, (name, "", detail)) of suppliers and projects whose name holds a text in small letters."""
    found: list[tuple[Kind, Any]] = []
    found += [("supplier", row) for row in _SUPPLIERS.all(connection, (text, most))]
    found += [("project", row) for row in _PROJECTS.all(connection, (text, most))]
    return found
