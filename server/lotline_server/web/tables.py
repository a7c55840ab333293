"""Tables: declared once, they sort, show the columns a reader chose and are written as CSV; an address says
all of it: `?sort=-progress&columns=lot,status&offset=50`, with `format=csv` for the file.

A page declares a Table, asks what its address wants of it, and hands over the rows:

    asked = LOTS.asked(page.request)
    rows = queries.list_lots(connection, order=asked.sort, descending=asked.desc, …)   # or: asked.order(rows)
    return page.table("lots.html", asked.view(rows, matching=count, keep={"state": state}), …)

and its template draws it with `{{ table(view) }}` of table.html. `asked.limit` and `asked.offset` are of one
page, or of everything where the CSV was asked for.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

from fastapi import Request

from lotline_contract.look import Mark
from lotline_server.core.clock import iso
from lotline_server.core.spreadsheet import Cell, write_csv
from lotline_server.web.shown import split_point

Row = TypeVar("Row")
Kind = Literal["text", "number", "quantity", "percent", "day", "moment", "mark", "tally"]

A_PAGE = 50
MAX_CSV_ROWS = 100_000
MAX_OFFSET = 10_000_000
_FIGURE_SPACE = "\u2007"
_POINT_SPACE = "\u2008"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[Row]):
    """One column.

    title: in English, marked with N_, translated where it is drawn. value: what the cell holds; None: a dash.
    kind: how it is drawn: a quantity (Decimal) stands on its decimal point with `uom` behind it; a mark is a
    chip; a tally is (completed, in_progress, failed, target)
    href: where the cell leads. under: a second, quiet line. written: what CSV writes, where it is not `value`
    sorts: its head is a link that sorts by it. chosen: shown unless the reader chooses otherwise
    """

    key: str
    title: str
    value: Callable[[Row], Any]
    kind: Kind = "text"
    href: Callable[[Row], str | None] | None = None
    under: Callable[[Row], str | None] | None = None
    uom: Callable[[Row], str | None] | None = None
    meaning: Callable[[Row], Mark | None] | None = None
    written: Callable[[Row], Cell] | None = None
    sorts: bool = True
    chosen: bool = True

    @property
    def is_number(self) -> bool:
        """Tell whether its cells stand at the right."""
        return self.kind in {"number", "quantity", "percent"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[Row]):
    """A table: its name for CSV files, its columns (the first is the row's head and always there), the key it
    is sorted by unless asked (with "-" before it: descending), and what names a row for live pages.
    """

    name: str
    columns: Sequence[Column[Row]]
    row_key: Callable[[Row], str]
    sort: str = ""
    a_page: int = A_PAGE

    def asked(self, request: Request) -> "Asked[Row]":
        """Read what an address asks of this table. What makes no sense there is as if it were not there."""
        query = request.query_params
        sort = query.get("sort", self.sort)
        known = {column.key for column in self.columns if column.sorts}
        if sort.removeprefix("-") not in known:
            sort = self.sort
        columns = [each for part in query.getlist("columns") for each in part.split(",")]
        head, *others = self.columns
        shown = (head, *(each for each in others if (each.key in columns if columns else each.chosen)))
        offset = query.get("offset", "0")
        return Asked(
            table=self,
            path=request.url.path,
            sort=sort.removeprefix("-"),
            desc=sort.startswith("-"),
            shown=shown,
            columns=",".join(each.key for each in shown) if columns else "",
            page_offset=min(int(offset), MAX_OFFSET) if offset.isascii() and offset.isdigit() else 0,
            csv=query.get("format") == "csv",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Generic[Row]):
    """What one address asks of a table. sort: a column's key; empty for the order of the statement itself."""

    table: Table[Row]
    path: str
    sort: str
    desc: bool
    shown: Sequence[Column[Row]]
    columns: str
    page_offset: int
    csv: bool

    @property
    def limit(self) -> int:
        """Give how many rows are wanted."""
        return MAX_CSV_ROWS if self.csv else self.table.a_page

    @property
    def offset(self) -> int:
        """Give how many rows come before the first wanted one."""
        return 0 if self.csv else self.page_offset

    def order(self, rows: Iterable[Row]) -> list[Row]:
        """Sort rows that are all in memory; rows without a value come last either way."""
        every = list(rows)
        column = next((each for each in self.table.columns if each.key == self.sort), None)
        if column is None:
            return every
        has = [row for row in every if column.value(row) is not None]
        has.sort(key=lambda row: _sort_key(column.value(row)), reverse=self.desc)
        return has + [row for row in every if column.value(row) is None]

    def cut(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Give the wanted ones of rows that are all in memory and in order."""
        return rows[self.offset : self.offset + self.limit]

    def view(
        self, rows: Sequence[Row], *, matching: int, keep: Mapping[str, object] | None = None
    ) -> "View[Row]":
        """Give what the template draws.

        matching: how many rows there are in all. keep: the page's own part of the address, its filters
        """
        kept = {name: str(value) for name, value in (keep or {}).items() if value not in {None, "", False}}
        return View(asked=self, rows=rows, matching=matching, keep=kept)


def _sort_key(value: Any) -> Any:
    if isinstance(value, Mark):
        return value.word
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, tuple):
        return value[0] / value[-1] if value[-1] else 0
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Generic[Row]):
    """A table with its rows, as one page shows it."""

    asked: Asked[Row]
    rows: Sequence[Row]
    matching: int
    keep: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> Sequence[Column[Row]]:
        """Give the columns that are shown."""
        return self.asked.shown

    def address(self, **changed: object) -> dict[str, object]:
        """Give the query of this very view with some of it changed; None takes a name out."""
        asked = self.asked
        sort = ("-" if asked.desc else "") + asked.sort
        here = {
            **self.keep,
            "sort": "" if sort == asked.table.sort else sort,
            "columns": asked.columns,
            "offset": asked.page_offset or "",
        }
        return {**here, **changed}

    def sorted_by(self, column: Column[Row]) -> dict[str, object]:
        """Give the query that a click on a column's head leads to: numbers begin with the largest."""
        asked = self.asked
        if column.key == asked.sort:
            desc = not asked.desc
        else:
            desc = column.is_number or column.kind in {"moment", "tally"}
        return self.address(sort=("-" if desc else "") + column.key, offset=None)

    def quantity(self, column: Column[Row], row: Row) -> str:
        """Write a decimal so that the points of its column stand above each other."""
        places = max((len(_plain(column.value(each))[1]) for each in self.rows), default=0)
        whole, rest = _plain(column.value(row))
        return (
            whole
            + rest
            + (_POINT_SPACE if not rest and places else "")
            + _FIGURE_SPACE * (places - max(len(rest), 1 if places else 0))
        )

    def csv(self) -> str:
        """Write the chosen columns of all rows."""
        head = [column.key for column in self.columns]
        return write_csv(head, ([_written(column, row) for column in self.columns] for row in self.rows))


def _plain(value: Decimal | None) -> tuple[str, str]:
    if value is None:
        return "", ""
    whole, rest = split_point(format(value, "f"))
    sign, digits = ("−", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(digits):,}".replace(",", "\u202f"), rest


def _written(column: Column[Row], row: Row) -> Cell:
    if column.written is not None:
        return column.written(row)
    value = column.value(row)
    match value:
        case None | str() | int() | float() | Decimal():
            return value
        case Mark():
            return value.word
        case tuple():
            return "/".join(str(each) for each in value)
        case _ if hasattr(value, "astimezone"):
            return iso(value)
        case _:
            return str(value)
